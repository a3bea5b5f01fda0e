"""Hidden checks and misconceptions of the topic `wasserstein`."""

import numpy as np
import torch
from scipy.optimize import linprog
from torch.nn.functional import softplus

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.core.fixtures import Network, Observed, constant, network
from graders.hidden._hypothesis import for_every, matrices, shown
from reference.wasserstein import wgan_value

LINE = "wasserstein_1d(x, y)"
PAPER = "This is the sign of the paper on Wasserstein GANs, where the critic is high on real data."


# --- wasserstein_1d -------------------------------------------------------------------------------


@check("wasserstein_1d", "It is right for samples of one size.")
def line_equal_sizes(student, draw, right):
    x = draw.normal(7)
    # The second sample is wider on both sides, and its mean is a little larger: neither the means
    # nor their order help.
    y = (x.mean() + 0.3 + 3 * (x - x.mean())).flip(0)
    expect.number(
        student.wasserstein_1d(x, y),
        right.wasserstein_1d(x, y).item(),
        subject=f"{LINE} of seven points each",
    )


@check(
    "wasserstein_1d",
    "It is right for samples of different sizes, whichever is the larger.",
    after=("line_equal_sizes",),
)
def line_unequal_sizes(student, draw, right):
    for n, m in ((7, 4), (3, 8), (5, 1)):
        x, y = draw.normal(n), 2 * draw.normal(m) + 0.5
        expect.number(
            student.wasserstein_1d(x, y),
            right.wasserstein_1d(x, y).item(),
            subject=f"{LINE} of {n} and {m} points",
        )


@check(
    "wasserstein_1d",
    "It is right for small samples with equal points among them.",
    after=("line_equal_sizes",),
)
def line_everywhere(student, draw, right):
    def law(example):
        x, y = (part.flatten() for part in example)
        expect.number(
            student.wasserstein_1d(x, y[:3]),
            right.wasserstein_1d(x, y[:3]).item(),
            subject=f"{LINE} for {shown(x=x, y=y[:3])}",
        )

    for_every(draw, matrices(low=-2, high=2, step=0.5, count=2), law)


@check(
    "wasserstein_1d",
    "Moving one sample by t changes it by t once the samples do not overlap.",
    after=("line_unequal_sizes",),
)
def line_translation(student, draw):
    x, y = draw.uniform(0, 1, 6), draw.uniform(2, 3, 4)
    for t in (0.0, 5.0):
        wanted = (y.mean() + t - x.mean()).item()
        expect.number(
            student.wasserstein_1d(x, y + t), wanted, subject=f"{LINE} of disjoint samples"
        )


@check(
    "wasserstein_1d",
    "It is 0 between a sample and a copy of it in another order.",
    after=("line_equal_sizes",),
)
def line_of_copies(student, draw):
    x = draw.normal(6)
    expect.number(
        student.wasserstein_1d(x, x.flip(0)), 0.0, subject=f"{LINE} of two equal samples", atol=1e-7
    )
    expect.number(
        student.wasserstein_1d(x, x.repeat(2)),
        0.0,
        subject=f"{LINE} of a sample and the same sample twice",
        atol=1e-7,
    )


@check(
    "wasserstein_1d",
    "It is right for samples of some hundred points.",
    after=("line_unequal_sizes",),
)
def line_many_points(student, draw, right):
    x, y = draw.normal(211), 1.5 * draw.normal(130)
    expect.number(
        student.wasserstein_1d(x, y),
        right.wasserstein_1d(x, y).item(),
        subject=f"{LINE} of 211 and 130 points",
    )


@check("wasserstein_1d", "It works in float32.", after=("line_equal_sizes",))
def line_in_float32(student, draw, right):
    x, y = draw.normal(7, dtype=torch.float32), draw.normal(5, dtype=torch.float32)
    expect.number(
        student.wasserstein_1d(x, y),
        right.wasserstein_1d(x, y).item(),
        subject=f"{LINE} in float32",
        rtol=1e-4,
        atol=1e-5,
    )


@check("wasserstein_1d", "It leaves its arguments as they are.", after=("line_equal_sizes",))
def line_changes_nothing(student, draw):
    x, y = draw.normal(7), draw.normal(7)
    expect.unchanged(
        student.observe("wasserstein_1d", x, y), (x, y), names=("x", "y"), subject=LINE
    )


def _distance(x, y):
    """W1 on the line from the distribution functions at all points, as a mistake may contain it."""
    points = torch.cat([x, y]).sort().values
    gaps = (x <= points[:-1, None]).to(x.dtype).mean(1) - (y <= points[:-1, None]).to(x.dtype).mean(
        1
    )
    return (gaps.abs() * points.diff()).sum()


@misconception(
    "wasserstein_1d",
    hint="You move each point to the one at the same place of the list. Is that the cheapest plan?",
    caught_by="line_equal_sizes",
)
def unsorted_pairs(x, y):
    size = min(len(x), len(y))
    return (x[:size] - y[:size]).abs().mean()


@misconception(
    "wasserstein_1d",
    hint=(
        "The distance between the means is a lower bound only. What about samples that differ in"
        " spread?"
    ),
    caught_by="line_equal_sizes",
)
def distance_of_means(x, y):
    return (x.mean() - y.mean()).abs()


@misconception(
    "wasserstein_1d",
    hint="You add up squared distances: that belongs to another Wasserstein distance.",
    caught_by="line_equal_sizes",
)
def squared_distances(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).square().mean()


@misconception(
    "wasserstein_1d",
    hint="You take a root of squared distances: that is W2.",
    caught_by="line_equal_sizes",
)
def second_wasserstein(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).square().mean().sqrt()


@misconception(
    "wasserstein_1d",
    hint="Your value grows with the number of points. How much mass does each of them carry?",
    caught_by="line_equal_sizes",
)
def summed_distances(x, y):
    return len(x) * _distance(x, y)


@misconception(
    "wasserstein_1d",
    hint=(
        "Every point of one sample sends mass to every point of the other here. Is that the"
        " cheapest plan?"
    ),
    caught_by="line_equal_sizes",
)
def mean_over_all_pairs(x, y):
    return (x[:, None] - y).abs().mean()


@misconception(
    "wasserstein_1d",
    hint=(
        "Every point goes to its nearest neighbour here, but a point can take only as much mass as"
        " it has."
    ),
    caught_by="line_equal_sizes",
)
def nearest_neighbours(x, y):
    return (x[:, None] - y).abs().min(1).values.mean()


