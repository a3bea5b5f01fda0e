"""Hidden checks of `wasserstein_1d`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.public.wasserstein import wasserstein_1d

D = Words(wasserstein_1d)

LINE = "wasserstein_1d(x, y)"


@D.check("It is right for samples of one size.")
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


line_unequal_sizes = D.equals_reference(
    "It is right for samples of different sizes, whichever is the larger.",
    lambda draw: [(draw.normal(n), 2 * draw.normal(m) + 0.5) for n, m in ((7, 4), (3, 8), (5, 1))],
    after=line_equal_sizes,
    number=True,
)


@D.check("It is right for small samples with equal points among them.", after=line_equal_sizes)
def line_everywhere(student, draw, right):
    def law(example):
        x, y = (part.flatten() for part in example)
        expect.number(
            student.wasserstein_1d(x, y[:3]),
            right.wasserstein_1d(x, y[:3]).item(),
            subject=f"{LINE} for {shown(x=x, y=y[:3])}",
        )

    for_every(draw, matrices(low=-2, high=2, step=0.5, count=2), law)


@D.check(
    "Moving one sample by t changes it by t once the samples do not overlap.",
    after=line_unequal_sizes,
)
def line_translation(student, draw):
    x, y = draw.uniform(0, 1, 6), draw.uniform(2, 3, 4)
    for t in (0.0, 5.0):
        wanted = (y.mean() + t - x.mean()).item()
        expect.number(
            student.wasserstein_1d(x, y + t), wanted, subject=f"{LINE} of disjoint samples"
        )


@D.check("It is 0 between a sample and a copy of it in another order.", after=line_equal_sizes)
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


line_many_points = D.equals_reference(
    "It is right for samples of some hundred points.",
    lambda draw: (draw.normal(211), 1.5 * draw.normal(130)),
    after=line_unequal_sizes,
    number=True,
)


def _distance(x, y):
    """W1 on the line from the distribution functions at all points, as a mistake may contain it."""
    points = torch.cat([x, y]).sort().values
    gaps = (x <= points[:-1, None]).to(x.dtype).mean(1) - (y <= points[:-1, None]).to(x.dtype).mean(
        1
    )
    return (gaps.abs() * points.diff()).sum()


@line_equal_sizes.catches(
    "You move each point to the one at the same place of the list. Is that the cheapest plan?"
)
def unsorted_pairs(x, y):
    size = min(len(x), len(y))
    return (x[:size] - y[:size]).abs().mean()


@line_equal_sizes.catches(
    "The distance between the means is a lower bound only. What about samples that differ in"
    " spread?"
)
def distance_of_means(x, y):
    return (x.mean() - y.mean()).abs()


@line_equal_sizes.catches(
    "You add up squared distances: that belongs to another Wasserstein distance."
)
def squared_distances(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).square().mean()


@line_equal_sizes.catches("You take a root of squared distances: that is W2.")
def second_wasserstein(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).square().mean().sqrt()


@line_equal_sizes.catches(
    "Your value grows with the number of points. How much mass does each of them carry?"
)
def summed_distances(x, y):
    return len(x) * _distance(x, y)


@line_equal_sizes.catches(
    "Every point of one sample sends mass to every point of the other here. Is that the"
    " cheapest plan?"
)
def mean_over_all_pairs(x, y):
    return (x[:, None] - y).abs().mean()


@line_equal_sizes.catches(
    "Every point goes to its nearest neighbour here, but a point can take only as much mass as"
    " it has."
)
def nearest_neighbours(x, y):
    return (x[:, None] - y).abs().min(1).values.mean()


@line_equal_sizes.catches(
    "Differences with opposite signs cancel. Does moving mass to the left give back what moving"
    " it to the right cost?"
)
def signed_differences(x, y):
    return x.mean() - y.mean()


@line_equal_sizes.catches(
    "This is the largest difference of the distribution functions. W1 is another norm of it."
)
def kolmogorov_smirnov(x, y):
    points = torch.cat([x, y])
    return (
        ((x <= points[:, None]).to(x.dtype).mean(1) - (y <= points[:, None]).to(x.dtype).mean(1))
        .abs()
        .max()
    )


@line_equal_sizes.catches(
    "The difference of the distribution functions counts by the length over which it lasts."
)
def unweighted_differences(x, y):
    points = torch.cat([x, y])
    return (
        ((x <= points[:, None]).to(x.dtype).mean(1) - (y <= points[:, None]).to(x.dtype).mean(1))
        .abs()
        .mean()
    )


@line_equal_sizes.catches(
    "The difference of the distribution functions enters with its size, not with its square."
)
def squared_cdf_difference(x, y):
    points = torch.cat([x, y]).sort().values
    gaps = (x <= points[:-1, None]).to(x.dtype).mean(1) - (y <= points[:-1, None]).to(x.dtype).mean(
        1
    )
    return (gaps.square() * points.diff()).sum()


@line_unequal_sizes.catches("The points of the larger sample that find no partner are left out.")
def truncated_to_smaller(x, y):
    size = min(len(x), len(y))
    return (x.sort().values[:size] - y.sort().values[:size]).abs().mean()


@line_unequal_sizes.catches(
    "Interpolated quantiles are not those of the sample: an empirical distribution has steps."
)
def interpolated_quantiles(x, y):
    levels = torch.linspace(0, 1, max(len(x), len(y)), dtype=x.dtype)
    return (torch.quantile(x, levels) - torch.quantile(y, levels)).abs().mean()


@D.laws.law_state.catches("An operation on the arguments themselves changes the caller's tensors.")
def sorts_in_place(x, y):
    for sample in (x, y):
        sample.data.copy_(sample.data.sort().values)
    return _distance(x, y)
