"""Hidden checks and misconceptions of the topic `likelihood`."""

import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.hidden._hypothesis import for_every, matrices, shown

BERNOULLI = "bernoulli_log_likelihood(x, logits)"


@check(
    "bernoulli_log_likelihood",
    "It returns one value per image, whatever the number of images and pixels.",
)
def one_value_per_image(student, draw):
    for n, d in ((4, 3), (2, 5), (1, 1)):
        got = student.bernoulli_log_likelihood(draw.bits(n, d), draw.normal(n, d))
        expect.tensor(got, shape=(n,), subject=f"{BERNOULLI} with N = {n}, D = {d}")


@check(
    "bernoulli_log_likelihood",
    "It equals the log probability of black and white images.",
    after=("one_value_per_image",),
)
def of_binary_images(student, draw, right):
    x, logits = draw.bits(5, 7), 2 * draw.normal(5, 7)
    expect.close(
        student.bernoulli_log_likelihood(x, logits),
        right.bernoulli_log_likelihood(x, logits),
        subject=f"{BERNOULLI} of binary x",
    )


@check(
    "bernoulli_log_likelihood", "Grey pixels enter the same formula.", after=("of_binary_images",)
)
def of_grey_images(student, draw, right):
    x, logits = draw.uniform(0, 1, 5, 7), 2 * draw.normal(5, 7)
    expect.close(
        student.bernoulli_log_likelihood(x, logits),
        right.bernoulli_log_likelihood(x, logits),
        subject=f"{BERNOULLI} of grey x",
    )


@check(
    "bernoulli_log_likelihood",
    "It is right on small inputs of every shape.",
    after=("of_grey_images",),
)
def log_likelihood_everywhere(student, draw, right):
    def law(example):
        x, logits = example[0].abs() / 3, example[1]
        got = student.bernoulli_log_likelihood(x, logits)
        expect.close(
            got,
            right.bernoulli_log_likelihood(x, logits),
            subject=BERNOULLI,
            inputs=shown(x=x, logits=logits),
        )

    for_every(draw, matrices(low=-3, high=3, count=2), law)


@check(
    "bernoulli_log_likelihood",
    "Its gradient with respect to the logits is right.",
    after=("of_grey_images",),
)
def log_likelihood_gradient(student, draw, right):
    x, logits = draw.uniform(0, 1, 4, 6), draw.normal(4, 6).requires_grad_()
    wanted = expect.gradient_of(right.bernoulli_log_likelihood(x, logits), [logits])
    expect.gradients(
        student.bernoulli_log_likelihood(x, logits),
        [logits],
        wanted,
        names=("logits",),
        subject=BERNOULLI,
    )


@check(
    "bernoulli_log_likelihood",
    "Leading sample dimensions of the logits are kept, and every image meets its own logits.",
    after=("of_grey_images",),
)
def keeps_sample_dimensions(student, draw, right):
    x = draw.uniform(0, 1, 4, 5)
    for leading in ((3,), (6, 2), (4,)):
        logits = draw.normal(*leading, 4, 5)
        got = student.bernoulli_log_likelihood(x, logits)
        expect.close(
            got,
            right.bernoulli_log_likelihood(x, logits),
            subject=f"{BERNOULLI} with logits of shape {tuple(logits.shape)}",
        )


@check(
    "bernoulli_log_likelihood",
    "It is accurate for logits from -1e4 to 1e4.",
    after=("of_grey_images",),
)
def extreme_logits(student, draw, right):
    x, signs = draw.bits(6, 4), 2 * draw.bits(6, 4) - 1
    x[0, 0], x[1] = 0.3, (signs[1] + 1) / 2
    logits = signs * torch.tensor(
        [[1e4], [1e4], [800.0], [120.0], [40.0], [18.0]], dtype=torch.float64
    )
    # torch's softplus is linear above 20 and so off by 2e-9 a pixel; 1 - x rounds by 1e-16, times
    # 1e4.
    expect.close(
        student.bernoulli_log_likelihood(x, logits),
        right.bernoulli_log_likelihood(x, logits),
        subject=f"{BERNOULLI} at large logits",
        atol=1e-7,
    )


@check(
    "bernoulli_log_likelihood",
    "It keeps float32, and is accurate in it.",
    after=("of_grey_images",),
)
def log_likelihood_keeps_float32(student, draw, right):
    x, logits = (
        draw.uniform(0, 1, 4, 6, dtype=torch.float32),
        2 * draw.normal(3, 4, 6, dtype=torch.float32),
    )
    expect.close(
        student.bernoulli_log_likelihood(x, logits),
        right.bernoulli_log_likelihood(x, logits),
        subject=f"{BERNOULLI} in float32",
        atol=1e-5,
    )


@check(
    "bernoulli_log_likelihood",
    "It leaves its arguments as they are.",
    after=("one_value_per_image",),
)
def log_likelihood_changes_nothing(student, draw):
    x, logits = draw.uniform(0, 1, 4, 3), draw.normal(4, 3)
    observed = student.observe("bernoulli_log_likelihood", x, logits)
    expect.unchanged(observed, (x, logits), names=("x", "logits"), subject=BERNOULLI)


