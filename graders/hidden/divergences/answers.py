"""Mistakes in the answers of the topic `divergences`."""

from graders.core.exercise import wrong_answer

infinite_jsd = wrong_answer(
    "why_wasserstein",
    {"A", "B", "C", "D", "G"},
    hint="One of the divergences is infinite for disjoint lines. Is it this one?",
)


bounded_w1 = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D", "E", "G"},
    hint=(
        "How large does the distance of two lines get that are far apart, and which divergence is"
        " it that has the bound?"
    ),
)


wrong_minimum = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D", "F", "G"},
    hint="Compute both distances for two equal distributions.",
)


only_the_derivatives = wrong_answer(
    "why_wasserstein",
    {"A", "B"},
    hint=(
        "What you name is true; more of the statements are. Look at theta = 0, and at the"
        " discriminator."
    ),
)


without_the_discriminator = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D"},
    hint=(
        "How does a perfect discriminator look for two lines that are very near each other, and for"
        " two that are far apart?"
    ),
)
