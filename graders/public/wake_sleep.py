"""Wake-sleep and auto-encoding variational Bayes: what to implement, and the checks that a student
may read.
"""

import torch

from graders.core import expect, pictures, samples
from graders.core.contract import count, data, log_variances, net, number, reals
from graders.core.draw import Draw
from graders.core.exercise import Law, answer, check, exercise, stand_in, written
from graders.core.fixtures import Network, constant, network
from graders.core.forms import Bool, Letters
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture
from graders.core.trainers import (
    UNTRAINED,
    every_example,
    first_step,
    keeps_data,
    short_batch,
    shuffled,
)


@exercise(
    covers=("CMU-1.2.2",),
    takes=(
        reals("... K"),
        reals("... K"),
        log_variances("... K"),
    ),
    gives=reals("..."),
)
def gaussian_log_prob(z, mu, logvar):
    """Log density of N(mu, diag(exp(logvar))) at z.

    z, mu, logvar: tensors (..., K); logvar is the logarithm of the variance.
    Returns a tensor (...): summed over the K dimensions.
    """
    ...


@exercise(
    covers=("CMU-1.2.1",),
    requires=("reparameterize", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D", codes="S N K"),
        count("S"),
    ),
    gives=reals(""),
)
def wake_loss(x, encoder, decoder, n_samples=1):
    """The loss of the wake phase, to be minimised: the mean over the N examples.

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, logvar), each (N,
    K), of the Gaussian q(z | x); decoder maps codes (..., K) to the logits (..., D) of
    a Bernoulli; n_samples: codes drawn for each example. Returns a scalar tensor. Its
    gradient reaches the decoder only.
    """
    ...


@exercise(
    covers=("CMU-1.2.2",),
    requires=("gaussian_log_prob", "reparameterize"),
    random=True,
    takes=(
        net("D -> K, K"),
        net("K -> D"),
        count("S"),
        count("K"),
    ),
    gives=reals(""),
    dtypes=("float32",),
)
def sleep_loss(encoder, decoder, n_samples, latent_dim):
    """The loss of the sleep phase, to be minimised: the mean over the dreams.

    The prior is N(0, I) in latent_dim dimensions; n_samples: number of binary images
    dreamt. Both networks are float32. Returns a scalar tensor. Its gradient reaches the
    encoder only.
    """
    ...


@exercise(
    covers=("CMU-1.6.1a", "UIUC-1g"),
    requires=("reparameterize", "kl_standard_normal", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K", changes=True),
        net("K -> D", changes=True),
        count("E"),
        count("B"),
        number(0.001, 0.01),
    ),
    gives=(),
)
def train_aevb(data, encoder, decoder, epochs, batch_size, learning_rate):
    """Train both networks, in place, by auto-encoding variational Bayes with Adam at
    this learning rate.

    data: tensor (N, D), of the networks' dtype; it is shuffled in every epoch, and cut
    into batches of batch_size examples; the last batch may be shorter, and is used too.
    Returns a dict with the key "loss": a list with one float per epoch.
    """
    ...


@exercise(
    covers=("CMU-1.6a", "CMU-1.6.1b"),
    requires=(
        "wake_loss",
        "sleep_loss",
        "gaussian_log_prob",
        "reparameterize",
        "bernoulli_log_likelihood",
    ),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K", changes=True),
        net("K -> D", changes=True),
        count("E"),
        count("B"),
        number(0.001, 0.01),
    ),
    gives=(),
    dtypes=("float32",),
)
def train_wake_sleep(data, encoder, decoder, epochs, batch_size, learning_rate):
    """Train both networks, in place, by the wake-sleep algorithm, with one Adam for
    each at this learning rate.

    data: float32 tensor (N, D); it is shuffled in every epoch, and cut into batches of
    batch_size examples; the last batch may be shorter, and is used too. Each batch gets
    one wake phase and one sleep phase, with a dream for every example. Returns a dict
    with the keys "wake_loss" and "sleep_loss": a list each, with one float per epoch.
    """
    ...


