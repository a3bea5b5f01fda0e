"""Mistakes in the answers of the topic `wasserstein`."""

from graders.core.exercise import wrong_answer

unaffected_by_k = wrong_answer(
    "k_lipschitz_value",
    "W1",
    hint=(
        "There are more K-Lipschitz functions than 1-Lipschitz ones when K is larger than 1. Can"
        " the supremum stay?"
    ),
)


divided_by_k = wrong_answer(
    "k_lipschitz_value",
    "W1 / K",
    hint="Does a larger set of functions make the supremum larger or smaller?",
)


k_squared = wrong_answer(
    "k_lipschitz_value",
    "K^2 * W1",
    hint=(
        "Take a 1-Lipschitz function and multiply it by K: what happens to the difference of its"
        " expectations?"
    ),
)


unbounded = wrong_answer(
    "k_lipschitz_value", "infinity", hint="That is the supremum without any constraint."
)


with_gradient_clipping = wrong_answer(
    "lipschitz_enforcement",
    {"A", "B", "C", "D"},
    hint=(
        "Two different gradients go by that name: with respect to the input, and with respect to"
        " the weights."
    ),
)


with_sigmoid = wrong_answer(
    "lipschitz_enforcement", {"A", "B", "C", "E"}, hint="How steep can a bounded function be?"
)


only_hard_constraints = wrong_answer(
    "lipschitz_enforcement",
    {"A", "C"},
    hint="What you name is right; a soft constraint counts too.",
)


with_learning_rate = wrong_answer(
    "lipschitz_enforcement",
    {"A", "B", "C", "F"},
    hint="Small steps reach steep critics too, later.",
)


only_clipping = wrong_answer(
    "lipschitz_enforcement",
    {"A"},
    hint="That is how the first paper did it; later ones found other ways.",
)


clipping_bounds_nothing = wrong_answer(
    "lipschitz_enforcement",
    {"B", "C"},
    hint="A linear layer is as steep as its weights are large: what does an interval do to them?",
)


spectral_norm_bounds_nothing = wrong_answer(
    "lipschitz_enforcement",
    {"A", "B"},
    hint="By how much can a matrix stretch a vector at most?",
)
