"""Wasserstein distances and Wasserstein GANs: what to implement, and the checks that a student may
read.
"""

import torch

from graders.core import expect, pictures
from graders.core.contract import distances, net, number, probabilities, reals, unit
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in, written
from graders.core.fixtures import Network, network
from graders.core.forms import Choice, Letters
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("S4-4.1b", "S4-4.4"),
    takes=(
        reals("n", graph=False),
        reals("m", graph=False),
    ),
    gives=reals(""),
)
def wasserstein_1d(x, y):
    """The Wasserstein distance W1 between the empirical distributions of two samples on
    the line.

    x: tensor (n,); y: tensor (m,); n and m may differ. Returns a scalar.
    """
    ...


@exercise(
    covers=("S4-4.1b", "CMU-2.2a"),
    takes=(
        probabilities("S"),
        probabilities("S"),
        distances("S S"),
    ),
    gives=number(0, 1),
)
def wasserstein_discrete(p, q, cost):
    """The Wasserstein distance W1 between two probability vectors on one finite space.

    p, q: tensors (S,), each summing to 1; cost: tensor (S, S), the distances between
    the points.
    Returns a scalar tensor or a float.
    """
    ...


@exercise(
    covers=("S4-4.4",),
    takes=(
        reals("N", column=True),
        reals("M", column=True),
    ),
    gives=reals(""),
)
def wgan_value(f_fake, f_real):
    """The difference whose supremum over 1-Lipschitz critics is W1.

    f_fake: the critic's scores of generated examples, (N,) or (N, 1); f_real: those of
    real ones, (M,) or (M, 1). Returns a scalar.
    """
    ...


@exercise(
    covers=("S4-4.4",),
    requires=("wgan_value",),
    takes=(
        net("D -> 1", column=True),
        reals("N D", graph=False),
        reals("M D"),
    ),
    gives=reals(""),
)
def critic_loss(critic, real, fake):
    """The loss that the critic minimises.

    critic maps (N, D) to scores (N,) or (N, 1); real: tensor (N, D); fake: tensor (M,
    D).
    Returns a scalar. Gradients reach the critic, and none reaches fake.
    """
    ...


@exercise(
    covers=("S4-4.4",),
    takes=(
        net("D -> 1", graph=False, column=True),
        reals("N D"),
    ),
    gives=reals(""),
)
def wgan_generator_loss(critic, fake):
    """The loss that the generator minimises.

    critic maps (N, D) to scores (N,) or (N, 1); fake: generated examples (N, D).
    Returns a scalar. Gradients reach fake.
    """
    ...


@exercise(
    covers=("S4-4.4",),
    takes=(
        net("D -> 1", changes=True, column=True),
        number(0.05, 0.2),
    ),
    gives=(),
)
def clip_weights(critic, c):
    """Clip every parameter of the critic into [-c, c], in place, without a record by
    autograd.

    critic: a torch.nn.Module; c > 0 a float. What is returned does not matter.
    """
    ...


@exercise(
    covers=("S4-4.4",),
    takes=(
        net("D -> 1", column=True),
        reals("N D", graph=False),
        reals("N D", graph=False),
        unit("N 1"),
    ),
    gives=reals(""),
)
def gradient_penalty(critic, real, fake, eps):
    """The mean squared distance from 1 of the norms of the critic's gradients with
    respect to its input.

    critic maps (N, D) to scores (N,) or (N, 1); real, fake: tensors (N, D); eps: tensor
    (N, 1), a number for each example. The gradients are taken at eps * real + (1 - eps)
    * fake; each example has a norm of its own. Returns a scalar, differentiable in the
    critic's parameters; 1 for a flat critic, without NaN in any gradient.
    """
    ...


@exercise(covers=("S4-4.4",), takes=(reals("A B"),), gives=reals("A B"))
def spectral_normalize(weight):
    """The matrix divided by its largest singular value; a matrix of zeros stays as it
    is.

    weight: tensor (rows, columns). Returns a tensor of the same shape.
    """
    ...


k_lipschitz_value = answer(
    Choice(("W1", "K * W1", "W1 / K", "K^2 * W1", "infinity")), covers=("S4-4.4",)
)
lipschitz_enforcement = answer(Letters(tuple("ABCDEF")), covers=("S4-4.4",))
wasserstein_discussion = written(covers=("S4-4.2", "S4-4.4", "CMU-2.2c"))