def _pixels(x, logits):
    """The log likelihood of every pixel: what the misconceptions below start from."""
    return x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)


MEAN_OF_PIXELS = (
    "You average over the pixels. What happens to the logarithms of the probabilities of"
    " independent pixels?"
)
ONE_OF_EACH = "A single number comes back for the whole batch. Every image has a value of its own."
NOT_REDUCED = "Every pixel comes back separately. What is the probability of the whole image?"
IN_PLACE = "An operation whose name ends in an underscore changes the caller's tensor."
DTYPE = "The result is always of one dtype. It should follow the input."
CUT = "The value is right, but no gradient comes back: something cuts the graph."
BLACK_TOO = "Only white pixels count in your value. What does a black one contribute?"


@misconception("bernoulli_log_likelihood", hint=MEAN_OF_PIXELS, caught_by="of_binary_images")
def mean_over_pixels(x, logits):
    return _pixels(x, logits).mean(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="A log probability is at most 0; your values have the sign of a loss.",
    caught_by="of_binary_images",
)
def returns_a_loss(x, logits):
    return -_pixels(x, logits).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="The logits pass through two sigmoids. Which of your functions applies one by itself?",
    caught_by="of_binary_images",
)
def sigmoid_twice(x, logits):
    return _pixels(x, logits.sigmoid()).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="You use the logits as if they were probabilities. Can a probability be negative?",
    caught_by="of_binary_images",
)
def logits_as_probabilities(x, logits):
    p = logits.clamp(1e-7, 1 - 1e-7)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="The two arguments are exchanged: the images come first.",
    caught_by="of_binary_images",
)
def images_and_logits_swapped(logits, x):
    return _pixels(x, logits).sum(-1)


@misconception("bernoulli_log_likelihood", hint=BLACK_TOO, caught_by="of_binary_images")
def white_pixels_only(x, logits):
    return (x * F.logsigmoid(logits)).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="White and black are exchanged: which value of a pixel does a large logit favour?",
    caught_by="of_binary_images",
)
def black_and_white_swapped(x, logits):
    return _pixels(1 - x, logits).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="A softmax makes the pixels compete with each other. Are they one variable or many?",
    caught_by="of_binary_images",
)
def softmax_over_pixels(x, logits):
    return (x * logits.log_softmax(-1)).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="A squared error belongs to another distribution than Bernoulli's.",
    caught_by="of_binary_images",
)
def squared_error(x, logits):
    return -(x - logits.sigmoid()).square().sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="This is the probability itself, not its logarithm.",
    caught_by="of_binary_images",
)
def without_log(x, logits):
    return _pixels(x, logits).sum(-1).exp()


@misconception(
    "bernoulli_log_likelihood", hint="The logarithm is a natural one.", caught_by="of_binary_images"
)
def in_bits(x, logits):
    return _pixels(x, logits).sum(-1) / torch.log(torch.tensor(2.0, dtype=logits.dtype))


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "A small constant inside the logarithm changes the value. Is there a form that needs none?"
    ),
    caught_by="extreme_logits",
)
def epsilon_in_log(x, logits):
    p = logits.sigmoid()
    return (x * (p + 1e-8).log() + (1 - x) * (1 - p + 1e-8).log()).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="An image was drawn from the decoder and used in place of its output.",
    caught_by="of_binary_images",
)
def sample_as_logits(x, logits):
    return _pixels(x, torch.bernoulli(logits.sigmoid())).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="Rounding a grey pixel throws away what it says.",
    caught_by="of_grey_images",
)
def rounds_grey(x, logits):
    return _pixels(x.round(), logits).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "A distribution object refuses values that it could not have drawn. What is asked for grey"
        " pixels?"
    ),
    caught_by="of_grey_images",
)
def refuses_grey(x, logits):
    return torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "For grey pixels your value measures the distance from the best possible one, so something"
        " was subtracted."
    ),
    caught_by="of_grey_images",
)
def minus_kl_of_pixels(x, logits):
    return (_pixels(x, logits) - torch.xlogy(x, x) - torch.xlogy(1 - x, 1 - x)).sum(-1)


@misconception("bernoulli_log_likelihood", hint=ONE_OF_EACH, caught_by="one_value_per_image")
def sum_over_everything(x, logits):
    return _pixels(x, logits).sum()


@misconception(
    "bernoulli_log_likelihood",
    hint="You average over the batch. Every image has a value of its own.",
    caught_by="one_value_per_image",
)
def mean_over_batch(x, logits):
    return _pixels(x, logits).sum(-1).mean()


@misconception("bernoulli_log_likelihood", hint=NOT_REDUCED, caught_by="one_value_per_image")
def pixels_not_summed(x, logits):
    return _pixels(x, logits)


@misconception(
    "bernoulli_log_likelihood",
    hint="You sum over the images instead of over the pixels. Which axis is which?",
    caught_by="one_value_per_image",
)
def summed_over_images(x, logits):
    return _pixels(x, logits).sum(0)


