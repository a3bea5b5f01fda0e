"""Mistakes in the answers of the topic `likelihood`."""

from graders.core.exercise import wrong_answer

gaussian_decoder = wrong_answer(
    "decoder_distribution",
    "Gaussian",
    hint="This one makes the reconstruction error a squared error.",
)


laplace_decoder = wrong_answer(
    "decoder_distribution",
    "Laplace",
    hint="This one makes the reconstruction error a sum of absolute deviations.",
)


categorical_decoder = wrong_answer(
    "decoder_distribution",
    "categorical",
    hint=(
        "Its cross entropy is that of one variable with many values. How many variables does an"
        " image have?"
    ),
)


poisson_decoder = wrong_answer(
    "decoder_distribution",
    "Poisson",
    hint="Which values can such a variable take, and which ones does a binary pixel take?",
)
