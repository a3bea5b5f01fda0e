"""Hidden checks and misconceptions of the topic `duality`.

The primal optimum is measured here, by Newton's method of scipy on a cost written in numpy: a
duality gap is judged by weak duality alone, whatever solver found the multipliers.
"""