@stand_in("wgan_value", coefficients=2)
def weighted_means(f_fake, f_real, a, b):
    return a * f_fake.mean() + b * f_real.mean()


REAL = torch.tensor([[1.0, 0.0], [3.0, 4.0]], dtype=torch.float64)
FAKE = torch.tensor([[5.0, 1.0], [4.0, 1.0], [6.0, 2.0]], dtype=torch.float64)
SIGNS = "Your value has the opposite sign. Is a good critic high on real or on generated data here?"


def linear_critic(*weights):
    """The critic f(x) = weights . x, which returns (N, 1)."""
    critic = Network((len(weights), 1))
    with torch.no_grad():
        critic.heads[0].weight.copy_(torch.tensor([weights]))
        critic.heads[0].bias.zero_()
    return critic


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


@check("wasserstein_1d", "Two samples of three points come out right.")
def worked_example_1d(student):
    x, y = (
        torch.tensor([0.0, 3.0, 1.0], dtype=torch.float64),
        torch.tensor([4.0, 0.0, 0.5], dtype=torch.float64),
    )
    mistakes = (
        (
            2.5,
            (
                "You move each point to the one at the same place of the list. Is that the cheapest"
                " plan?"
            ),
        ),
        (1.5, "Your value is three times the right one: how much mass does each point carry?"),
        (1 / 6, "The distance between the means is a lower bound only."),
        (1.25 / 3, "W1 adds up distances, not their squares."),
    )
    expect.number(
        student.wasserstein_1d(x, y),
        0.5,
        subject="wasserstein_1d([0, 3, 1], [4, 0, 0.5])",
        mistakes=mistakes,
    )


@check("wasserstein_1d", "The samples may have different sizes.", after=(worked_example_1d,))
def worked_example_unequal(student):
    x, y = (
        torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64),
        torch.tensor([1.0, 2.0, 5.0, -1.0], dtype=torch.float64),
    )
    mistakes = ((2 / 3, "A point of the larger sample is left out."),)
    expect.number(
        student.wasserstein_1d(x, y),
        1.0833333333,
        subject="wasserstein_1d([0, 1, 3], [1, 2, 5, -1])",
        mistakes=mistakes,
    )


@check("wasserstein_discrete", "A worked example with three points comes out right.")
def worked_example_discrete(student):
    p, q = (
        torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64),
        torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64),
    )
    cost = torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 2.5], [3.0, 2.5, 0.0]], dtype=torch.float64)
    mistakes = (
        (
            1.625,
            (
                "Your plan sends mass everywhere in proportion. Can mass that is in place already"
                " stay there?"
            ),
        ),
        (0.5, "Your value does not depend on how far the mass moves."),
    )
    inputs = f"p = {p.tolist()}, q = {q.tolist()}, cost = {cost.tolist()}"
    subject = say("wasserstein_discrete(p, q, cost) for {inputs}", inputs=inputs)
    expect.number(
        student.wasserstein_discrete(p, q, cost), 1.4, subject=subject, rtol=1e-5, mistakes=mistakes
    )


@check(
    "wasserstein_discrete",
    "A worked example with four points comes out right.",
    after=(worked_example_discrete,),
)
def worked_example_of_four(student):
    p, q = (
        torch.tensor([0.4, 0.4, 0.1, 0.1], dtype=torch.float64),
        torch.tensor([0.1, 0.1, 0.5, 0.3], dtype=torch.float64),
    )
    cost = torch.tensor(
        [[0.0, 1.0, 2.0, 4.0], [1.0, 0.0, 1.5, 3.0], [2.0, 1.5, 0.0, 2.5], [4.0, 3.0, 2.5, 0.0]],
        dtype=torch.float64,
    )
    subject = say(
        "wasserstein_discrete for p = {p}, q = {q}, cost = {cost}",
        p=p.tolist(),
        q=q.tolist(),
        cost=cost.tolist(),
    )
    expect.number(student.wasserstein_discrete(p, q, cost), 1.35, subject=subject, rtol=1e-5)


