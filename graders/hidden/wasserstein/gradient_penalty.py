"""Hidden checks of `gradient_penalty`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.core.fixtures import Network, constant, network
from graders.hidden.wasserstein._common import same_critic, same_examples

PENALTY = "gradient_penalty(critic, real, fake, eps)"


# Many add a constant of up to 1e-8 under the root against NaN; it changes a penalty by about that
# much.
ROOM = {"rtol": 1e-5, "atol": 1e-5}


def penalised(draw, n=5, *, squeeze=False, record=False, dtype=torch.float64):
    """A critic of three inputs with gradient norms on both sides of 1, real and generated examples,
    and eps.
    """
    critic = network(draw, (3, 6, 4, 1), scale=2.5, squeeze=squeeze, record=record, dtype=dtype)
    return (
        critic,
        draw.normal(n, 3, dtype=dtype),
        2 * draw.normal(n, 3, dtype=dtype) + 1,
        draw.uniform(0.05, 0.95, n, 1, dtype=dtype),
    )


def linear(weights):
    """The critic weights . x."""
    critic = constant(Network((len(weights), 1)), 0, 0.0)
    with torch.no_grad():
        critic.heads[0].weight.copy_(weights)
    return critic


@check("gradient_penalty", "It returns one number, for critics that return (N,) and (N, 1).")
def penalty_is_a_scalar(student, draw):
    for squeeze in (False, True):
        for n in (5, 1):
            expect.tensor(
                student.gradient_penalty(*penalised(draw, n, squeeze=squeeze)),
                shape=(),
                subject=f"{PENALTY} with N = {n}",
            )


@check(
    "gradient_penalty",
    "A linear critic with weights w has the penalty (|w| - 1)^2, whatever the points are.",
    after=("penalty_is_a_scalar",),
)
def penalty_of_linear_critic(student, draw):
    for length in (2.5, 0.4):
        w = draw.normal(3)
        w = length * w / w.norm()
        got = student.gradient_penalty(linear(w), *penalised(draw)[1:])
        expect.close(
            got,
            torch.tensor((length - 1) ** 2, dtype=torch.float64),
            subject=f"{PENALTY} of a linear critic with |w| = {length}",
            **ROOM,
        )


@check(
    "gradient_penalty",
    "The critic is evaluated at eps * real + (1 - eps) * fake, every example with its own eps.",
    after=("penalty_of_linear_critic",),
)
def penalty_points(student, draw):
    critic, real, fake, eps = penalised(draw, record=True)
    student.gradient_penalty(critic, real, fake, eps)
    seen = torch.cat(
        [call.reshape(-1, 3) for call in critic.calls if call.shape[-1:] == (3,)]
        or [torch.zeros(0, 3, dtype=torch.float64)]
    )
    wanted = eps * real + (1 - eps) * fake
    found = torch.isclose(seen, wanted[:, None], rtol=1e-9, atol=1e-9).all(-1).any(-1)
    detail = (
        f"the critic was evaluated at {int(found.sum())} of the {len(wanted)} points between the"
        " pairs of examples"
    )
    expect.true(
        bool(found.all()),
        "the critic is not evaluated at the points in between",
        subject=PENALTY,
        detail=detail,
        got=seen,
        wanted=wanted,
    )


@check(
    "gradient_penalty",
    "It is the mean squared distance of the norms from 1.",
    after=("penalty_points",),
)
def penalty_value(student, draw, right):
    for squeeze in (False, True):
        inputs = penalised(draw, squeeze=squeeze)
        expect.close(
            student.gradient_penalty(*inputs),
            right.gradient_penalty(*inputs),
            subject=PENALTY,
            **ROOM,
        )


@check(
    "gradient_penalty",
    "It can be differentiated: its gradients in the critic's parameters are right.",
    after=("penalty_value",),
)
def penalty_gradients(student, draw, right):
    critic, *rest = penalised(draw)
    # The last bias moves the scores and not their slopes: no gradient belongs there.
    parameters = list(critic.parameters())
    wanted = expect.gradient_of(right.gradient_penalty(critic, *rest), parameters)
    names = [f"the critic's parameter {i}" for i in range(len(parameters))]
    expect.gradients(
        student.gradient_penalty(critic, *rest),
        parameters,
        wanted,
        names=names,
        subject=PENALTY,
        rtol=1e-4,
        atol=1e-5,
    )


@check(
    "gradient_penalty",
    "A flat critic has the penalty 1, and no NaN in the gradients of its parameters.",
    after=("penalty_is_a_scalar",),
)
def penalty_of_flat_critic(student, draw):
    _, *rest = penalised(draw)
    for critic in (
        constant(network(draw, (3, 6, 1)), 0, 0.7),
        linear(torch.zeros(3, dtype=torch.float64)),
    ):
        got = student.gradient_penalty(critic, *rest)
        # A constant of 1e-8 under the root makes the norm 1e-4 and the penalty 0.9998.
        expect.close(
            got,
            torch.tensor(1.0, dtype=torch.float64),
            subject=f"{PENALTY} of a flat critic",
            atol=1e-3,
        )
        for gradient in expect.gradient_of(got, list(critic.parameters())):
            if gradient is not None:
                expect.finite(
                    gradient,
                    subject=f"the gradient of {PENALTY} in the parameters of a flat critic",
                )


@check("gradient_penalty", "It keeps float32.", after=("penalty_value",))
def penalty_keeps_float32(student, draw, right):
    inputs = penalised(draw, dtype=torch.float32)
    expect.close(
        student.gradient_penalty(*inputs),
        right.gradient_penalty(*inputs),
        subject=f"{PENALTY} in float32",
        rtol=1e-3,
        atol=1e-3,
    )


@check(
    "gradient_penalty",
    "It leaves the critic and the examples as they are.",
    after=("penalty_is_a_scalar",),
)
def penalty_changes_nothing(student, draw):
    critic, *rest = penalised(draw)
    observed = student.observe("gradient_penalty", critic, *rest)
    same_critic(observed, critic, PENALTY)
    same_examples(observed, rest, ("real", "fake", "eps"), PENALTY)


def _slopes(critic, points, create_graph=True):
    """The critic's gradient at each point."""
    points = points.detach().requires_grad_()
    return torch.autograd.grad(critic(points).sum(), points, create_graph=create_graph)[0]


