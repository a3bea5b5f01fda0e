"""Mistakes in the answers of the topic `iwae`."""

from graders.core.exercise import wrong_answer


def facts(for_every_k, monotone, converges, elbo):
    return {
        "bound_for_every_k": for_every_k,
        "monotone_in_k": monotone,
        "always_converges": converges,
        "k_1_is_the_elbo": elbo,
    }


converges_always = wrong_answer(
    "iwae_facts",
    facts(True, True, True, True),
    hint="What if q never draws a code to which the posterior gives probability?",
)


bound_only_for_k_1 = wrong_answer(
    "iwae_facts",
    facts(False, True, False, True),
    hint=(
        "Which inequality did you use for k = 1, and what changes when its argument is a mean of k"
        " weights?"
    ),
)


not_monotone = wrong_answer(
    "iwae_facts",
    facts(True, False, False, True),
    hint=(
        "A mean of k + 1 weights is an average of means of k of them. What does the logarithm make"
        " of that?"
    ),
)


elbo_at_k_1_missed = wrong_answer(
    "iwae_facts",
    facts(True, True, False, False),
    hint="Write the formula down for k = 1 and compare it with the bound you know.",
)
