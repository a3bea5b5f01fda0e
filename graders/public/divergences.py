"""Divergences between discrete distributions: what to implement, and the checks that a student may
read.
"""

import math

import torch

from graders.core import expect, pictures
from graders.core.contract import number, probabilities, reals
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in, written
from graders.core.forms import Letters
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("CMU-2.2a", "ICL-1d"),
    takes=(
        probabilities("S"),
        probabilities("S"),
    ),
    gives=reals(""),
)
def kl_divergence(p, q):
    """Kullback-Leibler divergence KL(p || q) of discrete distributions, with the
    natural logarithm.

    p, q: probability vectors, tensors (S,); entries may be 0. Returns a scalar: a
    tensor without dimensions. Infinite where the mathematics says so, never NaN.
    """
    ...


@exercise(
    covers=("CMU-2.1b", "S4-3.3", "ICL-1d", "UIUC-4e"),
    requires=("kl_divergence",),
    takes=(
        probabilities("S"),
        probabilities("S"),
    ),
    gives=reals(""),
)
def jensen_shannon(p, q):
    """Jensen-Shannon divergence of discrete distributions, with the natural logarithm.

    p, q: probability vectors, tensors (S,); entries may be 0. Returns a scalar: a
    tensor without dimensions.
    """
    ...


@exercise(
    covers=("CMU-2.2a", "S4-4.1a", "S4-4.1b"), takes=(number(0.0, 1.0),), gives=(number(0, 1),) * 4
)
def parallel_lines(theta):
    """Four distances between P = (0, Y) and Q = (theta, Y) in the plane, where Y is
    uniform on [0, 1].

    theta: a float in [0, 1]. Returns a tuple of four floats (kl_pq, kl_qp, jsd, w1):
    KL(P || Q), KL(Q || P), the Jensen-Shannon divergence and the 1-Wasserstein (earth
    mover's) distance.
    Natural logarithm; math.inf is a float.
    """
    ...


@exercise(covers=("CMU-2.2b",), takes=(number(-1.0, 1.0),), gives=())
def nondifferentiable_jsd(theta):
    """Two distributions whose Jensen-Shannon divergence, as a function of theta, is not
    differentiable at theta = 0.

    theta: a float in (-1, 1), of either sign or 0. Returns a tuple of two probability
    vectors (p, q), tensors of one length (S,). Both have to be distributions (not
    negative, sum 1) for every theta near 0.
    """
    ...


why_wasserstein = answer(Letters(tuple("ABCDEFG")), covers=("S4-4.1c", "S4-4.2", "CMU-2.2c"))
divergences_discussion = written(covers=("CMU-2.2b", "CMU-2.2c", "S4-4.1c", "S4-4.2", "ICL-1c"))


@stand_in("kl_divergence", coefficients=2)
def quadratic_kl(p, q, a, b):
    return (a * p * p + b * p * q).sum()


@stand_in("jensen_shannon", coefficients=2)
def quadratic_jsd(p, q, a, b):
    return (a * p * q + b * q * q).sum()


@check("kl_divergence", "A distribution has divergence 0 from itself.")
def kl_of_equal_distributions(student):
    p = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    expect.close(
        student.kl_divergence(p, p),
        torch.tensor(0.0, dtype=torch.float64),
        subject="kl_divergence(p, p)",
    )


@check("kl_divergence", "A worked example comes out right.", after=(kl_of_equal_distributions,))
def worked_example_kl(student):
    p, q = (
        torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
        torch.tensor([0.1, 0.6, 0.3], dtype=torch.float64),
    )
    mistakes = (
        (
            0.376584050,
            "This is the divergence of q from p: which distribution is the average taken over?",
        ),
        (0.743971547, "Your value is in bits: which base does the logarithm have?"),
        (-0.515681780, "Your value has the opposite sign: a divergence is never negative."),
        (0.171893927, "You average over the outcomes; the expectation already has its weights."),
    )
    got = student.kl_divergence(p, q)
    inputs = f"p = {p.tolist()}, q = {q.tolist()}"
    expect.close(
        got,
        torch.tensor(0.515681780, dtype=torch.float64),
        subject="kl_divergence(p, q)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check(
    "kl_divergence",
    "An outcome that p never gives contributes nothing.",
    after=(kl_of_equal_distributions,),
)
def kl_with_zero_in_p(student):
    p, q = (
        torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64),
        torch.tensor([0.25, 0.25, 0.5, 0.0], dtype=torch.float64),
    )
    inputs = f"p = {p.tolist()}, q = {q.tolist()}"
    expect.close(
        student.kl_divergence(p, q),
        torch.tensor(0.693147181, dtype=torch.float64),
        subject="kl_divergence(p, q)",
        inputs=inputs,
    )


@check(
    "kl_divergence",
    "An outcome that p gives and q rules out makes it infinite.",
    after=(kl_of_equal_distributions,),
)
def kl_with_zero_in_q(student):
    p, q = (
        torch.tensor([0.25, 0.75], dtype=torch.float64),
        torch.tensor([0.0, 1.0], dtype=torch.float64),
    )
    expect.close(
        student.kl_divergence(p, q),
        torch.tensor(math.inf, dtype=torch.float64),
        subject="kl_divergence([0.25, 0.75], [0, 1])",
    )


