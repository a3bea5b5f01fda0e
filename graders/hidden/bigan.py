"""Hidden checks and misconceptions of the topic `bigan`."""

import math

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.core.fixtures import network
from graders.hidden.divergences import gradients_if_any, vector
from graders.hidden.gan import (
    CLAMPED,
    CONSTANT,
    EPSILON,
    EXTREMES,
    IN_PLACE,
    LOG_4,
    TWICE,
    TWO_MEANS,
    UNDERFLOW,
    centre,
    logits,
    network_gradients,
)
from reference.gan import discriminator_loss, value_of

# --- bigan_value ----------------------------------------------------------------------------------

VALUE = "bigan_value(discriminator, generator, inference, x, z)"


def three_players(draw, *, examples=5, codes=4, squeeze=False, loud=1.0, dtype=torch.float64):
    """A discriminator of pairs of (N, 6) and (N, 3), a generator, an inference network, data and
    noise.

    Logits spread over several units, `loud` times as far.
    """
    discriminator = network(draw, (9, 8, 1), scale=2.0, squeeze=squeeze, dtype=dtype)
    generator, inference = (
        network(draw, (3, 7, 6), scale=1.5, dtype=dtype),
        network(draw, (6, 5, 3), scale=1.5, dtype=dtype),
    )
    x, z = 1 + draw.normal(examples, 6, dtype=dtype), draw.normal(codes, 3, dtype=dtype)
    with torch.no_grad():
        discriminator.heads[0].weight *= 2 * loud
        centre(discriminator, generator(z), z)
    return discriminator, generator, inference, x, z


def value_agrees(student, right, arguments, what=""):
    """Checks the value on one set of players."""
    expect.close(
        student.bigan_value(*arguments), right.bigan_value(*arguments), subject=f"{VALUE}{what}"
    )


@check("bigan_value", "It is the value of the game for as many real pairs as fake ones.")
def pairs_value(student, draw, right):
    value_agrees(student, right, three_players(draw, codes=5))


@check("bigan_value", "It is right for batches of different sizes.", after=("pairs_value",))
def pairs_of_unequal_batches(student, draw, right):
    for examples, codes in ((5, 4), (2, 6)):
        value_agrees(
            student,
            right,
            three_players(draw, examples=examples, codes=codes),
            f" for {examples} examples and {codes} codes",
        )


@check(
    "bigan_value",
    "A discriminator that returns (N,) gives the same as one that returns (N, 1).",
    after=("pairs_value",),
)
def pairs_of_squeezed(student, draw, right):
    for codes in (5, 4):
        value_agrees(
            student, right, three_players(draw, codes=codes, squeeze=True), " with logits (N,)"
        )


@check(
    "bigan_value", "Its gradients reach all three networks, and are right.", after=("pairs_value",)
)
def pairs_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, inference, x, z = three_players(draw, codes=5, squeeze=squeeze)
        got, wanted = (
            who.bigan_value(discriminator, generator, inference, x, z) for who in (student, right)
        )
        network_gradients(
            got,
            wanted,
            VALUE,
            discriminator=(discriminator, True),
            generator=(generator, True),
            inference=(inference, True),
        )


@check("bigan_value", "It stays exact for logits in the thousands.", after=("pairs_value",))
def pairs_of_loud_logits(student, draw, right):
    value_agrees(student, right, three_players(draw, codes=5, loud=2000.0), " with large logits")


@check("bigan_value", "It works in float32.", after=("pairs_value",))
def pairs_in_float32(student, draw, right):
    arguments = three_players(draw, codes=5, dtype=torch.float32)
    expect.close(
        student.bigan_value(*arguments),
        right.bigan_value(*arguments),
        subject=f"{VALUE} in float32",
        atol=1e-5,
    )


