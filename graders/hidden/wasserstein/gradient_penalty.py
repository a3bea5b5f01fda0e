"""Hidden checks of `gradient_penalty`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.fixtures import Network, constant, network
from graders.hidden._words import Words
from graders.public.wasserstein import gradient_penalty

D = Words(gradient_penalty)

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


@D.check(
    "A linear critic with weights w has the penalty (|w| - 1)^2, whatever the points are.",
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


@D.check(
    "The critic is evaluated at eps * real + (1 - eps) * fake, every example with its own eps.",
    after=penalty_of_linear_critic,
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


penalty_value = D.equals_reference(
    "It is the mean squared distance of the norms from 1.",
    lambda draw: [penalised(draw, squeeze=squeeze) for squeeze in (False, True)],
    after=penalty_points,
    **ROOM,
)


@D.check(
    "It can be differentiated: its gradients in the critic's parameters are right.",
    after=penalty_value,
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


@D.check(
    "A flat critic has the penalty 1, and no NaN in the gradients of its parameters.",
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


def _slopes(critic, points, create_graph=True):
    """The critic's gradient at each point."""
    points = points.detach().requires_grad_()
    return torch.autograd.grad(critic(points).sum(), points, create_graph=create_graph)[0]


def _between(real, fake, eps):
    return eps * real + (1 - eps) * fake


def _squared_distance(gradients):
    return (torch.linalg.vector_norm(gradients, dim=1) - 1).square().mean()


@penalty_of_linear_critic.catches(
    "The whole batch has one norm here. Each example has a gradient, and a norm, of its own."
)
def norm_of_the_batch(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm() - 1).square()


@penalty_of_linear_critic.catches(
    "The norm runs over the examples instead of over the coordinates. Which axis is which?"
)
def norm_over_examples(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=0) - 1).square().mean()


@penalty_value.catches(
    "You average the norms before comparing with 1. Norms above and below then cancel."
)
def mean_norm(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1).mean() - 1).square()


@penalty_of_linear_critic.catches("The norm is compared with 1, not its square.")
def squared_norm(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).square().sum(1) - 1).square().mean()


@penalty_of_linear_critic.catches(
    "The distance from 1 enters with its square, and never with a sign."
)
def unsquared_distance(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).mean()


@penalty_of_linear_critic.catches("The distance from 1 enters with its square.")
def absolute_distance(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).abs().mean()


@penalty_of_linear_critic.catches(
    "Your penalty only acts on norms above 1. What does this one want of norms below?"
)
def one_sided(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).norm(dim=1) - 1).relu().square().mean()


@penalty_of_linear_critic.catches(
    "Your penalty is smallest for a flat critic. Which norm is the goal?"
)
def towards_zero(critic, real, fake, eps):
    return _slopes(critic, _between(real, fake, eps)).square().sum(1).mean()


@penalty_of_linear_critic.catches(
    "The weight of the penalty in the critic's loss is not a part of the penalty."
)
def with_its_weight(critic, real, fake, eps):
    return 10 * _squared_distance(_slopes(critic, _between(real, fake, eps)))


@penalty_of_linear_critic.catches(
    "Your value grows with the batch: the penalty is a mean over the examples."
)
def summed_penalty(critic, real, fake, eps):
    return len(real) * _squared_distance(_slopes(critic, _between(real, fake, eps)))


@penalty_of_linear_critic.catches(
    "The gradient is that of the score of each example. What does averaging the scores first do"
    " to it?"
)
def gradient_of_the_mean(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps)) / len(real))


@penalty_of_linear_critic.catches(
    "Every coordinate is compared with 1 here. What is compared with 1 is the length of the"
    " gradient."
)
def every_coordinate(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).abs() - 1).square().mean()


@penalty_of_linear_critic.catches(
    "You differentiate with respect to the real examples. The slope is that at the point in"
    " between."
)
def slope_in_real(critic, real, fake, eps):
    real = real.detach().requires_grad_()
    return _squared_distance(
        torch.autograd.grad(critic(_between(real, fake, eps)).sum(), real, create_graph=True)[0]
    )


@penalty_points.catches("Look at eps = 1: which of the two examples should come out?")
def eps_exchanged(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(fake, real, eps)))


@penalty_points.catches("All examples use the first eps. There is one for each of them.")
def one_eps_for_all(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps[:1])))


@penalty_points.catches("The points are drawn anew here, but eps is given.")
def draws_its_own_eps(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, torch.rand_like(eps))))


@penalty_points.catches(
    "Each coordinate is interpolated with a number of its own: the point then leaves the line"
    " between the two examples."
)
def eps_per_coordinate(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, torch.rand_like(real))))


@penalty_points.catches(
    "The slope is taken at the real examples. Where between the two distributions does it matter?"
)
def at_real_examples(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, real))


@penalty_points.catches(
    "The slope is taken at the generated examples. Where between the two distributions does it"
    " matter?"
)
def at_fake_examples(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, fake))


@penalty_points.catches("The slope is taken half way, whatever eps is.")
def at_the_middle(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, (real + fake) / 2))


@penalty_points.catches(
    "The points do not lie between the examples: how do the two weights of an average add up?"
)
def not_an_average(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, real + (1 - eps) * fake))


@penalty_gradients.catches(
    "The value is right, but the critic learns nothing from it: the graph of the slope was not"
    " kept."
)
def graph_not_kept(critic, real, fake, eps):
    return _squared_distance(_slopes(critic, _between(real, fake, eps), create_graph=False))


@penalty_of_flat_critic.catches(
    "The root has an infinite slope at 0. What happens where the critic is flat?"
)
def root_at_zero(critic, real, fake, eps):
    return (_slopes(critic, _between(real, fake, eps)).square().sum(1).sqrt() - 1).square().mean()


@D.laws.law_state.catches(
    "Slopes in the input are wanted; yours were also left in the critic's own gradients."
)
def leaves_gradients(critic, real, fake, eps):
    points = _between(real, fake, eps).detach().requires_grad_()
    critic(points).sum().backward(create_graph=True)
    return _squared_distance(points.grad)