def _between(real, fake, eps):
    return eps * real + (1 - eps) * fake


def _squared_distance(gradients):
    return (torch.linalg.vector_norm(gradients, dim=1) - 1).square().mean()


@misconception(
    "gradient_penalty",
    hint="The whole batch has one norm here. Each example has a gradient, and a norm, of its own.",
    caught_by="penalty_of_linear_critic",
)
def norm_of_the_batch(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm() - 1).square()


@misconception(
    "gradient_penalty",
    hint="The norm runs over the examples instead of over the coordinates. Which axis is which?",
    caught_by="penalty_of_linear_critic",
)
def norm_over_examples(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=0) - 1).square().mean()


@misconception(
    "gradient_penalty",
    hint="You average the norms before comparing with 1. Norms above and below then cancel.",
    caught_by="penalty_value",
)
def mean_norm(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1).mean() - 1).square()


@misconception(
    "gradient_penalty",
    hint="The norm is compared with 1, not its square.",
    caught_by="penalty_of_linear_critic",
)
def squared_norm(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).square().sum(1) - 1).square().mean()


@misconception(
    "gradient_penalty",
    hint="The distance from 1 enters with its square, and never with a sign.",
    caught_by="penalty_of_linear_critic",
)
def unsquared_distance(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).mean()


@misconception(
    "gradient_penalty",
    hint="The distance from 1 enters with its square.",
    caught_by="penalty_of_linear_critic",
)
def absolute_distance(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).abs().mean()


@misconception(
    "gradient_penalty",
    hint="Your penalty only acts on norms above 1. What does this one want of norms below?",
    caught_by="penalty_of_linear_critic",
)
def one_sided(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).relu().square().mean()


@misconception(
    "gradient_penalty",
    hint="Your penalty is smallest for a flat critic. Which norm is the goal?",
    caught_by="penalty_of_linear_critic",
)
def towards_zero(critic, real, fake, eps):
    return _slopes(critic, _between(real, fake, eps)).square().sum(1).mean()


