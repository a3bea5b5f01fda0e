"""Hidden checks of `bound_history`, then the mistakes that they catch."""

from graders.hidden._words import Words
from graders.hidden.experiments._common import DIGITS, both, exchanged, wrong
from graders.hidden.experiments._trained import ends_at_own_bound, trained
from graders.public.experiments import artefact, per_algorithm, rises

D = Words("bound_history")


@D.check("There are ten finite bounds for each algorithm.")
def bounds_have_their_form(student):
    artefact(student, "bound_history", per_algorithm(10))


@D.check(
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=bounds_have_their_form,
)
def bounds_rise(student):
    trained(student)
    rises(student, "bound_history")


@D.check(
    "The last bound of each algorithm is L_100 of its saved networks on the test images.",
    after=bounds_have_their_form,
)
def bounds_are_of_saved_networks(student):
    ends_at_own_bound(student, "bound_history", 1)


@D.check(
    "Both machines explain the test images better than independent pixels do.",
    after=bounds_have_their_form,
)
def bounds_beat_independent_pixels(student):
    trained(student)


bounds_of_every_epoch = wrong(
    "bound_history",
    "There are more entries than rounds of ten epochs.",
    "bounds_have_their_form",
    **both("bound_history", lambda v: v.repeat(10)),
)


bounds_negated = wrong(
    "bound_history",
    "Your bounds are losses: which sign does the logarithm of a probability have?",
    "bounds_rise",
    **both("bound_history", lambda v: -v),
)


bounds_backwards = wrong(
    "bound_history",
    "The machine seems to get worse. In which order are the epochs?",
    "bounds_rise",
    **both("bound_history", lambda v: v[::-1].copy()),
)


bounds_per_pixel = wrong(
    "bound_history",
    "Your bounds are averaged over the pixels. What adds up over them?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v / DIGITS),
)


bounds_summed = wrong(
    "bound_history",
    "Your bounds are sums over the images. What is plotted is that of one image.",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v * 500),
)


bounds_without_log_k = wrong(
    "bound_history",
    "Your bounds are too large by a constant. What does L_k do with k?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v + 4.60517),
)


bounds_of_one_sample = wrong(
    "bound_history",
    "Your bounds are too low for a hundred samples. Which k did you evaluate?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v - 0.3),
)


bounds_exchanged = wrong(
    "bound_history",
    "The two algorithms are exchanged, in the histories or in the saved networks.",
    "bounds_are_of_saved_networks",
    **exchanged("bound_history"),
)
