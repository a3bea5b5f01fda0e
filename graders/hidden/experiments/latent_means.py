"""Hidden checks of `latent_means`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check
from graders.hidden.experiments._common import DIGITS, both, digits, exchanged, machines, wrong
from graders.public.experiments import ALGORITHMS, artefact, per_algorithm
from reference import experiments as reference


@check(
    "latent_means",
    "There is a point in the plane for each image and algorithm, and a label for each image.",
)
def means_have_their_form(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, 2), "labels": (None,)})
    counts = sorted({len(array) for array in points.values()})
    expect.true(
        len(counts) == 1 and counts[0] >= 100,
        "different numbers of points and labels",
        subject="latent_means",
        detail=f"got {counts}",
        got=counts,
    )


@check(
    "latent_means",
    "The points are the means that the saved encoders give the test images.",
    after=("means_have_their_form",),
)
def means_are_of_saved_encoders(student):
    saved, pixels = machines(student)
    points = artefact(student, "latent_means", per_algorithm(None, 2))
    for algorithm, (encoder, _) in saved.items() if pixels == DIGITS else ():
        known = encoder(digits()[1])[0].detach().double()
        far = torch.cdist(points[algorithm], known).min(1).values > 1e-3
        detail = f"{int(far.sum())} of {len(far)} points are no test image's mean"
        expect.true(
            not far.any(),
            "not the means of the saved encoder",
            subject=f"latent_means/{algorithm}",
            detail=detail,
            got=points[algorithm],
        )


@check(
    "latent_means",
    "The labels belong to the points: neighbours in the plane are often the same digit.",
    after=("means_have_their_form",),
)
def labels_belong_to_points(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, 2), "labels": (None,)})
    count = min(2000, *map(len, points.values()))
    labels = points["labels"][:count]
    for algorithm in ALGORITHMS:
        near = (
            torch.cdist(points[algorithm][:count], points[algorithm][:count])
            .fill_diagonal_(float("inf"))
            .argmin(1)
        )
        share = (labels[near] == labels).double().mean().item()
        # Ten digits at random agree in 10 % of the cases, with a standard error of 3 % for a
        # hundred points.
        detail = f"{share:.0%} of the nearest neighbours have the same label"
        expect.true(
            share > 0.3,
            "labels that do not belong to the points",
            subject=f"latent_means/{algorithm}",
            detail=detail,
            got=share,
        )


means_with_noise = wrong(
    "latent_means",
    "Your points are samples of q(z | x). Its mean is asked for.",
    "means_are_of_saved_encoders",
    **both("latent_means", lambda v: v + 0.1 * (v[::-1] - v)),
)


means_exchanged = wrong(
    "latent_means",
    "The two algorithms are exchanged, in the points or in the saved networks.",
    "means_are_of_saved_encoders",
    **exchanged("latent_means"),
)


labels_shifted = wrong(
    "latent_means",
    "The labels belong to other images than the points.",
    "labels_belong_to_points",
    labels=reference.latent_means["labels"][::-1].copy(),
)


labels_of_training = wrong(
    "latent_means",
    "There are more labels than points. Of which images are they?",
    "means_have_their_form",
    labels=reference.latent_means["labels"].repeat(2),
)