@misconception(
    "gradient_penalty",
    hint="The weight of the penalty in the critic's loss is not a part of the penalty.",
    caught_by="penalty_of_linear_critic",
)
def with_its_weight(critic, real, fake, eps):
    return 10 * _squared_distance(_slopes(critic, _between(real, fake, eps)))


@misconception(
    "gradient_penalty",
    hint="Your value grows with the batch: the penalty is a mean over the examples.",
    caught_by="penalty_of_linear_critic",
)
def summed_penalty(critic, real, fake, eps):
    return len(real) * _squared_distance(_slopes(critic, _between(real, fake, eps)))


@misconception(
    "gradient_penalty",
    hint=(
        "The gradient is that of the score of each example. What does averaging the scores first do"
        " to it?"
    ),
    caught_by="penalty_of_linear_critic",
)
def gradient_of_the_mean(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps)) / len(real))


@misconception(
    "gradient_penalty",
    hint=(
        "Every coordinate is compared with 1 here. What is compared with 1 is the length of the"
        " gradient."
    ),
    caught_by="penalty_of_linear_critic",
)
def every_coordinate(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).abs() - 1).square().mean()


@misconception(
    "gradient_penalty",
    hint=(
        "You differentiate with respect to the real examples. The slope is that at the point in"
        " between."
    ),
    caught_by="penalty_of_linear_critic",
)
def slope_in_real(critic, real, fake, eps):
    real = real.detach().requires_grad_()
    return _squared_distance(
        torch.autograd.grad(critic(_between(real, fake, eps)).sum(), real, create_graph=True)[0]
    )


@misconception(
    "gradient_penalty",
    hint="Look at eps = 1: which of the two examples should come out?",
    caught_by="penalty_points",
)
def eps_exchanged(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(fake, real, eps)))


@misconception(
    "gradient_penalty",
    hint="All examples use the first eps. There is one for each of them.",
    caught_by="penalty_points",
)
def one_eps_for_all(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps[:1])))


@misconception(
    "gradient_penalty",
    hint="The points are drawn anew here, but eps is given.",
    caught_by="penalty_points",
)
def draws_its_own_eps(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, torch.rand_like(eps))))


@misconception(
    "gradient_penalty",
    hint=(
        "Each coordinate is interpolated with a number of its own: the point then leaves the line"
        " between the two examples."
    ),
    caught_by="penalty_points",
)
def eps_per_coordinate(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, torch.rand_like(real))))


@misconception(
    "gradient_penalty",
    hint=(
        "The slope is taken at the real examples. Where between the two distributions does it"
        " matter?"
    ),
    caught_by="penalty_points",
)
def at_real_examples(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, real))


@misconception(
    "gradient_penalty",
    hint=(
        "The slope is taken at the generated examples. Where between the two distributions does it"
        " matter?"
    ),
    caught_by="penalty_points",
)
def at_fake_examples(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, fake))


@misconception(
    "gradient_penalty",
    hint="The slope is taken half way, whatever eps is.",
    caught_by="penalty_points",
)
def at_the_middle(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, (real + fake) / 2))


@misconception(
    "gradient_penalty",
    hint="The points do not lie between the examples: how do the two weights of an average add up?",
    caught_by="penalty_points",
)
def not_an_average(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, real + (1 - eps) * fake))


@misconception(
    "gradient_penalty",
    hint=(
        "The value is right, but the critic learns nothing from it: the graph of the slope was not"
        " kept."
    ),
    caught_by="penalty_gradients",
)
def graph_not_kept(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps), create_graph=False))


@misconception(
    "gradient_penalty",
    hint="The root has an infinite slope at 0. What happens where the critic is flat?",
    caught_by="penalty_of_flat_critic",
)
def root_at_zero(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).square().sum(1).sqrt() - 1).square().mean()


@misconception(
    "gradient_penalty",
    hint="Slopes in the input are wanted; yours were also left in the critic's own gradients.",
    caught_by="penalty_changes_nothing",
)
def leaves_gradients(critic, real, fake, eps):
    points = _between(real, fake, eps).detach().requires_grad_()
    critic(points).sum().backward(create_graph=True)
    return _squared_distance(points.grad)