@misconception(
    "wasserstein_1d",
    hint=(
        "Differences with opposite signs cancel. Does moving mass to the left give back what moving"
        " it to the right cost?"
    ),
    caught_by="line_equal_sizes",
)
def signed_differences(x, y):
    return x.mean() - y.mean()


@misconception(
    "wasserstein_1d",
    hint="This is the largest difference of the distribution functions. W1 is another norm of it.",
    caught_by="line_equal_sizes",
)
def kolmogorov_smirnov(x, y):
    points = torch.cat([x, y])
    return (
        ((x <= points[:, None]).to(x.dtype).mean(1) - (y <= points[:, None]).to(x.dtype).mean(1))
        .abs()
        .max()
    )


@misconception(
    "wasserstein_1d",
    hint="The difference of the distribution functions counts by the length over which it lasts.",
    caught_by="line_equal_sizes",
)
def unweighted_differences(x, y):
    points = torch.cat([x, y])
    return (
        ((x <= points[:, None]).to(x.dtype).mean(1) - (y <= points[:, None]).to(x.dtype).mean(1))
        .abs()
        .mean()
    )


@misconception(
    "wasserstein_1d",
    hint="The difference of the distribution functions enters with its size, not with its square.",
    caught_by="line_equal_sizes",
)
def squared_cdf_difference(x, y):
    points = torch.cat([x, y]).sort().values
    gaps = (x <= points[:-1, None]).to(x.dtype).mean(1) - (y <= points[:-1, None]).to(x.dtype).mean(
        1
    )
    return (gaps.square() * points.diff()).sum()


@misconception(
    "wasserstein_1d",
    hint="The points of the larger sample that find no partner are left out.",
    caught_by="line_unequal_sizes",
)
def truncated_to_smaller(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).abs().mean()


@misconception(
    "wasserstein_1d",
    hint="Interpolated quantiles are not those of the sample: an empirical distribution has steps.",
    caught_by="line_unequal_sizes",
)
def interpolated_quantiles(x, y):
    levels = torch.linspace(0, 1, max(len(x), len(y)), dtype=x.dtype)
    return (torch.quantile(x, levels) - torch.quantile(y, levels)).abs().mean()


@misconception(
    "wasserstein_1d",
    hint="An operation on the arguments themselves changes the caller's tensors.",
    caught_by="line_changes_nothing",
)
def sorts_in_place(x, y):
    for sample in (x, y):
        sample.data.copy_(sample.data.sort().values)
    return _distance(x, y)


# --- wasserstein_discrete -------------------------------------------------------------------------

DISCRETE = "wasserstein_discrete(p, q, cost)"
# Solvers of linear programs stop at residuals of 1e-7 or so.
LP = 1e-5


def plane(draw, size):
    """Distances between random points of the plane, `(size, size)`."""
    points = 2 * draw.normal(size, 2)
    return (points[:, None] - points).norm(dim=-1)


def opposed(draw, size):
    """Two probability vectors, of which one is large where the other is small: mass leaves and
    reaches several points.
    """
    large = torch.tensor([1.0, 6.0] * size, dtype=torch.float64)
    p, q = (
        draw.uniform(0.5, 1, size) * large[:size],
        draw.uniform(0.5, 1, size) * large[1 : size + 1],
    )
    return p / p.sum(), q / q.sum()


@check("wasserstein_discrete", "It is the least cost of transport.")
def discrete_value(student, draw, right):
    for size in (6, 4):
        p, q, cost = *opposed(draw, size), plane(draw, size)
        expect.number(
            student.wasserstein_discrete(p, q, cost),
            right.wasserstein_discrete(p, q, cost).item(),
            subject=f"{DISCRETE} on {size} points",
            rtol=LP,
            atol=LP,
        )


@check(
    "wasserstein_discrete",
    "Probabilities may be 0; between two certain points it is their distance.",
    after=("discrete_value",),
)
def discrete_zeros(student, draw, right):
    cost, points = plane(draw, 4), torch.eye(4, dtype=torch.float64)
    expect.number(
        student.wasserstein_discrete(points[1], points[3], cost),
        cost[1, 3].item(),
        subject=f"{DISCRETE} between two points",
        rtol=LP,
        atol=LP,
    )
    p, q = (
        torch.tensor([0.5, 0.5, 0, 0], dtype=torch.float64),
        torch.tensor([0, 0.25, 0, 0.75], dtype=torch.float64),
    )
    expect.number(
        student.wasserstein_discrete(p, q, cost),
        right.wasserstein_discrete(p, q, cost).item(),
        subject=f"{DISCRETE} with zeros",
        rtol=LP,
        atol=LP,
    )


@check("wasserstein_discrete", "It is 0 from a distribution to itself.", after=("discrete_value",))
def discrete_of_itself(student, draw):
    p = draw.probabilities(4)
    expect.number(
        student.wasserstein_discrete(p, p, plane(draw, 4)),
        0.0,
        subject=f"{DISCRETE} with q = p",
        atol=LP,
    )


@check(
    "wasserstein_discrete",
    "On equally likely points of a line it agrees with the distance of two samples.",
    after=("discrete_value",),
)
def discrete_on_a_line(student, draw, right):
    x, y = draw.normal(3), draw.normal(2) + 1
    points = torch.cat([x, y])
    p, q = (
        torch.tensor(v, dtype=torch.float64)
        for v in ([1 / 3, 1 / 3, 1 / 3, 0, 0], [0, 0, 0, 0.5, 0.5])
    )
    got = student.wasserstein_discrete(p, q, (points[:, None] - points).abs())
    expect.number(
        got, right.wasserstein_1d(x, y).item(), subject=f"{DISCRETE} on a line", rtol=LP, atol=LP
    )


@check("wasserstein_discrete", "It works in float32.", after=("discrete_value",))
def discrete_in_float32(student, draw, right):
    p, q = torch.tensor([0.5, 0.125, 0.375, 0.0]), torch.tensor([0.0625, 0.25, 0.1875, 0.5])
    cost = plane(draw, 4).float()
    wanted = right.wasserstein_discrete(p.double(), q.double(), cost.double()).item()
    expect.number(
        student.wasserstein_discrete(p, q, cost),
        wanted,
        subject=f"{DISCRETE} in float32",
        rtol=1e-4,
        atol=1e-4,
    )