@misconception(
    "bernoulli_log_likelihood",
    hint="The pixels are summed along a fixed axis. Which axis is theirs when there are more?",
    caught_by="keeps_sample_dimensions",
)
def pixels_on_fixed_axis(x, logits):
    return _pixels(x, logits).sum(1)


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "Your function wants images and logits of one shape. What happens when several codes were"
        " drawn?"
    ),
    caught_by="keeps_sample_dimensions",
)
def no_broadcasting(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="You average over the codes already. Their dimension is to be kept.",
    caught_by="keeps_sample_dimensions",
)
def averages_samples(x, logits):
    values = _pixels(x, logits).sum(-1)
    return values.flatten(0, -2).mean(0) if values.ndim > 1 else values


@misconception(
    "bernoulli_log_likelihood",
    hint="A sigmoid of a large number is exactly 0 or 1. What does its logarithm become?",
    caught_by="extreme_logits",
)
def log_of_sigmoid(x, logits):
    p = logits.sigmoid()
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint="Your logarithms are cut off at -100. Which of your functions does that?",
    caught_by="extreme_logits",
)
def cut_off_at_100(x, logits):
    return -F.binary_cross_entropy(logits.sigmoid(), x.expand_as(logits), reduction="none").sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "Clamping the probabilities makes the value wrong where the decoder is sure. Are the"
        " probabilities needed at all?"
    ),
    caught_by="extreme_logits",
)
def clamps_probabilities(x, logits):
    p = logits.sigmoid().clamp(1e-12, 1 - 1e-12)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@misconception(
    "bernoulli_log_likelihood",
    hint=(
        "The exponential of a large number overflows. Is there a form in which it does not appear?"
    ),
    caught_by="extreme_logits",
)
def log_of_one_plus_exp(x, logits):
    return (x * logits - (1 + logits.exp()).log()).sum(-1)


@misconception("bernoulli_log_likelihood", hint=CUT, caught_by="log_likelihood_gradient")
def log_likelihood_detached(x, logits):
    return _pixels(x, logits.detach()).sum(-1)


@misconception(
    "bernoulli_log_likelihood", hint=IN_PLACE, caught_by="log_likelihood_changes_nothing"
)
def sigmoid_in_place(x, logits):
    value = _pixels(x, logits.clone()).sum(-1)
    logits.data.sigmoid_()
    return value


@misconception("bernoulli_log_likelihood", hint=DTYPE, caught_by="log_likelihood_keeps_float32")
def log_likelihood_in_float64(x, logits):
    return _pixels(x.double(), logits.double()).sum(-1)


# --- cross_entropy --------------------------------------------------------------------------------

CROSS = "cross_entropy(x, g)"


@check("cross_entropy", "It returns one value per image, whatever the number of images and pixels.")
def one_cross_entropy_per_image(student, draw):
    for n, d in ((4, 3), (2, 5), (1, 1)):
        expect.tensor(
            student.cross_entropy(draw.bits(n, d), draw.uniform(0.1, 0.9, n, d)),
            shape=(n,),
            subject=f"{CROSS} with N = {n}, D = {d}",
        )


@check(
    "cross_entropy",
    "It equals the formula for black and white images.",
    after=("one_cross_entropy_per_image",),
)
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


@check("cross_entropy", "Grey pixels enter the same formula.", after=("cross_entropy_of_binary",))
def cross_entropy_of_grey(student, draw, right):
    x, g = draw.uniform(0, 1, 5, 7), draw.uniform(0.05, 0.95, 5, 7)
    expect.close(
        student.cross_entropy(x, g), right.cross_entropy(x, g), subject=f"{CROSS} of grey x"
    )


@check(
    "cross_entropy",
    "A certain and right prediction costs nothing.",
    after=("cross_entropy_of_grey",),
)
def certain_agreement(student, draw, right):
    x, g = draw.bits(4, 6), draw.uniform(0.05, 0.95, 4, 6)
    g[:, :3] = x[:, :3]
    expect.close(
        student.cross_entropy(x, g),
        right.cross_entropy(x, g),
        subject=f"{CROSS} where some pixels are certain and right",
    )