@check("wgan_value", "A worked example comes out right, for scores (N,) and (N, 1).")
def worked_example_value(student):
    fake, real = (
        torch.tensor([3.0, 5.0, 4.0], dtype=torch.float64),
        torch.tensor([1.0, 2.0], dtype=torch.float64),
    )
    for shape in ((-1,), (-1, 1)):
        got = student.wgan_value(fake.reshape(shape), real.reshape(shape))
        expect.close(
            got,
            scalar(2.5),
            subject="wgan_value([3, 5, 4], [1, 2])",
            mistakes=((scalar(-2.5), SIGNS), (scalar(9.0), "Expectations are estimated by means.")),
        )


@check("wgan_value", "The value of a bad critic is negative.", after=(worked_example_value,))
def value_of_a_bad_critic(student):
    low, high = (torch.tensor([value], dtype=torch.float64) for value in (-2.0, 3.0))
    expect.close(student.wgan_value(low, high), scalar(-5.0), subject="wgan_value([-2], [3])")


@check("critic_loss", "A linear critic comes out right.")
def worked_example_critic_loss(student):
    hint = (
        "A critic that minimises this becomes high on real data. Where is it high in the formula of"
        " this topic?"
    )
    got = student.critic_loss(linear_critic(1.0, 0.0), REAL, FAKE)
    expect.close(
        got,
        scalar(-3.0),
        subject="critic_loss of f(x) = x[0]",
        inputs=f"real = {REAL.tolist()}, fake = {FAKE.tolist()}",
        mistakes=((scalar(3.0), hint),),
    )


@check("wgan_generator_loss", "A linear critic comes out right.")
def worked_example_generator_loss(student):
    hint = (
        "A generator that minimises this makes examples on which the critic is high. What does the"
        " critic say about generated data here?"
    )
    got = student.wgan_generator_loss(linear_critic(1.0, 0.0), FAKE)
    expect.close(
        got,
        scalar(5.0),
        subject="wgan_generator_loss of f(x) = x[0]",
        inputs=f"fake = {FAKE.tolist()}",
        mistakes=((scalar(-5.0), hint),),
    )


@check(
    "wgan_generator_loss",
    "Where the scores are negative, so is the loss.",
    after=(worked_example_generator_loss,),
)
def loss_of_low_scores(student):
    got = student.wgan_generator_loss(linear_critic(-1.0, 0.0), FAKE)
    expect.close(got, scalar(-5.0), subject="wgan_generator_loss of f(x) = -x[0]")


@check("clip_weights", "The weights (3, -4, 0.5) are clipped into [-1, 1].")
def worked_example_clip(student):
    observed = student.observe("clip_weights", linear_critic(3.0, -4.0, 0.5), 1.0)
    got = observed.arguments[0].heads[0].weight.detach()
    mistakes = (
        (
            torch.tensor([[3.0, -4.0, 0.5]], dtype=torch.float64),
            "Afterwards the critic is as it was: what is it that you clip?",
        ),
        (
            torch.tensor([[1.0, 0.0, 0.5]], dtype=torch.float64),
            "The interval has negative numbers too.",
        ),
    )
    expect.close(
        got,
        torch.tensor([[1.0, -1.0, 0.5]], dtype=torch.float64),
        subject="the critic's weights after clip_weights(critic, 1)",
        mistakes=mistakes,
    )


def _whole_critic():
    """A critic of two layers, with parameters in and out of [-0.3, 0.3], one of them frozen, and
    with gradients.
    """
    critic = network(Draw(1), (3, 4, 1), scale=2.0)
    for index, parameter in enumerate(critic.parameters()):
        parameter.requires_grad_(index != 1)
        parameter.grad = torch.full_like(parameter, 1.0 + index)
    return critic


@check(
    "clip_weights",
    "Every parameter of every layer ends in [-c, c], and the entries that were inside stay.",
    after=(worked_example_clip,),
)
def every_parameter_is_clipped(student):
    critic, c = _whole_critic(), 0.3
    (seen,) = student.observe("clip_weights", critic, c).states
    for place, (before, after) in enumerate(zip(critic.parameters(), seen.parameters), 1):
        before, subject = (
            before.detach(),
            say("parameter {place} after clip_weights(critic, 0.3)", place=place),
        )
        bound = torch.full_like(after, c)
        expect.at_most(after.abs(), bound, subject=say("the size of {subject}", subject=subject))
        inside = before.abs() <= c
        expect.close(
            after[inside],
            before[inside],
            subject=say("the entries inside of {subject}", subject=subject),
        )
        edge = torch.sort(after[~inside].abs()).values
        expect.close(
            edge,
            bound[~inside],
            subject=say("the size of the entries outside of {subject}", subject=subject),
        )


