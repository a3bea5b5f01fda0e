"""Wrong answers of `diffusion`, with hints."""

from graders.core.exercise import wrong_answer

RIGHT = {
    "bound_is_kls_and_a_reconstruction_term": True,
    "ddim_needs_another_training": False,
    "epsilon_is_a_scaled_score": True,
    "unweighted_loss_is_the_bound": False,
}


def _but(*statements):
    return {name: value != (name in statements) for name, value in RIGHT.items()}


not_a_bound = wrong_answer(
    "diffusion_facts",
    _but("bound_is_kls_and_a_reconstruction_term"),
    hint="Seen as a latent variable model, what are the latent variables, and what is its bound?",
)
ddim_trained_anew = wrong_answer(
    "diffusion_facts",
    _but("ddim_needs_another_training"),
    hint="Which quantities does the training loss use: whole paths, or pairs of x_0 and x_t?",
)
noise_is_no_score = wrong_answer(
    "diffusion_facts",
    _but("epsilon_is_a_scaled_score"),
    hint="Differentiate the logarithm of a Gaussian density. What points back to the mean?",
)
weights_do_not_matter = wrong_answer(
    "diffusion_facts",
    _but("unweighted_loss_is_the_bound"),
    hint="By what factor does a term of the bound differ from the squared error? Is it constant?",
)
training_and_sampling_mixed_up = wrong_answer(
    "diffusion_facts",
    _but("ddim_needs_another_training", "unweighted_loss_is_the_bound"),
    hint="What the network learns, and what is done with it afterwards, are two questions.",
)
