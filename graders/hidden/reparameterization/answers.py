"""Mistakes in the answers of the topic `reparameterization`."""

from graders.core.exercise import wrong_answer


def models(first, second, third):
    return {"model_1": first, "model_2": second, "model_3": third}


always = wrong_answer(
    "needs_reparameterization",
    models(True, True, True),
    hint=(
        "Noise alone is no reason. Ask which parameters the distribution that is sampled"
        " depends on."
    ),
)


wherever_latent = wrong_answer(
    "needs_reparameterization",
    models(False, True, True),
    hint="Compare models 2 and 3: what is random in each, and on what does its law depend?",
)


denoising_too = wrong_answer(
    "needs_reparameterization",
    models(True, True, False),
    hint="In model 1, which of the two parameters enters before the sample is drawn?",
)


never = wrong_answer(
    "needs_reparameterization",
    models(False, False, False),
    hint="Try to differentiate a sample with respect to the mean it is drawn around.",
)