wake_sleep_no_guarantee = answer(Letters(("A", "B")), covers=("CMU-1.4a",))
discrete_latents = answer(Letters(("wake_sleep", "aevb")), covers=("CMU-1.4b",))
same_complexity = answer(Bool(), covers=("CMU-1.4c",))
wake_sleep_derivation = written(covers=("CMU-1.2.1", "CMU-1.2.2"))


@stand_in("gaussian_log_prob", coefficients=3)
def linear_log_prob(z, mu, logvar, a, b, c):
    return (a * z + b * mu + c * logvar).sum(-1)


@stand_in("wake_loss", coefficients=1)
def distance_of_reconstruction(x, encoder, decoder, n_samples=1, a=1.0):
    return (decoder(encoder(x)[0].detach()) - a * x).square().mean()


@stand_in("sleep_loss", coefficients=1)
def distance_of_code(encoder, decoder, n_samples, latent_dim, a):
    mu, logvar = encoder(decoder(torch.ones(n_samples, latent_dim)).sigmoid().detach())
    return (mu - a).square().mean() + (logvar + a).square().mean()


def _float64(values):
    return torch.tensor(values, dtype=torch.float64)


@check("gaussian_log_prob", "Two worked examples come out right.")
def worked_densities(student):
    z, mu = (
        _float64([[0.5, -1.0, 2.0], [0.0, 1.5, -0.5]]),
        _float64([[0.0, -0.5, 1.0], [1.0, 1.0, -1.0]]),
    )
    logvar = _float64([[0.3, -1.0, 0.8], [-0.5, 1.2, 0.0]])
    wanted = _float64([-3.4638675878152245, -4.093825511453107])
    mistakes = (
        (
            wanted / 3,
            "Your values are averaged over the K dimensions: independent dimensions add up.",
        ),
        (-wanted, "Your values have the opposite sign."),
        (wanted + 2.756815599614018, "A constant is missing: does your density integrate to 1?"),
        (wanted.exp(), "Your values are densities; their logarithms are asked for."),
    )
    inputs = f"z = {z.tolist()}, mu = {mu.tolist()}, logvar = {logvar.tolist()}"
    expect.close(
        student.gaussian_log_prob(z, mu, logvar),
        wanted,
        subject="gaussian_log_prob(z, mu, logvar)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check(
    "gaussian_log_prob",
    "Far from the mean and for a very small variance it is finite and exact; axes in front stay.",
    after=(worked_densities,),
)
def densities_far_off(student):
    z, mu, logvar = torch.zeros(3, 1, 3, 2, dtype=torch.float64)
    z[..., 0], logvar[..., 1] = 100.0, -40.0
    expect.close(
        student.gaussian_log_prob(z, mu, logvar),
        torch.full((1, 3), -4981.8378770664, dtype=torch.float64),
        subject="gaussian_log_prob of z = (100, 0), mu = 0, logvar = (0, -40), shape (1, 3, 2)",
    )


@check(
    "wake_loss",
    "With a decoder that ignores z the loss has a known value, for every number of samples.",
)
def wake_of_blind_decoder(student):
    x, decoder = (
        _float64([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]]),
        constant(network(Draw(2), (2, 3)), 0, _float64([0.5, -1.0, 2.0])),
    )
    for n_samples in (1, 4):
        mistakes = (
            (-2.164266682741302, "Your value has the opposite sign: a loss is to be minimised."),
            (
                2.164266682741302 * 2,
                "Your value is summed over the examples: the loss is their mean.",
            ),
            (
                2.164266682741302 / 3,
                "Your value is averaged over the pixels: independent pixels add up.",
            ),
            (2.164266682741302 * n_samples, "Your value grows with the number of samples."),
        )
        got = student.wake_loss(x, network(Draw(1), (3, 2), heads=2), decoder, n_samples)
        inputs = say("x = {x} and a decoder that always returns (0.5, -1, 2)", x=x.tolist())
        expect.close(
            got,
            _float64(2.164266682741302),
            subject=say("wake_loss with n_samples = {n_samples}", n_samples=n_samples),
            inputs=inputs,
            mistakes=mistakes,
        )


