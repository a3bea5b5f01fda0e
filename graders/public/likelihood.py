"""Likelihoods of decoders: what to implement, and the checks that a student may read."""

import math

import torch

from graders.core import expect, pictures
from graders.core.contract import data, logits, positives, reals, unit
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in
from graders.core.forms import Choice
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("UIUC-2e",),
    takes=(
        data("N D"),
        logits("... N D"),
    ),
    gives=reals("... N"),
)
def bernoulli_log_likelihood(x, logits):
    """Log probability of images under a product of Bernoulli distributions, one value
    per image.

    x: tensor (N, D) with values in [0, 1], grey ones allowed; logits: tensor (..., N,
    D), any real numbers. Returns a tensor (..., N): summed over the D pixels, leading
    dimensions of logits kept.
    Finite and accurate for logits between -1e4 and 1e4.
    """
    ...


@exercise(
    covers=("UIUC-2e",),
    takes=(
        data("N D"),
        unit("N D", graph=True),
    ),
    gives=reals("N"),
)
def cross_entropy(x, g):
    """Cross entropy between images x and the probabilities g that a decoder gives to
    their pixels.

    x, g: tensors (N, D) with values in [0, 1], both ends included; x may be grey.
    Returns a tensor (N,): summed over the D pixels, in nats. Never NaN.
    """
    ...


@exercise(
    covers=("UIUC-2d",),
    takes=(
        data("N D"),
        reals("M N D"),
        positives(""),
    ),
    gives=reals(""),
    constant=True,
)
def gaussian_reconstruction_error(x, x_hat, sigma):
    """The reconstruction error of a data set, to be minimised, for p(x | z) = N(x_hat,
    sigma^2 I).

    x: tensor (N, D); x_hat: tensor (M, N, D), the reconstructions from M codes of each
    data point; sigma: the standard deviation, a tensor without dimensions. Returns a
    tensor without dimensions: summed over the data, averaged over the M codes. A
    constant that depends on neither x nor x_hat may be left out.
    """
    ...


@exercise(covers=("UIUC-2b", "UIUC-2c"), takes=(reals("M N"),), gives=reals(""))
def monte_carlo_reconstruction_error(log_px_given_z):
    """The reconstruction error of a data set, to be minimised, from log likelihoods at
    sampled codes.

    log_px_given_z: tensor (M, N), log p(x_i | z) at M codes drawn from q(z | x_i) for
    each of N data points. Returns a tensor without dimensions: summed over the data,
    averaged over the codes.
    """
    ...


decoder_distribution = answer(
    Choice(("Gaussian", "Bernoulli", "categorical", "Poisson", "Laplace")), covers=("UIUC-2e",)
)


@stand_in("bernoulli_log_likelihood", coefficients=2)
def bent_log_likelihood(x, logits, a, b):
    return (a * x * logits + b * logits.tanh()).sum(-1)


def _double(*rows):
    return torch.tensor(rows, dtype=torch.float64)


@check("bernoulli_log_likelihood", "Two worked examples come out right, one with a grey pixel.")
def worked_log_likelihood(student):
    x, logits = (
        _double([1.0, 0.0, 1.0], [0.0, 0.25, 1.0]),
        _double([0.5, -1.0, 2.0], [1.5, 0.3, -0.7]),
    )
    wanted = _double(-0.914266675, -3.583954569)
    mistakes = (
        (-wanted, "Your values have the opposite sign: is a log probability positive?"),
        (
            wanted / 3,
            (
                "Your values are averaged over the pixels: what happens to the probabilities of"
                " independent pixels?"
            ),
        ),
        (_double(-1.612961637, -2.601651255), "A sigmoid seems to be applied twice."),
        (
            _double(-0.601004998, -1.241774860),
            "Only the white pixels seem to count: what do the black ones contribute?",
        ),
    )
    got = student.bernoulli_log_likelihood(x, logits)
    inputs = f"x = {x.tolist()}, logits = {logits.tolist()}"
    expect.close(
        got, wanted, subject="bernoulli_log_likelihood(x, logits)", inputs=inputs, mistakes=mistakes
    )


@check(
    "bernoulli_log_likelihood",
    "A fair coin for each of D pixels gives D times log 1/2, for every code that was drawn.",
    after=(worked_log_likelihood,),
)
def fair_coins(student):
    got = student.bernoulli_log_likelihood(
        torch.ones(2, 3, dtype=torch.float64), torch.zeros(4, 2, 3, dtype=torch.float64)
    )
    wanted = torch.full((4, 2), -2.0794415417, dtype=torch.float64)
    expect.close(got, wanted, subject="bernoulli_log_likelihood(ones (2, 3), zeros (4, 2, 3))")


