"""The third player, an inference network: what to implement, and the checks that a student may
read.
"""

import torch

from graders.core import expect
from graders.core.contract import densities, logits, net, permutation, reals
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, written
from graders.core.fixtures import constant, network
from graders.core.forms import Bool, Number, Table
from graders.core.language import say
from graders.core.manners import manners


@exercise(
    covers=("CMU-2.3a",),
    requires=("discriminator_loss",),
    takes=(
        net("D, K -> 1", column=True),
        net("K -> D"),
        net("D -> K"),
        reals("N D", graph=False),
        reals("M K", graph=False),
    ),
    gives=reals(""),
)
def bigan_value(discriminator, generator, inference, x, z):
    """The value V of the three-player game, estimated from a batch of data and a batch
    of noise.

    discriminator(x, z) returns logits (N, 1) or (N,) for pairs of examples (N, D) and
    codes (N, K); generator maps codes (M, K) to examples (M, D), inference maps
    examples (N, D) to codes (N, K).
    x: (N, D), z: (M, K), the noise to use. Pairs (x, inference(x)) count as real, pairs
    (generator(z), z) as fake. Returns a scalar; gradients reach all three networks.
    """
    ...


@exercise(
    covers=("CMU-2.3a",),
    requires=("optimal_discriminator",),
    takes=(
        densities("..."),
        densities("..."),
    ),
    gives=reals("..."),
)
def bigan_optimal_discriminator(p_r, p_f):
    """The discriminator of pairs that maximises V for a fixed generator and a fixed
    inference network.

    p_r, p_f: joint probability tables of the real and of the fake pairs, tensors of one
    shape.
    Returns a tensor of that shape; 1/2 where both are 0.
    """
    ...


bigan_minimum = answer(Number(), covers=("CMU-2.3a",))


@exercise(covers=("CMU-2.3b",), takes=(permutation("n"),), gives=permutation("n"))
def optimal_inference(generator_map):
    """The inference map at the equilibrium of the game with a deterministic generator
    on n points.

    generator_map: tensor (n,) of indices; code i is mapped to point generator_map[i].
    Returns a tensor (n,) of indices: entry j is the code that the inference network
    gives to point j. Raises ValueError when no deterministic inference map can reach
    the equilibrium.
    """
    ...


@exercise(
    covers=("CMU-2.3c",),
    requires=("discriminator_loss",),
    takes=(
        logits("N", column=True),
        logits("M", column=True),
    ),
    gives=(reals(""), reals("")),
)
def bigan_losses(real_pair_logits, fake_pair_logits):
    """What the players minimise: (discriminator_loss, generator_and_inference_loss),
    the second non-saturating.

    real_pair_logits: D's logits at pairs (x, Q(x)); fake_pair_logits: those at pairs
    (G(z), z); tensors (N,) or (N, 1), of batches of any two sizes. Returns a tuple of
    two scalars, exact and finite for logits from -1e4 to 1e4.
    """
    ...


bigan_saturates = answer(Bool(), covers=("CMU-2.3c",))
vae_vs_gan = answer(
    Table(tuple("abcde"), Bool()),
    covers=("CMU-2.4a", "CMU-2.4b", "CMU-2.4c", "CMU-2.4d", "CMU-2.4e"),
)
bigan_proofs = written(
    covers=("CMU-2.3a", "CMU-2.3b", "CMU-2.4a", "CMU-2.4b", "CMU-2.4c", "CMU-2.4d", "CMU-2.4e")
)


def scalar(value):
    """A float64 tensor without dimensions."""
    return torch.tensor(value, dtype=torch.float64)


@check("bigan_value", "With a discriminator whose logit is always 2, the value is a known number.")
def blind_discriminator_of_pairs(student):
    discriminator = constant(network(Draw(1), (6, 5, 1)), 0, 2.0)
    generator, inference = network(Draw(2), (2, 5, 4)), network(Draw(3), (4, 5, 2))
    mistakes = ((2.253856022, "This is the discriminator's loss; the value is what it maximises."),)
    got = student.bigan_value(
        discriminator, generator, inference, Draw(4).normal(3, 4), Draw(5).normal(5, 2)
    )
    expect.close(
        got,
        scalar(-2.253856022),
        subject="bigan_value with a constant logit of 2",
        mistakes=mistakes,
    )


