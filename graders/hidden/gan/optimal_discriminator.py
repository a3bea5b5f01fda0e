"""Hidden checks of `optimal_discriminator`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import gradients_if_any, vector
from graders.hidden.gan._common import beside
from graders.public.gan import optimal_discriminator

D = Words(optimal_discriminator)

OPTIMAL = "optimal_discriminator(p_data, p_g)"


def densities(draw, *shape):
    """Two positive densities; being densities, they may exceed 1 and need not add up to it."""
    return draw.uniform(0.05, 4, *shape), draw.uniform(0.05, 4, *shape)


optimal_value = D.equals_reference(
    "It is the best discriminator where both densities are positive.",
    lambda draw: [densities(draw, *shape) for shape in ((6,), (3, 4))],
)


def one_sided(draw):
    """Densities of which only one is positive, here and there."""
    density, zero = draw.uniform(0.05, 4, 3), torch.zeros(3, dtype=torch.float64)
    return torch.cat([density, zero]), torch.cat([zero, density])


optimal_one_sided = D.gives(
    "It is certain where only one of the densities is positive.",
    (one_sided, vector(1, 1, 1, 0, 0, 0)),
    after=optimal_value,
)


optimal_without_mass = D.equals_reference(
    "It is 1/2 where both densities are 0, and nothing else changes there.",
    lambda draw: [torch.cat([vector(0), part, vector(0)]) for part in densities(draw, 3)],
    after=optimal_value,
)


optimal_of_tiny_densities = D.equals_reference(
    "It stays accurate for densities of 1e-300.",
    lambda draw: (
        vector(1e-300, 3e-300, 1e-300, 1e-12, 2.0),
        vector(3e-300, 1e-300, 1.0, 1e-12, 1e-300),
    ),
    after=optimal_value,
)


@D.check("No other discriminator has a larger value of the game.", after=optimal_value)
def optimal_beats_all(student, draw, right):
    p_data, p_g = draw.probabilities(5), draw.probabilities(5)
    got = expect.tensor(student.optimal_discriminator(p_data, p_g), shape=(5,), subject=OPTIMAL)
    best, *others = (
        right.value_of(p_data, p_g, d) for d in (got.detach(), *beside(draw, got.detach(), 30))
    )
    expect.at_most(
        torch.stack(others),
        best.expand(30),
        subject="V at discriminators beside yours against V at yours",
        slack=1e-12,
    )


@D.check("Where gradients flow through it, they are right.", after=optimal_value)
def optimal_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in densities(draw, 5)]
    wanted = expect.gradient_of(right.optimal_discriminator(*pair).square(), pair)

    def call():
        got = student.optimal_discriminator(*pair)
        return got.square() if isinstance(got, torch.Tensor) else got

    gradients_if_any(call, pair, wanted, names=("p_data", "p_g"), subject=OPTIMAL)


@optimal_value.catches("This is the probability of being generated. Which class does D speak of?")
def optimal_swapped(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_g / (p_data + p_g), 0.5)


@optimal_value.catches(
    "This is the ratio of the densities. It is not bounded by 1, as a probability is."
)
def optimal_ratio(p_data, p_g):
    return torch.where(p_g > 0, p_data / p_g, 0.5)


@optimal_value.catches("This is the difference of the densities. Can it be a probability?")
def optimal_difference(p_data, p_g):
    return p_data - p_g


@optimal_value.catches(
    "This is the log ratio, the logit of the answer. What turns a logit into a probability?"
)
def optimal_logit(p_data, p_g):
    return torch.where((p_data > 0) & (p_g > 0), (p_data / p_g).log(), 0.5)


@optimal_value.catches(
    "A logit is the logarithm of the ratio of the densities, not the ratio itself."
)
def optimal_sigmoid_of_ratio(p_data, p_g):
    return torch.where(p_g > 0, (p_data / p_g).sigmoid(), 0.5)


@optimal_value.catches("A hard decision is right most often, but V asks for probabilities.")
def optimal_hard(p_data, p_g):
    return (p_data > p_g).to(p_data.dtype) + 0.5 * (p_data == p_g)


@optimal_value.catches(
    "Dividing whole numbers throws away what is after the point; nearly all of a probability is"
    " there."
)
def optimal_floor_division(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data // (p_data + p_g), 0.5)


@optimal_value.catches("1/2 is optimal for a generator that is optimal too. What if it is not?")
def optimal_undecided(p_data, p_g):
    return 0 * (p_data + p_g) + 0.5


@optimal_value.catches(
    "The values of a discriminator are no distribution over x: nothing makes them add up to 1."
)
def optimal_renormalised(p_data, p_g):
    d = torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5)
    return d / d.sum(-1, keepdim=True)


@optimal_value.catches(
    "The densities are weighted as they are: dividing each by its sum over the given points"
    " changes their ratio."
)
def optimal_of_normalised(p_data, p_g):
    p, q = p_data / p_data.sum().clamp_min(1e-300), p_g / p_g.sum().clamp_min(1e-300)
    return torch.where(p + q > 0, p / (p + q), 0.5)


@optimal_value.catches(
    "The optimum weighs the densities as they are; squaring them exaggerates the difference."
)
def optimal_squared(p_data, p_g):
    total = p_data**2 + p_g**2
    return torch.where(total > 0, p_data**2 / total, 0.5)


@optimal_of_tiny_densities.catches(
    "A small constant in the denominator changes every value a little, and D in the tails"
    " altogether."
)
def optimal_with_epsilon(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data / (p_data + p_g + 1e-18), 0.5)


@optimal_one_sided.catches(
    "The optimal discriminator may be certain. Here something keeps it from that."
)
def optimal_never_certain(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5).clamp(1e-6, 1 - 1e-6)


@optimal_without_mass.catches(
    "What does your formula give where neither density is positive? There is a convention for that."
)
def optimal_nan_without_mass(p_data, p_g):
    return p_data / (p_data + p_g)


@optimal_without_mass.catches("Where neither density is positive the convention is another value.")
def optimal_zero_without_mass(p_data, p_g):
    return (p_data / (p_data + p_g)).nan_to_num(0.0)


@optimal_of_tiny_densities.catches(
    "Below some density you see none at all. Is 1e-300 the same as 0?"
)
def optimal_with_threshold(p_data, p_g):
    return torch.where(p_data + p_g > 1e-12, p_data / (p_data + p_g), 0.5)
