"""Hidden checks of `bernoulli_log_likelihood`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.likelihood._common import (
    BLACK_TOO,
    CUT,
    DTYPE,
    IN_PLACE,
    NOT_REDUCED,
    ONE_OF_EACH,
)
from graders.public.likelihood import bernoulli_log_likelihood

D = Words(bernoulli_log_likelihood)

BERNOULLI = "bernoulli_log_likelihood(x, logits)"


@D.check("It returns one value per image, whatever the number of images and pixels.")
def one_value_per_image(student, draw):
    for n, d in ((4, 3), (2, 5), (1, 1)):
        got = student.bernoulli_log_likelihood(draw.bits(n, d), draw.normal(n, d))
        expect.tensor(got, shape=(n,), subject=f"{BERNOULLI} with N = {n}, D = {d}")


of_binary_images = D.equals_reference(
    "It equals the log probability of black and white images.",
    lambda draw: (draw.bits(5, 7), 2 * draw.normal(5, 7)),
    after=one_value_per_image,
)


of_grey_images = D.equals_reference(
    "Grey pixels enter the same formula.",
    lambda draw: (draw.uniform(0, 1, 5, 7), 2 * draw.normal(5, 7)),
    after=of_binary_images,
)


@D.check("It is right on small inputs of every shape.", after=of_grey_images)
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


log_likelihood_gradient = D.gradients(
    "Its gradient with respect to the logits is right.",
    lambda draw: (draw.uniform(0, 1, 4, 6), draw.normal(4, 6)),
    of=(1,),
    after=of_grey_images,
)


keeps_sample_dimensions = D.equals_reference(
    "Leading sample dimensions of the logits are kept, and every image meets its own logits.",
    lambda draw: [
        (draw.uniform(0, 1, 4, 5), draw.normal(*leading, 4, 5)) for leading in ((3,), (6, 2), (4,))
    ],
    after=of_grey_images,
)


@D.check("It is accurate for logits from -1e4 to 1e4.", after=of_grey_images)
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


def _pixels(x, logits):
    """The log likelihood of every pixel: what the misconceptions below start from."""
    return x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)


MEAN_OF_PIXELS = (
    "You average over the pixels. What happens to the logarithms of the probabilities of"
    " independent pixels?"
)


@of_binary_images.catches(MEAN_OF_PIXELS)
def mean_over_pixels(x, logits):
    return _pixels(x, logits).mean(-1)


@of_binary_images.catches("A log probability is at most 0; your values have the sign of a loss.")
def returns_a_loss(x, logits):
    return -_pixels(x, logits).sum(-1)


@of_binary_images.catches(
    "The logits pass through two sigmoids. Which of your functions applies one by itself?"
)
def sigmoid_twice(x, logits):
    return _pixels(x, logits.sigmoid()).sum(-1)


@of_binary_images.catches(
    "You use the logits as if they were probabilities. Can a probability be negative?"
)
def logits_as_probabilities(x, logits):
    p = logits.clamp(1e-7, 1 - 1e-7)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@of_binary_images.catches("The two arguments are exchanged: the images come first.")
def images_and_logits_swapped(logits, x):
    return _pixels(x, logits).sum(-1)


@of_binary_images.catches(BLACK_TOO)
def white_pixels_only(x, logits):
    return (x * F.logsigmoid(logits)).sum(-1)


@of_binary_images.catches(
    "White and black are exchanged: which value of a pixel does a large logit favour?"
)
def black_and_white_swapped(x, logits):
    return _pixels(1 - x, logits).sum(-1)


@of_binary_images.catches(
    "A softmax makes the pixels compete with each other. Are they one variable or many?"
)
def softmax_over_pixels(x, logits):
    return (x * logits.log_softmax(-1)).sum(-1)


@of_binary_images.catches("A squared error belongs to another distribution than Bernoulli's.")
def squared_error(x, logits):
    return -(x - logits.sigmoid()).square().sum(-1)


@of_binary_images.catches("This is the probability itself, not its logarithm.")
def without_log(x, logits):
    return _pixels(x, logits).sum(-1).exp()


@of_binary_images.catches("The logarithm is a natural one.")
def in_bits(x, logits):
    return _pixels(x, logits).sum(-1) / torch.log(torch.tensor(2.0, dtype=logits.dtype))


@extreme_logits.catches(
    "A small constant inside the logarithm changes the value. Is there a form that needs none?"
)
def epsilon_in_log(x, logits):
    p = logits.sigmoid()
    return (x * (p + 1e-8).log() + (1 - x) * (1 - p + 1e-8).log()).sum(-1)


@of_binary_images.catches("An image was drawn from the decoder and used in place of its output.")
def sample_as_logits(x, logits):
    return _pixels(x, torch.bernoulli(logits.sigmoid())).sum(-1)


@of_grey_images.catches("Rounding a grey pixel throws away what it says.")
def rounds_grey(x, logits):
    return _pixels(x.round(), logits).sum(-1)


@of_grey_images.catches(
    "A distribution object refuses values that it could not have drawn. What is asked for grey"
    " pixels?"
)
def refuses_grey(x, logits):
    return torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(-1)


@of_grey_images.catches(
    "For grey pixels your value measures the distance from the best possible one, so something"
    " was subtracted."
)
def minus_kl_of_pixels(x, logits):
    return (_pixels(x, logits) - torch.xlogy(x, x) - torch.xlogy(1 - x, 1 - x)).sum(-1)


@one_value_per_image.catches(ONE_OF_EACH)
def sum_over_everything(x, logits):
    return _pixels(x, logits).sum()


@one_value_per_image.catches("You average over the batch. Every image has a value of its own.")
def mean_over_batch(x, logits):
    return _pixels(x, logits).sum(-1).mean()


@one_value_per_image.catches(NOT_REDUCED)
def pixels_not_summed(x, logits):
    return _pixels(x, logits)


@one_value_per_image.catches(
    "You sum over the images instead of over the pixels. Which axis is which?"
)
def summed_over_images(x, logits):
    return _pixels(x, logits).sum(0)


@keeps_sample_dimensions.catches(
    "The pixels are summed along a fixed axis. Which axis is theirs when there are more?"
)
def pixels_on_fixed_axis(x, logits):
    return _pixels(x, logits).sum(1)


@keeps_sample_dimensions.catches(
    "Your function wants images and logits of one shape. What happens when several codes were"
    " drawn?"
)
def no_broadcasting(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


@keeps_sample_dimensions.catches(
    "You average over the codes already. Their dimension is to be kept."
)
def averages_samples(x, logits):
    values = _pixels(x, logits).sum(-1)
    return values.flatten(0, -2).mean(0) if values.ndim > 1 else values


@extreme_logits.catches(
    "A sigmoid of a large number is exactly 0 or 1. What does its logarithm become?"
)
def log_of_sigmoid(x, logits):
    p = logits.sigmoid()
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@extreme_logits.catches("Your logarithms are cut off at -100. Which of your functions does that?")
def cut_off_at_100(x, logits):
    return -F.binary_cross_entropy(logits.sigmoid(), x.expand_as(logits), reduction="none").sum(-1)


@extreme_logits.catches(
    "Clamping the probabilities makes the value wrong where the decoder is sure. Are the"
    " probabilities needed at all?"
)
def clamps_probabilities(x, logits):
    p = logits.sigmoid().clamp(1e-12, 1 - 1e-12)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@extreme_logits.catches(
    "The exponential of a large number overflows. Is there a form in which it does not appear?"
)
def log_of_one_plus_exp(x, logits):
    return (x * logits - (1 + logits.exp()).log()).sum(-1)


@log_likelihood_gradient.catches(CUT)
def log_likelihood_detached(x, logits):
    return _pixels(x, logits.detach()).sum(-1)


@D.laws.law_state.catches(IN_PLACE)
def sigmoid_in_place(x, logits):
    value = _pixels(x, logits.clone()).sum(-1)
    logits.data.sigmoid_()
    return value


@D.laws.law_dtype.catches(DTYPE)
def log_likelihood_in_float64(x, logits):
    return _pixels(x.double(), logits.double()).sum(-1)


@D.sum_of("What white pixels say", "What black pixels say")
def log_likelihood_terms(x, logits):
    white, black = x * F.logsigmoid(logits), (1 - x) * F.logsigmoid(-logits)
    return white.sum(-1), black.sum(-1)