@check("wasserstein_discrete", "It leaves its arguments as they are.", after=("discrete_value",))
def discrete_changes_nothing(student, draw):
    arguments = draw.probabilities(4), draw.probabilities(4), plane(draw, 4)
    expect.unchanged(
        student.observe("wasserstein_discrete", *arguments),
        arguments,
        names=("p", "q", "cost"),
        subject=DISCRETE,
    )


def _transport(p, q, cost):
    """The least cost of transport, as a mistake may contain it."""
    size = len(p)
    sums = np.concatenate(
        [np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))]
    )[:-1]
    return torch.tensor(
        linprog(cost.flatten().numpy(), A_eq=sums, b_eq=torch.cat([p, q])[:-1].numpy()).fun,
        dtype=p.dtype,
    )


@misconception(
    "wasserstein_discrete",
    hint=(
        "Your plan sends mass everywhere in proportion. Can mass that is in place already stay"
        " there?"
    ),
    caught_by="discrete_value",
)
def independent_plan(p, q, cost):
    return p @ cost @ q


@misconception(
    "wasserstein_discrete",
    hint="Your value does not depend on how far the mass moves: it is the total variation.",
    caught_by="discrete_value",
)
def total_variation(p, q, cost):
    return (p - q).abs().sum() / 2


@misconception(
    "wasserstein_discrete",
    hint="How much mass has to move is one thing. How far each part of it moves is another.",
    caught_by="discrete_value",
)
def total_variation_times_mean_cost(p, q, cost):
    return (p - q).abs().sum() / 2 * cost.mean()


@misconception(
    "wasserstein_discrete",
    hint="You find the most expensive plan. Which one defines the distance?",
    caught_by="discrete_value",
)
def most_expensive_plan(p, q, cost):
    return cost.max() - _transport(p, q, cost.max() - cost)


@misconception(
    "wasserstein_discrete",
    hint="You take the points to be one apart on a line. Where does the cost enter?",
    caught_by="discrete_value",
)
def unit_line(p, q, cost):
    return (p - q).cumsum(0).abs().sum()


@misconception(
    "wasserstein_discrete",
    hint="You pay for the squared distance. Which power of the distance does W1 charge?",
    caught_by="discrete_value",
)
def squared_cost(p, q, cost):
    return _transport(p, q, cost.square())


@misconception(
    "wasserstein_discrete",
    hint="You take a root at the end: that is W2.",
    caught_by="discrete_value",
)
def second_wasserstein_discrete(p, q, cost):
    return _transport(p, q, cost.square()).sqrt()


@misconception(
    "wasserstein_discrete",
    hint="An entropic regulariser makes the plan blurred, and its cost too large.",
    caught_by="discrete_value",
)
def sinkhorn(p, q, cost):
    kernel, scale = (-cost / 0.5).exp(), torch.ones_like(p)
    for _ in range(200):
        scale = p / (kernel @ (q / (kernel.T @ scale)))
    plan = scale[:, None] * kernel * (q / (kernel.T @ scale))
    return (plan * cost).sum()


@misconception(
    "wasserstein_discrete",
    hint="Every plan has two marginals. Yours leaves one of them free.",
    caught_by="discrete_value",
)
def one_marginal(p, q, cost):
    return p @ cost.min(1).values


@misconception(
    "wasserstein_discrete",
    hint=(
        "Each point keeps what it can, and the rest is spread in proportion. Is that the cheapest"
        " way for the rest?"
    ),
    caught_by="discrete_value",
)
def keep_and_spread(p, q, cost):
    surplus, deficit = (p - q).clamp_min(0), (q - p).clamp_min(0)
    return surplus @ cost @ deficit / surplus.sum().clamp_min(1e-300)


@misconception(
    "wasserstein_discrete",
    hint="Your value counts the mass on both sides: what leaves one point arrives at another.",
    caught_by="discrete_value",
)
def counted_twice(p, q, cost):
    return 2 * _transport(p, q, cost)


# --- wgan_value -----------------------------------------------------------------------------------

VALUE = "wgan_value(f_fake, f_real)"


def scores(draw, n, m, column):
    """Scores of n generated and m real examples, as (N,) or (N, 1)."""
    fake, real = 2 * draw.normal(n) + 1, draw.normal(m) - 0.5
    return (fake[:, None], real[:, None]) if column else (fake, real)


@check(
    "wgan_value",
    "It returns one number for scores (N,) and (N, 1), also of batches of different sizes.",
)
def value_is_a_scalar(student, draw):
    for column in (False, True):
        for n, m in ((5, 5), (4, 7), (1, 3)):
            expect.tensor(
                student.wgan_value(*scores(draw, n, m, column)),
                shape=(),
                subject=f"{VALUE} with {n} generated and {m} real examples",
            )


@check(
    "wgan_value",
    "It is the difference of the two expectations, with the sign of this topic.",
    after=("value_is_a_scalar",),
)
def value_of_scores(student, draw, right):
    for column in (False, True):
        pair = scores(draw, 6, 4, column)
        for sign in (1, -1):
            expect.close(
                student.wgan_value(*(sign * part for part in pair)),
                sign * right.wgan_value(*pair),
                subject=VALUE,
            )


@check(
    "wgan_value", "Its gradients with respect to the scores are right.", after=("value_of_scores",)
)
def value_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in scores(draw, 6, 4, False)]
    wanted = expect.gradient_of(right.wgan_value(*pair), pair)
    expect.gradients(
        student.wgan_value(*pair), pair, wanted, names=("f_fake", "f_real"), subject=VALUE
    )


@check("wgan_value", "It keeps float32.", after=("value_of_scores",))
def value_keeps_float32(student, draw, right):
    pair = [part.float() for part in scores(draw, 6, 4, False)]
    expect.close(
        student.wgan_value(*pair), right.wgan_value(*pair), subject=f"{VALUE} in float32", atol=1e-5
    )


@check("wgan_value", "It leaves its arguments as they are.", after=("value_is_a_scalar",))
def value_changes_nothing(student, draw):
    pair = scores(draw, 6, 4, False)
    expect.unchanged(
        student.observe("wgan_value", *pair), pair, names=("f_fake", "f_real"), subject=VALUE
    )


