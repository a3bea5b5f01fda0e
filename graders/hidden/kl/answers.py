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


kl_may_be_negative = wrong_answer(
    "kl_properties",
    {"C", "E", "F"},
    hint="What does Jensen's inequality say about the mean of log(q / p) under p?",
)


kl_zero_elsewhere = wrong_answer(
    "kl_properties",
    {"A", "E", "F"},
    hint="When is Jensen's inequality an equality, for a function as curved as the logarithm?",
)


kl_has_a_triangle = wrong_answer(
    "kl_properties",
    {"A", "C", "D", "E", "F"},
    hint="Take three Gaussians of one width in a row: how does KL grow with the distance?",
)


kl_never_infinite = wrong_answer(
    "kl_properties",
    {"A", "C", "F"},
    hint="Let q rule out an event that p allows. What becomes of the logarithm there?",
)


kl_not_convex = wrong_answer(
    "kl_properties",
    {"A", "C", "E"},
    hint="Mix two pairs of distributions, and compare by the log-sum inequality.",
)


kl_at_most_log_2 = wrong_answer(
    "kl_properties",
    {"A", "C", "E", "F", "G"},
    hint="Another divergence has that bound. Move two Gaussians apart and watch this one.",
)


only_zero_for_equal = wrong_answer(
    "divergence_axioms",
    {"B"},
    hint="If a divergence could be negative, what would the best approximation be?",
)


divergence_has_a_triangle = wrong_answer(
    "divergence_axioms",
    {"A", "B", "D"},
    hint="Does the best-known divergence satisfy it? Try three Gaussians in a row.",
)


divergence_is_bounded = wrong_answer(
    "divergence_axioms",
    {"A", "B", "E"},
    hint="Move two Gaussians apart: does the best-known divergence stop growing?",
)