@check(
    "cross_entropy",
    "A certain and wrong prediction costs infinitely much, and only in its own image.",
    after=("certain_agreement",),
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


@check(
    "cross_entropy",
    "It is accurate for probabilities close to 0 and to 1.",
    after=("certain_agreement",),
)
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


@check(
    "cross_entropy",
    "It is right on small inputs of every shape, zeros and ones included.",
    after=("certain_mismatch",),
)
def cross_entropy_everywhere(student, draw, right):
    def law(example):
        x, g = example
        expect.close(
            student.cross_entropy(x, g),
            right.cross_entropy(x, g),
            subject=CROSS,
            inputs=shown(x=x, g=g),
        )

    for_every(draw, matrices(low=0, high=1, count=2), law)


@check(
    "cross_entropy", "Its gradient with respect to g is right.", after=("cross_entropy_of_grey",)
)
def cross_entropy_gradient(student, draw, right):
    x, g = draw.uniform(0.1, 0.9, 4, 6), draw.uniform(0.1, 0.9, 4, 6).requires_grad_()
    wanted = expect.gradient_of(right.cross_entropy(x, g), [g])
    expect.gradients(student.cross_entropy(x, g), [g], wanted, names=("g",), subject=CROSS)


@check(
    "cross_entropy", "It keeps float32, and is accurate in it.", after=("cross_entropy_of_grey",)
)
def cross_entropy_keeps_float32(student, draw, right):
    x, g = (
        draw.uniform(0, 1, 4, 6, dtype=torch.float32),
        draw.uniform(0.05, 0.95, 4, 6, dtype=torch.float32),
    )
    expect.close(
        student.cross_entropy(x, g),
        right.cross_entropy(x, g),
        subject=f"{CROSS} in float32",
        atol=1e-5,
    )


@check(
    "cross_entropy", "It leaves its arguments as they are.", after=("one_cross_entropy_per_image",)
)
def cross_entropy_changes_nothing(student, draw):
    x, g = draw.bits(4, 3), draw.uniform(0.1, 0.9, 4, 3)
    x[0, 0] = g[0, 0] = 0.0
    expect.unchanged(
        student.observe("cross_entropy", x, g), (x, g), names=("x", "g"), subject=CROSS
    )


def _costs(x, g):
    """The cross entropy of every pixel."""
    return -torch.xlogy(x, g) - torch.xlogy(1 - x, 1 - g)


@misconception(
    "cross_entropy",
    hint="You average over the pixels. The costs of independent pixels add up.",
    caught_by="cross_entropy_of_binary",
)
def cost_mean_over_pixels(x, g):
    return _costs(x, g).mean(-1)


@misconception(
    "cross_entropy",
    hint="Your values are log likelihoods. Is a cross entropy positive or negative?",
    caught_by="cross_entropy_of_binary",
)
def cost_negated(x, g):
    return -_costs(x, g).sum(-1)


@misconception("cross_entropy", hint=BLACK_TOO, caught_by="cross_entropy_of_binary")
def cost_of_white_only(x, g):
    return -torch.xlogy(x, g).sum(-1)


@misconception(
    "cross_entropy",
    hint="You treat g as logits. Which numbers does the decoder return here?",
    caught_by="cross_entropy_of_binary",
)
def cost_of_logits(x, g):
    return F.binary_cross_entropy_with_logits(g, x, reduction="none").sum(-1)


@misconception(
    "cross_entropy",
    hint=(
        "The roles of image and reconstruction are exchanged. Which of the two is inside the"
        " logarithm?"
    ),
    caught_by="cross_entropy_of_binary",
)
def cost_swapped(g, x):
    return _costs(x, g).sum(-1)


@misconception(
    "cross_entropy",
    hint="White and black are exchanged: g is the probability of which value?",
    caught_by="cross_entropy_of_binary",
)
def cost_black_and_white_swapped(x, g):
    return _costs(1 - x, g).sum(-1)


@misconception(
    "cross_entropy",
    hint="Your pixels are treated as one variable with D values. How many variables are there?",
    caught_by="cross_entropy_of_binary",
)
def cost_categorical(x, g):
    return -(x * (g / g.sum(-1, keepdim=True)).log()).sum(-1)


@misconception(
    "cross_entropy",
    hint="A squared error belongs to another distribution.",
    caught_by="cross_entropy_of_binary",
)
def cost_squared_error(x, g):
    return (x - g).square().sum(-1)


@misconception(
    "cross_entropy", hint="The logarithm is a natural one.", caught_by="cross_entropy_of_binary"
)
def cost_in_bits(x, g):
    return _costs(x, g).sum(-1) / torch.log(torch.tensor(2.0, dtype=g.dtype))


@misconception(
    "cross_entropy",
    hint=(
        "A small constant inside the logarithm changes every value. Where would it be needed at"
        " all?"
    ),
    caught_by="cross_entropy_of_binary",
)
def cost_epsilon(x, g):
    return -(x * (g + 1e-7).log() + (1 - x) * (1 - g + 1e-7).log()).sum(-1)


@misconception(
    "cross_entropy",
    hint="A small constant stands in one of the two logarithms only, and changes the value.",
    caught_by="cross_entropy_of_binary",
)
def cost_epsilon_on_one_side(x, g):
    return -(x * (g + 1e-7).log() + (1 - x) * (1 - g).log()).sum(-1)


@misconception(
    "cross_entropy",
    hint="Rounding a grey pixel throws away what it says.",
    caught_by="cross_entropy_of_grey",
)
def cost_rounds_grey(x, g):
    return _costs(x.round(), g).sum(-1)


@misconception(
    "cross_entropy",
    hint=(
        "Your value is a divergence: it differs from the cross entropy by something that depends on"
        " x alone."
    ),
    caught_by="cross_entropy_of_grey",
)
def cost_minus_entropy(x, g):
    return (_costs(x, g) - _costs(x, x)).sum(-1)


@misconception(
    "cross_entropy",
    hint="Your value is right for black and white pixels; what do you make of the others?",
    caught_by="cross_entropy_of_grey",
)
def cost_of_chosen_side(x, g):
    return -torch.where(x == 1, g, 1 - g).log().sum(-1)


@misconception(
    "cross_entropy",
    hint="0 times an infinite logarithm is not 0 for a computer. What should it be here?",
    caught_by="certain_agreement",
)
def cost_zero_times_log_zero(x, g):
    return -(x * g.log() + (1 - x) * (1 - g).log()).sum(-1)


@misconception(
    "cross_entropy",
    hint="Your clamped probabilities make a certain prediction uncertain.",
    caught_by="certain_mismatch",
)
def cost_clamped(x, g):
    return _costs(x, g.clamp(1e-7, 1 - 1e-7)).sum(-1)


@misconception(
    "cross_entropy",
    hint="Your logarithms are cut off at -100. What is the cost of an impossible pixel?",
    caught_by="certain_mismatch",
)
def cost_cut_off(x, g):
    return F.binary_cross_entropy(g, x, reduction="none").sum(-1)


@misconception(
    "cross_entropy",
    hint=(
        "Something replaces infinite values by finite ones. What is the cost of an impossible"
        " pixel?"
    ),
    caught_by="certain_mismatch",
)
def cost_nan_to_num(x, g):
    return torch.nan_to_num(-(x * g.log() + (1 - x) * (1 - g).log())).sum(-1)


@misconception(
    "cross_entropy",
    hint=(
        "Pixels with an infinite cost are left out of your sum. What do they say about the"
        " prediction?"
    ),
    caught_by="certain_mismatch",
)
def cost_skips_infinite(x, g):
    costs = _costs(x, g)
    return torch.where(costs.isfinite(), costs, 0.0).sum(-1)


@misconception("cross_entropy", hint=ONE_OF_EACH, caught_by="one_cross_entropy_per_image")
def cost_of_batch(x, g):
    return _costs(x, g).sum()


@misconception(
    "cross_entropy",
    hint="You average over everything. Every image has a value of its own, summed over its pixels.",
    caught_by="one_cross_entropy_per_image",
)
def cost_mean_of_everything(x, g):
    return _costs(x, g).mean()


@misconception("cross_entropy", hint=NOT_REDUCED, caught_by="one_cross_entropy_per_image")
def cost_per_pixel(x, g):
    return _costs(x, g)


@misconception("cross_entropy", hint=CUT, caught_by="cross_entropy_gradient")
def cost_detached(x, g):
    return _costs(x, g.detach()).sum(-1)


@misconception("cross_entropy", hint=IN_PLACE, caught_by="cross_entropy_changes_nothing")
def cost_clamps_in_place(x, g):
    value = _costs(x, g.clone()).sum(-1)
    g.data.clamp_(1e-7, 1 - 1e-7)
    return value


@misconception("cross_entropy", hint=DTYPE, caught_by="cross_entropy_keeps_float32")
def cost_in_float64(x, g):
    return _costs(x.double(), g.double()).sum(-1)


# --- gaussian_reconstruction_error ----------------------------------------------------------------

GAUSSIAN = "gaussian_reconstruction_error(x, x_hat, sigma)"
EXCESS = f"{GAUSSIAN} minus its value for x = x_hat = 0"


def excess(student, x, x_hat, sigma):
    """The error minus that of a perfect reconstruction of zeros: a free constant cancels, one that
    depends on x does not.
    """
    sigma = torch.as_tensor(sigma, dtype=x.dtype)
    zero = student.gaussian_reconstruction_error(
        torch.zeros_like(x), torch.zeros_like(x_hat), sigma
    )
    expect.tensor(zero, shape=(), dtype=x.dtype, subject=GAUSSIAN)
    return (
        expect.tensor(
            student.gaussian_reconstruction_error(x, x_hat, sigma),
            shape=(),
            dtype=x.dtype,
            subject=GAUSSIAN,
        )
        - zero
    )


@check(
    "gaussian_reconstruction_error",
    "It returns a tensor without dimensions, whatever the numbers of data, pixels and codes.",
)
def gaussian_scalar(student, draw):
    for m, n, d in ((2, 4, 3), (5, 2, 3), (1, 1, 1)):
        got = student.gaussian_reconstruction_error(
            draw.normal(n, d), draw.normal(m, n, d), torch.tensor(0.7, dtype=torch.float64)
        )
        expect.tensor(got, shape=(), subject=f"{GAUSSIAN} with M = {m}, N = {n}, D = {d}")


@check(
    "gaussian_reconstruction_error",
    "It equals the formula, up to a constant.",
    after=("gaussian_scalar",),
)
def gaussian_formula(student, draw, right):
    x, x_hat = 2 * draw.normal(4, 3), 2 * draw.normal(5, 4, 3)
    expect.close(excess(student, x, x_hat, 0.7), excess(right, x, x_hat, 0.7), subject=EXCESS)


@check(
    "gaussian_reconstruction_error",
    "It equals the formula on small inputs of every shape.",
    after=("gaussian_formula",),
)
def gaussian_everywhere(student, draw, right):
    def law(example):
        (x, *x_hats), sigma = example
        x_hat, inputs = (
            torch.stack(x_hats),
            shown(x=x, x_hat=torch.stack(x_hats)) + f", sigma = {sigma}",
        )
        expect.close(
            excess(student, x, x_hat, sigma),
            excess(right, x, x_hat, sigma),
            subject=EXCESS,
            inputs=inputs,
        )

    for_every(draw, SMALL, law, examples=8)


SMALL = st.tuples(matrices(low=-3, high=3, count=3), st.sampled_from((1.0, 0.5, 2.0, 3.0)))


@check(
    "gaussian_reconstruction_error",
    "Its gradients with respect to the data and the reconstructions are right.",
    after=("gaussian_formula",),
)
def gaussian_gradients(student, draw, right):
    x, x_hat, sigma = (
        draw.normal(4, 3).requires_grad_(),
        draw.normal(5, 4, 3).requires_grad_(),
        torch.tensor(1.6, dtype=torch.float64),
    )
    wanted = expect.gradient_of(right.gaussian_reconstruction_error(x, x_hat, sigma), [x, x_hat])
    got = student.gaussian_reconstruction_error(x, x_hat, sigma)
    expect.gradients(got, [x, x_hat], wanted, names=("x", "x_hat"), subject=GAUSSIAN)


@check(
    "gaussian_reconstruction_error",
    "It is accurate where the density itself is too small for a float.",
    after=("gaussian_formula",),
)
def gaussian_far_away(student, draw, right):
    x, x_hat = draw.normal(4, 3), 50 * draw.normal(2, 4, 3)
    expect.close(excess(student, x, x_hat, 0.01), excess(right, x, x_hat, 0.01), subject=EXCESS)


@check(
    "gaussian_reconstruction_error",
    "It keeps float32, and is accurate in it.",
    after=("gaussian_formula",),
)
def gaussian_keeps_float32(student, draw, right):
    x, x_hat = draw.normal(4, 3, dtype=torch.float32), draw.normal(5, 4, 3, dtype=torch.float32)
    expect.close(
        excess(student, x, x_hat, 0.7),
        excess(right, x, x_hat, 0.7),
        subject=f"{EXCESS}, in float32",
        atol=1e-4,
    )


@check(
    "gaussian_reconstruction_error",
    "It leaves its arguments as they are.",
    after=("gaussian_scalar",),
)
def gaussian_changes_nothing(student, draw):
    arguments = draw.normal(4, 3), draw.normal(5, 4, 3), torch.tensor(0.7, dtype=torch.float64)
    observed = student.observe("gaussian_reconstruction_error", *arguments)
    expect.unchanged(observed, arguments, names=("x", "x_hat", "sigma"), subject=GAUSSIAN)


@misconception(
    "gaussian_reconstruction_error",
    hint=(
        "Your error is a fixed multiple of the right one. Look at the exponent of the Gaussian"
        " density."
    ),
    caught_by="gaussian_formula",
)
def gaussian_without_half(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) / sigma**2


@misconception(
    "gaussian_reconstruction_error",
    hint="Is sigma the standard deviation or the variance here?",
    caught_by="gaussian_formula",
)
def gaussian_sigma_as_variance(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma)


@misconception(
    "gaussian_reconstruction_error",
    hint="How does the error change when the decoder's distribution gets wider?",
    caught_by="gaussian_formula",
)
def gaussian_sigma_ignored(x, x_hat, sigma):
    return 0.5 * (x - x_hat).square().sum((-2, -1)).mean(0) + 0 * sigma


@misconception(
    "gaussian_reconstruction_error",
    hint="A wider distribution should punish a deviation less, not more.",
    caught_by="gaussian_formula",
)
def gaussian_times_variance(x, x_hat, sigma):
    return 0.5 * (x - x_hat).square().sum((-2, -1)).mean(0) * sigma**2


@misconception(
    "gaussian_reconstruction_error",
    hint="The plain squared error is proportional to what is asked for; what is the factor?",
    caught_by="gaussian_formula",
)
def gaussian_plain_squares(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) + 0 * sigma


@misconception(
    "gaussian_reconstruction_error",
    hint="Distances enter, but the exponent of the density holds their squares.",
    caught_by="gaussian_formula",
)
def gaussian_norm_not_squared(x, x_hat, sigma):
    return torch.linalg.vector_norm(x - x_hat, dim=-1).sum(-1).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="Absolute deviations belong to another distribution than the Gaussian.",
    caught_by="gaussian_formula",
)
def gaussian_absolute(x, x_hat, sigma):
    return (x - x_hat).abs().sum((-2, -1)).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint=(
        "You average over the pixels. What happens to the logarithms of the densities of"
        " independent pixels?"
    ),
    caught_by="gaussian_formula",
)
def gaussian_mean_over_pixels(x, x_hat, sigma):
    return (x - x_hat).square().mean(-1).sum(-1).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="You average over the data points; the error of the data set is asked for.",
    caught_by="gaussian_formula",
)
def gaussian_mean_over_data(x, x_hat, sigma):
    return (x - x_hat).square().sum(-1).mean() / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="A mean over everything hides which sums belong to it. Which one axis is averaged?",
    caught_by="gaussian_formula",
)
def gaussian_mean_of_everything(x, x_hat, sigma):
    return (x - x_hat).square().mean() / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="Your error grows with the number of codes that are drawn.",
    caught_by="gaussian_formula",
)
def gaussian_sum_over_codes(x, x_hat, sigma):
    return (x - x_hat).square().sum() / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint=(
        "You divide by the number of data points where that of the codes belongs: which axis is"
        " which?"
    ),
    caught_by="gaussian_formula",
)
def gaussian_axes_exchanged(x, x_hat, sigma):
    return (x - x_hat).square().sum() / (2 * sigma**2 * x.shape[0])