@misconception(
    "wgan_value",
    hint=f"{PAPER} Where is it high in the formula of this topic?",
    caught_by="value_of_scores",
)
def paper_value(f_fake, f_real):
    return f_real.mean() - f_fake.mean()


@misconception(
    "wgan_value",
    hint="The value of one critic may be negative; the supremum takes care of the sign.",
    caught_by="value_of_scores",
)
def absolute_value(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).abs()


@misconception(
    "wgan_value",
    hint="Expectations are estimated by means: your value grows with the batch.",
    caught_by="value_of_scores",
)
def value_of_sums(f_fake, f_real):
    return f_fake.sum() - f_real.sum()


@misconception(
    "wgan_value",
    hint=(
        "You pair generated with real examples, but the two batches are independent and may have"
        " different sizes."
    ),
    caught_by="value_is_a_scalar",
)
def paired_scores(f_fake, f_real):
    return (f_fake.flatten() - f_real.flatten()).mean()


@misconception(
    "wgan_value",
    hint="A critic's scores are no logits: what does a sigmoid do to a score?",
    caught_by="value_of_scores",
)
def sigmoid_of_scores(f_fake, f_real):
    return f_fake.sigmoid().mean() - f_real.sigmoid().mean()


@misconception(
    "wgan_value",
    hint=(
        "This is the value of the original GAN, with logarithms. What does the Wasserstein"
        " objective average?"
    ),
    caught_by="value_of_scores",
)
def original_gan_value(f_fake, f_real):
    return -softplus(f_fake).mean() - softplus(-f_real).mean()


@misconception(
    "wgan_value",
    hint="The two expectations have opposite signs in the dual formula.",
    caught_by="value_of_scores",
)
def sum_of_expectations(f_fake, f_real):
    return f_fake.mean() + f_real.mean()


@misconception(
    "wgan_value", hint="One of the two expectations is missing.", caught_by="value_of_scores"
)
def fake_expectation_only(f_fake, f_real):
    return f_fake.mean() + 0 * f_real.sum()


@misconception(
    "wgan_value",
    hint="The scores enter as they are, not with their squares.",
    caught_by="value_of_scores",
)
def squared_value(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).square()


@misconception(
    "wgan_value",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="value_gradients",
)
def value_detached(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).detach()


# --- critic_loss ----------------------------------------------------------------------------------

CRITIC = "critic_loss(critic, real, fake)"


def batches(draw, n=5, m=4, d=3, dtype=torch.float64):
    """Real examples (n, D) and generated ones (m, D)."""
    return draw.normal(n, d, dtype=dtype) + 0.5, 1.5 * draw.normal(m, d, dtype=dtype)


def critics(draw, **options):
    """A critic of three inputs that returns (N,), and its negative, which returns (N, 1)."""
    first, second = (
        network(draw, (3, 6, 1), scale=2.0, squeeze=squeeze, **options) for squeeze in (True, False)
    )
    with torch.no_grad():
        for parameter, of_first in zip(second.parameters(), first.parameters()):
            parameter.copy_(of_first)
        for parameter in second.heads[0].parameters():
            parameter.neg_()
    return first, second


def same_critic(observed, critic, subject):
    """Checks that a call left a critic's parameters, their gradients and flags as they were."""
    before, after = critic.state(), observed.states[0]
    same = all(map(torch.equal, before.parameters, after.parameters))
    expect.true(
        same,
        "the critic was changed",
        subject=subject,
        detail="the call changed parameters of the critic",
        got=torch.cat([p.flatten() for p in after.parameters]),
    )
    expect.true(
        after.requires_grad == before.requires_grad,
        "the critic was frozen",
        subject=subject,
        detail="requires_grad of the critic's parameters is not as it was",
        got=list(after.requires_grad),
    )
    expect.true(
        all(g is None for g in after.gradients),
        "gradients were left in the critic",
        subject=subject,
        detail="the call left gradients in `.grad` of the critic's parameters",
        got="gradients",
    )


def same_examples(observed, originals, names, subject):
    """Checks that a call left the tensors behind its first argument, the critic, as they were."""
    expect.unchanged(
        Observed(None, observed.arguments[1:]), originals, names=names, subject=subject
    )


@check(
    "critic_loss",
    "It returns one number for critics that return (N,) and (N, 1), also of batches of different"
    " sizes.",
)
def critic_loss_is_a_scalar(student, draw):
    for critic in critics(draw):
        for n, m in ((5, 5), (5, 4)):
            expect.tensor(
                student.critic_loss(critic, *batches(draw, n, m)),
                shape=(),
                subject=f"{CRITIC} with {n} real and {m} generated examples",
            )


@check(
    "critic_loss",
    "It is the loss whose minimum makes the critic's difference largest, signs as in the topic.",
    after=("critic_loss_is_a_scalar",),
)
def critic_loss_value(student, draw, right):
    pair = batches(draw)
    for critic in critics(draw):
        expect.close(
            student.critic_loss(critic, *pair), right.critic_loss(critic, *pair), subject=CRITIC
        )


@check(
    "critic_loss",
    "It leaves the critic and the examples as they are.",
    after=("critic_loss_is_a_scalar",),
)
def critic_loss_changes_nothing(student, draw):
    critic, pair = critics(draw)[0], batches(draw)
    observed = student.observe("critic_loss", critic, *pair)
    same_critic(observed, critic, CRITIC)
    same_examples(observed, pair, ("real", "fake"), CRITIC)


@check(
    "critic_loss",
    "The gradients in the critic's parameters are right.",
    after=("critic_loss_value",),
)
def critic_loss_gradients(student, draw, right):
    critic, pair = critics(draw)[1], batches(draw)
    parameters = list(critic.parameters())
    wanted = expect.gradient_of(right.critic_loss(critic, *pair), parameters)
    expect.gradients(
        student.critic_loss(critic, *pair),
        parameters,
        wanted,
        names=[f"the critic's parameter {i}" for i in range(len(parameters))],
        subject=CRITIC,
    )


@check(
    "critic_loss", "No gradient reaches the generated examples.", after=("critic_loss_is_a_scalar",)
)
def critic_loss_spares_fake(student, draw):
    real, fake = batches(draw)
    expect.gradients(
        student.critic_loss(critics(draw)[0], real, fake.requires_grad_()),
        [fake],
        [None],
        names=("fake",),
        subject=CRITIC,
    )


