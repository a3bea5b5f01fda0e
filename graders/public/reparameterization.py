"""The reparameterization trick: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect, pictures, samples
from graders.core.contract import data, log_variances, net, reals
from graders.core.draw import Draw
from graders.core.exercise import Law, answer, check, exercise, stand_in
from graders.core.fixtures import constant, network
from graders.core.forms import Bool, Table
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("UIUC-1g", "S4-2.4", "S4-2.5", "CMU-1.3b"),
    random=True,
    takes=(
        reals("... K"),
        log_variances("... K"),
    ),
    gives=reals("... K"),
)
def reparameterize(mu, logvar):
    """A sample from N(mu, diag(exp(logvar))), differentiable with respect to mu and
    logvar.

    mu, logvar: tensors (..., K); logvar is the logarithm of the variance. Returns a
    tensor of the same shape. Draws fresh noise from torch's global generator in every
    call.
    """
    ...


needs_reparameterization = answer(
    Table(("model_1", "model_2", "model_3"), Bool()), covers=("TUM-1a", "TUM-1b", "TUM-1c")
)


@exercise(
    covers=("TUM-1b",),
    requires=("reparameterize",),
    random=True,
    takes=(
        data("N D"),
        net("D -> L"),
        net("L -> D", codes="N L"),
    ),
    gives=reals("N D"),
)
def model_2(x, encoder, decoder):
    """The output of model 2, written so that gradients reach both networks.

    x: tensor (N, D); encoder(x) returns one tensor h (N, L); decoder maps (N, L) to (N,
    D).
    Returns decoder(z) with z ~ N(h, I), nothing applied to it.
    """
    ...


@exercise(
    covers=("TUM-2",),
    requires=("reparameterize",),
    random=True,
    takes=(
        data("N D"),
        net("D -> L"),
        net("L -> D"),
    ),
    gives=reals("N D"),
)
def model_4(x, encoder, decoder):
    """The output of the repaired model: z ~ N(0, diag(v)), where v > 0 is a smooth
    function of h = encoder(x).

    x: tensor (N, D); encoder(x) returns one tensor h (N, L) of any sign; decoder maps
    (N, L) to (N, D). Returns decoder(z). Finite for h between -20 and 20; gradients
    reach both networks.
    """
    ...


@stand_in("reparameterize", coefficients=1)
def scaled_noise(mu, logvar, c):
    return mu + c * (logvar / 2).exp() * torch.randn_like(mu)


@check("reparameterize", "A sample has the shape of mu.")
def sample_has_the_shape_of_mu(student):
    mu = torch.zeros(3, 2, dtype=torch.float64)
    expect.tensor(
        student.reparameterize(mu, mu), shape=(3, 2), subject="reparameterize of zeros (3, 2)"
    )


@check(
    "reparameterize",
    "With a variance of almost 0 the sample is the mean.",
    after=(sample_has_the_shape_of_mu,),
)
def mean_without_variance(student):
    mu = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
    got = student.reparameterize(mu, torch.full((2, 2), -80.0, dtype=torch.float64))
    expect.close(got, mu, subject="reparameterize(mu, logvar = -80)", atol=1e-9)


@check("reparameterize", "Two calls give different samples.", after=(sample_has_the_shape_of_mu,))
def fresh_samples(student):
    mu = torch.zeros(3, 2, dtype=torch.float64)
    # Not log 1 = 0: who takes logvar itself for the spread would be told that nothing is drawn.
    logvar = torch.ones_like(mu)
    expect.differs(
        student.reparameterize(mu, logvar),
        student.reparameterize(mu, logvar),
        subject="reparameterize called twice",
    )


def _blind_networks():
    """An encoder, and a decoder that ignores its input and always returns (1, 2, 3)."""
    encoder = network(Draw(1), (3, 2))
    return encoder, constant(network(Draw(2), (2, 3)), 0, torch.tensor([1.0, 2.0, 3.0]))


@check("model_2", "With a decoder that ignores z and returns (1, 2, 3), so does the model.")
def model_2_of_blind_decoder(student):
    got = student.model_2(torch.zeros(4, 3, dtype=torch.float64), *_blind_networks())
    expect.close(
        got,
        torch.tensor([[1.0, 2.0, 3.0]] * 4, dtype=torch.float64),
        subject="model_2 with a constant decoder",
    )


@check("model_4", "With a decoder that ignores z and returns (1, 2, 3), so does the model.")
def model_4_of_blind_decoder(student):
    got = student.model_4(torch.zeros(4, 3, dtype=torch.float64), *_blind_networks())
    expect.close(
        got,
        torch.tensor([[1.0, 2.0, 3.0]] * 4, dtype=torch.float64),
        subject="model_4 with a constant decoder",
    )


@check(
    "model_4",
    "The output is finite when the encoder returns -20.",
    after=(model_4_of_blind_decoder,),
)
def model_4_of_negative_output(student):
    encoder = constant(network(Draw(1), (3, 2)), 0, -20.0)
    got = student.model_4(torch.zeros(4, 3, dtype=torch.float64), encoder, network(Draw(2), (2, 3)))
    expect.finite(
        expect.tensor(got, shape=(4, 3), subject="model_4"), subject="model_4 with h = -20"
    )


@check(
    "reparameterize",
    "With a mean of 1 and a variance of 9 samples spread around 1 with a standard deviation of 3,"
    " each entry with Gaussian noise of its own.",
    after=(sample_has_the_shape_of_mu, fresh_samples),
    law=Law("mean, spread and tails", 20_000, samples.FALSE_FAIL),
)
def spread_of_samples(student):
    mu = torch.ones(20, 250, 4, dtype=torch.float64)
    subject = "reparameterize(mu = 1, logvar = log 9) of shape (20, 250, 4)"
    got = student.reparameterize(mu, torch.full_like(mu, 9.0).log())
    expect.tensor(got, shape=mu.shape, subject=subject)
    axes = ("leading index", "example", "dimension")
    samples.of_gaussian(got.detach(), [1.0] * 4, [3.0] * 4, axes=axes, subject=subject)


reparameterize_manners = manners(
    "reparameterize",
    lambda: (Draw(1).normal(3, 2), Draw(2).normal(3, 2)),
    after=(sample_has_the_shape_of_mu,),
    graph=(0, 1),
)


def _recording_networks(*hidden):
    """An encoder that always returns h = (1, -2), and a decoder that records its codes."""
    encoder = constant(network(Draw(1), (3, 2)), 0, torch.tensor([1.0, -2.0]))
    return encoder, network(Draw(2), (2, *hidden, 3), record=True)


def _recorded_codes(student, name):
    """The codes of two calls, `(2, 1, 2000, 2)`."""
    found = []
    for _ in range(2):
        networks = _recording_networks()
        getattr(student, name)(torch.zeros(2000, 3, dtype=torch.float64), *networks)
        subject = say("the code of {name}", name=name)
        found.append(samples.recorded(networks[1].calls, 1, 2000, 2, subject=subject))
    return torch.stack(found)


CODES = Law("mean, spread and tails", 4000, samples.FALSE_FAIL)
AXES = ("call", "sample", "example", "dimension")


@check(
    "model_2",
    "The code has the mean h and a standard deviation of 1, with Gaussian noise of its own in"
    " every entry.",
    after=(model_2_of_blind_decoder,),
    law=CODES,
)
def codes_of_model_2(student):
    codes = _recorded_codes(student, "model_2")
    samples.of_gaussian(codes, [1.0, -2.0], [1.0, 1.0], axes=AXES, subject="the code of model 2")


model_2_manners = manners(
    "model_2",
    lambda: (Draw(3).normal(4, 3), network(Draw(1), (3, 2)), network(Draw(2), (2, 3))),
    after=(model_2_of_blind_decoder,),
    graph=(1, 2),
)


@check(
    "model_4",
    "The code has the mean 0 and Gaussian noise of its own in every entry.",
    after=(model_4_of_blind_decoder,),
    law=CODES,
)
def codes_of_model_4(student):
    codes = _recorded_codes(student, "model_4")
    samples.of_some_spread(codes, axes=AXES, subject="the code of model 4")


model_4_manners = manners(
    "model_4",
    lambda: (Draw(3).normal(4, 3), network(Draw(1), (3, 2)), network(Draw(2), (2, 3))),
    after=(model_4_of_blind_decoder,),
    graph=(1, 2),
)


@picture(
    "reparameterize",
    shows="your samples beside the density that they should have, for two variances",
    caption="20,000 samples each of your reparameterize. Bars: the share of samples per unit of"
    " z. Line: the density of the Gaussian that was asked for. Do centre, width and tails"
    " agree?",
)
def samples_and_density(student):
    series = []
    grid = torch.linspace(-8, 10, 181, dtype=torch.float64)
    for mean, std in ((-2.0, 1.0), (2.0, 2.0)):
        mu = torch.full((20_000, 1), mean, dtype=torch.float64)
        got = student.reparameterize(mu, torch.full_like(mu, std).log() * 2)
        drawn = pictures.value(got, mu.shape, "reparameterize")
        series.append(
            pictures.histogram(
                say("samples, mu = {mean:g}, sigma = {std:g}", mean=mean, std=std), drawn, -8, 10
            )
        )
        density = torch.distributions.Normal(mean, std).log_prob(grid).exp()
        series.append(pictures.line(f"N({mean:g}, {std:g}²)", grid, density))
    return [Panel("Samples and their density", "z", "density", tuple(series))]
