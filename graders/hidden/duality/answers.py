"""Mistakes in the answers of the topic `duality`."""

from graders.core.exercise import wrong_answer

strictly_positive_only = wrong_answer(
    "quadratic_convex_when", "C > 0", hint="What is the function for C = 0, and is that convex?"
)


always_convex = wrong_answer(
    "quadratic_convex_when", "always", hint="Draw the function of one variable for a negative C."
)


depends_on_b = wrong_answer(
    "quadratic_convex_when",
    "b >= 0",
    hint="Which derivative decides about convexity, and does a linear term enter it?",
)


sign_of_the_score = wrong_answer(
    "softplus_convex_when", "a.b >= 0", hint="Draw log(1 + exp t) for negative t too."
)


negative_scores = wrong_answer(
    "softplus_convex_when", "a.b <= 0", hint="Draw log(1 + exp t) for positive t too."
)


positive_b = wrong_answer(
    "softplus_convex_when",
    "b >= 0",
    hint="How often does b stand in the second derivative, and what happens to its sign?",
)


cost_not_convex = wrong_answer(
    "cost_convex_in_w", False, hint="What is a sum of convex functions and a linear one?"
)


domain_of_probabilities = wrong_answer(
    "softplus_domain", (0.0, 1.0), hint="Put lam = 1 in and let xi go to minus infinity."
)


domain_is_a_half_line = wrong_answer(
    "softplus_domain", (-float("inf"), 0.0), hint="Put lam = -2 in and let xi go to plus infinity."
)


symmetric_domain = wrong_answer(
    "softplus_domain",
    (-1.0, 1.0),
    hint="Try one number from the positive half of your interval, and let xi go to minus infinity.",
)


never_convex = wrong_answer(
    "quadratic_convex_when",
    "never",
    hint="Take C = 1 and b = 0. What does the graph look like?",
)


softplus_never_convex = wrong_answer(
    "softplus_convex_when",
    "never",
    hint="Draw log(1 + exp t), then put a linear function of a in the place of t.",
)