@check("critic_loss", "It keeps float32.", after=("critic_loss_value",))
def critic_loss_keeps_float32(student, draw, right):
    critic, pair = critics(draw, dtype=torch.float32)[0], batches(draw, dtype=torch.float32)
    expect.close(
        student.critic_loss(critic, *pair),
        right.critic_loss(critic, *pair),
        subject=f"{CRITIC} in float32",
        atol=1e-5,
    )


@misconception(
    "critic_loss",
    hint=f"{PAPER} Or did you return the difference itself, which the critic makes large?",
    caught_by="critic_loss_value",
)
def paper_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real))


@misconception(
    "critic_loss",
    hint="This is the discriminator's loss of the original GAN. A critic's scores are no logits.",
    caught_by="critic_loss_value",
)
def logistic_critic_loss(critic, real, fake):
    return softplus(critic(real)).mean() + softplus(-critic(fake.detach())).mean()


@misconception(
    "critic_loss",
    hint="A critic's scores are no logits: what does a sigmoid do to a score?",
    caught_by="critic_loss_value",
)
def sigmoid_critic_loss(critic, real, fake):
    return critic(real).sigmoid().mean() - critic(fake.detach()).sigmoid().mean()


@misconception(
    "critic_loss",
    hint="A loss that cannot be negative does not tell the critic which side to raise.",
    caught_by="critic_loss_value",
)
def absolute_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real)).abs()


@misconception(
    "critic_loss",
    hint="Expectations are estimated by means: your value grows with the batch.",
    caught_by="critic_loss_value",
)
def critic_loss_of_sums(critic, real, fake):
    return critic(real).sum() - critic(fake.detach()).sum()


@misconception(
    "critic_loss",
    hint="One half of the critic's objective is missing: what about real data?",
    caught_by="critic_loss_value",
)
def critic_loss_of_fake_only(critic, real, fake):
    return -critic(fake.detach()).mean()


@misconception(
    "critic_loss",
    hint="The two expectations have opposite signs in the dual formula.",
    caught_by="critic_loss_value",
)
def critic_loss_of_both_signs(critic, real, fake):
    return -critic(real).mean() - critic(fake.detach()).mean()


@misconception(
    "critic_loss",
    hint=(
        "You pair generated with real examples, but the two batches are independent and may have"
        " different sizes."
    ),
    caught_by="critic_loss_is_a_scalar",
)
def paired_critic_loss(critic, real, fake):
    return (critic(real).flatten() - critic(fake.detach()).flatten()).mean()


@misconception(
    "critic_loss",
    hint="This step trains the critic only. Where could a gradient still go?",
    caught_by="critic_loss_spares_fake",
)
def fake_attached(critic, real, fake):
    return critic(real).mean() - critic(fake).mean()


@misconception(
    "critic_loss",
    hint="The generated examples are to be constants, but the critic's parameters are not.",
    caught_by="critic_loss_gradients",
)
def critic_cut_off_on_fake(critic, real, fake):
    with torch.no_grad():
        on_fake = critic(fake).mean()
    return critic(real).mean() - on_fake


@misconception(
    "critic_loss",
    hint="Computing a loss and changing the weights are two steps of training.",
    caught_by="critic_loss_changes_nothing",
)
def clips_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    for parameter in critic.parameters():
        parameter.data.clamp_(-0.01, 0.01)
    return loss


@misconception(
    "critic_loss",
    hint="Computing a loss and propagating it back are two steps of training.",
    caught_by="critic_loss_changes_nothing",
)
def backward_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    loss.backward(retain_graph=True)
    return loss


# --- wgan_generator_loss --------------------------------------------------------------------------

GENERATOR = "wgan_generator_loss(critic, fake)"


@check("wgan_generator_loss", "It returns one number for critics that return (N,) and (N, 1).")
def generator_loss_is_a_scalar(student, draw):
    for critic in critics(draw):
        expect.tensor(
            student.wgan_generator_loss(critic, batches(draw)[1]), shape=(), subject=GENERATOR
        )


@check(
    "wgan_generator_loss",
    "It is the generator's part of the objective, with the sign of this topic.",
    after=("generator_loss_is_a_scalar",),
)
def generator_loss_value(student, draw, right):
    fake = batches(draw)[1]
    for critic in critics(draw):
        expect.close(
            student.wgan_generator_loss(critic, fake),
            right.wgan_generator_loss(critic, fake),
            subject=GENERATOR,
        )


@check(
    "wgan_generator_loss",
    "The gradient that reaches the generated examples is right.",
    after=("generator_loss_value",),
)
def generator_loss_gradient(student, draw, right):
    critic, fake = critics(draw)[1], batches(draw)[1].requires_grad_()
    wanted = expect.gradient_of(right.wgan_generator_loss(critic, fake), [fake])
    expect.gradients(
        student.wgan_generator_loss(critic, fake),
        [fake],
        wanted,
        names=("fake",),
        subject=GENERATOR,
    )


@check("wgan_generator_loss", "It keeps float32.", after=("generator_loss_value",))
def generator_loss_keeps_float32(student, draw, right):
    critic, fake = critics(draw, dtype=torch.float32)[0], batches(draw, dtype=torch.float32)[1]
    expect.close(
        student.wgan_generator_loss(critic, fake),
        right.wgan_generator_loss(critic, fake),
        subject=f"{GENERATOR} in float32",
        atol=1e-5,
    )


@check(
    "wgan_generator_loss", "It leaves the critic as it is.", after=("generator_loss_is_a_scalar",)
)
def generator_loss_changes_nothing(student, draw):
    critic = critics(draw)[0]
    same_critic(student.observe("wgan_generator_loss", critic, batches(draw)[1]), critic, GENERATOR)


@misconception(
    "wgan_generator_loss",
    hint=f"{PAPER} A generator that minimises this seeks what the critic calls generated.",
    caught_by="generator_loss_value",
)
def paper_generator_loss(critic, fake):
    return -critic(fake).mean()


@misconception(
    "wgan_generator_loss",
    hint="Expectations are estimated by means: your value grows with the batch.",
    caught_by="generator_loss_value",
)
def generator_loss_of_sums(critic, fake):
    return critic(fake).sum()


