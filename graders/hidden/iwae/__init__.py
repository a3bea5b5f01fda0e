"""Hidden checks and misconceptions of the topic `iwae`.

The decoder records the codes it is called on, so that every value and gradient of `iwae_bound`
follows exactly from the submission's own samples. That these samples have the right law is a check
of its own. `iwae_exact` is not random.
"""
