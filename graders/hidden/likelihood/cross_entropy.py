"""Hidden checks of `cross_entropy`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.likelihood._common import (
    BLACK_TOO,
    CUT,
    DTYPE,
    IN_PLACE,
    NOT_REDUCED,
    ONE_OF_EACH,
)
from graders.public.likelihood import cross_entropy

D = Words(cross_entropy)

CROSS = "cross_entropy(x, g)"


@D.check("It returns one value per image, whatever the number of images and pixels.")
def one_cross_entropy_per_image(student, draw):
    for n, d in ((4, 3), (2, 5), (1, 1)):
        expect.tensor(
            student.cross_entropy(draw.bits(n, d), draw.uniform(0.1, 0.9, n, d)),
            shape=(n,),
            subject=f"{CROSS} with N = {n}, D = {d}",
        )


@D.check("It equals the formula for black and white images.", after=one_cross_entropy_per_image)
def cross_entropy_of_binary(student, draw, right):
    x, g = draw.bits(5, 7), draw.uniform(0.05, 0.95, 5, 7)
    # A pixel near each end tells a small constant in one logarithm from one in both.
    x[0, :2], g[0, :2] = (
        torch.tensor([1.0, 0.0], dtype=torch.float64),
        torch.tensor([1e-6, 1 - 1e-6], dtype=torch.float64),
    )
    expect.close(
        student.cross_entropy(x, g), right.cross_entropy(x, g), subject=f"{CROSS} of binary x"
    )


cross_entropy_of_grey = D.equals_reference(
    "Grey pixels enter the same formula.",
    lambda draw: (draw.uniform(0, 1, 5, 7), draw.uniform(0.05, 0.95, 5, 7)),
    after=cross_entropy_of_binary,
)


@D.check("A certain and right prediction costs nothing.", after=cross_entropy_of_grey)
def certain_agreement(student, draw, right):
    x, g = draw.bits(4, 6), draw.uniform(0.05, 0.95, 4, 6)
    g[:, :3] = x[:, :3]
    expect.close(
        student.cross_entropy(x, g),
        right.cross_entropy(x, g),
        subject=f"{CROSS} where some pixels are certain and right",
    )


@D.check(
    "A certain and wrong prediction costs infinitely much, and only in its own image.",
    after=certain_agreement,
)
def certain_mismatch(student, draw, right):
    x, g = draw.bits(5, 6), draw.uniform(0.05, 0.95, 5, 6)
    x[:3, 1], g[:3, 1] = (
        torch.tensor([1.0, 0.0, 0.4], dtype=torch.float64),
        torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64),
    )
    g[3, 2] = x[3, 2]
    expect.close(
        student.cross_entropy(x, g),
        right.cross_entropy(x, g),
        subject=f"{CROSS} where some pixels are certain and wrong",
    )


@D.check("It is accurate for probabilities close to 0 and to 1.", after=certain_agreement)
def small_probabilities(student, draw, right):
    x, g = draw.bits(3, 5), draw.uniform(0.05, 0.95, 3, 5)
    x[0, 0], g[0, 0] = 1.0, 1e-300
    x[1, 1], g[1, 1] = 1.0, 1e-60
    x[2, 2], g[2, 2] = 0.0, 1 - 2.0**-40
    expect.close(
        student.cross_entropy(x, g),
        right.cross_entropy(x, g),
        subject=f"{CROSS} at small probabilities",
    )


cross_entropy_everywhere = D.everywhere(
    "It is right on small inputs of every shape, zeros and ones included.",
    matrices(low=0, high=1, count=2),
    after=certain_mismatch,
)


cross_entropy_gradient = D.gradients(
    "Its gradient with respect to g is right.",
    lambda draw: (draw.uniform(0.1, 0.9, 4, 6), draw.uniform(0.1, 0.9, 4, 6)),
    of=(1,),
    after=cross_entropy_of_grey,
)


@D.check("It leaves its arguments as they are.", after=one_cross_entropy_per_image)
def cross_entropy_changes_nothing(student, draw):
    x, g = draw.bits(4, 3), draw.uniform(0.1, 0.9, 4, 3)
    x[0, 0] = g[0, 0] = 0.0
    expect.unchanged(
        student.observe("cross_entropy", x, g), (x, g), names=("x", "g"), subject=CROSS
    )


def _costs(x, g):
    """The cross entropy of every pixel."""
    return -torch.xlogy(x, g) - torch.xlogy(1 - x, 1 - g)


@cross_entropy_of_binary.catches(
    "You average over the pixels. The costs of independent pixels add up."
)
def cost_mean_over_pixels(x, g):
    return _costs(x, g).mean(-1)


@cross_entropy_of_binary.catches(
    "Your values are log likelihoods. Is a cross entropy positive or negative?"
)
def cost_negated(x, g):
    return -_costs(x, g).sum(-1)


@cross_entropy_of_binary.catches(BLACK_TOO)
def cost_of_white_only(x, g):
    return -torch.xlogy(x, g).sum(-1)


@cross_entropy_of_binary.catches(
    "You treat g as logits. Which numbers does the decoder return here?"
)
def cost_of_logits(x, g):
    return F.binary_cross_entropy_with_logits(g, x, reduction="none").sum(-1)


@cross_entropy_of_binary.catches(
    "The roles of image and reconstruction are exchanged. Which of the two is inside the logarithm?"
)
def cost_swapped(g, x):
    return _costs(x, g).sum(-1)


@cross_entropy_of_binary.catches(
    "White and black are exchanged: g is the probability of which value?"
)
def cost_black_and_white_swapped(x, g):
    return _costs(1 - x, g).sum(-1)


@cross_entropy_of_binary.catches(
    "Your pixels are treated as one variable with D values. How many variables are there?"
)
def cost_categorical(x, g):
    return -(x * (g / g.sum(-1, keepdim=True)).log()).sum(-1)


@cross_entropy_of_binary.catches("A squared error belongs to another distribution.")
def cost_squared_error(x, g):
    return (x - g).square().sum(-1)


@cross_entropy_of_binary.catches("The logarithm is a natural one.")
def cost_in_bits(x, g):
    return _costs(x, g).sum(-1) / torch.log(torch.tensor(2.0, dtype=g.dtype))


@cross_entropy_of_binary.catches(
    "A small constant inside the logarithm changes every value. Where would it be needed at all?"
)
def cost_epsilon(x, g):
    return -(x * (g + 1e-7).log() + (1 - x) * (1 - g + 1e-7).log()).sum(-1)


@cross_entropy_of_binary.catches(
    "A small constant stands in one of the two logarithms only, and changes the value."
)
def cost_epsilon_on_one_side(x, g):
    return -(x * (g + 1e-7).log() + (1 - x) * (1 - g).log()).sum(-1)


@cross_entropy_of_grey.catches("Rounding a grey pixel throws away what it says.")
def cost_rounds_grey(x, g):
    return _costs(x.round(), g).sum(-1)


@cross_entropy_of_grey.catches(
    "Your value is a divergence: it differs from the cross entropy by something that depends on"
    " x alone."
)
def cost_minus_entropy(x, g):
    return (_costs(x, g) - _costs(x, x)).sum(-1)


@cross_entropy_of_grey.catches(
    "Your value is right for black and white pixels; what do you make of the others?"
)
def cost_of_chosen_side(x, g):
    return -torch.where(x == 1, g, 1 - g).log().sum(-1)


@certain_agreement.catches(
    "0 times an infinite logarithm is not 0 for a computer. What should it be here?"
)
def cost_zero_times_log_zero(x, g):
    return -(x * g.log() + (1 - x) * (1 - g).log()).sum(-1)


@certain_mismatch.catches("Your clamped probabilities make a certain prediction uncertain.")
def cost_clamped(x, g):
    return _costs(x, g.clamp(1e-7, 1 - 1e-7)).sum(-1)


@certain_mismatch.catches(
    "Your logarithms are cut off at -100. What is the cost of an impossible pixel?"
)
def cost_cut_off(x, g):
    return F.binary_cross_entropy(g, x, reduction="none").sum(-1)


@certain_mismatch.catches(
    "Something replaces infinite values by finite ones. What is the cost of an impossible pixel?"
)
def cost_nan_to_num(x, g):
    return torch.nan_to_num(-(x * g.log() + (1 - x) * (1 - g).log())).sum(-1)


@certain_mismatch.catches(
    "Pixels with an infinite cost are left out of your sum. What do they say about the prediction?"
)
def cost_skips_infinite(x, g):
    costs = _costs(x, g)
    return torch.where(costs.isfinite(), costs, 0.0).sum(-1)


@one_cross_entropy_per_image.catches(ONE_OF_EACH)
def cost_of_batch(x, g):
    return _costs(x, g).sum()


@one_cross_entropy_per_image.catches(
    "You average over everything. Every image has a value of its own, summed over its pixels."
)
def cost_mean_of_everything(x, g):
    return _costs(x, g).mean()


@one_cross_entropy_per_image.catches(NOT_REDUCED)
def cost_per_pixel(x, g):
    return _costs(x, g)


@cross_entropy_gradient.catches(CUT)
def cost_detached(x, g):
    return _costs(x, g.detach()).sum(-1)


@cross_entropy_changes_nothing.catches(IN_PLACE)
def cost_clamps_in_place(x, g):
    value = _costs(x, g.clone()).sum(-1)
    g.data.clamp_(1e-7, 1 - 1e-7)
    return value


@D.laws.law_dtype.catches(DTYPE)
def cost_in_float64(x, g):
    return _costs(x.double(), g.double()).sum(-1)


@D.sum_of("The cost of white pixels", "The cost of black pixels")
def cost_terms(x, g):
    return -torch.xlogy(x, g).sum(-1), -torch.xlogy(1 - x, 1 - g).sum(-1)