@check("sleep_loss", "It returns a scalar that is finite, and another one when it is called again.")
def sleep_is_a_scalar(student):
    networks = (
        network(Draw(1), (3, 2), heads=2, dtype=torch.float32),
        network(Draw(2), (2, 3), dtype=torch.float32),
    )
    first, second = student.sleep_loss(*networks, 5, 2), student.sleep_loss(*networks, 5, 2)
    expect.finite(
        expect.tensor(first, shape=(), dtype=torch.float32, subject="sleep_loss"),
        subject="sleep_loss",
    )
    expect.tensor(second, shape=(), dtype=torch.float32, subject="sleep_loss called again")
    expect.differs(first, second, subject="sleep_loss called twice")


def _small_run(student, name, keys):
    """Train two small networks for three epochs on ten examples in batches of four."""
    encoder, decoder = (
        network(Draw(1), (3, 4, 2), heads=2, dtype=torch.float32),
        network(Draw(2), (2, 4, 3), dtype=torch.float32),
    )
    observed = student.observe(
        name, Draw(3).bits(10, 3, dtype=torch.float32), encoder, decoder, 3, 4, 0.01
    )
    for key in keys:
        history = observed.value.get(key) if isinstance(observed.value, dict) else None
        history = history.tolist() if hasattr(history, "tolist") else history
        fine = (
            isinstance(history, (list, tuple))
            and len(history) == 3
            and all(isinstance(loss, (int, float)) for loss in history)
        )
        detail = say('under "{key}" a list of 3 floats is wanted, for 3 epochs', key=key)
        expect.true(
            fine,
            "not the history that was asked for",
            subject=say("the result of {name}", name=name),
            detail=detail,
            got=str(history)[:80],
        )
    for what, before, after in (
        ("encoder", encoder, observed.arguments[1]),
        ("decoder", decoder, observed.arguments[2]),
    ):
        moved = any(not torch.equal(b, a) for b, a in zip(before.parameters(), after.parameters()))
        expect.true(
            moved,
            UNTRAINED[what],
            subject=name,
            detail=say("the {what} that was passed has the parameters it had before", what=what),
        )


@check("train_aevb", "It trains both networks that it is given, and returns one loss per epoch.")
def small_aevb_run(student):
    _small_run(student, "train_aevb", ("loss",))


@check(
    "train_wake_sleep",
    "It trains both networks that it is given, and returns one loss of each kind per epoch.",
)
def small_wake_sleep_run(student):
    _small_run(student, "train_wake_sleep", ("wake_loss", "sleep_loss"))


@check(
    "train_aevb",
    "The first step of both networks is Adam's, of the size of the learning rate.",
    after=(small_aevb_run,),
)
def first_step_of_aevb(student, draw):
    first_step(student, draw, "train_aevb")


@check(
    "train_aevb",
    "In each epoch every example is used, those of the last short batch too.",
    after=(first_step_of_aevb,),
)
def every_example_of_aevb(student, draw):
    every_example(student, draw, "train_aevb")
    short_batch(student, draw, "train_aevb")


@check(
    "train_aevb",
    "Batches have batch_size examples, and are put together anew in every epoch.",
    after=(first_step_of_aevb,),
)
def batches_of_aevb(student, draw):
    shuffled(student, draw, "train_aevb")


@check("train_aevb", "The data stay as they are.", after=(small_aevb_run,))
def data_of_aevb(student, draw):
    keeps_data(student, draw, "train_aevb")


@check(
    "train_wake_sleep",
    "The first step of both networks is Adam's, of the size of the learning rate.",
    after=(small_wake_sleep_run,),
)
def first_step_of_wake_sleep(student, draw):
    first_step(student, draw, "train_wake_sleep")


@check(
    "train_wake_sleep",
    "In each epoch every example is used, those of the last short batch too.",
    after=(first_step_of_wake_sleep,),
)
def every_example_of_wake_sleep(student, draw):
    every_example(student, draw, "train_wake_sleep")
    short_batch(student, draw, "train_wake_sleep")