@check("bigan_value", "It changes no argument and no parameter.", after=("pairs_value",))
def pairs_change_nothing(student, draw):
    arguments = three_players(draw, codes=5)
    after = student.observe("bigan_value", *arguments).arguments
    for name, now, was in zip(("discriminator", "generator", "inference"), after, arguments):
        same = all(
            torch.equal(n, w) and n.requires_grad == w.requires_grad and n.grad is None
            for n, w in zip(now.parameters(), was.parameters(), strict=True)
        )
        expect.true(
            same,
            "a network was changed",
            subject=VALUE,
            detail=f"a parameter of {name}, its .grad or its requires_grad was changed",
            got=name,
        )
    for name, now, was in zip(("x", "z"), after[3:], arguments[3:]):
        expect.true(
            torch.equal(now, was),
            "an argument was changed",
            subject=VALUE,
            detail=f"the call changed its argument {name}",
            got=now,
        )


@misconception(
    "bigan_value",
    hint="This is the discriminator's loss; the value is what it maximises.",
    caught_by="pairs_value",
)
def pairs_negated(discriminator, generator, inference, x, z):
    return discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


@misconception(
    "bigan_value",
    hint="The labels are exchanged: which pairs count as real?",
    caught_by="pairs_value",
)
def pairs_labels_swapped(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(generator(z), z), discriminator(x, inference(x)))


@misconception("bigan_value", hint="Both kinds of pairs have the label 1.", caught_by="pairs_value")
def pairs_both_real(discriminator, generator, inference, x, z):
    return (
        F.logsigmoid(discriminator(x, inference(x))).mean()
        + F.logsigmoid(discriminator(generator(z), z)).mean()
    )


@misconception(
    "bigan_value",
    hint=(
        "The pairs are mixed up: each consists of what goes into a network and what comes out"
        " of it."
    ),
    caught_by="pairs_value",
)
def pairs_mixed_up(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(x, z), discriminator(generator(z), inference(x)))


@misconception(
    "bigan_value",
    hint="The discriminator takes the example first and the code second.",
    caught_by="pairs_value",
)
def pairs_code_first(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(inference(x), x), discriminator(z, generator(z)))


@misconception(
    "bigan_value",
    hint=(
        "The code of a fake pair is the one that the example was made from, not one that is"
        " inferred from it."
    ),
    caught_by="pairs_value",
)
def pairs_code_inferred(discriminator, generator, inference, x, z):
    examples = generator(z)
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(examples, inference(examples))
    )


@misconception(
    "bigan_value",
    hint="The example of a real pair comes from the data; here it is a reconstruction.",
    caught_by="pairs_value",
)
def pairs_reconstructed(discriminator, generator, inference, x, z):
    code = inference(x)
    return -discriminator_loss(discriminator(generator(code), code), discriminator(generator(z), z))


@misconception(
    "bigan_value",
    hint="The noise to use is an argument; here other noise is used in one of the places.",
    caught_by="pairs_value",
)
def pairs_own_noise(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(generator(z), z.flip(0))
    )


@misconception(
    "bigan_value",
    hint="The codes are blanked out, so that this is the two-player game again.",
    caught_by="pairs_value",
)
def pairs_without_codes(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, 0 * inference(x)), discriminator(generator(z), 0 * z)
    )


@misconception(
    "bigan_value",
    hint="A reconstruction error is added. What brings G and Q together in this game?",
    caught_by="pairs_value",
)
def pairs_with_reconstruction(discriminator, generator, inference, x, z):
    code = inference(x)
    return (x - generator(code)).square().sum(-1).mean() - discriminator_loss(
        discriminator(x, code), discriminator(generator(z), z)
    )


@misconception(
    "bigan_value", hint="Only the real pairs are in your value.", caught_by="pairs_value"
)
def pairs_without_fake(discriminator, generator, inference, x, z):
    return F.logsigmoid(discriminator(x, inference(x))).mean()


@misconception(
    "bigan_value", hint="Only the fake pairs are in your value.", caught_by="pairs_value"
)
def pairs_without_real(discriminator, generator, inference, x, z):
    return F.logsigmoid(-discriminator(generator(z), z)).mean()


@misconception(
    "bigan_value",
    hint="Your value is half of V: how are its two expectations put together?",
    caught_by="pairs_value",
)
def pairs_halved(discriminator, generator, inference, x, z):
    return -0.5 * discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


@misconception(
    "bigan_value",
    hint="You add up the batches. An expectation is estimated by a mean.",
    caught_by="pairs_value",
)
def pairs_summed(discriminator, generator, inference, x, z):
    return (
        F.logsigmoid(discriminator(x, inference(x))).sum()
        + F.logsigmoid(-discriminator(generator(z), z)).sum()
    )


