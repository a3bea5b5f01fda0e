"""What a student receives of the grader: types, check words, engine and rendering. Standard
library, torch, numpy.

In a notebook: `from graders.core.notebook import check`, then `check("kl_standard_normal")`.
"""