@check(
    "train_wake_sleep",
    "Batches have batch_size examples, and are put together anew in every epoch.",
    after=(first_step_of_wake_sleep,),
)
def batches_of_wake_sleep(student, draw):
    shuffled(student, draw, "train_wake_sleep")


@check("train_wake_sleep", "The data stay as they are.", after=(small_wake_sleep_run,))
def data_of_wake_sleep(student, draw):
    keeps_data(student, draw, "train_wake_sleep")


FALLS = "In a longer run on four patterns the loss of the decoder falls."


def _long_run(student, name):
    """What a trainer returns for 32 images, eight each of four patterns of six pixels."""
    data = Draw(4).bits(4, 6, dtype=torch.float32)[torch.arange(32) % 4]
    networks = (
        network(Draw(1), (6, 2), heads=2, dtype=torch.float32),
        network(Draw(2), (2, 6), dtype=torch.float32),
    )
    return getattr(student, name)(data, *networks, LONG, 8, 0.02)


def _falls(student, name, key):
    (losses,) = expect.entries(_long_run(student, name), (key,), subject=name)
    quarter = LONG // 4
    first, last = (
        torch.as_tensor(part, dtype=torch.float64).mean()
        for part in (losses[:quarter], losses[-quarter:])
    )
    expect.true(
        bool(last < first),
        "a loss that does not fall",
        subject=say('"{key}" of {name}', key=key, name=name),
        detail=say(
            "got {first:.4g} in the first quarter of {long} epochs and {last:.4g} in the last",
            first=first,
            long=LONG,
            last=last,
        ),
        got=f"{key} does not fall",
    )


LONG = 24


@check("train_aevb", FALLS, after=(first_step_of_aevb,))
def falling_loss_of_aevb(student):
    _falls(student, "train_aevb", "loss")


@check("train_wake_sleep", FALLS, after=(first_step_of_wake_sleep,))
def falling_loss_of_wake_sleep(student):
    _falls(student, "train_wake_sleep", "wake_loss")


gaussian_log_prob_manners = manners(
    "gaussian_log_prob",
    lambda: (Draw(1).normal(4, 3), Draw(2).normal(4, 3), Draw(3).normal(4, 3)),
    after=(worked_densities,),
    graph=(0, 1, 2),
)


@check(
    "wake_loss",
    "The codes are drawn from q(z | x): they lie around mu with the standard deviation sigma, and"
    " the noise of every entry is its own.",
    after=(wake_of_blind_decoder,),
    law=Law("mean, spread and tails", 6000, samples.FALSE_FAIL),
)
def codes_of_wake_loss(student):
    encoder, decoder = network(Draw(1), (3, 2), heads=2), network(Draw(2), (2, 3), record=True)
    constant(constant(encoder, 0, _float64([1.0, -2.0])), 1, _float64([9.0, 0.25]).log())
    student.wake_loss(Draw(3).bits(2000, 3), encoder, decoder, 3)
    subject = "the codes of wake_loss"
    codes = samples.recorded(decoder.calls, 3, 2000, 2, subject=subject)
    axes = ("code of an image", "image", "dimension")
    samples.of_gaussian(codes, [1.0, -2.0], [3.0, 0.5], axes=axes, subject=subject)


wake_manners = manners(
    "wake_loss",
    lambda: (
        Draw(3).uniform(0.1, 0.9, 4, 3),
        network(Draw(1), (3, 2), heads=2),
        network(Draw(2), (2, 3)),
        2,
    ),
    after=(wake_of_blind_decoder,),
    graph=(2,),
    barred=(1,),
)


@check(
    "wake_loss",
    "Where the decoder is sure of a pixel, and wrong, it is finite and right.",
    after=(wake_of_blind_decoder,),
)
def wake_of_the_impossible(student):
    decoder = constant(network(Draw(2), (2, 3)), 0, 1000.0)
    x = _float64([[0.0, 0.25, 1.0]])
    got = student.wake_loss(x, network(Draw(1), (3, 2), heads=2), decoder, 2)
    expect.close(got, _float64(1750.0), subject="wake_loss of [[0, 0.25, 1]], logits of 1000")