@check(
    "clip_weights",
    "Afterwards the critic can be trained as before: the same parameters, with their gradients.",
    after=(worked_example_clip,),
)
def clipped_critic_can_be_trained(student):
    critic = _whole_critic()
    (seen,) = student.observe("clip_weights", critic, 0.3).states
    before = critic.state()
    for what, kept in (
        ("are parameters of their own", all(seen.leaf)),
        ("keep their `requires_grad`", seen.requires_grad == before.requires_grad),
        ("keep their `.grad`", _equal(seen.gradients, before.gradients)),
    ):
        expect.true(
            kept,
            "a critic that is not as it was",
            subject="the critic after clip_weights",
            detail=say("wanted parameters that {what}, which these no longer do", what=what),
            got=what,
        )


def _equal(after, before):
    pairs = zip(after, before)
    return all(a is not None and torch.equal(a, b) for a, b in pairs)


@check("gradient_penalty", "A linear critic has the same gradient everywhere.")
def worked_example_penalty(student):
    mistakes = (
        (scalar(576.0), "The norm is compared with 1, not its square."),
        (scalar(36.8578643763), "Each example has a gradient, and a norm, of its own."),
        (scalar(160.0), "The weight of the penalty is not a part of it here."),
        (
            scalar(2.25),
            (
                "The gradient is that of the score of each example. Did you average before"
                " differentiating?"
            ),
        ),
    )
    eps = torch.tensor([[0.25], [0.5]], dtype=torch.float64)
    got = student.gradient_penalty(linear_critic(3.0, 4.0), REAL, FAKE[:2], eps)
    # Room for a small constant under the root, which some use against NaN.
    expect.close(
        got,
        scalar(16.0),
        subject="gradient_penalty of f(x) = 3 x[0] + 4 x[1]",
        rtol=1e-5,
        atol=1e-5,
        mistakes=mistakes,
    )


@check("gradient_penalty", "A flat critic has the penalty 1.", after=(worked_example_penalty,))
def flat_critic_penalty(student):
    got = student.gradient_penalty(
        linear_critic(0.0, 0.0), REAL, FAKE[:2], torch.tensor([[0.25], [0.5]], dtype=torch.float64)
    )
    # A constant of 1e-8 under the root makes the norm 1e-4 and the penalty 0.9998.
    expect.close(got, scalar(1.0), subject="gradient_penalty of f(x) = 0", atol=1e-3)


@check(
    "gradient_penalty",
    "A critic that is no straight line comes out right, with an eps for each example.",
    after=(worked_example_penalty,),
)
def curved_critic_penalty(student):
    eps = torch.tensor([[0.25], [0.5]], dtype=torch.float64)
    got = student.gradient_penalty(network(Draw(1), (2, 5, 1)), REAL, FAKE[:2], eps)
    expect.close(
        got,
        scalar(0.9152903318),
        subject="gradient_penalty of a critic with one hidden layer",
        inputs=f"real = {REAL.tolist()}, fake = {FAKE[:2].tolist()}, eps = [[0.25], [0.5]]",
        rtol=1e-5,
        atol=1e-5,
    )


@check(
    "gradient_penalty",
    "The gradient of the penalty of a flat critic is finite.",
    after=(flat_critic_penalty,),
)
def flat_critic_can_learn(student):
    critic = linear_critic(0.0, 0.0)
    got = student.gradient_penalty(
        critic, REAL, FAKE[:2], torch.tensor([[0.25], [0.5]], dtype=torch.float64)
    )
    for gradient in expect.gradient_of(got, list(critic.parameters())):
        if gradient is not None:
            expect.finite(gradient, subject="the gradient of gradient_penalty of f(x) = 0")


@check("spectral_normalize", "A worked example comes out right.")
def worked_example_spectral(student):
    wanted = torch.tensor([[0.4472135955, 0.0], [0.5962847940, 0.7453559925]], dtype=torch.float64)
    weight = torch.tensor([[3.0, 0.0], [4.0, 5.0]], dtype=torch.float64)
    mistakes = (
        (
            weight / 7.0710678119,
            (
                "You divide by the root of the sum of all squares. Which norm says how much a"
                " matrix can stretch a vector?"
            ),
        ),
        (
            weight / 5,
            (
                "You divide by the largest eigenvalue. For which matrices is that the largest"
                " singular value?"
            ),
        ),
    )
    expect.close(
        student.spectral_normalize(weight),
        wanted,
        subject="spectral_normalize([[3, 0], [4, 5]])",
        rtol=1e-5,
        mistakes=mistakes,
    )