@misconception("bigan_value", hint=TWO_MEANS, caught_by="pairs_of_unequal_batches")
def pairs_pooled(discriminator, generator, inference, x, z):
    return (
        2
        * torch.cat(
            [
                F.logsigmoid(discriminator(x, inference(x))),
                F.logsigmoid(-discriminator(generator(z), z)),
            ]
        ).mean()
    )


@misconception("bigan_value", hint=TWICE, caught_by="pairs_value")
def pairs_sigmoid_twice(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)).sigmoid(), discriminator(generator(z), z).sigmoid()
    )


@misconception("bigan_value", hint=CONSTANT, caught_by="pairs_value")
def pairs_undecided(discriminator, generator, inference, x, z):
    return -LOG_4 + 0 * (
        discriminator(x, inference(x)).sum() + discriminator(generator(z), z).sum()
    )


@misconception("bigan_value", hint=UNDERFLOW, caught_by="pairs_of_loud_logits")
def pairs_log_of_sigmoid(discriminator, generator, inference, x, z):
    return (
        discriminator(x, inference(x)).sigmoid().log().mean()
        + (1 - discriminator(generator(z), z).sigmoid()).log().mean()
    )


@misconception(
    "bigan_value",
    hint=(
        "Generated examples are data for the discriminator alone; here the generator learns from"
        " the same value."
    ),
    caught_by="pairs_gradients",
)
def pairs_generator_detached(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(generator(z).detach(), z)
    )


@misconception(
    "bigan_value",
    hint="The inference network is a player too, but nothing of the value reaches it.",
    caught_by="pairs_gradients",
)
def pairs_inference_detached(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x).detach()), discriminator(generator(z), z)
    )


# --- bigan_optimal_discriminator ------------------------------------------------------------------

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


@check("bigan_optimal_discriminator", "It has the shape of the tables.")
def tables_shape(student, draw):
    for rows, columns in ((3, 4), (5, 2), (1, 3)):
        expect.tensor(
            student.bigan_optimal_discriminator(*tables(draw, rows, columns)),
            shape=(rows, columns),
            subject=f"{OPTIMAL} of shape {(rows, columns)}",
        )


@check(
    "bigan_optimal_discriminator", "It is the best discriminator of pairs.", after=("tables_shape",)
)
def tables_value(student, draw, right):
    for shape in ((3, 4), (4, 4)):
        table_agrees(student, right, tables(draw, *shape))


@check(
    "bigan_optimal_discriminator",
    "Pairs of one kind only, and pairs that never occur, are no trouble.",
    after=("tables_value",),
)
def tables_with_zeros(student, draw, right):
    p_r, p_f = tables(draw, 3, 4)
    p_r[0, :2], p_f[0, 1:] = 0, 0
    p_r[2], p_f[2] = 0, 0
    table_agrees(student, right, (p_r / p_r.sum(), p_f / p_f.sum()), " with zeros")