@check(
    "bigan_optimal_discriminator",
    "A worked example comes out right, and where both tables are 0 it is 1/2.",
)
def worked_example_pairs(student):
    p_r, p_f = (
        torch.tensor([[0.6, 0.1], [0.0, 0.3]], dtype=torch.float64),
        torch.tensor([[0.2, 0.3], [0.0, 0.5]], dtype=torch.float64),
    )
    wanted = torch.tensor([[0.75, 0.25], [0.5, 0.375]], dtype=torch.float64)
    mistakes = ((1 - wanted, "These are the probabilities of being a fake pair."),)
    inputs = f"p_r = {p_r.tolist()}, p_f = {p_f.tolist()}"
    expect.close(
        student.bigan_optimal_discriminator(p_r, p_f),
        wanted,
        subject="bigan_optimal_discriminator(p_r, p_f)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check("optimal_inference", "It returns one index for every point.")
def one_index_each(student):
    expect.tensor(
        student.optimal_inference(torch.tensor([0, 1, 2])),
        shape=(3,),
        dtype=torch.int64,
        subject="optimal_inference([0, 1, 2])",
    )


REAL_PAIRS, FAKE_PAIRS = (1.5, -0.5), (-2.0, 0.3, 1.0)


@check("bigan_losses", "A worked example comes out right.")
def worked_example_losses(student):
    real, fake = (
        torch.tensor(REAL_PAIRS, dtype=torch.float64),
        torch.tensor(FAKE_PAIRS, dtype=torch.float64),
    )
    subject = f"bigan_losses({list(REAL_PAIRS)}, {list(FAKE_PAIRS)})"
    names = ("discriminator_loss", "generator_and_inference_loss")
    got = expect.parts(student.bigan_losses(real, fake), names, subject=subject)
    first = (
        (2.085926779, "The labels of the two kinds of pairs are exchanged."),
        (-1.352593445, "This is V, which the discriminator maximises."),
    )
    second = (
        (
            -1.352593445,
            "This is the saturating form: look at it where the discriminator is certain.",
        ),
        (0.998181648, "Only the generator's part is here. What does the inference network want?"),
        (1.352593445, "This is what the discriminator minimises."),
    )
    expect.close(
        got[0],
        scalar(1.352593445),
        subject=say("the discriminator's part of {subject}", subject=subject),
        mistakes=first,
    )
    expect.close(
        got[1],
        scalar(2.085926779),
        subject=say("the generator's and inference network's part of {subject}", subject=subject),
        mistakes=second,
    )


def _three_players(logit=None):
    """A discriminator of pairs (of that constant logit), a generator, an inference network, three
    examples (3, 4) and five codes (5, 2).
    """
    discriminator = network(Draw(1), (6, 5, 1))
    if logit is not None:
        constant(discriminator, 0, logit)
    generator, inference = network(Draw(2), (2, 5, 4)), network(Draw(3), (4, 5, 2))
    return discriminator, generator, inference, Draw(4).normal(3, 4), Draw(5).normal(5, 2)


@check(
    "bigan_value",
    "With three small networks, three examples and five codes it comes out right.",
    after=(blind_discriminator_of_pairs,),
)
def worked_value_of_pairs(student):
    got = student.bigan_value(*_three_players())
    expect.close(got, scalar(-1.8935455793), subject="bigan_value of three small networks")


@check(
    "bigan_value",
    "A discriminator that is certain and wrong has a very small value, not an infinite one.",
    after=(blind_discriminator_of_pairs,),
)
def value_of_certain_pairs(student):
    got = student.bigan_value(*_three_players(1e4))
    expect.close(got, scalar(-1e4), subject="bigan_value, logits of 1e4")


@check(
    "bigan_losses",
    "Where the discriminator is certain and wrong, both losses are exact.",
    after=(worked_example_losses,),
)
def losses_of_certain_pairs(student):
    low, high = (torch.tensor([value], dtype=torch.float64) for value in (-1e4, 1e4))
    names = ("discriminator_loss", "generator_and_inference_loss")
    for real, fake, wanted in ((low, high, (2e4, 0.0)), (high, low, (0.0, 2e4))):
        subject = f"bigan_losses({real.tolist()}, {fake.tolist()})"
        got = expect.parts(student.bigan_losses(real, fake), names, subject=subject)
        for name, value, want in zip(names, got, wanted):
            expect.close(
                value, scalar(want), subject=say("{name} of {subject}", name=name, subject=subject)
            )


@check(
    "bigan_optimal_discriminator",
    "However rare two pairs are, the ratio of their probabilities decides.",
    after=(worked_example_pairs,),
)
def optimum_of_rare_pairs(student):
    rare = torch.tensor([[1e-300, 1.0]], dtype=torch.float64)
    rarer = torch.tensor([[3e-300, 0.0]], dtype=torch.float64)
    expect.close(
        student.bigan_optimal_discriminator(rare, rarer),
        torch.tensor([[0.25, 1.0]], dtype=torch.float64),
        subject="bigan_optimal_discriminator([[1e-300, 1]], [[3e-300, 0]])",
    )


@check("optimal_inference", "A generator of five points comes out right.", after=(one_index_each,))
def worked_inference(student):
    expect.close(
        student.optimal_inference(torch.tensor([2, 0, 3, 1, 4])),
        torch.tensor([1, 3, 0, 2, 4]),
        subject="optimal_inference([2, 0, 3, 1, 4])",
    )


@check(
    "optimal_inference",
    "A generator that makes one point from two codes raises ValueError.",
    after=(one_index_each,),
)
def inference_of_two_codes(student):
    expect.raises(
        "ValueError",
        lambda: student.optimal_inference(torch.tensor([0, 2, 2])),
        subject="optimal_inference([0, 2, 2])",
    )


bigan_value_manners = manners(
    "bigan_value", _three_players, after=(blind_discriminator_of_pairs,), graph=(0, 1, 2)
)
bigan_losses_manners = manners(
    "bigan_losses",
    lambda: (Draw(1).normal(4), Draw(2).normal(3)),
    after=(worked_example_losses,),
    graph=(0, 1),
)
bigan_optimal_discriminator_manners = manners(
    "bigan_optimal_discriminator",
    lambda: (Draw(1).uniform(0.1, 0.9, 3, 4), Draw(2).uniform(0.1, 0.9, 3, 4)),
    after=(worked_example_pairs,),
)