@check(
    "kl_divergence",
    "However small two probabilities are, their ratio decides.",
    after=(worked_example_kl,),
)
def kl_of_rare_outcomes(student):
    got = student.kl_divergence(_double(1e-6, 1 - 1e-6), _double(1e-300, 1.0))
    subject = "kl_divergence([1e-6, 1 - 1e-6], [1e-300, 1])"
    expect.close(got, torch.tensor(6.759600178402e-04, dtype=torch.float64), subject=subject)


@check("jensen_shannon", "A distribution has divergence 0 from itself.")
def jsd_of_equal_distributions(student):
    p = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    expect.close(
        student.jensen_shannon(p, p),
        torch.tensor(0.0, dtype=torch.float64),
        subject="jensen_shannon(p, p)",
    )


@check(
    "jensen_shannon",
    "Two worked examples come out right, one of them with zeros.",
    after=(jsd_of_equal_distributions,),
)
def worked_examples_jsd(student):
    p, q = (
        torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
        torch.tensor([0.1, 0.6, 0.3], dtype=torch.float64),
    )
    mistakes = (
        (0.206589051, "Your value is twice the right one: how are the two terms averaged?"),
        (0.321394657, "This is the square root of the divergence, which some libraries return."),
        (0.149022500, "Your value is in bits: which base does the logarithm have?"),
        (0.446132915, "You average KL(p || q) and KL(q || p); no mixture enters."),
    )
    inputs = f"p = {p.tolist()}, q = {q.tolist()}"
    got = student.jensen_shannon(p, q)
    expect.close(
        got,
        torch.tensor(0.103294525, dtype=torch.float64),
        subject="jensen_shannon(p, q)",
        inputs=inputs,
        mistakes=mistakes,
    )
    p, q = (
        torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64),
        torch.tensor([0.0, 0.25, 0.75], dtype=torch.float64),
    )
    inputs = f"p = {p.tolist()}, q = {q.tolist()}"
    expect.close(
        student.jensen_shannon(p, q),
        torch.tensor(0.454454367, dtype=torch.float64),
        subject="jensen_shannon(p, q)",
        inputs=inputs,
    )


@check("parallel_lines", "It returns four numbers.")
def four_numbers(student):
    _four(student.parallel_lines(0.5), "parallel_lines(0.5)")


DISTANCES = ("kl_pq", "kl_qp", "jsd", "w1")


@check("parallel_lines", "All four distances are 0 when the lines coincide.", after=(four_numbers,))
def coinciding_lines(student):
    for name, got in zip(DISTANCES, _four(student.parallel_lines(0.0), "parallel_lines(0.0)")):
        expect.number(got, 0.0, subject=say("{name} of parallel_lines(0.0)", name=name))


@check(
    "parallel_lines",
    "They are at least 0, and more than 0 for two lines; the Jensen-Shannon divergence is at most"
    " log 2.",
    after=(coinciding_lines,),
)
def lines_are_told_apart(student):
    for theta in (0.5, 1.0):
        subject = f"parallel_lines({theta})"
        for name, got in zip(DISTANCES, _four(student.parallel_lines(theta), subject)):
            value = _number(got, say("{name} of {subject}", name=name, subject=subject))
            expect.true(
                value > 0,
                "no distance",
                subject=say("{name} of {subject}", name=name, subject=subject),
                detail=say(
                    "got {value:.6g}; two different distributions are told apart by more than 0",
                    value=value,
                ),
                got=f"{name} is not positive",
            )
            if name == "jsd":
                expect.at_most(
                    torch.tensor(value, dtype=torch.float64),
                    torch.tensor(0.693147181, dtype=torch.float64),
                    subject=say("{name} of {subject}", name=name, subject=subject),
                    slack=1e-6,
                )


@check(
    "parallel_lines",
    "A mirror exchanges the two lines: the divergence is the same in both directions.",
    after=(coinciding_lines,),
)
def lines_in_the_mirror(student):
    got = _four(student.parallel_lines(0.5), "parallel_lines(0.5)")
    there, back = (_number(value, "a divergence of parallel_lines(0.5)") for value in got[:2])
    expect.true(
        there == back or abs(there - back) < 1e-6,
        "two values where there is one",
        subject="kl_pq and kl_qp of parallel_lines(0.5)",
        detail=say("got {there:.6g} and {back:.6g}, wanted twice the same", there=there, back=back),
        got="two directions",
    )


@check(
    "parallel_lines",
    "In other units the plane is stretched: what is a distance grows in proportion, what compares"
    " probabilities does not change.",
    after=(lines_are_told_apart,),
)
def lines_in_other_units(student):
    small, large = (
        _four(student.parallel_lines(theta), f"parallel_lines({theta})") for theta in (0.5, 1.0)
    )
    for name, first, second in zip(DISTANCES, small, large):
        one, two = (
            _number(value, say("{name} of parallel_lines", name=name)) for value in (first, second)
        )
        wanted = 2 * one if name == "w1" else one
        expect.true(
            two == wanted or abs(two - wanted) < 1e-6,
            "another value in other units",
            subject=say("{name} of parallel_lines", name=name),
            detail=f"got {one:.6g} for theta = 0.5 and {two:.6g} for theta = 1"
            f", wanted {'twice the first' if name == 'w1' else 'the same twice'}",
            got=f"{name} in other units",
        )