@misconception(
    "gaussian_reconstruction_error",
    hint="Your value gets larger as the reconstruction gets better. Which of the two is minimised?",
    caught_by="gaussian_formula",
)
def gaussian_log_likelihood(x, x_hat, sigma):
    return -(x - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint=(
        "You compare the data with the average reconstruction. Is the average of squares the square"
        " of the average?"
    ),
    caught_by="gaussian_formula",
)
def gaussian_of_mean_reconstruction(x, x_hat, sigma):
    return (x - x_hat.mean(0)).square().sum() / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="You average the densities over the codes; what is the expectation in the bound taken of?",
    caught_by="gaussian_formula",
)
def gaussian_log_of_mean(x, x_hat, sigma):
    return -torch.logsumexp(-(x - x_hat).square().sum(-1) / (2 * sigma**2), 0).sum()


@misconception(
    "gaussian_reconstruction_error",
    hint="Only the first code of each data point enters.",
    caught_by="gaussian_formula",
)
def gaussian_first_code(x, x_hat, sigma):
    return (x - x_hat[0]).square().sum() / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="A term was dropped as a constant that still depends on the data.",
    caught_by="gaussian_formula",
)
def gaussian_drops_data_term(x, x_hat, sigma):
    return (x_hat.square() - 2 * x * x_hat).sum((-2, -1)).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="Each data point's error comes back separately; that of the whole data set is asked for.",
    caught_by="gaussian_scalar",
)
def gaussian_per_example(x, x_hat, sigma):
    return (x - x_hat).square().sum(-1).mean(0) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="Each code's error comes back separately. What is done with the codes?",
    caught_by="gaussian_scalar",
)
def gaussian_per_code(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)) / (2 * sigma**2)


