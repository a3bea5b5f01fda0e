"""The evidence lower bound: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect, pictures, samples
from graders.core.contract import count, data, densities, net, positives, probabilities, reals
from graders.core.draw import Draw
from graders.core.exercise import Law, answer, check, exercise, stand_in, written
from graders.core.fixtures import Network, constant, network
from graders.core.forms import Bool, Choice, Table
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("CMU-1.3a", "CMU-1.3b", "S4-2.4", "S4-2.6"),
    requires=("reparameterize", "kl_standard_normal", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D", codes="S N K"),
        count("S"),
    ),
    gives=reals("N"),
)
def elbo(x, encoder, decoder, n_samples=1):
    """A Monte Carlo estimate of the evidence lower bound, one value per example, with
    the divergence in closed form.

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, logvar), each (N,
    K), of the Gaussian q(z | x); decoder maps codes (..., K) to Bernoulli logits (...,
    D); the prior is N(0, I); n_samples: codes per example. Returns a tensor (N,),
    differentiable in the parameters of both networks.
    """
    ...


@exercise(
    covers=("S4-2.4", "CMU-1.1"),
    requires=("reparameterize", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D", codes="S N K"),
        count("S"),
    ),
    gives=reals("N"),
)
def elbo_sampled(x, encoder, decoder, n_samples=1):
    """A Monte Carlo estimate of the evidence lower bound from three log densities, none
    of them integrated by hand.

    Arguments and result as in `elbo`. Gradients flow through all three densities and
    through the codes.
    """
    ...


@exercise(
    covers=("UIUC-2a",),
    requires=("elbo", "reparameterize", "kl_standard_normal", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D", codes="N K"),
    ),
    gives=reals(""),
)
def vae_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, summed over the data, estimated from
    one code per example.

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, logvar), each
    (N, K); decoder maps codes (..., K) to Bernoulli logits (..., D). The divergence in
    closed form. Returns a tensor without dimensions.
    """
    ...


@exercise(
    covers=("CMU-1.1", "UIUC-1a", "S4-2.1", "S4-2.2"),
    requires=("bayes_posterior",),
    takes=(
        probabilities("S"),
        densities("S"),
        probabilities("S"),
    ),
    gives=(reals(""), reals(""), reals("")),
)
def elbo_decomposition(prior, likelihood, q):
    """The log evidence of one x and its two parts, for a latent variable with S states.

    prior, q: tensors (S,), probabilities; likelihood: tensor (S,), p(x | z) of each
    state.
    Returns a tuple (log_evidence, elbo, kl_to_posterior) of tensors without dimensions,
    infinite where the mathematics is and never NaN. Raises ValueError when the evidence
    is 0.
    """
    ...


@exercise(
    covers=("ICL-2a",),
    takes=(
        probabilities("S"),
        densities("S"),
    ),
    gives=probabilities("S"),
)
def bayes_posterior(prior, likelihood):
    """The distribution of a latent variable with S states, given x.

    prior: tensor (S,), probabilities; likelihood: tensor (S,), p(x | z) of each state.
    Returns a tensor (S,). Raises ValueError when the evidence is 0.
    """
    ...


@exercise(
    covers=("UIUC-1e",),
    requires=("bayes_posterior",),
    takes=(
        probabilities("S"),
        densities("S"),
    ),
    gives=probabilities("S"),
)
def optimal_q(prior, likelihood):
    """The probability vector that maximises the bound, for a latent variable with S
    states.

    prior: tensor (S,), probabilities; likelihood: tensor (S,), p(x | z) of each state.
    Returns a tensor (S,). Raises ValueError when the evidence is 0.
    """
    ...


optimal_q_equals = answer(Choice(("1", "2", "3", "4")), covers=("UIUC-1f",))


