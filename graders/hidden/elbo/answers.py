"""Mistakes in the answers of the topic `elbo`."""

from graders.core.exercise import wrong_answer

optimum_named_prior = wrong_answer(
    "optimal_q_equals",
    "1",
    hint="The prior knows nothing of x. Does the first term of the objective reward that?",
)


optimum_named_likelihood = wrong_answer(
    "optimal_q_equals",
    "2",
    hint="As a function of z, does this add up to 1? And where is the prior?",
)


optimum_named_joint = wrong_answer(
    "optimal_q_equals", "4", hint="Up to a factor, yes. Which constraint fixes the factor?"
)


terms_exchanged = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "regularizer", "kl": "reconstruction"},
    hint="Which of the two terms looks at the image at all?",
)


both_reconstruct = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "reconstruction", "kl": "reconstruction"},
    hint="Does the divergence from the prior depend on the decoder?",
)


both_regularize = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "regularizer", "kl": "regularizer"},
    hint="Which term would a plain autoencoder keep?",
)


def generative(autoencoder, vae, vae_without_kl):
    return {"autoencoder": autoencoder, "vae": vae, "vae_without_kl": vae_without_kl}


all_generative = wrong_answer(
    "generative_models",
    generative(True, True, True),
    hint="Every decoder accepts z ~ N(0, I). Was it ever trained there?",
)


noise_is_enough = wrong_answer(
    "generative_models",
    generative(False, True, True),
    hint=(
        "Nothing but the divergence ties the codes to the prior. What happens to them, and to their"
        " variance, without it?"
    ),
)


none_generative = wrong_answer(
    "generative_models",
    generative(False, False, False),
    hint=(
        "For one of the three, the codes of the data lie where the prior samples. What in its"
        " objective sees to that?"
    ),
)


autoencoder_generative = wrong_answer(
    "generative_models",
    generative(True, True, False),
    hint="What is known about the distribution of a plain autoencoder's codes?",
)