def _number(value, subject):
    """A Python float; fails when it is none."""
    if isinstance(value, torch.Tensor) and value.ndim == 0:
        value = value.item()
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    expect.true(
        plain,
        "not a number",
        subject=subject,
        detail=say("got {name}, wanted a number", name=type(value).__name__),
        got=type(value).__name__,
    )
    return float(value)


def _four(got, subject):
    """The four entries of the result; fails when there are not four."""
    return expect.parts(got, DISTANCES, subject=subject)


@check(
    "nondifferentiable_jsd",
    "It returns two probability vectors of one length, for theta of either sign and for 0.",
)
def two_distributions(student):
    for theta in (-0.01, 0.0, 0.01):
        distributions(student.nondifferentiable_jsd(theta), f"nondifferentiable_jsd({theta})")


def distributions(pair, subject):
    """Both probability vectors of a result in float64; fails when they are not distributions up to
    rounding.
    """
    detail = (
        expect.NOTHING
        if pair is None
        else say("got a {name}, wanted a tuple of two tensors", name=type(pair).__name__)
    )
    expect.true(
        isinstance(pair, (tuple, list)) and len(pair) == 2,
        "not two values",
        subject=subject,
        detail=detail,
        got=type(pair).__name__,
    )
    for name, vector in zip(("p", "q"), pair):
        is_vector = (
            isinstance(vector, torch.Tensor)
            and vector.ndim == 1
            and 0 < len(vector) == len(pair[0])
            and not vector.is_complex()
        )
        expect.true(
            is_vector,
            "not a vector",
            subject=say("{name} of {subject}", name=name, subject=subject),
            detail="wanted two tensors of one shape (S,)",
            got=str(vector),
        )
        total, least = vector.double().sum().item(), vector.double().min().item()
        detail = say(
            "got entries from {least:.4g} that add up to {total:.6g}, wanted none below 0"
            " and the sum 1",
            least=least,
            total=total,
        )
        expect.true(
            abs(total - 1) < 1e-6 and least >= -1e-9,
            "not a distribution",
            subject=say("{name} of {subject}", name=name, subject=subject),
            detail=detail,
            got=vector.detach(),
        )
    return [vector.detach().double().clamp_min(0) for vector in pair]


def _double(*values):
    return torch.tensor(values, dtype=torch.float64)


kl_divergence_manners = manners(
    "kl_divergence",
    lambda: (Draw(1).probabilities(4), Draw(2).probabilities(4)),
    after=(kl_of_equal_distributions,),
    ends=lambda: (_double(0.0, 0.4, 0.6), _double(0.0, 0.5, 0.5)),
)
jensen_shannon_manners = manners(
    "jensen_shannon",
    lambda: (Draw(1).probabilities(4), Draw(2).probabilities(4)),
    after=(jsd_of_equal_distributions,),
    ends=lambda: (_double(0.0, 0.4, 0.6), _double(0.0, 0.5, 0.5)),
)


@picture(
    "jensen_shannon",
    shows="your two divergences as one distribution moves over the other",
    caption="p sits on states 10 to 14 of 25, q has the same shape and slides across. Lines: your"
    " kl_divergence(p, q) and jensen_shannon(p, q). What does each say when p and q share"
    " no state, and in which direction does it tell q to move?",
    needs=("kl_divergence",),
)
def divergences_as_q_slides(student):
    shape = torch.tensor([0.1, 0.2, 0.4, 0.2, 0.1], dtype=torch.float64)
    at = [torch.zeros(25, dtype=torch.float64) for _ in range(21)]
    for start, q in enumerate(at):
        q[start : start + 5] = shape
    shifts, calls = list(range(-10, 11)), [(at[10], q) for q in at]
    series = tuple(
        pictures.line(say("your {name}", name=name), shifts, pictures.along(student, name, calls))
        for name in ("kl_divergence", "jensen_shannon")
    )
    return [Panel("Sliding q past p", "shift in states", "nats", series)]


@picture(
    "parallel_lines",
    shows="all four distances along theta",
    caption="What your parallel_lines returns for theta from 0 to 1. Which of them can gradient"
    " descent on theta follow, and what is the slope of the others? Infinite values are"
    " not drawn.",
)
def quantities_along_theta(student):
    thetas = [0.05 * i for i in range(21)]
    rows = []
    for theta in thetas:
        got = _four(student.parallel_lines(theta), f"parallel_lines({theta:g})")
        rows.append([float(pictures.value(part, (), "parallel_lines")) for part in got])
    series = tuple(
        pictures.points(label, thetas, column) for label, column in zip(DISTANCES, zip(*rows))
    )
    return [Panel("Two parallel lines", "theta", "divergence or distance", series)]
