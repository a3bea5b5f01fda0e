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


jsd_falls_with_theta = wrong_answer(
    "why_wasserstein",
    {"B", "D", "G"},
    hint=(
        "Compute the Jensen-Shannon divergence for two different theta > 0. How do they compare?"
    ),
)


w1_without_slope = wrong_answer(
    "why_wasserstein",
    {"A", "D", "G"},
    hint="How far is mass carried for a given theta, and how does that change with theta?",
)


both_jump = wrong_answer(
    "why_wasserstein",
    {"A", "B", "G"},
    hint="What is each of the two distances at theta = 0, and what is it nearby?",
)
