"""Mistakes in the answers of the topic `bigan`."""

import math

from graders.core.exercise import wrong_answer
from graders.hidden.gan._common import LOG_4


def judged(**statements):
    return {key: statements[key] for key in "abcde"}


pairs_minimum_of_d = wrong_answer(
    "bigan_minimum",
    0.5,
    hint="This is what the discriminator says of every pair at the optimum. What is V then?",
)


pairs_minimum_zero = wrong_answer(
    "bigan_minimum",
    0.0,
    hint=(
        "This is the divergence of the two kinds of pairs at the optimum; V differs from it by a"
        " constant."
    ),
)


pairs_minimum_log_2 = wrong_answer(
    "bigan_minimum", -math.log(2), hint="Both terms of V contribute at the optimum."
)


pairs_minimum_doubled = wrong_answer(
    "bigan_minimum",
    -2 * LOG_4,
    hint="The third player adds no term to V: how many expectations are there?",
)


pairs_never_saturate = wrong_answer(
    "bigan_saturates",
    False,
    hint=(
        "Take a discriminator that is certain about a pair. How does each term of V change with its"
        " logit?"
    ),
)


both_maximise_likelihood = wrong_answer(
    "vae_vs_gan",
    judged(a=True, b=True, c=False, d=False, e=False),
    hint="Which of the two has a likelihood that it could maximise?",
)


no_divergence = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=False, c=False, d=False, e=False),
    hint="What does maximum likelihood minimise, and what is C(G) up to constants?",
)


both_explicit = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=True, d=False, e=False),
    hint="Can you evaluate the density of an adversarial generator at a given x?",
)


vae_sharper = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=False, d=True, e=False),
    hint="Look at samples of both: which of them are blurred?",
)


both_discrete = wrong_answer(
    "vae_vs_gan",
    judged(a=False, b=True, c=False, d=False, e=True),
    hint="How does the generator learn from a discriminator when its output is a word?",
)
