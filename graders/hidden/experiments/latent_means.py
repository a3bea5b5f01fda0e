"""Hidden checks of `latent_means`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.experiments._common import both, exchanged, wrong
from graders.hidden.experiments._trained import ENOUGH, trained
from graders.public.experiments import artefact, per_algorithm
from reference import experiments as reference

D = Words("latent_means")


@D.check("There is a point in the plane for each image and algorithm, and a label for each image.")
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


@D.check(
    "The points are the means that the saved encoders give the test images.",
    after=means_have_their_form,
)
def means_are_of_saved_encoders(student):
    saved, (_, test, _) = trained(student)
    points = artefact(student, "latent_means", per_algorithm(None, 2))
    for algorithm, (encoder, _) in saved.items():
        known = encoder(test)[0].detach().double()
        far = torch.cdist(points[algorithm][:ENOUGH], known).min(1).values > 1e-3
        detail = f"{int(far.sum())} of {len(far)} points are no test image's mean"
        expect.true(
            not far.any(),
            "not the means of the saved encoder",
            subject=f"latent_means/{algorithm}",
            detail=detail,
            got=points[algorithm],
        )


@D.check(
    "The labels belong to the points: each is that of the test image whose mean lies there.",
    after=means_have_their_form,
)
def labels_belong_to_points(student):
    saved, (_, test, right) = trained(student)
    points = artefact(student, "latent_means", {**per_algorithm(None, 2), "labels": (None,)})
    labels = points["labels"][:ENOUGH]
    for algorithm, (encoder, _) in saved.items():
        known = encoder(test)[0].detach().double()
        nearest = torch.cdist(points[algorithm][:ENOUGH], known).argmin(1)
        share = (labels == right[nearest]).double().mean().item()
        # Two images may have nearly the same mean.
        expect.true(
            share > 0.95,
            "labels that do not belong to the points",
            subject=f"latent_means/{algorithm}",
            detail=f"{share:.0%} of the labels are those of the images whose means lie there",
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
