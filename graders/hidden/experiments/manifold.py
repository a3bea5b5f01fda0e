"""Hidden checks of `manifold`, then the mistakes that they catch."""

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.experiments._common import both, exchanged, machines, wrong
from graders.hidden.experiments._trained import trained
from graders.public.experiments import artefact, per_algorithm, within_0_and_1
from reference import experiments as reference

D = Words("manifold")


@D.check("There is an image between 0 and 1 for each code of the grid.")
def grid_has_its_form(student):
    _, pixels = machines(student)
    within_0_and_1(artefact(student, "manifold", per_algorithm(20, 20, pixels)), "manifold")


@D.check(
    "The images are what the saved decoders make of a regular grid of codes from -3 to 3.",
    after=grid_has_its_form,
)
def grid_is_of_saved_decoders(student):
    saved, (_, test, _) = trained(student)
    pixels = test.shape[-1]
    grids = artefact(student, "manifold", per_algorithm(20, 20, pixels))
    for algorithm, (_, decoder) in saved.items():
        wanted = reference.decode_grid(decoder).double()
        # Which axis runs down and which way each grows is free.
        turned = [
            image.flip(axes)
            for image in (wanted, wanted.transpose(0, 1))
            for axes in ((), (0,), (1,), (0, 1))
        ]
        error = min((grids[algorithm] - image).abs().max().item() for image in turned)
        detail = f"some pixel differs by {error:.3f} in every orientation of the grid"
        expect.true(
            error <= 5e-3,
            "not the images of the saved decoder",
            subject=f"manifold/{algorithm}",
            detail=detail,
            got=grids[algorithm],
        )


grid_of_logits = wrong(
    "manifold",
    "Your images are logits. What turns them into probabilities?",
    "grid_has_its_form",
    **both("manifold", lambda v: 8 * v - 4),
)


grid_exchanged = wrong(
    "manifold",
    "The two algorithms are exchanged, in the grids or in the saved networks.",
    "grid_is_of_saved_decoders",
    **exchanged("manifold"),
)


grid_too_small = wrong(
    "manifold",
    "Your grid does not reach as far as was asked for.",
    "grid_is_of_saved_decoders",
    **both("manifold", lambda v: v[5:15, 5:15].repeat(2, 0).repeat(2, 1)),
)


grid_of_binary_images = wrong(
    "manifold",
    "Your images are rounded. The means of the decoder are asked for.",
    "grid_is_of_saved_decoders",
    **both("manifold", lambda v: v.round()),
)