@check("spectral_normalize", "A matrix of zeros stays as it is.", after=(worked_example_spectral,))
def zero_matrix_stays(student):
    zeros = torch.zeros(2, 3, dtype=torch.float64)
    expect.close(
        student.spectral_normalize(zeros), zeros, subject="spectral_normalize of zeros (2, 3)"
    )


@check(
    "spectral_normalize",
    "A matrix in other units has the same result.",
    after=(worked_example_spectral,),
)
def small_matrix_normalised(student):
    weight = torch.tensor([[3.0, 0.0], [4.0, 5.0]], dtype=torch.float64)
    wanted = torch.tensor([[0.4472135955, 0.0], [0.5962847940, 0.7453559925]], dtype=torch.float64)
    expect.close(
        student.spectral_normalize(1e-4 * weight),
        wanted,
        subject="spectral_normalize([[3e-4, 0], [4e-4, 5e-4]])",
        rtol=1e-4,
    )


wasserstein_1d_manners = manners(
    "wasserstein_1d", lambda: (Draw(1).normal(4), Draw(2).normal(3)), after=(worked_example_1d,)
)
wgan_value_manners = manners(
    "wgan_value",
    lambda: (Draw(1).normal(4), Draw(2).normal(3)),
    after=(worked_example_value,),
    graph=(0, 1),
)
critic_loss_manners = manners(
    "critic_loss",
    lambda: (network(Draw(1), (3, 5, 1)), Draw(2).normal(4, 3), Draw(3).normal(2, 3)),
    after=(worked_example_critic_loss,),
    graph=(0,),
    barred=(2,),
)
wgan_generator_loss_manners = manners(
    "wgan_generator_loss",
    lambda: (network(Draw(1), (3, 5, 1)), Draw(3).normal(2, 3)),
    after=(worked_example_generator_loss,),
    graph=(1,),
)
gradient_penalty_manners = manners(
    "gradient_penalty",
    lambda: (
        network(Draw(1), (3, 5, 1)),
        Draw(2).normal(4, 3),
        Draw(3).normal(4, 3),
        Draw(4).uniform(0.1, 0.9, 4, 1),
    ),
    after=(worked_example_penalty,),
    graph=(0,),
)
spectral_normalize_manners = manners(
    "spectral_normalize",
    lambda: (Draw(1).normal(3, 4),),
    after=(worked_example_spectral,),
    graph=(0,),
)


@picture(
    "gradient_penalty",
    shows="the penalty against the slope of the critic",
    caption="Critics that are linear with slope s, and what your gradient_penalty gives for each."
    " Which slope does it ask for, and does it punish a flat critic as much as a steep"
    " one?",
)
def penalty_against_slope(student):
    slopes = [0.1 * i for i in range(-30, 31)]
    real, fake = (torch.tensor(x, dtype=torch.float64) for x in ([[1.0], [2.0]], [[0.0], [-1.0]]))
    eps = torch.tensor([[0.3], [0.6]], dtype=torch.float64)
    calls = [(linear_critic(slope), real, fake, eps) for slope in slopes]
    found = pictures.along(student, "gradient_penalty", calls)
    series = (pictures.line("your gradient_penalty", slopes, found),)
    return [Panel("Penalty of a linear critic", "slope of the critic", "penalty", series)]


@picture(
    "wasserstein_1d",
    shows="the distance as one sample moves over another",
    caption="Two samples of 200 points with the same shape; one is shifted. What does your"
    " wasserstein_1d say of the direction in which it has to move, also from far away?",
)
def distance_as_a_sample_moves(student):
    x = Draw(1).normal(200)
    shifts = [0.25 * i for i in range(-20, 21)]
    found = pictures.along(student, "wasserstein_1d", [(x, x + shift) for shift in shifts])
    series = (pictures.line("your wasserstein_1d", shifts, found),)
    return [Panel("A sample that moves", "shift, in units of x", "distance, in units of x", series)]