@misconception(
    "gaussian_reconstruction_error",
    hint="A density can be too small for a float although its logarithm is not.",
    caught_by="gaussian_far_away",
)
def gaussian_log_of_density(x, x_hat, sigma):
    densities = (-(x - x_hat).square() / (2 * sigma**2)).exp()
    return -densities.log().sum((-2, -1)).mean(0)


@misconception("gaussian_reconstruction_error", hint=CUT, caught_by="gaussian_gradients")
def gaussian_detached(x, x_hat, sigma):
    return (x - x_hat).detach().square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@misconception("gaussian_reconstruction_error", hint=DTYPE, caught_by="gaussian_keeps_float32")
def gaussian_in_float64(x, x_hat, sigma):
    return (x.double() - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@misconception("gaussian_reconstruction_error", hint=IN_PLACE, caught_by="gaussian_changes_nothing")
def gaussian_in_place(x, x_hat, sigma):
    gap = x_hat - x
    x_hat.data.sub_(x.data)
    return gap.square().sum((-2, -1)).mean(0) / (2 * sigma**2)


# --- monte_carlo_reconstruction_error -------------------------------------------------------------

ESTIMATE = "monte_carlo_reconstruction_error(log_px_given_z)"


@check(
    "monte_carlo_reconstruction_error",
    "It returns a tensor without dimensions, whatever the numbers of codes and data.",
)
def estimate_is_scalar(student, draw):
    for m, n in ((3, 4), (5, 2), (1, 1)):
        expect.tensor(
            student.monte_carlo_reconstruction_error(draw.normal(m, n)),
            shape=(),
            subject=f"{ESTIMATE} with M = {m}, N = {n}",
        )


@check(
    "monte_carlo_reconstruction_error",
    "It is minus the estimate of the expected log likelihood of the data set.",
    after=("estimate_is_scalar",),
)
def estimate_value(student, draw, right):
    log_px = 3 * draw.normal(3, 5) - 4
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=ESTIMATE,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It is right on small inputs of every shape.",
    after=("estimate_value",),
)
def estimate_everywhere(student, draw, right):
    def law(example):
        (log_px,) = example
        got = student.monte_carlo_reconstruction_error(log_px)
        expect.close(
            got,
            right.monte_carlo_reconstruction_error(log_px),
            subject=ESTIMATE,
            inputs=shown(log_px_given_z=log_px),
        )

    for_every(draw, matrices(low=-5, high=1), law)


