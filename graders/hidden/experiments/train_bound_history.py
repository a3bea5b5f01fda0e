"""Hidden checks of `train_bound_history`, then the mistakes that they catch."""

from graders.hidden._words import Words
from graders.hidden.experiments._common import both, exchanged, wrong
from graders.hidden.experiments._trained import ends_at_own_bound, trained
from graders.public.experiments import artefact, per_algorithm, rises

D = Words("train_bound_history")


@D.check("There are ten finite bounds for each algorithm.")
def training_bounds_have_their_form(student):
    artefact(student, "train_bound_history", per_algorithm(10))


@D.check(
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=training_bounds_have_their_form,
)
def bounds_of_training_rise(student):
    trained(student)
    rises(student, "train_bound_history")


@D.check(
    "The last bound of each algorithm is L_100 of its saved networks on the training images.",
    after=training_bounds_have_their_form,
)
def training_bounds_are_of_saved_networks(student):
    ends_at_own_bound(student, "train_bound_history", 0)


training_bounds_every_epoch = wrong(
    "train_bound_history",
    "Losses are wanted for every epoch, bounds for every tenth.",
    "training_bounds_have_their_form",
    **both("train_bound_history", lambda v: v.repeat(10)),
)


training_bounds_backwards = wrong(
    "train_bound_history",
    "The machine seems to get worse. In which order are the epochs?",
    "bounds_of_training_rise",
    **both("train_bound_history", lambda v: v[::-1].copy()),
)


training_bounds_exchanged = wrong(
    "train_bound_history",
    "The two algorithms are exchanged, in the histories or in the saved networks.",
    "training_bounds_are_of_saved_networks",
    **exchanged("train_bound_history"),
)


training_bounds_summed = wrong(
    "train_bound_history",
    "Your bounds are sums over the images. What is plotted is that of one image.",
    "training_bounds_are_of_saved_networks",
    **both("train_bound_history", lambda v: v * 1297),
)