@misconception(
    "wgan_generator_loss",
    hint="This is a loss of the original GAN. A critic's scores are no logits.",
    caught_by="generator_loss_value",
)
def nonsaturating_generator_loss(critic, fake):
    return softplus(-critic(fake)).mean()


@misconception(
    "wgan_generator_loss",
    hint="This is the minimax loss of the original GAN, with the scores read as logits.",
    caught_by="generator_loss_value",
)
def saturating_generator_loss(critic, fake):
    return -softplus(critic(fake)).mean()


@misconception(
    "wgan_generator_loss",
    hint="A critic's scores are no logits: what does a sigmoid do to a score?",
    caught_by="generator_loss_value",
)
def sigmoid_generator_loss(critic, fake):
    return critic(fake).sigmoid().mean()


@misconception(
    "wgan_generator_loss",
    hint="The scores come back separately. What is minimised is their mean.",
    caught_by="generator_loss_is_a_scalar",
)
def generator_loss_per_example(critic, fake):
    return critic(fake)


@misconception(
    "wgan_generator_loss",
    hint="A score below 0 is good news for the generator here; its size alone does not say so.",
    caught_by="generator_loss_value",
)
def absolute_generator_loss(critic, fake):
    return critic(fake).mean().abs()


@misconception(
    "wgan_generator_loss",
    hint="The value is right, but the generator gets no gradient: something cuts the graph.",
    caught_by="generator_loss_gradient",
)
def generator_loss_detached(critic, fake):
    return critic(fake.detach()).mean()


@misconception(
    "wgan_generator_loss",
    hint="The critic may stay out of this step, but it is to be trained again in the next one.",
    caught_by="generator_loss_changes_nothing",
)
def critic_left_frozen(critic, fake):
    for parameter in critic.parameters():
        parameter.requires_grad_(False)
    return critic(fake).mean()


# --- clip_weights ---------------------------------------------------------------------------------

CLIP = "clip_weights(critic, c)"


def clipped(observed):
    """The critic's parameters after the call, as one vector."""
    return torch.cat([p.detach().flatten() for p in observed.arguments[0].parameters()])


def flat(critic):
    return torch.cat([p.detach().flatten() for p in critic.parameters()])


@check(
    "clip_weights",
    "Afterwards every parameter, weight or bias, is in [-c, c], and what was inside is as it was.",
)
def clips_every_parameter(student, draw):
    for sizes, c in (((3, 6, 5, 1), 0.3), ((4, 1), 0.1), ((2, 3, 1), 1.5)):
        critic = network(draw, sizes, scale=2.0)
        got = clipped(student.observe("clip_weights", critic, c))
        expect.close(
            got,
            flat(critic).clamp(-c, c),
            subject=f"the critic's parameters after {CLIP} with c = {c}",
            rtol=1e-12,
        )


@check(
    "clip_weights",
    "Autograd recorded nothing: every parameter is a leaf that can be trained, with the gradient it"
    " had.",
    after=("clips_every_parameter",),
)
def clips_unseen(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0)
    for parameter in list(critic.parameters())[:3]:
        parameter.grad = draw.normal(*parameter.shape)
    after = student.observe("clip_weights", critic, 0.3).states[0]
    expect.true(
        all(after.leaf),
        "autograd recorded the clipping",
        subject=CLIP,
        detail="a parameter of the critic is the result of an operation afterwards",
        got=list(after.leaf),
    )
    expect.true(
        all(after.requires_grad),
        "the critic was frozen",
        subject=CLIP,
        detail="a parameter of the critic does not require gradients any more",
        got=list(after.requires_grad),
    )
    kept = all(
        (a is None) == (p.grad is None) and (a is None or torch.equal(a, p.grad))
        for a, p in zip(after.gradients, critic.parameters())
    )
    expect.true(
        kept,
        "the gradients were changed",
        subject=CLIP,
        detail="`.grad` of a parameter is not as it was",
        got="other gradients",
    )


@check(
    "clip_weights",
    "Parameters that do not require gradients are clipped too.",
    after=("clips_every_parameter",),
)
def clips_frozen_parameters(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0)
    critic.hidden[0].weight.requires_grad_(False)
    got = clipped(student.observe("clip_weights", critic, 0.3))
    expect.close(
        got,
        flat(critic).clamp(-0.3, 0.3),
        subject=f"the parameters of a critic with a frozen layer after {CLIP}",
        rtol=1e-12,
    )


@check("clip_weights", "It works in float32.", after=("clips_every_parameter",))
def clips_float32(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0, dtype=torch.float32)
    got = clipped(student.observe("clip_weights", critic, 0.25))
    expect.close(got, flat(critic).clamp(-0.25, 0.25), subject=f"{CLIP} in float32", rtol=1e-6)


