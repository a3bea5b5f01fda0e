"""Hidden checks of `bigan_optimal_discriminator`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import gradients_if_any, vector
from graders.hidden.gan._common import IN_PLACE, beside
from graders.public.bigan import bigan_optimal_discriminator
from reference.gan import value_of

D = Words(bigan_optimal_discriminator)

OPTIMAL = "bigan_optimal_discriminator(p_r, p_f)"


def tables(draw, rows, columns):
    """Two joint probability tables without zeros."""
    return [draw.probabilities(rows * columns).reshape(rows, columns) for _ in range(2)]


def table_agrees(student, right, pair, what=""):
    """Checks the optimal discriminator on one pair of tables."""
    expect.close(
        student.bigan_optimal_discriminator(*pair),
        right.bigan_optimal_discriminator(*pair),
        subject=f"{OPTIMAL}{what}",
    )


@D.check("It is the best discriminator of pairs.")
def tables_value(student, draw, right):
    for shape in ((3, 4), (4, 4)):
        table_agrees(student, right, tables(draw, *shape))


@D.check("Pairs of one kind only, and pairs that never occur, are no trouble.", after=tables_value)
def tables_with_zeros(student, draw, right):
    p_r, p_f = tables(draw, 3, 4)
    p_r[0, :2], p_f[0, 1:] = 0, 0
    p_r[2], p_f[2] = 0, 0
    table_agrees(student, right, (p_r / p_r.sum(), p_f / p_f.sum()), " with zeros")


@D.check(
    "Deterministic players, whose pairs lie on two graphs, make it certain or undecided.",
    after=tables_value,
    stand_ins=False,
)
def tables_of_graphs(student):
    p_r, p_f = (
        torch.eye(3, dtype=torch.float64) / 3,
        torch.eye(3, dtype=torch.float64).roll(1, 0)[[1, 0, 2]] / 3,
    )
    wanted = 0.5 + 1.5 * (p_r - p_f)
    expect.close(
        student.bigan_optimal_discriminator(p_r, p_f), wanted, subject=f"{OPTIMAL} of two graphs"
    )


@D.check("It stays accurate for probabilities of 1e-300.", after=tables_value)
def tables_of_tiny_probabilities(student, right):
    p_r, p_f = (
        vector(1e-300, 3e-300, 1e-300, 1.0).reshape(2, 2),
        vector(3e-300, 1e-300, 1.0, 1e-300).reshape(2, 2),
    )
    table_agrees(student, right, (p_r, p_f), " of probabilities of 1e-300")


@D.check(
    "No other discriminator of pairs has a larger value of the game.",
    after=tables_value,
    stand_ins=False,
)
def tables_beat_all(student, draw):
    p_r, p_f = tables(draw, 2, 3)
    got = expect.tensor(
        student.bigan_optimal_discriminator(p_r, p_f), shape=(2, 3), subject=OPTIMAL
    ).detach()
    best, *others = (
        value_of(p_r.flatten(), p_f.flatten(), d.flatten()) for d in (got, *beside(draw, got, 30))
    )
    expect.at_most(
        torch.stack(others),
        best.expand(30),
        subject="V at discriminators beside yours against V at yours",
        slack=1e-12,
    )


@D.check("Where gradients flow through it, they are right.", after=tables_value)
def tables_gradients(student, draw, right):
    pair = [table.requires_grad_() for table in tables(draw, 2, 3)]
    wanted = expect.gradient_of(right.bigan_optimal_discriminator(*pair), pair)
    gradients_if_any(
        lambda: student.bigan_optimal_discriminator(*pair),
        pair,
        wanted,
        names=("p_r", "p_f"),
        subject=OPTIMAL,
    )


def _share(p, q):
    return torch.where(p + q > 0, p / (p + q), 0.5)


@tables_value.catches("This is the probability of being a fake pair. Which kind does D speak of?")
def tables_swapped(p_r, p_f):
    return _share(p_f, p_r)


@tables_value.catches(
    "Only the examples are looked at; the discriminator of this game sees the codes too."
)
def tables_of_examples(p_r, p_f):
    return _share(p_r.sum(1, keepdim=True), p_f.sum(1, keepdim=True)).expand_as(p_r).clone()


@tables_value.catches(
    "Only the codes are looked at; the discriminator of this game sees the examples too."
)
def tables_of_codes(p_r, p_f):
    return _share(p_r.sum(0, keepdim=True), p_f.sum(0, keepdim=True)).expand_as(p_r).clone()


@tables_value.catches(
    "The conditional distribution of the codes is compared, without how often each example occurs."
)
def tables_of_conditionals(p_r, p_f):
    return _share(
        p_r / p_r.sum(1, keepdim=True).clamp_min(1e-300),
        p_f / p_f.sum(1, keepdim=True).clamp_min(1e-300),
    )


@tables_value.catches(
    "The product of the margins treats examples and codes as independent. What do G and Q make"
    " of them?"
)
def tables_of_independent(p_r, p_f):
    return _share(p_r.sum(1, keepdim=True) * p_r.sum(0), p_f.sum(1, keepdim=True) * p_f.sum(0))


@tables_value.catches(
    "This is the ratio of the tables. It is not bounded by 1, as a probability is."
)
def tables_ratio(p_r, p_f):
    return torch.where(p_f > 0, p_r / p_f, 0.5)


@tables_value.catches("1/2 is optimal when G and Q are optimal too. What if they are not?")
def tables_undecided(p_r, p_f):
    return 0 * (p_r + p_f) + 0.5


@tables_value.catches(
    "The values of a discriminator are no distribution over pairs: nothing makes them add up to 1."
)
def tables_renormalised(p_r, p_f):
    d = _share(p_r, p_f)
    return d / d.sum()


@tables_with_zeros.catches(
    "What does your formula give for pairs that never occur? There is a convention for that."
)
def tables_nan_without_mass(p_r, p_f):
    return p_r / (p_r + p_f)


@tables_with_zeros.catches("Where neither kind of pair occurs the convention is another value.")
def tables_zero_without_mass(p_r, p_f):
    return (p_r / (p_r + p_f)).nan_to_num(0.0)


@tables_of_tiny_probabilities.catches(
    "A small constant in the denominator changes every value a little, and rare pairs altogether."
)
def tables_with_epsilon(p_r, p_f):
    return torch.where(p_r + p_f > 0, p_r / (p_r + p_f + 1e-18), 0.5)


@D.laws.law_state.catches(IN_PLACE)
def tables_in_place(p_r, p_f):
    share = _share(p_r.clone(), p_f)
    p_r.data.add_(p_f.data)
    return share