@check("monte_carlo_reconstruction_error", "Its gradient is right.", after=("estimate_value",))
def estimate_gradient(student, draw, right):
    log_px = draw.normal(3, 5).requires_grad_()
    wanted = expect.gradient_of(right.monte_carlo_reconstruction_error(log_px), [log_px])
    expect.gradients(
        student.monte_carlo_reconstruction_error(log_px),
        [log_px],
        wanted,
        names=("log_px_given_z",),
        subject=ESTIMATE,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It is accurate for log likelihoods of -1e4, and infinite when one of them is.",
    after=("estimate_value",),
)
def estimate_of_extremes(student, draw, right):
    log_px = 1e4 * draw.normal(3, 5).abs() * -1
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=f"{ESTIMATE} near -1e4",
    )
    log_px[1, 2] = -torch.inf
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        torch.inf,
        subject=f"{ESTIMATE} with one entry -inf",
    )


@check("monte_carlo_reconstruction_error", "It keeps float32.", after=("estimate_value",))
def estimate_keeps_float32(student, draw, right):
    log_px = draw.normal(3, 5, dtype=torch.float32)
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=f"{ESTIMATE} in float32",
        atol=1e-5,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It leaves its argument as it is.",
    after=("estimate_is_scalar",),
)
def estimate_changes_nothing(student, draw):
    log_px = draw.normal(3, 5)
    expect.unchanged(
        student.observe("monte_carlo_reconstruction_error", log_px),
        (log_px,),
        names=("log_px_given_z",),
        subject=ESTIMATE,
    )


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The better the reconstruction, the smaller its error should be.",
    caught_by="estimate_value",
)
def estimate_sign(log_px_given_z):
    return log_px_given_z.mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="You average over everything. Which of the two axes is summed?",
    caught_by="estimate_value",
)
def estimate_mean_of_everything(log_px_given_z):
    return -log_px_given_z.mean()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Your value grows with the number of codes that are drawn.",
    caught_by="estimate_value",
)
def estimate_sum_of_everything(log_px_given_z):
    return -log_px_given_z.sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The two axes are exchanged. Which one belongs to the codes?",
    caught_by="estimate_value",
)
def estimate_axes_exchanged(log_px_given_z):
    return -log_px_given_z.mean(1).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint=(
        "You average the probabilities, not their logarithms. What is the expectation in the bound"
        " taken of?"
    ),
    caught_by="estimate_value",
)
def estimate_log_of_mean(log_px_given_z):
    return -log_px_given_z.exp().mean(0).log().sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="You average the probabilities without going back to logarithms.",
    caught_by="estimate_value",
)
def estimate_of_probabilities(log_px_given_z):
    return -log_px_given_z.exp().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Only the best code of each data point enters. An expectation weighs all of them.",
    caught_by="estimate_value",
)
def estimate_best_code(log_px_given_z):
    return -log_px_given_z.max(0).values.sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Only the first code of each data point enters.",
    caught_by="estimate_value",
)
def estimate_first_code(log_px_given_z):
    return -log_px_given_z[0].sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The sign is wrong for some entries: is the error the size of the log likelihood?",
    caught_by="estimate_value",
)
def estimate_absolute(log_px_given_z):
    return log_px_given_z.abs().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Each data point's error comes back separately; that of the whole data set is asked for.",
    caught_by="estimate_is_scalar",
)
def estimate_per_example(log_px_given_z):
    return -log_px_given_z.mean(0)