@check(
    "bernoulli_log_likelihood",
    "It is finite for a very large logit on a black pixel.",
    after=(worked_log_likelihood,),
)
def sure_and_wrong(student):
    got = student.bernoulli_log_likelihood(_double([0.0, 1.0]), _double([1000.0, 1000.0]))
    expect.close(
        got, _double(-1000.0), subject="bernoulli_log_likelihood([[0, 1]], [[1000, 1000]])"
    )


@check("cross_entropy", "Two worked examples come out right, one with a grey pixel.")
def worked_cross_entropy(student):
    x, g = _double([1.0, 0.0, 1.0], [0.0, 0.5, 1.0]), _double([0.9, 0.2, 0.6], [0.1, 0.5, 0.8])
    wanted = _double(0.839329691, 1.021651248)
    mistakes = (
        (-wanted, "Your values have the opposite sign: a cross entropy is never negative."),
        (wanted / 3, "Your values are averaged over the pixels; they are to be summed."),
    )
    expect.close(
        student.cross_entropy(x, g),
        wanted,
        subject="cross_entropy(x, g)",
        inputs=f"x = {x.tolist()}, g = {g.tolist()}",
        mistakes=mistakes,
    )


@check("cross_entropy", "Grey pixels count in proportion.", after=(worked_cross_entropy,))
def grey_pixels(student):
    expect.close(
        student.cross_entropy(_double([0.25, 0.8]), _double([0.7, 0.4])),
        _double(1.8273460495),
        subject="cross_entropy([[0.25, 0.8]], [[0.7, 0.4]])",
    )


@check(
    "cross_entropy",
    "A certain and right prediction costs nothing.",
    after=(worked_cross_entropy,),
)
def certain_and_right(student):
    x = _double([0.0, 1.0], [1.0, 1.0])
    expect.close(
        student.cross_entropy(x, x.clone()),
        _double(0.0, 0.0),
        subject="cross_entropy(x, x) of x = [[0, 1], [1, 1]]",
    )


@check(
    "cross_entropy",
    "A certain and wrong prediction costs infinitely much.",
    after=(worked_cross_entropy,),
)
def certain_and_wrong(student):
    # torch.nn.functional.binary_cross_entropy cuts every logarithm off at -100: it gives 100 and
    # 200 here.
    got = student.cross_entropy(_double([1.0, 0.0], [1.0, 0.0]), _double([0.0, 0.0], [0.0, 1.0]))
    cut_off = (
        "Your logarithms are cut off at -100, as those of torch's own binary cross entropy are."
        " What is the cost of an impossible pixel?"
    )
    subject = "cross_entropy([[1, 0], [1, 0]], [[0, 0], [0, 1]])"
    expect.close(
        got,
        _double(math.inf, math.inf),
        subject=subject,
        mistakes=((_double(100.0, 200.0), cut_off),),
    )


@check("gaussian_reconstruction_error", "It is a tensor without dimensions.")
def gaussian_error_is_scalar(student):
    got = student.gaussian_reconstruction_error(
        torch.zeros(3, 2, dtype=torch.float64),
        torch.ones(4, 3, 2, dtype=torch.float64),
        torch.tensor(2.0, dtype=torch.float64),
    )
    expect.tensor(
        got, shape=(), subject="gaussian_reconstruction_error of x (3, 2), x_hat (4, 3, 2)"
    )


@check(
    "gaussian_reconstruction_error",
    "In a worked example it exceeds the error of a perfect reconstruction by the right amount.",
    after=(gaussian_error_is_scalar,),
)
def worked_gaussian_error(student):
    x, sigma = _double([1.0, 2.0], [0.0, -1.0], [3.0, 0.5]), torch.tensor(0.5, dtype=torch.float64)
    x_hat = _double([[1.5, 2.0], [1.0, -1.0], [2.0, 0.5]], [[1.0, 1.0], [0.0, 1.0], [3.0, 0.0]])
    errors = [
        student.gaussian_reconstruction_error(x, reconstruction, sigma)
        for reconstruction in (x_hat, torch.stack([x, x]))
    ]
    got, perfect = (
        expect.tensor(error, shape=(), subject="gaussian_reconstruction_error(x, x_hat, sigma)")
        for error in errors
    )
    mistakes = (
        (
            15.0,
            "Your value is twice the right one: a factor in the exponent, or a sum over two codes?",
        ),
        (
            3.75,
            "Your value is half the right one: is sigma a deviation or a variance, or what is"
            " averaged before it is squared?",
        ),
        (-7.5, "Your value has the opposite sign: this is to be minimised."),
        (2.5, "Your value is averaged over the data points; it is to be summed."),
    )
    inputs = f"x = {x.tolist()}, x_hat = {x_hat.tolist()}, sigma = 0.5"
    expect.close(
        got - perfect,
        7.5,
        subject="the excess of gaussian_reconstruction_error(x, x_hat, sigma)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check(
    "gaussian_reconstruction_error",
    "Perfect reconstructions have one error, whatever the data are; a reconstruction that is far"
    " off has a finite one.",
    after=(worked_gaussian_error,),
)
def gaussian_error_far_off(student):
    sigma = torch.tensor(0.5, dtype=torch.float64)
    x, other = _double([1.0, 2.0]), _double([-3.0, 0.5])
    subject = "gaussian_reconstruction_error"
    perfect, same, far = (
        expect.tensor(
            student.gaussian_reconstruction_error(data, reconstruction[None], sigma),
            shape=(),
            subject=subject,
        )
        for data, reconstruction in ((x, x), (other, other), (x, x + 50))
    )
    expect.close(same - perfect, 0.0, subject=f"{subject}(y, y) - {subject}(x, x)", atol=1e-9)
    expect.close(far - perfect, 1e4, subject=f"{subject}(x, x + 50) - {subject}(x, x), sigma = 0.5")