@check(
    "bigan_optimal_discriminator",
    "Deterministic players, whose pairs lie on two graphs, make it certain or undecided.",
    after=("tables_value",),
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


@check(
    "bigan_optimal_discriminator",
    "It stays accurate for probabilities of 1e-300.",
    after=("tables_value",),
)
def tables_of_tiny_probabilities(student, right):
    p_r, p_f = (
        vector(1e-300, 3e-300, 1e-300, 1.0).reshape(2, 2),
        vector(3e-300, 1e-300, 1.0, 1e-300).reshape(2, 2),
    )
    table_agrees(student, right, (p_r, p_f), " of probabilities of 1e-300")


@check(
    "bigan_optimal_discriminator",
    "No other discriminator of pairs has a larger value of the game.",
    after=("tables_value",),
    stand_ins=False,
)
def tables_beat_all(student, draw):
    p_r, p_f = tables(draw, 2, 3)
    got = expect.tensor(
        student.bigan_optimal_discriminator(p_r, p_f), shape=(2, 3), subject=OPTIMAL
    ).detach()
    best, *others = (
        value_of(p_r.flatten(), p_f.flatten(), d.flatten())
        for d in (got, *draw.uniform(0.01, 0.99, 30, 6))
    )
    expect.at_most(
        torch.stack(others),
        best.expand(30),
        subject="V at random discriminators against V at yours",
        slack=1e-12,
    )


@check(
    "bigan_optimal_discriminator",
    "Where gradients flow through it, they are right.",
    after=("tables_value",),
)
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


@check("bigan_optimal_discriminator", "It keeps float32.", after=("tables_shape",))
def tables_keep_float32(student, draw, right):
    pair = [table.float() for table in tables(draw, 3, 4)]
    expect.close(
        student.bigan_optimal_discriminator(*pair),
        right.bigan_optimal_discriminator(*pair),
        subject=f"{OPTIMAL} in float32",
        atol=1e-6,
    )


@check(
    "bigan_optimal_discriminator", "It leaves its arguments as they are.", after=("tables_shape",)
)
def tables_stay(student, draw):
    pair = tables(draw, 3, 4)
    expect.unchanged(
        student.observe("bigan_optimal_discriminator", *pair),
        pair,
        names=("p_r", "p_f"),
        subject=OPTIMAL,
    )


def _share(p, q):
    return torch.where(p + q > 0, p / (p + q), 0.5)


@misconception(
    "bigan_optimal_discriminator",
    hint="This is the probability of being a fake pair. Which kind does D speak of?",
    caught_by="tables_value",
)
def tables_swapped(p_r, p_f):
    return _share(p_f, p_r)


@misconception(
    "bigan_optimal_discriminator",
    hint="Only the examples are looked at; the discriminator of this game sees the codes too.",
    caught_by="tables_value",
)
def tables_of_examples(p_r, p_f):
    return _share(p_r.sum(1, keepdim=True), p_f.sum(1, keepdim=True)).expand_as(p_r).clone()


@misconception(
    "bigan_optimal_discriminator",
    hint="Only the codes are looked at; the discriminator of this game sees the examples too.",
    caught_by="tables_value",
)
def tables_of_codes(p_r, p_f):
    return _share(p_r.sum(0, keepdim=True), p_f.sum(0, keepdim=True)).expand_as(p_r).clone()


@misconception(
    "bigan_optimal_discriminator",
    hint=(
        "The conditional distribution of the codes is compared, without how often each example"
        " occurs."
    ),
    caught_by="tables_value",
)
def tables_of_conditionals(p_r, p_f):
    return _share(
        p_r / p_r.sum(1, keepdim=True).clamp_min(1e-300),
        p_f / p_f.sum(1, keepdim=True).clamp_min(1e-300),
    )


@misconception(
    "bigan_optimal_discriminator",
    hint=(
        "The product of the margins treats examples and codes as independent. What do G and Q make"
        " of them?"
    ),
    caught_by="tables_value",
)
def tables_of_independent(p_r, p_f):
    return _share(p_r.sum(1, keepdim=True) * p_r.sum(0), p_f.sum(1, keepdim=True) * p_f.sum(0))


@misconception(
    "bigan_optimal_discriminator",
    hint="This is the ratio of the tables. It is not bounded by 1, as a probability is.",
    caught_by="tables_value",
)
def tables_ratio(p_r, p_f):
    return torch.where(p_f > 0, p_r / p_f, 0.5)


@misconception(
    "bigan_optimal_discriminator",
    hint="1/2 is optimal when G and Q are optimal too. What if they are not?",
    caught_by="tables_value",
)
def tables_undecided(p_r, p_f):
    return 0 * (p_r + p_f) + 0.5


@misconception(
    "bigan_optimal_discriminator",
    hint=(
        "The values of a discriminator are no distribution over pairs: nothing makes them add up"
        " to 1."
    ),
    caught_by="tables_value",
)
def tables_renormalised(p_r, p_f):
    d = _share(p_r, p_f)
    return d / d.sum()


@misconception(
    "bigan_optimal_discriminator",
    hint="What does your formula give for pairs that never occur? There is a convention for that.",
    caught_by="tables_with_zeros",
)
def tables_nan_without_mass(p_r, p_f):
    return p_r / (p_r + p_f)


@misconception(
    "bigan_optimal_discriminator",
    hint="Where neither kind of pair occurs the convention is another value.",
    caught_by="tables_with_zeros",
)
def tables_zero_without_mass(p_r, p_f):
    return (p_r / (p_r + p_f)).nan_to_num(0.0)


@misconception(
    "bigan_optimal_discriminator",
    hint=(
        "A small constant in the denominator changes every value a little, and rare pairs"
        " altogether."
    ),
    caught_by="tables_of_tiny_probabilities",
)
def tables_with_epsilon(p_r, p_f):
    return torch.where(p_r + p_f > 0, p_r / (p_r + p_f + 1e-18), 0.5)


@misconception("bigan_optimal_discriminator", hint=IN_PLACE, caught_by="tables_stay")
def tables_in_place(p_r, p_f):
    share = _share(p_r.clone(), p_f)
    p_r.data.add_(p_f.data)
    return share


# --- optimal_inference ----------------------------------------------------------------------------

INFERENCE = "optimal_inference(generator_map)"


def cycle(draw, size):
    """A permutation that moves all points round in one circle: from three points on it is not its
    own inverse.
    """
    order = draw.normal(size).argsort()
    permutation = torch.empty(size, dtype=torch.int64)
    permutation[order] = order.roll(1)
    return permutation


@check("optimal_inference", "It returns one index for every point.")
def inference_shape(student, draw):
    for size in (7, 3, 1):
        expect.tensor(
            student.optimal_inference(cycle(draw, size)),
            shape=(size,),
            dtype=torch.int64,
            subject=f"{INFERENCE} with n = {size}",
        )


@check(
    "optimal_inference", "It is the inference map at the equilibrium.", after=("inference_shape",)
)
def inference_value(student, draw, right):
    for size in (7, 5, 2, 1):
        permutation = cycle(draw, size)
        expect.close(
            student.optimal_inference(permutation),
            right.optimal_inference(permutation),
            subject=INFERENCE,
            inputs=shown_map(permutation),
        )


def shown_map(permutation):
    """A generator map for a message."""
    return f"generator_map = {permutation.tolist()}"


@check(
    "optimal_inference",
    "It and the generator undo each other, whichever comes first.",
    after=("inference_value",),
)
def inference_inverts(student, draw):
    permutation, points = draw.normal(40).argsort(), torch.arange(40)
    got = expect.tensor(
        student.optimal_inference(permutation), shape=(40,), dtype=torch.int64, subject=INFERENCE
    )
    expect.true(
        int(got.min()) >= 0 and int(got.max()) < 40,
        "indices out of range",
        subject=INFERENCE,
        detail=f"got indices from {int(got.min())} to {int(got.max())}",
        got=got,
    )
    for name, both in (("Q(G(z))", got[permutation]), ("G(Q(x))", permutation[got])):
        expect.close(both, points, subject=f"{name} of {INFERENCE}")


@check(
    "optimal_inference", "A generator that maps two codes to one point has no such map: ValueError."
)
def inference_refuses(student, draw):
    collapsed = cycle(draw, 6)
    collapsed[4] = collapsed[1]
    for generator_map in (collapsed, torch.zeros(3, dtype=torch.int64), torch.tensor([1, 1])):
        expect.raises(
            "ValueError",
            lambda m=generator_map: student.optimal_inference(m),
            subject=f"{INFERENCE} for {shown_map(generator_map)}",
        )


@check("optimal_inference", "It leaves its argument as it is.", after=("inference_shape",))
def inference_changes_nothing(student, draw):
    permutation = cycle(draw, 6)
    observed = student.observe("optimal_inference", permutation)
    expect.true(
        torch.equal(observed.arguments[0], permutation),
        "an argument was changed",
        subject=INFERENCE,
        detail="the call changed its argument generator_map",
        got=observed.arguments[0],
    )


def _one_to_one(generator_map):
    if len(set(generator_map.tolist())) < len(generator_map):
        raise ValueError


@misconception(
    "optimal_inference",
    hint="This is the generator itself. Which way does the inference network go?",
    caught_by="inference_value",
)
def inference_is_the_generator(generator_map):
    _one_to_one(generator_map)
    return generator_map.clone()


@misconception(
    "optimal_inference",
    hint=(
        "You return every point's own number. A pair (x, Q(x)) of this kind would be easy to tell"
        " from (G(z), z)."
    ),
    caught_by="inference_value",
)
def inference_identity(generator_map):
    _one_to_one(generator_map)
    return torch.arange(len(generator_map))


@misconception(
    "optimal_inference",
    hint="Reading the map backwards is not the same as undoing it.",
    caught_by="inference_value",
)
def inference_reversed(generator_map):
    _one_to_one(generator_map)
    return generator_map.flip(0)


@misconception(
    "optimal_inference",
    hint="Applying the generator twice does not lead back.",
    caught_by="inference_value",
)
def inference_twice(generator_map):
    _one_to_one(generator_map)
    return generator_map[generator_map]


@misconception(
    "optimal_inference",
    hint="The order in which you sort is the wrong way round.",
    caught_by="inference_value",
)
def inference_descending(generator_map):
    _one_to_one(generator_map)
    return generator_map.argsort(descending=True)


@misconception(
    "optimal_inference",
    hint="What does the inference network answer for a point that two codes are mapped to?",
    caught_by="inference_refuses",
)
def inference_unchecked(generator_map):
    return generator_map.argsort()


@misconception("optimal_inference", hint="An index is a whole number.", caught_by="inference_shape")
def inference_as_floats(generator_map):
    _one_to_one(generator_map)
    return generator_map.argsort().double()


# --- bigan_losses ---------------------------------------------------------------------------------

LOSSES = "bigan_losses(real_pair_logits, fake_pair_logits)"
NAMES = ("real_pair_logits", "fake_pair_logits")


def both_losses(student, pair, what=""):
    """Both losses in one tensor, the discriminator's first; fails when they are not two scalars."""
    got = student.bigan_losses(*pair)
    whole = isinstance(got, (tuple, list)) and len(got) == 2
    detail = (
        expect.NOTHING
        if got is None
        else f"got a {type(got).__name__}, wanted a tuple of two scalars"
    )
    expect.true(
        whole, "not two values", subject=f"{LOSSES}{what}", detail=detail, got=type(got).__name__
    )
    return torch.stack(
        [
            expect.tensor(
                part, shape=(), dtype=pair[0].dtype, subject=f"part {i} of {LOSSES}{what}"
            )
            for i, part in enumerate(got)
        ]
    )


def losses_agree(student, right, pair, what="", **tolerance):
    """Checks both losses on one pair of batches."""
    expect.close(
        both_losses(student, pair, what),
        torch.stack(right.bigan_losses(*pair)),
        subject=f"{LOSSES}{what}",
        **tolerance,
    )


@check("bigan_losses", "It returns two scalar tensors, for logits of shape (N,) and (N, 1).")
def losses_are_scalars(student, draw):
    for tail in ((), (1,)):
        both_losses(student, logits(draw, 4, 4, *tail), f" of shape {(4, *tail)}")


@check(
    "bigan_losses",
    "Both are right for as many real pairs as fake ones.",
    after=("losses_are_scalars",),
)
def losses_value(student, draw, right):
    losses_agree(student, right, logits(draw, 4, 4))


@check(
    "bigan_losses",
    "Both are right for batches of different sizes, of shape (N,) and (N, 1).",
    after=("losses_are_scalars",),
)
def losses_of_unequal_batches(student, draw, right):
    for sizes in ((5, 3), (2, 7, 1), (4, 4, 1)):
        losses_agree(student, right, logits(draw, *sizes), f" of sizes {sizes[:2]}")


@check(
    "bigan_losses",
    "The gradients of both with respect to the logits are right.",
    after=("losses_value",),
)
def losses_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in logits(draw, 5, 3)]
    got, wanted = both_losses(student, pair), right.bigan_losses(*pair)
    for i, name in enumerate(("discriminator_loss", "generator_and_inference_loss")):
        expect.gradients(
            got[i],
            pair,
            expect.gradient_of(wanted[i], pair),
            names=NAMES,
            subject=f"the {name} of {LOSSES}",
        )