@misconception(
    "monte_carlo_reconstruction_error",
    hint="A plain number has no gradient: the graph is cut.",
    caught_by="estimate_is_scalar",
)
def estimate_as_float(log_px_given_z):
    return -log_px_given_z.mean(0).sum().item()


@misconception("monte_carlo_reconstruction_error", hint=CUT, caught_by="estimate_gradient")
def estimate_detached(log_px_given_z):
    return -log_px_given_z.detach().mean(0).sum()


@misconception("monte_carlo_reconstruction_error", hint=DTYPE, caught_by="estimate_keeps_float32")
def estimate_in_float64(log_px_given_z):
    return -log_px_given_z.double().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error", hint=IN_PLACE, caught_by="estimate_changes_nothing"
)
def estimate_in_place(log_px_given_z):
    value = -log_px_given_z.clone().mean(0).sum()
    log_px_given_z.data.neg_()
    return value


# --- answers --------------------------------------------------------------------------------------

gaussian_decoder = wrong_answer(
    "decoder_distribution",
    "Gaussian",
    hint="This one makes the reconstruction error a squared error.",
)
laplace_decoder = wrong_answer(
    "decoder_distribution",
    "Laplace",
    hint="This one makes the reconstruction error a sum of absolute deviations.",
)
categorical_decoder = wrong_answer(
    "decoder_distribution",
    "categorical",
    hint=(
        "Its cross entropy is that of one variable with many values. How many variables does an"
        " image have?"
    ),
)
poisson_decoder = wrong_answer(
    "decoder_distribution",
    "Poisson",
    hint="Which values can such a variable take, and which ones does a binary pixel take?",
)