@misconception(
    "clip_weights",
    hint="The clipped values are computed and then forgotten: the critic is as it was.",
    caught_by="clips_every_parameter",
)
def clips_a_copy(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp(-c, c)


@misconception(
    "clip_weights",
    hint="This clips the gradients of the parameters, not the parameters.",
    caught_by="clips_every_parameter",
)
def clips_gradients(critic, c):
    torch.nn.utils.clip_grad_value_(critic.parameters(), c)


@misconception(
    "clip_weights",
    hint="Half of the parameters are negative: what happens to those?",
    caught_by="clips_every_parameter",
)
def clips_to_positive(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(0, c)


@misconception(
    "clip_weights",
    hint="Only one end of the interval is enforced.",
    caught_by="clips_every_parameter",
)
def clips_from_above(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(max=c)


@misconception(
    "clip_weights",
    hint="A critic has parameters that are not weight matrices.",
    caught_by="clips_every_parameter",
)
def clips_matrices_only(critic, c):
    for parameter in critic.parameters():
        if parameter.ndim > 1:
            parameter.data.clamp_(-c, c)


@misconception(
    "clip_weights", hint="A critic has more than one layer.", caught_by="clips_every_parameter"
)
def clips_last_layer(critic, c):
    for parameter in list(critic.parameters())[-2:]:
        parameter.data.clamp_(-c, c)


@misconception(
    "clip_weights",
    hint="The bound is an argument of the function; it is not always the same.",
    caught_by="clips_every_parameter",
)
def clips_to_unit_interval(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-1, 1)


@misconception("clip_weights", hint="The bound is c itself.", caught_by="clips_every_parameter")
def clips_to_square(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-(c**2), c**2)


@misconception(
    "clip_weights",
    hint=(
        "You shrink a whole tensor until it fits. What happens to its entries that were inside"
        " already?"
    ),
    caught_by="clips_every_parameter",
)
def rescales_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data.mul_((c / parameter.data.abs().max()).clamp_max(1))


@misconception(
    "clip_weights",
    hint="A parameter that is too large goes to the end of the interval, not to its middle.",
    caught_by="clips_every_parameter",
)
def zeroes_large_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data[parameter.data.abs() > c] = 0


@misconception(
    "clip_weights",
    hint="A smooth map into the interval moves the parameters that are inside already.",
    caught_by="clips_every_parameter",
)
def squashes_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data.copy_(c * (parameter.data / c).tanh())


@misconception(
    "clip_weights",
    hint=(
        "A parameter that requires gradients cannot be changed in place while autograd is watching."
    ),
    caught_by="clips_every_parameter",
)
def clips_watched(critic, c):
    for parameter in critic.parameters():
        parameter.clamp_(-c, c)


@misconception(
    "clip_weights",
    hint=(
        "A name in a loop is not the parameter: giving it a new value leaves the critic alone. And"
        " is what you compute seen by autograd?"
    ),
    caught_by="clips_unseen",
)
def replaces_parameters(critic, c):
    for module in critic.modules():
        for name in module._parameters:
            module._parameters[name] = module._parameters[name].clamp(-c, c)


@misconception(
    "clip_weights",
    hint="The critic is clipped, and cannot be trained any more.",
    caught_by="clips_unseen",
)
def leaves_critic_frozen(critic, c):
    for parameter in critic.parameters():
        parameter.requires_grad_(False).clamp_(-c, c)


@misconception(
    "clip_weights",
    hint="The gradients were wiped on the way; clipping concerns the parameters only.",
    caught_by="clips_unseen",
)
def wipes_gradients(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-c, c)
        parameter.grad = None


@misconception(
    "clip_weights",
    hint=(
        "Whether a parameter is trained at the moment does not matter for the slope of the critic."
    ),
    caught_by="clips_frozen_parameters",
)
def skips_frozen(critic, c):
    for parameter in critic.parameters():
        if parameter.requires_grad:
            parameter.data.clamp_(-c, c)


# --- gradient_penalty -----------------------------------------------------------------------------

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


# --- spectral_normalize ---------------------------------------------------------------------------

SPECTRAL = "spectral_normalize(weight)"
# Power iterations stop close to the singular value, and some add a small constant to it.
NEAR = {"rtol": 1e-5, "atol": 1e-6}


def matrix(draw, rows, columns):
    """A matrix whose singular values are 3, 3 * 0.6, 3 * 0.36, ...: a power iteration converges
    quickly on it.
    """
    rank = min(rows, columns)
    left, right = (
        torch.linalg.qr(draw.normal(rows, rank)).Q,
        torch.linalg.qr(draw.normal(columns, rank)).Q,
    )
    return left @ torch.diag(3 * 0.6 ** torch.arange(rank, dtype=torch.float64)) @ right.T


@check(
    "spectral_normalize", "It returns a matrix of the same shape, for square, wide and tall ones."
)
def spectral_shape(student, draw):
    for rows, columns in ((3, 3), (4, 2), (2, 5), (1, 3), (1, 1)):
        expect.tensor(
            student.spectral_normalize(draw.normal(rows, columns)),
            shape=(rows, columns),
            subject=f"{SPECTRAL} of shape {(rows, columns)}",
        )


@check("spectral_normalize", "It divides by the largest singular value.", after=("spectral_shape",))
def spectral_value(student, draw, right):
    for rows, columns in ((4, 3), (2, 5), (3, 3), (4, 1)):
        weight = matrix(draw, rows, columns)
        expect.close(
            student.spectral_normalize(weight),
            right.spectral_normalize(weight),
            subject=f"{SPECTRAL} of shape {(rows, columns)}",
            **NEAR,
        )


@check(
    "spectral_normalize",
    "The result stretches no vector, and some vector keeps its length.",
    after=("spectral_shape",),
)
def spectral_is_lipschitz(student, draw):
    got = expect.tensor(
        student.spectral_normalize(matrix(draw, 5, 4)), shape=(5, 4), subject=SPECTRAL
    ).detach()
    vectors = draw.normal(4, 50)
    expect.at_most(
        (got @ vectors).norm(dim=0),
        vectors.norm(dim=0),
        subject=f"the lengths of vectors after {SPECTRAL}",
        slack=1e-4,
    )
    expect.close(
        torch.linalg.eigvalsh(got.T @ got)[-1],
        torch.tensor(1.0, dtype=torch.float64),
        subject=f"the largest squared stretch of {SPECTRAL}",
        **NEAR,
    )


@check(
    "spectral_normalize",
    "Scaling the matrix does not change the result, large or small.",
    after=("spectral_value",),
)
def spectral_scale(student, draw, right):
    weight = matrix(draw, 4, 3)
    for factor in (0.01, 100.0):
        # A constant of 1e-8 beside the singular value shows here in the seventh digit.
        expect.close(
            student.spectral_normalize(factor * weight),
            right.spectral_normalize(weight),
            subject=f"{SPECTRAL} of {factor} times a matrix",
            **NEAR,
        )


@check(
    "spectral_normalize",
    "A multiple of an orthogonal matrix becomes that orthogonal matrix.",
    after=("spectral_shape",),
)
def spectral_of_orthogonal(student, draw):
    orthogonal = torch.linalg.qr(draw.normal(4, 4)).Q
    expect.close(
        student.spectral_normalize(2.5 * orthogonal),
        orthogonal,
        subject=f"{SPECTRAL} of 2.5 times an orthogonal matrix",
        **NEAR,
    )


@check("spectral_normalize", "A matrix of zeros stays as it is.", after=("spectral_shape",))
def spectral_of_zeros(student):
    for shape in ((3, 2), (1, 4)):
        zeros = torch.zeros(*shape, dtype=torch.float64)
        expect.close(
            student.spectral_normalize(zeros), zeros, subject=f"{SPECTRAL} of zeros {shape}"
        )


@check("spectral_normalize", "It keeps float32.", after=("spectral_value",))
def spectral_keeps_float32(student, draw, right):
    weight = matrix(draw, 4, 3).float()
    expect.close(
        student.spectral_normalize(weight),
        right.spectral_normalize(weight),
        subject=f"{SPECTRAL} in float32",
        atol=1e-4,
    )


@check("spectral_normalize", "It leaves its argument as it is.", after=("spectral_shape",))
def spectral_changes_nothing(student, draw):
    weight = matrix(draw, 4, 3)
    expect.unchanged(
        student.observe("spectral_normalize", weight),
        (weight,),
        names=("weight",),
        subject=SPECTRAL,
    )


@misconception(
    "spectral_normalize",
    hint=(
        "You divide by the root of the sum of all squares, which is larger. Which norm says how"
        " much a matrix can stretch a vector?"
    ),
    caught_by="spectral_value",
)
def frobenius_norm(weight):
    return weight / weight.norm().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="You divide by the sum of the singular values. Which of them limits the stretch?",
    caught_by="spectral_value",
)
def nuclear_norm(weight):
    return weight / torch.linalg.svdvals(weight).sum().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint=(
        "You divide by an eigenvalue. For which matrices is that a singular value, and what about"
        " those that are not square?"
    ),
    caught_by="spectral_shape",
)
def largest_eigenvalue(weight):
    return weight / torch.linalg.eigvals(weight).abs().max().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="The singular values of W are not the eigenvalues of W transposed times W.",
    caught_by="spectral_value",
)
def squared_singular_value(weight):
    return weight / torch.linalg.eigvalsh(weight.T @ weight)[-1].clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="The largest entry says little about how much the matrix stretches a vector.",
    caught_by="spectral_value",
)
def largest_entry(weight):
    return weight / weight.abs().max().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint=(
        "You divide by the largest sum of a row: a norm of the matrix, but for another way to"
        " measure vectors."
    ),
    caught_by="spectral_value",
)
def largest_row_sum(weight):
    return weight / weight.abs().sum(1).max().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint=(
        "You divide by the largest sum of a column: a norm of the matrix, but for another way to"
        " measure vectors."
    ),
    caught_by="spectral_value",
)
def largest_column_sum(weight):
    return weight / weight.abs().sum(0).max().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="You divide by the smallest singular value. Which of them limits the stretch?",
    caught_by="spectral_value",
)
def smallest_singular_value(weight):
    return weight / torch.linalg.svdvals(weight)[-1].clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="Each row is normalised by itself. Is the matrix as a whole then 1-Lipschitz?",
    caught_by="spectral_value",
)
def every_row(weight):
    return weight / weight.norm(dim=1, keepdim=True).clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint=(
        "One step of a power iteration is far from the singular value when nothing was learned in"
        " earlier steps."
    ),
    caught_by="spectral_value",
)
def one_power_iteration(weight):
    v = weight.T @ torch.ones(len(weight), dtype=weight.dtype)
    u = weight @ (v / v.norm().clamp_min(1e-300))
    return weight / u.norm().clamp_min(1e-300)