def _wide_model(count):
    """One grey image many times, q = N(0.5, 2.25), and a decoder that makes much of its code."""
    encoder = constant(constant(network(Draw(1), (4, 1), heads=2), 0, 0.5), 1, 0.8109302162)
    values = [_float64([[2.0], [-2.0], [1.5], [1.0]]), _float64([0.5, 0.0, -0.5, 0.2])]
    x = _float64([[1.0, 0.0, 0.75, 1.0]]).expand(count, 4)
    return x, encoder, Network((1, 4), values=values)


@check(
    "wake_loss",
    "For many copies of one grey image it is a known number, and another one in the next call.",
    after=(wake_of_blind_decoder,),
    law=Law("mean of 6000 terms", 6000, samples.FALSE_FAIL),
)
def wake_of_many_codes(student):
    first, second = (student.wake_loss(*_wide_model(3000), 2) for _ in range(2))
    subject = "wake_loss of 3000 copies of one image with two codes each"
    expect.close(
        expect.tensor(first, shape=(), subject=subject), 3.427438, subject=subject, atol=0.3266
    )
    expect.differs(first, second, subject=say("{subject}, called twice", subject=subject))


def _dream(student, samples_wanted):
    """The loss of an encoder that always returns mu = (0, 0) and a variance of 4, and what the two
    networks were called with.
    """
    encoder = network(Draw(1), (3, 2), heads=2, record=True, dtype=torch.float32)
    constant(constant(encoder, 0, 0.0), 1, _float64([4.0, 4.0]).log())
    decoder = network(Draw(2), (2, 3), record=True, dtype=torch.float32)
    got = student.sleep_loss(encoder, decoder, samples_wanted, 2)
    return got, encoder.calls, decoder.calls


@check(
    "sleep_loss",
    "The codes are drawn from the prior, with noise of their own; the dreams are binary.",
    after=(sleep_is_a_scalar,),
    law=Law("mean, spread and tails", 4000, samples.FALSE_FAIL),
)
def dreams_of_sleep_loss(student):
    _, images, codes = _dream(student, 4000)
    subject = "the codes of sleep_loss"
    drawn = samples.recorded(codes, 1, 4000, 2, subject=subject).double()
    axes = ("sample", "dream", "dimension")
    samples.of_gaussian(drawn, [0.0, 0.0], [1.0, 1.0], axes=axes, subject=subject)
    values = torch.cat([image.flatten() for image in images]) if images else torch.full((1,), 0.5)
    expect.true(
        bool(((values == 0) | (values == 1)).all()),
        "images that are not binary",
        subject="the dreams of sleep_loss",
        detail=say(
            "the encoder got pixels such as {got:.3g}, wanted 0 or 1: a dream is a sample"
            " of the decoder's Bernoulli",
            got=values[0].item(),
        ),
        got="images that are not binary",
    )


@check(
    "sleep_loss",
    "When q is N(0, 4 I) whatever is dreamt, it is a known number, up to the noise of the codes.",
    after=(sleep_is_a_scalar,),
    law=Law("mean of 4000 terms", 4000, samples.FALSE_FAIL),
)
def sleep_of_a_blind_encoder(student):
    got, _, _ = _dream(student, 4000)
    mistakes = (
        (-3.474171, "Your value has the opposite sign: a loss is to be minimised."),
        (1.737086, "Your value is averaged over the K dimensions: independent dimensions add up."),
        (1.636294, "A constant is missing: does your density integrate to 1?"),
        (2.087877, "A normal density has its variance in two places."),
        (3.474171 * 4000, "Your value is summed over the dreams: the loss is their mean."),
    )
    expect.close(
        expect.tensor(got, shape=(), dtype=torch.float32, subject="sleep_loss").double(),
        _float64(3.474171),
        subject="sleep_loss of an encoder that always returns mu = 0 and a variance of 4",
        rtol=0.0075,
        mistakes=mistakes,
    )


