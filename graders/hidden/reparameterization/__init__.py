"""Hidden checks and misconceptions of the topic `reparameterization`.

Under one seed a function draws the same noise whatever its other inputs are. Calling it with mu =
0, logvar = 0 recovers that noise; every other value and gradient then follows exactly. Only the law
of the noise is a statistical check.
"""
