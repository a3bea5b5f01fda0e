"""Hidden checks of `reconstructions`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.experiments._common import both, digits, machines, wrong
from graders.hidden.experiments._trained import trained
from graders.public.experiments import artefact, per_algorithm, within_0_and_1
from reference import experiments as reference

D = Words("reconstructions")


@D.check("There are a hundred images of each kind, between 0 and 1.")
def images_have_their_form(student):
    _, pixels = machines(student)
    within_0_and_1(
        artefact(
            student, "reconstructions", {"original": (100, pixels), **per_algorithm(100, pixels)}
        ),
        "reconstructions",
    )


@D.check("The originals are images of the test set.", after=images_have_their_form)
def originals_are_test_images(student):
    _, (_, test, _) = trained(student)
    form = {"original": (100, test.shape[-1])}
    originals = artefact(student, "reconstructions", form)["original"]
    distance = torch.cdist(originals, test.double()).min(1).values
    detail = f"{int((distance > 1e-3).sum())} of 100 are not in the test set"
    expect.true(
        bool((distance <= 1e-3).all()),
        "originals that are not of the test set",
        subject="reconstructions/original",
        detail=detail,
        got=distance,
    )


@D.check(
    "Each machine's images are what its saved networks make of the originals.",
    after=images_have_their_form,
)
def images_are_of_saved_networks(student):
    saved, (_, test, _) = trained(student)
    pixels = test.shape[-1]
    images = artefact(
        student, "reconstructions", {"original": (100, pixels), **per_algorithm(100, pixels)}
    )
    average = (images["original"] - images["original"].mean(0)).square().mean().item()
    for algorithm, pair in saved.items():
        # Decoding a sample of q instead of its mean is right too: it lies nearer to the decoded
        # mean than images to each other.
        wanted = reference.reconstruct(images["original"].float(), *pair).double()
        error = (images[algorithm] - wanted).square().mean().item()
        detail = (
            f"mean squared distance {error:.4f} from what the saved networks give, {average:.4f}"
            " between images"
        )
        expect.true(
            error < 0.18 * average,
            "not the images of the saved networks",
            subject=f"reconstructions/{algorithm}",
            detail=detail,
            got=images[algorithm],
        )


images_as_logits = wrong(
    "reconstructions",
    "Your images are logits. What turns them into probabilities?",
    "images_have_their_form",
    **both("reconstructions", lambda v: 8 * v - 4),
)


images_of_average = wrong(
    "reconstructions",
    "All reconstructions look alike. Which code belongs to which image?",
    "images_are_of_saved_networks",
    **both("reconstructions", lambda v: 0 * v + v.mean(0)),
)


images_in_other_order = wrong(
    "reconstructions",
    "The reconstructions belong to other images than those beside them.",
    "images_are_of_saved_networks",
    **both("reconstructions", lambda v: v[::-1].copy()),
)


images_of_training = wrong(
    "reconstructions",
    "Some originals are not of the test set.",
    "originals_are_test_images",
    original=digits()[0][:100].numpy(),
)