@check("monte_carlo_reconstruction_error", "A worked example comes out right.")
def worked_monte_carlo_error(student):
    log_px = _double([-1.0, -3.0, -2.0], [-2.0, -5.0, -4.0])
    mistakes = (
        (
            -8.5,
            (
                "Your value has the opposite sign: the better the reconstruction, the smaller the"
                " error."
            ),
        ),
        (17.0, "Your value grows with the number of codes: which of the two axes is averaged?"),
        (17 / 6, "Your value is averaged over everything: which of the two axes is summed?"),
        (17 / 3, "The two axes are exchanged: the first belongs to the codes."),
        (
            7.512323832,
            "You average the probabilities; what is the expectation in the bound taken of?",
        ),
    )
    got = student.monte_carlo_reconstruction_error(log_px)
    expect.close(
        got,
        8.5,
        subject="monte_carlo_reconstruction_error(log_px_given_z)",
        inputs=f"log_px_given_z = {log_px.tolist()}",
        mistakes=mistakes,
    )


@check(
    "monte_carlo_reconstruction_error",
    "A log density above 0 counts as such.",
    after=(worked_monte_carlo_error,),
)
def error_of_a_density(student):
    expect.close(
        student.monte_carlo_reconstruction_error(_double([1.0], [-3.0])),
        1.0,
        subject="monte_carlo_reconstruction_error([[1], [-3]])",
    )


bernoulli_log_likelihood_manners = manners(
    "bernoulli_log_likelihood",
    lambda: (Draw(1).uniform(0.1, 0.9, 4, 3), Draw(2).normal(5, 4, 3)),
    after=(worked_log_likelihood,),
    graph=(1,),
)
cross_entropy_manners = manners(
    "cross_entropy",
    lambda: (Draw(1).uniform(0.1, 0.9, 4, 3), Draw(2).uniform(0.1, 0.9, 4, 3)),
    after=(worked_cross_entropy,),
    graph=(1,),
    ends=lambda: (_double([0.0, 1.0]), _double([0.0, 1.0])),
)
gaussian_reconstruction_error_manners = manners(
    "gaussian_reconstruction_error",
    lambda: (Draw(1).uniform(0.1, 0.9, 4, 3), Draw(2).uniform(0.1, 0.9, 5, 4, 3), 0.5),
    after=(gaussian_error_is_scalar,),
    graph=(1,),
)
monte_carlo_reconstruction_error_manners = manners(
    "monte_carlo_reconstruction_error",
    lambda: (Draw(1).normal(5, 4),),
    after=(worked_monte_carlo_error,),
    graph=(0,),
)


@picture(
    "bernoulli_log_likelihood",
    shows="the log likelihood of one pixel against its logit",
    caption="What your bernoulli_log_likelihood gives for a black, a grey and a white pixel."
    " Where is each largest, and how fast does a pixel that is surely wrong pay for it?",
)
def likelihood_of_a_pixel(student):
    logits = torch.linspace(-8, 8, 81, dtype=torch.float64)[:, None]
    series = []
    for x in (0.0, 0.3, 1.0):
        got = student.bernoulli_log_likelihood(torch.full_like(logits, x), logits)
        got = pictures.value(got, (81,), "bernoulli_log_likelihood")
        series.append(pictures.line(f"x = {x:g}", logits[:, 0], got))
    return [Panel("One pixel", "logit", "log likelihood in nats", tuple(series))]
