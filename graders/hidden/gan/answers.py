"""Mistakes in the answers of the topic `gan`."""

import math

from graders.core.exercise import wrong_answer


def at_the_optimum(first, second, third):
    return {"i": first, "ii": second, "iii": third}


d_values_exchanged = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 0.0, 1.0),
    hint="D is the probability that x is real. Read the last two cases once more.",
)


d_values_fooled = wrong_answer(
    "optimal_d_values",
    at_the_optimum(1.0, 1.0, 0.0),
    hint=(
        "A generator that is optimal does not make D take everything for real: how often would that"
        " be wrong?"
    ),
)


d_values_convinced = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 1.0, 1.0),
    hint="In the last case x is never in the data. Which answer would then always be right?",
)


d_values_always_half = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 0.5, 0.5),
    hint="The undecided value belongs to one of the cases only.",
)


minimum_log_2 = wrong_answer(
    "global_minimum", -math.log(2), hint="Both terms of V contribute at the optimum."
)


minimum_zero = wrong_answer(
    "global_minimum",
    0.0,
    hint="This is the minimum of the divergence. How does C(G) differ from it?",
)


minimum_positive = wrong_answer(
    "global_minimum",
    math.log(4),
    hint="This is the loss of the discriminator there; V has the other sign.",
)


minimum_of_d = wrong_answer(
    "global_minimum",
    0.5,
    hint="This is the value of the discriminator at the optimum, not that of the game.",
)


minimum_in_bits = wrong_answer(
    "global_minimum", -2.0, hint="Your value is in bits: which base does the logarithm have?"
)


collapse_is_bad_quality = wrong_answer(
    "mode_collapse",
    {"A", "B", "C", "E", "G"},
    hint=(
        "Could a generator that always makes the same perfect example be caught one example at a"
        " time?"
    ),
)


collapse_is_equilibrium = wrong_answer(
    "mode_collapse",
    {"A", "C", "D", "E", "G"},
    hint="When does the optimal discriminator return 1/2 everywhere?",
)


collapse_is_dimension = wrong_answer(
    "mode_collapse",
    {"A", "C", "E", "F", "G"},
    hint="Does anything force the generator to use all of its noise?",
)


collapse_without_best_answer = wrong_answer(
    "mode_collapse",
    {"A", "C", "E"},
    hint="What you name is true; more of the statements are. Hold D fixed for a moment.",
)


only_the_symptom = wrong_answer(
    "mode_collapse",
    {"A"},
    hint="This is what mode collapse is. Some of the other statements say how it comes about.",
)


collapse_keeps_variety = wrong_answer(
    "mode_collapse",
    {"C", "E", "G"},
    hint="Feed many different z to a collapsed generator: how many kinds of examples come out?",
)


loss_asks_for_variety = wrong_answer(
    "mode_collapse",
    {"A", "E", "G"},
    hint="Write the generator's loss as a mean over examples: does a term look at two of them?",
)


collapse_stands_still = wrong_answer(
    "mode_collapse",
    {"A", "C", "G"},
    hint="What does G do next, once D has learnt to reject the one mode that it makes?",
)
