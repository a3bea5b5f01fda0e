"""Mistakes in the answers of the topic `kl`."""

from graders.core.exercise import wrong_answer

one_instead_of_its_log = wrong_answer(
    "kl_to_itself",
    1.0,
    hint="The ratio of the densities is what you name; the divergence averages its logarithm.",
)


entropy = wrong_answer(
    "kl_to_itself",
    0.5,
    hint="The divergence compares two distributions. What is there to compare here?",
)


kl_is_symmetric = wrong_answer(
    "kl_properties",
    {"A", "B", "C", "E", "F"},
    hint="Exchange the two arguments in an example of your own: does the value stay?",
)


kl_is_a_metric = wrong_answer(
    "kl_properties",
    {"A", "B", "C", "D"},
    hint="A metric asks for more than KL gives. Try two Gaussians of different widths.",
)


kl_is_bounded = wrong_answer(
    "kl_properties",
    {"A", "C", "F", "G"},
    hint="Which divergence is bounded by log 2, and which one can be infinite?",
)


only_two_properties = wrong_answer(
    "kl_properties", {"A", "C"}, hint="What you name is true; more of the statements are."
)


divergence_is_a_metric = wrong_answer(
    "divergence_axioms",
    {"A", "B", "C", "D"},
    hint="These are the axioms of a metric. Does KL satisfy all of them?",
)


divergence_is_symmetric = wrong_answer(
    "divergence_axioms", {"A", "B", "C"}, hint="Is the best-known divergence symmetric?"
)


only_non_negative = wrong_answer(
    "divergence_axioms",
    {"A"},
    hint=(
        "The constant 0 satisfies what you name. What makes a divergence tell distributions apart?"
    ),
)