@misconception(
    "spectral_normalize",
    hint="Matrices with a small stretch stay as they are here, but every matrix is to be divided.",
    caught_by="spectral_scale",
)
def only_when_larger_than_one(weight):
    return weight / torch.linalg.matrix_norm(weight, 2).clamp_min(1)


@misconception(
    "spectral_normalize",
    hint="The constant that avoids a division by zero is visible for small matrices.",
    caught_by="spectral_scale",
)
def visible_constant(weight):
    return weight / (torch.linalg.matrix_norm(weight, 2) + 1e-5)


@misconception(
    "spectral_normalize",
    hint="0 divided by 0 is NaN. What should become of a matrix of zeros?",
    caught_by="spectral_of_zeros",
)
def nan_for_zeros(weight):
    return weight / torch.linalg.matrix_norm(weight, 2)


@misconception(
    "spectral_normalize",
    hint="This is the singular value itself. What is done with it?",
    caught_by="spectral_shape",
)
def singular_value_instead(weight):
    return torch.linalg.matrix_norm(weight, 2)


@misconception(
    "spectral_normalize",
    hint="All singular values become 1 here. Only the largest is to be 1.",
    caught_by="spectral_value",
)
def orthogonalised(weight):
    left, values, right = torch.linalg.svd(weight, full_matrices=False)
    return left @ torch.diag((values > 0).to(values.dtype)) @ right


@misconception(
    "spectral_normalize",
    hint="An operation whose name ends in an underscore changes the caller's tensor.",
    caught_by="spectral_changes_nothing",
)
def divides_in_place(weight):
    largest = torch.linalg.matrix_norm(weight, 2)
    weight.data.div_(largest if largest > 0 else 1)
    return weight.clone()


# --- answers --------------------------------------------------------------------------------------

unaffected_by_k = wrong_answer(
    "k_lipschitz_value",
    "W1",
    hint=(
        "There are more K-Lipschitz functions than 1-Lipschitz ones when K is larger than 1. Can"
        " the supremum stay?"
    ),
)
divided_by_k = wrong_answer(
    "k_lipschitz_value",
    "W1 / K",
    hint="Does a larger set of functions make the supremum larger or smaller?",
)
k_squared = wrong_answer(
    "k_lipschitz_value",
    "K^2 * W1",
    hint=(
        "Take a 1-Lipschitz function and multiply it by K: what happens to the difference of its"
        " expectations?"
    ),
)
unbounded = wrong_answer(
    "k_lipschitz_value", "infinity", hint="That is the supremum without any constraint."
)
with_gradient_clipping = wrong_answer(
    "lipschitz_enforcement",
    {"A", "B", "C", "D"},
    hint=(
        "Two different gradients go by that name: with respect to the input, and with respect to"
        " the weights."
    ),
)
with_sigmoid = wrong_answer(
    "lipschitz_enforcement", {"A", "B", "C", "E"}, hint="How steep can a bounded function be?"
)
only_hard_constraints = wrong_answer(
    "lipschitz_enforcement",
    {"A", "C"},
    hint="What you name is right; a soft constraint counts too.",
)
with_learning_rate = wrong_answer(
    "lipschitz_enforcement",
    {"A", "B", "C", "F"},
    hint="Small steps reach steep critics too, later.",
)
only_clipping = wrong_answer(
    "lipschitz_enforcement",
    {"A"},
    hint="That is how the first paper did it; later ones found other ways.",
)
