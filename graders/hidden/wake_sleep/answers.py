"""Mistakes in the answers of the topic `wake_sleep`."""

from graders.core.exercise import wrong_answer

only_wrong_inputs = wrong_answer(
    "wake_sleep_no_guarantee",
    {"A"},
    hint=(
        "In which direction does the sleep phase measure the divergence, and in which direction"
        " does the free energy?"
    ),
)


only_wrong_gradient = wrong_answer(
    "wake_sleep_no_guarantee",
    {"B"},
    hint="On which images is the encoder trained, and on which is it used?",
)


nothing_wrong = wrong_answer(
    "wake_sleep_no_guarantee",
    set(),
    hint="Compare what the sleep phase descends with the gradient of the bound.",
)


both_algorithms = wrong_answer(
    "discrete_latents",
    {"wake_sleep", "aevb"},
    hint=(
        "Which of the two differentiates a sample with respect to the parameters it was drawn with?"
    ),
)


only_aevb = wrong_answer(
    "discrete_latents",
    {"aevb"},
    hint="Try to write a coin flip as a differentiable function of its probability and of noise.",
)


neither_algorithm = wrong_answer(
    "discrete_latents",
    set(),
    hint="One of them asks for nothing but the log probability of a code that is given.",
)


different_complexity = wrong_answer(
    "same_complexity",
    False,
    hint="Count the passes of one data point through each network, forward and backward.",
)