@check(
    "bigan_losses",
    "Where the discriminator is certain, the second loss still teaches both the generator and the"
    " inference network.",
    after=("losses_value",),
    stand_ins=False,
)
def losses_do_not_saturate(student):
    pair = [vector(50).requires_grad_(), vector(-50).requires_grad_()]
    wanted = (vector(1), vector(-1))
    expect.gradients(
        both_losses(student, pair)[1],
        pair,
        wanted,
        names=NAMES,
        subject=f"the second loss of {LOSSES} at logits of 50 and -50",
    )


@check("bigan_losses", "Both are exact for logits of 1e4 and -1e4.", after=("losses_value",))
def losses_extremes(student, right):
    for logit in EXTREMES:
        for pair in ((vector(logit), vector(0.5)), (vector(-0.5), vector(logit))):
            losses_agree(
                student, right, pair, f" for logits {pair[0].item():.6g} and {pair[1].item():.6g}"
            )


@check("bigan_losses", "Both keep float32.", after=("losses_are_scalars",))
def losses_keep_float32(student, draw, right):
    losses_agree(
        student, right, [part.float() for part in logits(draw, 5, 3)], " in float32", atol=1e-5
    )


@check("bigan_losses", "The logits stay as they are.", after=("losses_are_scalars",))
def losses_change_nothing(student, draw):
    pair = logits(draw, 5, 3)
    expect.unchanged(student.observe("bigan_losses", *pair), pair, names=NAMES, subject=LOSSES)