@exercise(
    covers=("CMU-1.3c",),
    takes=(
        reals("J", graph=False),
        positives("J"),
        reals("L J", graph=False),
        reals("L J", graph=False),
    ),
    gives=(reals("J"), reals("J")),
)
def aevb_gradients(mu, sigma, eps, score):
    """The gradients of the estimated bound of one data point with respect to mu and
    sigma, written out.

    mu, sigma: tensors (J,), sigma being the standard deviation; eps: tensor (L, J), the
    noise of L codes; score: tensor (L, J), the gradient of log p(x | z) with respect to
    z at each code.
    Returns a tuple (grad_mu, grad_sigma) of tensors (J,). No automatic differentiation.
    """
    ...


@exercise(
    covers=("S4-1.1",),
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D"),
    ),
    gives=reals(""),
)
def autoencoder_loss(x, encoder, decoder):
    """What a plain autoencoder minimises: the squared error of its reconstructions.

    x: tensor (N, D) with values in [0, 1]; the code is the mean that encoder(x) -> (mu,
    logvar) returns; decoder maps codes to logits, and the reconstruction is the mean of
    each pixel. Summed over the D pixels, averaged over the N examples. Returns a tensor
    without dimensions.
    """
    ...


@exercise(
    covers=("S4-1.4a",),
    requires=("reparameterize", "bernoulli_log_likelihood"),
    random=True,
    takes=(
        data("N D"),
        net("D -> K, K"),
        net("K -> D", codes="N K"),
    ),
    gives=reals(""),
)
def reconstruction_only_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, without its divergence: summed over the
    data, one code per example. A tensor without dimensions.
    """
    ...


elbo_terms = answer(
    Table(("expected_log_likelihood", "kl"), Choice(("reconstruction", "regularizer"))),
    covers=("S4-1.2", "S4-2.3"),
)
generative_models = answer(
    Table(("autoencoder", "vae", "vae_without_kl"), Bool()),
    covers=("S4-1.3a", "S4-1.3b", "S4-1.4b"),
)

elbo_proof = written(covers=("CMU-1.1", "UIUC-1a", "S4-2.1", "ICL-2b"))
aevb_derivation = written(covers=("CMU-1.3a", "CMU-1.3b", "S4-2.7"))
ae_vs_vae = written(covers=("S4-2.6", "S4-1.2", "S4-1.3a", "S4-1.3b"))


@stand_in("elbo", coefficients=2)
def bilinear_bound(x, encoder, decoder, n_samples=1, a=1.0, b=1.0):
    mu, logvar = encoder(x)
    logits = decoder((mu + a * logvar).expand(n_samples, *mu.shape)).mean(0)
    return (b * x * logits).sum(-1)


@stand_in("bayes_posterior", coefficients=2)
def mixed_posterior(prior, likelihood, a, b):
    return (a * prior + b * likelihood).softmax(-1)


def _double(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def _blind_model():
    """Two images; an encoder that returns mu = (1, -2) and logvar = (0.2, -1), a decoder that
    returns the logits (0.5, -1, 2).
    """
    encoder = network(Draw(1), (3, 2), heads=2)
    constant(constant(encoder, 0, _double(1.0, -2.0)), 1, _double(0.2, -1.0))
    return (
        _double([1.0, 0.0, 1.0], [0.0, 0.25, 1.0]),
        encoder,
        constant(network(Draw(2), (2, 3)), 0, _double(0.5, -1.0, 2.0)),
    )


WORKED = "x = [[1, 0, 1], [0, 0.25, 1]], mu = (1, -2), logvar = (0.2, -1), logits = (0.5, -1, 2)"


@check(
    "elbo",
    "With networks that ignore their inputs it needs no luck, and comes out right for every number"
    " of codes.",
)
def worked_bound(student):
    wanted = _double(-3.608907775, -4.358907775)
    mistakes = (
        (
            _double(1.780374424, 1.030374424),
            "Does a posterior that is far from the prior make the bound larger or smaller?",
        ),
        (
            _double(-0.914266675, -1.664266675),
            "Only the expected log likelihood seems to be in your value.",
        ),
        (-wanted, "Your values have the opposite sign: the bound itself is asked for, not a loss."),
        (
            _double(-5.437441124, -7.687441124),
            "Your value grows with the number of codes. What estimates an expectation?",
        ),
        (
            _double(-1.812480375, -2.562480375),
            "How many times does the divergence enter, when three codes are drawn?",
        ),
    )
    for n_samples in (3, 1):
        got = student.elbo(*_blind_model(), n_samples)
        expect.close(
            got,
            wanted,
            subject=f"elbo(x, encoder, decoder, {n_samples})",
            inputs=WORKED,
            mistakes=mistakes,
        )


@check("elbo_sampled", "It returns one value per example.")
def sampled_bound_per_example(student):
    expect.tensor(
        student.elbo_sampled(*_blind_model(), 4),
        shape=(2,),
        subject="elbo_sampled of two examples with four codes each",
    )


@check(
    "elbo_sampled",
    "When the decoder ignores z and q is the prior, it is the log likelihood, whatever is drawn.",
    after=(sampled_bound_per_example,),
)
def sampled_bound_of_the_prior(student):
    x, encoder, decoder = _blind_model()
    constant(constant(encoder, 0, 0.0), 1, 0.0)
    got = student.elbo_sampled(x, encoder, decoder, 4)
    inputs = "x = [[1, 0, 1], [0, 0.25, 1]], mu = (0, 0), logvar = (0, 0), logits = (0.5, -1, 2)"
    expect.close(
        got,
        _double(-0.914266675, -1.664266675),
        subject="elbo_sampled(x, encoder, decoder, 4)",
        inputs=inputs,
    )


@check("vae_loss", "With networks that ignore their inputs it needs no luck, and comes out right.")
def worked_vae_loss(student):
    mistakes = (
        (-7.967815551, "Your value is to be maximised; a loss is minimised."),
        (3.983907775, "Your value is averaged over the examples; the program sums over the data."),
        (-2.810748847, "With which sign does the divergence enter something that is minimised?"),
        (2.578533351, "Only the reconstruction error seems to be in your value."),
        (
            5.273174451,
            "Half of the divergence seems to be missing: over what is it averaged?",
        ),
    )
    expect.close(
        student.vae_loss(*_blind_model()),
        7.967815551,
        subject="vae_loss(x, encoder, decoder)",
        inputs=WORKED,
        mistakes=mistakes,
    )


@check("elbo_decomposition", "A worked example comes out right.")
def worked_decomposition(student):
    got = student.elbo_decomposition(
        _double(0.5, 0.25, 0.25), _double(0.1, 0.4, 0.8), _double(0.2, 0.5, 0.3)
    )
    subject = "elbo_decomposition((0.5, 0.25, 0.25), (0.1, 0.4, 0.8), (0.2, 0.5, 0.3))"
    got = expect.parts(got, ("log_evidence", "elbo", "kl_to_posterior"), subject=subject)
    backwards = (
        "This is the divergence in the other direction: which of the two distributions is averaged"
        " over?"
    )
    mistakes = (
        ((0.35, "This is the evidence itself."),),
        (
            (-0.985605450, "Only the expected log likelihood is in your bound."),
            (-0.767593539, "With which sign does the divergence from the prior enter the bound?"),
        ),
        ((0.160246322, backwards), (0.218011911, "This is the divergence from the prior.")),
    )
    for value, wanted, name, known in zip(
        got,
        (-1.049822124, -1.203617361, 0.153795236),
        ("log_evidence", "elbo", "kl_to_posterior"),
        mistakes,
    ):
        expect.number(
            value,
            wanted,
            subject=say("{name} of {subject}", name=name, subject=subject),
            mistakes=known,
        )


@check("elbo_decomposition", "An x that no state can produce raises ValueError.")
def decomposition_of_the_impossible(student):
    def call():
        return student.elbo_decomposition(_double(0.5, 0.5), _double(0.0, 0.0), _double(0.5, 0.5))

    expect.raises("ValueError", call, subject="elbo_decomposition((0.5, 0.5), (0, 0), (0.5, 0.5))")


@check(
    "elbo_decomposition",
    "A state without probability adds nothing; one that q alone allows makes the bound minus"
    " infinity.",
    after=(worked_decomposition,),
)
def decomposition_of_zeros(student):
    prior, likelihood = _double(0.5, 0.5, 0.0), _double(0.4, 0.0, 0.3)
    names = ("log_evidence", "elbo", "kl_to_posterior")
    for q, wanted in (
        (_double(1.0, 0.0, 0.0), (-1.609437912, -1.609437912, 0.0)),
        (_double(0.5, 0.5, 0.0), (-1.609437912, -torch.inf, torch.inf)),
    ):
        subject = f"elbo_decomposition({prior.tolist()}, {likelihood.tolist()}, {q.tolist()})"
        got = expect.parts(student.elbo_decomposition(prior, likelihood, q), names, subject=subject)
        for name, value, want in zip(names, got, wanted):
            expect.number(
                value,
                want,
                subject=say("{name} of {subject}", name=name, subject=subject),
                atol=1e-9,
            )


@check(
    "elbo_decomposition",
    "An x that only states without prior probability can produce raises ValueError.",
    after=(decomposition_of_the_impossible,),
)
def decomposition_without_prior(student):
    def call():
        return student.elbo_decomposition(_double(1.0, 0.0), _double(0.0, 0.5), _double(0.5, 0.5))

    expect.raises("ValueError", call, subject="elbo_decomposition((1, 0), (0, 0.5), (0.5, 0.5))")


@check("bayes_posterior", "A worked example comes out right.")
def worked_posterior(student):
    mistakes = (
        (_double(0.05, 0.1, 0.2), "Your values do not add up to 1."),
        (_double(1 / 13, 4 / 13, 8 / 13), "Your value is the same for every prior."),
    )
    got = student.bayes_posterior(_double(0.5, 0.25, 0.25), _double(0.1, 0.4, 0.8))
    expect.close(
        got,
        _double(1 / 7, 2 / 7, 4 / 7),
        subject="bayes_posterior((0.5, 0.25, 0.25), (0.1, 0.4, 0.8))",
        mistakes=mistakes,
    )


@check("bayes_posterior", "An x that no state can produce raises ValueError.")
def posterior_of_the_impossible(student):
    expect.raises(
        "ValueError",
        lambda: student.bayes_posterior(_double(0.5, 0.5), _double(0.0, 0.0)),
        subject="bayes_posterior((0.5, 0.5), (0, 0))",
    )


@check(
    "bayes_posterior",
    "However small the evidence is, it comes out right.",
    after=(worked_posterior,),
)
def posterior_of_small_evidence(student):
    expect.close(
        student.bayes_posterior(_double(0.5, 0.5), _double(1e-200, 3e-200)),
        _double(0.25, 0.75),
        subject="bayes_posterior((0.5, 0.5), (1e-200, 3e-200))",
    )


@check(
    "optimal_q", "Where every state explains x equally well, the bound is largest for the prior."
)
def optimum_without_evidence(student):
    got = student.optimal_q(_double(0.5, 0.3, 0.2), _double(0.4, 0.4, 0.4))
    expect.close(got, _double(0.5, 0.3, 0.2), subject="optimal_q((0.5, 0.3, 0.2), (0.4, 0.4, 0.4))")


@check("optimal_q", "Where one state only explains x, it gets everything.")
def optimum_of_one_state(student):
    got = student.optimal_q(_double(0.5, 0.3, 0.2), _double(0.0, 0.0, 0.1))
    expect.close(got, _double(0.0, 0.0, 1.0), subject="optimal_q((0.5, 0.3, 0.2), (0, 0, 0.1))")


@check("optimal_q", "An x that no state can produce raises ValueError.")
def optimum_of_the_impossible(student):
    expect.raises(
        "ValueError",
        lambda: student.optimal_q(_double(0.5, 0.5), _double(0.0, 0.0)),
        subject="optimal_q((0.5, 0.5), (0, 0))",
    )


@check("aevb_gradients", "A worked example with two dimensions and three codes comes out right.")
def worked_gradients(student):
    mu, sigma = _double(0.5, -1.0), _double(2.0, 0.5)
    eps, score = (
        _double([1.0, -1.0], [0.0, 2.0], [-2.0, 0.5]),
        _double([3.0, 1.0], [-1.0, 2.0], [1.0, -2.0]),
    )
    subject = "aevb_gradients(mu, sigma, eps, score)"
    got = expect.parts(
        student.aevb_gradients(mu, sigma, eps, score), ("grad_mu", "grad_sigma"), subject=subject
    )
    inputs = (
        f"mu = {mu.tolist()}, sigma = {sigma.tolist()}, eps = {eps.tolist()}, score ="
        f" {score.tolist()}"
    )
    mu_mistakes = (
        (_double(1.5, -2 / 3), "With which sign does the divergence enter the bound?"),
        (_double(2.5, 2.0), "Your value grows with the number of codes."),
    )
    sigma_mistakes = (
        (_double(-0.5, 1.833333333), "How does z change when sigma does?"),
        (_double(-5 / 3, 1 / 6), "A term of the divergence depends on sigma through a logarithm."),
    )
    expect.close(
        got[0],
        _double(0.5, 4 / 3),
        subject=say("grad_mu of {subject}", subject=subject),
        inputs=inputs,
        mistakes=mu_mistakes,
    )
    expect.close(
        got[1],
        _double(-7 / 6, 13 / 6),
        subject=say("grad_sigma of {subject}", subject=subject),
        inputs=inputs,
        mistakes=sigma_mistakes,
    )


@check("autoencoder_loss", "With a decoder that ignores its input, it comes out right.")
def worked_autoencoder_loss(student):
    mistakes = (
        (0.631099514, "Your value is summed over the examples; it is to be averaged."),
        (0.105183252, "Your value is averaged over the pixels; they are to be summed."),
        (2.53125, "You compare the image with the logits. What is the mean of a pixel?"),
        (0.157774879, "Your value is half of the squared error."),
    )
    got = student.autoencoder_loss(*_blind_model())
    expect.close(
        got,
        0.315549757,
        subject="autoencoder_loss(x, encoder, decoder)",
        inputs=WORKED,
        mistakes=mistakes,
    )


@check(
    "reconstruction_only_loss",
    "With a decoder that ignores z it needs no luck, and comes out right.",
)
def worked_reconstruction_loss(student):
    mistakes = (
        (-2.578533351, "Your value is to be maximised; a loss is minimised."),
        (1.289266675, "Your value is averaged over the examples; `vae_loss` sums over the data."),
        (7.967815551, "The divergence is still there."),
        (0.631099514, "A squared error belongs to another likelihood than the Bernoulli one."),
    )
    got = student.reconstruction_only_loss(*_blind_model())
    expect.close(
        got,
        2.578533351,
        subject="reconstruction_only_loss(x, encoder, decoder)",
        inputs=WORKED,
        mistakes=mistakes,
    )


def _recording_model():
    """Images; an encoder that returns mu = (1, -2) and variances (9, 0.25); a recording decoder."""
    encoder = network(Draw(1), (3, 2), heads=2)
    constant(constant(encoder, 0, _double(1.0, -2.0)), 1, _double(9.0, 0.25).log())
    return Draw(3).bits(2000, 3), encoder, network(Draw(2), (2, 3), record=True)


def _codes_are_drawn(student, name, *n_samples):
    x, encoder, decoder = _recording_model()
    getattr(student, name)(x, encoder, decoder, *n_samples)
    subject = say("the codes of {name}", name=name)
    codes = samples.recorded(decoder.calls, *(n_samples or (1,)), 2000, 2, subject=subject)
    axes = ("code of an image", "image", "dimension")
    samples.of_gaussian(codes, [1.0, -2.0], [3.0, 0.5], axes=axes, subject=subject)


DRAWN = (
    "The codes are drawn from q(z | x): they lie around mu with the standard deviation sigma, and"
    " the noise of every entry is its own."
)
LAW = Law("mean, spread and tails", 2000, samples.FALSE_FAIL)


@check("elbo", DRAWN, after=(worked_bound,), law=LAW)
def codes_of_elbo(student):
    _codes_are_drawn(student, "elbo", 3)


@check("elbo_sampled", DRAWN, after=(sampled_bound_per_example,), law=LAW)
def codes_of_elbo_sampled(student):
    _codes_are_drawn(student, "elbo_sampled", 3)


@check("vae_loss", DRAWN, after=(worked_vae_loss,), law=LAW)
def codes_of_vae_loss(student):
    _codes_are_drawn(student, "vae_loss")


@check("reconstruction_only_loss", DRAWN, after=(worked_reconstruction_loss,), law=LAW)
def codes_of_reconstruction_only_loss(student):
    _codes_are_drawn(student, "reconstruction_only_loss")


SURE = "Where the decoder is sure of a pixel, and wrong, it is finite and right."


def _sure_model():
    """One black image, q equal to the prior, and a decoder that is sure that it is white."""
    encoder = constant(constant(network(Draw(1), (3, 2), heads=2), 0, 0.0), 1, 0.0)
    return _double([0.0, 0.0, 1.0]), encoder, constant(network(Draw(2), (2, 3)), 0, 1000.0)


@check("elbo", SURE, after=(worked_bound,))
def elbo_of_the_impossible(student):
    expect.close(student.elbo(*_sure_model(), 2), _double(-2000.0), subject="elbo, logits of 1000")


@check("elbo_sampled", SURE, after=(sampled_bound_of_the_prior,))
def sampled_bound_of_the_impossible(student):
    got = student.elbo_sampled(*_sure_model(), 2)
    expect.close(got, _double(-2000.0), subject="elbo_sampled, logits of 1000")


@check("vae_loss", SURE, after=(worked_vae_loss,))
def vae_loss_of_the_impossible(student):
    expect.close(student.vae_loss(*_sure_model()), 2000.0, subject="vae_loss, logits of 1000")


@check("reconstruction_only_loss", SURE, after=(worked_reconstruction_loss,))
def reconstruction_of_the_impossible(student):
    got = student.reconstruction_only_loss(*_sure_model())
    expect.close(got, 2000.0, subject="reconstruction_only_loss, logits of 1000")


def _narrow_model():
    """Three images, one of them grey, and small networks of which the encoder is almost sure of its
    code: what is drawn is the mean.
    """
    encoder = constant(network(Draw(1), (3, 2), heads=2), 1, -80.0)
    x = _double([1.0, 0.0, 0.25], [0.0, 0.5, 1.0], [1.0, 1.0, 0.0])
    return x, encoder, network(Draw(2), (2, 3))


NARROW = "Where the codes have almost no variance it needs no luck, and comes out right."


@check("elbo", NARROW, after=(worked_bound,))
def bound_of_narrow_codes(student):
    got = student.elbo(*_narrow_model(), 3)
    expect.close(
        got,
        _double(-81.0761004362, -81.7559114150, -80.8083519701),
        subject="elbo of three images, logvar = -80",
        rtol=1e-8,
    )


@check(
    "autoencoder_loss",
    "With two small networks it comes out right, whatever variance the encoder returns.",
    after=(worked_autoencoder_loss,),
)
def autoencoder_of_small_networks(student):
    x, _, decoder = _narrow_model()
    encoder = network(Draw(1), (3, 2), heads=2)
    expect.close(
        student.autoencoder_loss(x, encoder, decoder),
        0.5891535364,
        subject="autoencoder_loss of two small networks",
    )


def _wide_model(count):
    """One grey image many times, a code of one dimension with q = N(0.5, 2.25), and a decoder that
    makes much of it.
    """
    encoder = constant(constant(network(Draw(1), (4, 1), heads=2), 0, 0.5), 1, 0.8109302162)
    weight, bias = _double([2.0], [-2.0], [1.5], [1.0]), _double(0.5, 0.0, -0.5, 0.2)
    x = _double(1.0, 0.0, 0.75, 1.0).expand(count, 4)
    return x, encoder, Network((1, 4), values=[weight, bias])


@check(
    "elbo",
    "Its mean over many estimates is the same for one code and for three.",
    after=(worked_bound,),
    law=Law("mean of 5000 differences", 5000, samples.FALSE_FAIL),
)
def mean_of_bounds(student):
    mistakes = (
        (
            1.625,
            "You average the likelihoods and take the logarithm afterwards. What is the expectation"
            " in the bound taken of?",
        ),
        (
            1.148,
            "You average what the decoder returns and compare the image with that. What is averaged"
            " in the bound?",
        ),
        (
            2.237,
            "Only the best of the codes counts in your value. An expectation weighs all of them.",
        ),
    )
    three, one = (
        expect.tensor(
            student.elbo(*_wide_model(5000), n),
            shape=(5000,),
            subject=say("elbo with {n} codes", n=n),
        )
        for n in (3, 1)
    )
    subject = "elbo with three codes minus elbo with one"
    samples.of_mean(three - one, 0.0, subject=subject, mistakes=mistakes)


@check(
    "elbo_sampled",
    "Where the decoder ignores z its mean is the bound, and two estimates differ: nothing is"
    " integrated by hand.",
    after=(sampled_bound_of_the_prior,),
    law=Law("mean of 8000 estimates", 8000, samples.FALSE_FAIL),
)
def mean_of_sampled_bounds(student):
    x, encoder, decoder = _blind_model()
    x = x[:1].expand(8000, 3)
    got = student.elbo_sampled(x, encoder, decoder, 2)
    subject = "elbo_sampled(x, encoder, decoder, 2)"
    expect.tensor(got, shape=(8000,), subject=subject)
    expect.true(
        bool(got.detach().std() > 1e-3),
        "no noise",
        subject=subject,
        detail="all estimates are equal, wanted one density for each code that was drawn",
        got="no noise",
    )
    mistakes = (
        (-3.127, "You average the weights before the logarithm: that is another bound."),
        (
            -3.25,
            "The spread of q enters its density twice: in the exponent and in the constant."
            " Are both there, and is either the variance where the deviation belongs?",
        ),
        (-2.274, "How do the log densities of independent dimensions combine?"),
        (2.244, "Around which mean is each code drawn, and where are your densities of q?"),
        (
            1.780374424,
            "Prior and q enter with exchanged signs: which of them is in the denominator?",
        ),
    )
    samples.of_mean(got, -3.608907775, subject=subject, inputs=WORKED, mistakes=mistakes)


def _small_model():
    return (
        Draw(3).uniform(0.1, 0.9, 4, 3),
        network(Draw(1), (3, 2), heads=2),
        network(Draw(2), (2, 3)),
    )


elbo_manners = manners("elbo", lambda: (*_small_model(), 2), after=(worked_bound,), graph=(1, 2))
sampled_manners = manners(
    "elbo_sampled", lambda: (*_small_model(), 2), after=(sampled_bound_per_example,), graph=(1, 2)
)
vae_loss_manners = manners("vae_loss", _small_model, after=(worked_vae_loss,), graph=(1, 2))
reconstruction_manners = manners(
    "reconstruction_only_loss", _small_model, after=(worked_reconstruction_loss,), graph=(1, 2)
)
autoencoder_manners = manners(
    "autoencoder_loss", _small_model, after=(worked_autoencoder_loss,), graph=(1, 2)
)
THREE = (_double(0.5, 0.25, 0.25), _double(0.1, 0.4, 0.8), _double(0.2, 0.5, 0.3))
decomposition_manners = manners("elbo_decomposition", lambda: THREE, after=(worked_decomposition,))
posterior_manners = manners("bayes_posterior", lambda: THREE[:2], after=(worked_posterior,))
optimum_manners = manners("optimal_q", lambda: THREE[:2], after=(optimum_without_evidence,))
aevb_manners = manners(
    "aevb_gradients",
    lambda: (THREE[0], THREE[1], Draw(1).normal(4, 3), Draw(2).normal(4, 3)),
    after=(worked_gradients,),
)


def _float64(values):
    return torch.tensor(values, dtype=torch.float64)


def _one_code_model():
    """One image of four pixels, and a decoder of one code. log p(x) = -1.6880 by quadrature; the
    posterior has the mean 1.136 and the standard deviation 0.680.
    """
    weight, bias = _float64([[2.0], [-2.0], [1.5], [1.0]]), _float64([0.5, 0.0, -0.5, 0.2])
    return _float64([[1.0, 0.0, 1.0, 1.0]]), Network((1, 4), values=[weight, bias])


@picture(
    "elbo",
    shows="the bound and its two terms as the variance of q moves, below log p(x)",
    caption="q(z | x) = N(1.14, sigma²) for one image. The first term comes from your"
    " reparameterize and bernoulli_log_likelihood, the second from your"
    " kl_standard_normal, the bound from your elbo (averages over 4,000 codes). Which term"
    " pulls sigma up, which down, and what is the gap that stays below log p(x)?",
    needs=("reparameterize", "kl_standard_normal", "bernoulli_log_likelihood"),
)
def two_terms(student):
    x, decoder = _one_code_model()
    sigmas = [0.1 * i for i in range(1, 26)]
    many, mu = x.expand(4000, 4), torch.full((4000, 1), 1.136, dtype=torch.float64)
    bounds, fits, costs = [], [], []
    for sigma in sigmas:
        logvar = torch.full_like(mu, sigma).log() * 2
        encoder = constant(constant(Network((4, 1), heads=2), 0, 1.136), 1, logvar[0])
        z = pictures.value(student.reparameterize(mu, logvar), mu.shape, "reparameterize")
        fit = student.bernoulli_log_likelihood(many, decoder(z))
        fits.append(pictures.value(fit, (4000,), "bernoulli_log_likelihood"))
        cost = student.kl_standard_normal(mu[:1], logvar[:1])
        costs.append(-pictures.value(cost, (1,), "kl_standard_normal").detach())
        bounds.append(pictures.value(student.elbo(many, encoder, decoder, 1), (4000,), "elbo"))
    series = (
        pictures.average("E_q[log p(x | z)]", sigmas, fits),
        pictures.line("minus the divergence from the prior", sigmas, torch.cat(costs)),
        pictures.average("your elbo", sigmas, bounds),
        pictures.level("log p(x)", -1.6880487),
    )
    return [Panel("The two terms of the bound", "sigma", "nats per image", series)]


@picture(
    "elbo_decomposition",
    shows="the bound and the divergence to the posterior as q moves",
    caption="A latent variable with two states, q = (t, 1 - t). All three lines are what your"
    " elbo_decomposition returns. Which of them does not depend on q, and where do two of"
    " them meet?",
)
def decomposition_as_q_moves(student):
    shares = [0.02 * i for i in range(1, 50)]
    rows = []
    for t in shares:
        got = student.elbo_decomposition(
            _float64([0.4, 0.6]), _float64([0.9, 0.1]), _float64([t, 1 - t])
        )
        names = ("log_evidence", "elbo", "kl_to_posterior")
        parts = expect.parts(got, names, subject="elbo_decomposition")
        rows.append([float(pictures.value(p, (), "elbo_decomposition").detach()) for p in parts])
    labels = ("log evidence", "bound", "divergence of q from the posterior")
    series = tuple(pictures.line(n, shares, column) for n, column in zip(labels, zip(*rows)))
    return [Panel("What the bound leaves out", "t, the probability of state 0", "nats", series)]
