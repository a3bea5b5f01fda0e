"""Importance-weighted bounds: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect, pictures, samples
from graders.core.contract import count, data, densities, net, probabilities, reals
from graders.core.draw import Draw
from graders.core.exercise import Law, answer, check, exercise, written
from graders.core.fixtures import Network, constant, network
from graders.core.forms import Bool, Table
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("CMU-1.5a", "CMU-1.5b", "CMU-1.6b"),
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
def iwae_bound(x, encoder, decoder, k):
    """One Monte Carlo estimate, from k samples per example, of the bound L_k on log
    p(x).

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, logvar), each (N,
    K), of the Gaussian q(z | x); decoder maps codes (..., K) to the logits (..., D) of
    a Bernoulli; the prior is N(0, I); k: a positive integer. Returns a tensor (N,),
    differentiable in the parameters of both networks. Accurate for log weights down to
    -1e4.
    """
    ...


@exercise(
    covers=("CMU-1.5a", "CMU-1.5b"),
    takes=(
        probabilities("S"),
        densities("S"),
        probabilities("S"),
        count("k"),
    ),
    gives=reals(""),
)
def iwae_exact(prior, likelihood, q, k):
    """L_k without sampling, for a latent variable with S states, by going through every
    sequence of k draws.

    prior, q: tensors (S,) of probabilities; likelihood: tensor (S,), p(x | z) for the
    one x in question and each state.
    k: a positive integer, S^k up to 1e5. States with q = 0 are never drawn. Returns a
    scalar tensor.
    """
    ...


iwae_facts = answer(
    Table(("bound_for_every_k", "monotone_in_k", "always_converges", "k_1_is_the_elbo"), Bool()),
    covers=("CMU-1.5a", "CMU-1.5b"),
)
iwae_proofs = written(covers=("CMU-1.5a", "CMU-1.5b"))


def _float64(values):
    return torch.tensor(values, dtype=torch.float64)


def _independent_model(logits):
    """Networks for which x and z are independent and q(z | x) is the prior: any z gives the same
    weight, p(x).
    """
    encoder = constant(constant(network(Draw(1), (3, 2), heads=2), 0, 0.0), 1, 0.0)
    return encoder, constant(network(Draw(2), (2, 3)), 0, _float64(logits))


@check("iwae_bound", "It returns one value per example.")
def one_bound_per_example(student):
    x = _float64([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]])
    got = student.iwae_bound(x, network(Draw(1), (3, 2), heads=2), network(Draw(2), (2, 3)), 5)
    expect.tensor(got, shape=(2,), subject="iwae_bound of two examples with k = 5")


@check(
    "iwae_bound",
    "When q(z | x) is the posterior, the bound is log p(x) for every k.",
    after=(one_bound_per_example,),
)
def bound_of_posterior(student):
    x, networks = (
        _float64([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]]),
        _independent_model([0.5, -1.0, 2.0]),
    )
    wanted = _float64([-2.414266682741302, -1.914266682741302])
    for k, log_k in ((1, 0.0), (4, 1.3862943611198906)):
        mistakes = (
            (
                wanted + log_k,
                (
                    "Your values are too large, by the same amount for every example. What does the"
                    " formula do with k?"
                ),
            ),
            (-wanted, "Your values have the opposite sign: this is a bound, not a loss."),
            (
                wanted / 3,
                "Your log likelihood is averaged over the D pixels: independent pixels add up.",
            ),
        )
        inputs = say(
            "x = {x}, a decoder that always returns (0.5, -1, 2), and q(z | x) = N(0, I)",
            x=x.tolist(),
        )
        expect.close(
            student.iwae_bound(x, *networks, k),
            wanted,
            subject=say("iwae_bound with k = {k}", k=k),
            inputs=inputs,
            mistakes=mistakes,
        )


@check("iwae_bound", "Log weights of -1e4 are no problem.", after=(bound_of_posterior,))
def bound_of_impossible_images(student):
    got = student.iwae_bound(
        _float64([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]),
        *_independent_model([6000.0, 4000.0, 9000.0]),
        4,
    )
    mistakes = (
        (
            _float64([-torch.inf, 0.0]),
            "Where does a number like exp(-10000) occur on the way to your result?",
        ),
    )
    expect.close(
        got,
        _float64([-10000.0, 0.0]),
        subject="iwae_bound of two images with p(x) = exp(-10000) and 1",
        atol=1e-6,
        mistakes=mistakes,
    )


@check("iwae_exact", "A worked example with three states comes out right.")
def worked_enumeration(student):
    model = _float64([0.5, 0.3, 0.2]), _float64([0.2, 0.6, 0.9]), _float64([0.25, 0.25, 0.5])
    inputs = "prior = [0.5, 0.3, 0.2], likelihood = [0.2, 0.6, 0.9], q = [0.25, 0.25, 0.5]"
    mistakes = (
        (-0.108485159579, "Your value is larger than log p(x). What does the formula do with k?"),
        (
            -0.822024323478,
            "Your value is L_1. Where does k enter: inside the logarithm or outside?",
        ),
        (
            -0.776528789499,
            "Your value is log p(x) itself. Is the logarithm inside the expectation or outside?",
        ),
        (-0.732624818695, "Are all sequences of draws equally probable?"),
    )
    for k, wanted in ((2, -0.801632340139), (1, -0.822024323478)):
        got = student.iwae_exact(*model, k)
        expect.number(
            got,
            wanted,
            subject=say("iwae_exact(prior, likelihood, q, {k}) for {inputs}", k=k, inputs=inputs),
            mistakes=mistakes if k == 2 else (),
        )


@check("iwae_exact", "A state with q = 0 is never drawn.", after=(worked_enumeration,))
def undrawn_state(student):
    got = student.iwae_exact(_float64([0.5, 0.5]), _float64([0.8, 0.4]), _float64([1.0, 0.0]), 2)
    expect.number(got, -0.916290731874, subject="iwae_exact([0.5, 0.5], [0.8, 0.4], [1, 0], 2)")


@check(
    "iwae_exact",
    "Where q can draw nothing but states that rule x out, it is minus infinity.",
    after=(undrawn_state,),
)
def impossible_sequences(student):
    got = student.iwae_exact(_float64([0.5, 0.5]), _float64([0.8, 0.0]), _float64([0.5, 0.5]), 2)
    expect.number(got, -torch.inf, subject="iwae_exact([0.5, 0.5], [0.8, 0], [0.5, 0.5], 2)")


@check(
    "iwae_bound",
    "The codes are drawn from q(z | x): they lie around mu with the standard deviation sigma, and"
    " the noise of every entry is its own.",
    after=(one_bound_per_example,),
    law=Law("mean, spread and tails", 6000, samples.FALSE_FAIL),
)
def codes_of_iwae_bound(student):
    encoder, decoder = network(Draw(1), (3, 2), heads=2), network(Draw(2), (2, 3), record=True)
    constant(constant(encoder, 0, _float64([1.0, -2.0])), 1, _float64([9.0, 0.25]).log())
    student.iwae_bound(Draw(3).bits(2000, 3), encoder, decoder, 3)
    subject = "the codes of iwae_bound"
    codes = samples.recorded(decoder.calls, 3, 2000, 2, subject=subject)
    axes = ("code of an image", "image", "dimension")
    samples.of_gaussian(codes, [1.0, -2.0], [3.0, 0.5], axes=axes, subject=subject)


def _blind_bounds(student, k, count=8000):
    """The bounds of one image many times, for a decoder that ignores z and q = N((1, -0.5),
    diag(0.25, 2)).
    """
    encoder, decoder = _independent_model([0.5, -1.0, 2.0])
    constant(constant(encoder, 0, _float64([1.0, -0.5])), 1, _float64([0.25, 2.0]).log())
    x = _float64([1.0, 0.0, 1.0]).expand(count, 3)
    subject = f"iwae_bound(x, encoder, decoder, {k})"
    return expect.tensor(
        student.iwae_bound(x, encoder, decoder, k), shape=(count,), subject=subject
    )


BLIND = "a decoder that always returns (0.5, -1, 2), q = N((1, -0.5), diag(0.25, 2)), x = (1, 0, 1)"


@check(
    "iwae_bound",
    "For k = 1 its mean is the evidence lower bound.",
    after=(bound_of_posterior,),
    law=Law("mean of 8000 estimates", 8000, samples.FALSE_FAIL),
)
def mean_for_one_sample(student):
    mistakes = (
        (-0.914266683, "In your mean the densities of z do not count: only the likelihood does."),
        (0.182307, "Numerator and denominator of the weight are exchanged where z is concerned."),
        (-1.471, "The densities of z are averaged over the latent dimensions, not summed."),
        (
            -1.138,
            "In log q(z | x) the spread is not the standard deviation. How does sigma follow"
            " from logvar?",
        ),
        (-1.681, "Your q(z | x) is not a density: what makes a Gaussian integrate to 1?"),
    )
    samples.of_mean(
        _blind_bounds(student, 1), -2.010840, subject="iwae_bound(x, encoder, decoder, 1)",
        inputs=BLIND, mistakes=mistakes,
    )  # fmt: skip


@check(
    "iwae_bound",
    "For k = 5 its mean lies between that bound and log p(x), at a known number.",
    after=(mean_for_one_sample,),
    law=Law("mean of 8000 estimates", 8000, samples.FALSE_FAIL),
)
def mean_for_five_samples(student):
    mistakes = (
        (
            -2.010840,
            "Your mean is that for k = 1: are there k different samples, each with its own"
            " weight, and what is averaged?",
        ),
        (-0.749, "Only the largest weight enters your value. What do the others do?"),
        (
            -1.201,
            "Normalised weights appear in the gradient of the bound. Its value is something else.",
        ),
        (
            -1.704,
            "The mean of a product is not the product of the means: the three densities"
            " belong to one and the same sample.",
        ),
    )
    samples.of_mean(
        _blind_bounds(student, 5), -1.5392, subject="iwae_bound(x, encoder, decoder, 5)",
        inputs=BLIND, mistakes=mistakes,
    )  # fmt: skip


@check("iwae_bound", "Two calls draw different codes.", after=(one_bound_per_example,))
def fresh_codes_of_iwae_bound(student):
    first, second = (
        student.iwae_bound(
            Draw(3).bits(4, 3), network(Draw(1), (3, 2), heads=2), network(Draw(2), (2, 3)), 5
        )
        for _ in range(2)
    )
    expect.differs(first, second, subject="iwae_bound called twice")


iwae_exact_manners = manners(
    "iwae_exact",
    lambda: (Draw(1).probabilities(3), Draw(2).uniform(0.1, 0.9, 3), Draw(3).probabilities(3), 2),
    after=(worked_enumeration,),
)
iwae_bound_manners = manners(
    "iwae_bound",
    lambda: (
        Draw(3).uniform(0.1, 0.9, 4, 3),
        network(Draw(1), (3, 2), heads=2),
        network(Draw(2), (2, 3)),
        5,
    ),
    after=(one_bound_per_example,),
    graph=(1, 2),
)


@picture(
    "iwae_bound",
    shows="the bound against k, with log p(x) above it",
    caption="One image of four pixels, q(z | x) the prior: averages of your iwae_bound over many"
    " estimates, with two standard errors. log p(x) was found by quadrature. Which way"
    " does the bound move with k, how fast, and can it cross the line?",
)
def bound_against_k(student):
    weight, bias = _float64([[2.0], [-2.0], [1.5], [1.0]]), _float64([0.5, 0.0, -0.5, 0.2])
    decoder, encoder = Network((1, 4), values=[weight, bias]), Network((4, 1), heads=2)
    sizes = [1, 2, 4, 8, 16, 32, 64, 128]
    draws = []
    for k in sizes:
        many = max(100, 4000 // k)
        x = _float64([[1.0, 0.0, 1.0, 1.0]]).expand(many, 4)
        got = student.iwae_bound(x, encoder, decoder, k)
        draws.append(pictures.value(got, (many,), "iwae_bound"))
    series = (
        pictures.average("your iwae_bound", sizes, draws),
        pictures.level("log p(x)", -1.6880487),
    )
    return [Panel("The bound against k", "k, codes per estimate", "nats", series, log_x=True)]


@picture(
    "iwae_exact",
    shows="L_k against k for two q, one of which leaves a state out",
    caption="Three states, and what your iwae_exact gives for k = 1, ..., 8. Towards what does"
    " each line go? The dashed q never draws the last state.",
)
def exact_against_k(student):
    prior, likelihood = _float64([0.5, 0.3, 0.2]), _float64([0.2, 0.6, 0.9])
    sizes, series = list(range(1, 9)), []
    for q in ([0.25, 0.25, 0.5], [0.4, 0.6, 0.0]):
        calls = [(prior, likelihood, _float64(q), k) for k in sizes]
        series.append(
            pictures.line(f"q = {q}", sizes, pictures.along(student, "iwae_exact", calls))
        )
    return [Panel("L_k without sampling error", "k", "nats", tuple(series))]