@check(
    "sleep_loss",
    "Every pixel of a dream is white with the probability that the decoder gives it, by a coin of"
    " its own.",
    after=(sleep_is_a_scalar,),
    law=Law("shares of 8000 dreams", 8000, samples.FALSE_FAIL),
)
def pixels_of_dreams(student):
    encoder = network(Draw(1), (3, 2), heads=2, record=True, dtype=torch.float32)
    logits = torch.tensor([0.0, 1.0, -1.0])
    student.sleep_loss(encoder, constant(network(Draw(2), (2, 3), dtype=torch.float32), 0, logits),
                       8000, 2)  # fmt: skip
    seen = [call.reshape(-1, 3) for call in encoder.calls if call.shape[-1:] == (3,)]
    subject = "the dreams of a decoder that always returns the logits (0, 1, -1)"
    dreams = torch.cat(seen).double() if seen else torch.zeros(1, 3, dtype=torch.float64)
    for what, got, wanted in (
        *(
            (say("pixel {i}", i=i), dreams[:, i], p)
            for i, p in enumerate((0.5, 0.7310586, 0.2689414))
        ),
        ("pixels 0 and 1 at once", dreams[:, 0] * dreams[:, 1], 0.3655293),
        ("pixel 0 of two dreams in a row", dreams[1:, 0] * dreams[:-1, 0], 0.25),
    ):
        share, error = float(got.mean()), samples.SIGMAS * (wanted * (1 - wanted) / 4000) ** 0.5
        expect.true(
            abs(share - wanted) < error,
            "dreams of another law",
            subject=subject,
            detail=say(
                "{what} white in {share:.1%} of the dreams, wanted {wanted:.1%} up to {error:.1%}",
                what=what,
                share=share,
                wanted=wanted,
                error=error,
            ),
            got=f"another share: {what}",
        )


def _sleepers():
    encoder = network(Draw(1), (3, 2), heads=2, dtype=torch.float32)
    return encoder, network(Draw(2), (2, 3), dtype=torch.float32), 6, 2


sleep_manners = manners(
    "sleep_loss", _sleepers, after=(sleep_is_a_scalar,), graph=(0,), barred=(1,), float32=False
)


@picture(
    "gaussian_log_prob",
    shows="the density of a Gaussian for three variances",
    caption="The exponential of your gaussian_log_prob in one dimension, mu = 1. Each curve"
    " encloses the area 1: does a wider one become lower?",
)
def density_of_three(student):
    z = torch.linspace(-5, 7, 121, dtype=torch.float64)[:, None]
    series = []
    for sigma in (0.5, 1.0, 2.0):
        logvar = torch.full_like(z, sigma).log() * 2
        got = student.gaussian_log_prob(z, torch.ones_like(z), logvar)
        got = pictures.value(got, (121,), "gaussian_log_prob")
        series.append(pictures.line(f"sigma = {sigma:g}", z[:, 0], got.exp()))
    return [Panel("Your density", "z", "density", tuple(series))]


@picture(
    "train_aevb",
    shows="the loss of a small training run",
    caption="32 images of six pixels, 20 epochs of your train_aevb with a small machine. Is the"
    " loss lower at the end than at the beginning, and how much of the curve is noise?",
)
def loss_of_a_small_run(student):
    pattern = Draw(4).bits(4, 6)
    data = pattern[torch.arange(32) % 4]
    networks = network(Draw(1), (6, 2), heads=2), network(Draw(2), (2, 6))
    got = student.train_aevb(data, *networks, 20, 8, 0.02)
    (losses,) = expect.entries(got, ("loss",), subject="train_aevb")
    losses = expect.parts(losses, [say("epoch {i}", i=i) for i in range(1, 21)], subject='"loss"')
    found = [float(pictures.value(loss, (), "train_aevb")) for loss in losses]
    series = (pictures.line("what your train_aevb returns", range(1, 21), found),)
    return [Panel("Loss curve", "epoch", "loss in nats per image", series)]
