"""Hidden checks and misconceptions of the topic `elbo`.

The decoder records the codes it is called on, so that values and gradients follow exactly from the
submission's own samples. That these samples come from q(z | x) is a check of its own. What lives on
finite latent spaces is not random.
"""