def _losses(real, fake):
    """The right pair, for misconceptions that get one of the two wrong."""
    return (
        F.softplus(-real).mean() + F.softplus(fake).mean(),
        F.softplus(real).mean() + F.softplus(-fake).mean(),
    )


@misconception(
    "bigan_losses",
    hint="This is the saturating form: look at its gradient where the discriminator is certain.",
    caught_by="losses_value",
)
def losses_saturating(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, -first


@misconception(
    "bigan_losses",
    hint="One half of your second loss is the non-saturating form, the other still saturates.",
    caught_by="losses_value",
)
def losses_half_saturating(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean() + F.logsigmoid(real_pair_logits).mean()


@misconception(
    "bigan_losses",
    hint=(
        "Only the generator's part is in your second loss. What does the inference network want D"
        " to say?"
    ),
    caught_by="losses_value",
)
def losses_generator_only(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean()


@misconception(
    "bigan_losses",
    hint=(
        "Only the inference network's part is in your second loss. What does the generator want D"
        " to say?"
    ),
    caught_by="losses_value",
)
def losses_inference_only(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(real_pair_logits).mean()


@misconception(
    "bigan_losses",
    hint="All three players minimise the same loss here; two of them play against the third.",
    caught_by="losses_value",
)
def losses_alike(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, first


@misconception(
    "bigan_losses",
    hint="The two losses have changed places, or the labels have.",
    caught_by="losses_value",
)
def losses_swapped(real_pair_logits, fake_pair_logits):
    return _losses(fake_pair_logits, real_pair_logits)


@misconception(
    "bigan_losses",
    hint=(
        "G and Q want D to be wrong about both kinds of pairs. In your second loss they want it to"
        " say real of both."
    ),
    caught_by="losses_value",
)
def losses_real_of_both(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean() + F.softplus(-real_pair_logits).mean()


@misconception(
    "bigan_losses",
    hint="Both have the opposite sign: what is maximised is not a loss.",
    caught_by="losses_value",
)
def losses_negated(real_pair_logits, fake_pair_logits):
    first, second = _losses(real_pair_logits, fake_pair_logits)
    return -first, -second


@misconception(
    "bigan_losses",
    hint="Your losses are half of the right ones: how are their two parts put together?",
    caught_by="losses_value",
)
def losses_halved(real_pair_logits, fake_pair_logits):
    first, second = _losses(real_pair_logits, fake_pair_logits)
    return 0.5 * first, 0.5 * second


@misconception(
    "bigan_losses",
    hint="You add up the batches. The losses are means over each.",
    caught_by="losses_value",
)
def losses_summed(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits, fake_pair_logits
    return (
        F.softplus(-real).sum() + F.softplus(fake).sum(),
        F.softplus(real).sum() + F.softplus(-fake).sum(),
    )


@misconception("bigan_losses", hint=TWO_MEANS, caught_by="losses_of_unequal_batches")
def losses_pooled(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits, fake_pair_logits
    return (
        2 * torch.cat([F.softplus(-real), F.softplus(fake)]).mean(),
        2 * torch.cat([F.softplus(real), F.softplus(-fake)]).mean(),
    )


@misconception("bigan_losses", hint=TWICE, caught_by="losses_value")
def losses_sigmoid_twice(real_pair_logits, fake_pair_logits):
    return _losses(real_pair_logits.sigmoid(), fake_pair_logits.sigmoid())


@misconception("bigan_losses", hint=EPSILON, caught_by="losses_do_not_saturate")
def losses_with_epsilon(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    first = -(real + 1e-8).log().mean() - (1 - fake + 1e-8).log().mean()
    return first, -(fake + 1e-8).log().mean() - (1 - real + 1e-8).log().mean()


@misconception("bigan_losses", hint=UNDERFLOW, caught_by="losses_do_not_saturate")
def losses_log_of_sigmoid(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    return (
        -real.log().mean() - (1 - fake).log().mean(),
        -fake.log().mean() - (1 - real).log().mean(),
    )


@misconception("bigan_losses", hint=CLAMPED, caught_by="losses_do_not_saturate")
def losses_by_cross_entropy(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    one, zero = torch.ones_like, torch.zeros_like
    first = F.binary_cross_entropy(real, one(real)) + F.binary_cross_entropy(fake, zero(fake))
    return first, F.binary_cross_entropy(fake, one(fake)) + F.binary_cross_entropy(real, zero(real))


@misconception(
    "bigan_losses",
    hint=(
        "The values are right, but no gradient comes back to the generator and the inference"
        " network."
    ),
    caught_by="losses_gradients",
)
def losses_detached(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, _losses(real_pair_logits.detach(), fake_pair_logits.detach())[1]


@misconception(
    "bigan_losses",
    hint="The two players' losses are added up; they are two losses of two opposing sides.",
    caught_by="losses_are_scalars",
)
def losses_added(real_pair_logits, fake_pair_logits):
    return sum(_losses(real_pair_logits, fake_pair_logits))


@misconception("bigan_losses", hint=IN_PLACE, caught_by="losses_change_nothing")
def losses_in_place(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.clone(), fake_pair_logits.clone()
    fake_pair_logits.data.neg_()
    return discriminator_loss(real, fake), discriminator_loss(fake, real)


# --- answers --------------------------------------------------------------------------------------


def judged(**statements):
    return {key: statements[key] for key in "abcde"}


pairs_minimum_of_d = wrong_answer(
    "bigan_minimum",
    0.5,
    hint="This is what the discriminator says of every pair at the optimum. What is V then?",
)
pairs_minimum_zero = wrong_answer(
    "bigan_minimum",
    0.0,
    hint=(
        "This is the divergence of the two kinds of pairs at the optimum; V differs from it by a"
        " constant."
    ),
)
pairs_minimum_log_2 = wrong_answer(
    "bigan_minimum", -math.log(2), hint="Both terms of V contribute at the optimum."
)
pairs_minimum_doubled = wrong_answer(
    "bigan_minimum",
    -2 * LOG_4,
    hint="The third player adds no term to V: how many expectations are there?",
)
pairs_never_saturate = wrong_answer(
    "bigan_saturates",
    False,
    hint=(
        "Take a discriminator that is certain about a pair. How does each term of V change with its"
        " logit?"
    ),
)
both_maximise_likelihood = wrong_answer(
    "vae_vs_gan",
    judged(a=True, b=True, c=False, d=False, e=False),
    hint="Which of the two has a likelihood that it could maximise?",
)
no_divergence = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=False, c=False, d=False, e=False),
    hint="What does maximum likelihood minimise, and what is C(G) up to constants?",
)
both_explicit = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=True, d=False, e=False),
    hint="Can you evaluate the density of an adversarial generator at a given x?",
)
vae_sharper = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=False, d=True, e=False),
    hint="Look at samples of both: which of them are blurred?",
)
both_discrete = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=False, d=False, e=True),
    hint="How does the generator learn from a discriminator when its output is a word?",
)
