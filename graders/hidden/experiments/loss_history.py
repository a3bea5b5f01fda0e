"""Hidden checks of `loss_history`, then the mistakes that they catch."""

from graders.core import expect
from graders.core.exercise import check
from graders.hidden.experiments._common import wrong
from graders.public.experiments import artefact
from reference import experiments as reference


@check(
    "loss_history",
    "There are a hundred finite losses of each kind, three learning rates and two sample sizes.",
)
def losses_have_their_form(student):
    found = artefact(
        student,
        "loss_history",
        {
            "wake": (100,),
            "sleep": (100,),
            "aevb": (100,),
            "learning_rates": (3,),
            "sample_sizes": (2,),
        },
    )
    rates, sizes = found["learning_rates"], found["sample_sizes"]
    detail = "wake, sleep and AEVB: between 0 and 1"
    expect.true(
        bool(((rates > 0) & (rates < 1)).all()),
        "learning rates that cannot be",
        subject="loss_history/learning_rates",
        detail=detail,
        got=rates,
    )
    detail = "wake and sleep: whole numbers from 1"
    expect.true(
        bool(((sizes >= 1) & (sizes == sizes.round())).all()),
        "sample sizes that are no counts",
        subject="loss_history/sample_sizes",
        detail=detail,
        got=sizes,
    )


@check(
    "loss_history",
    "The losses of the wake phase and of AEVB fall.",
    after=("losses_have_their_form",),
)
def losses_fall(student):
    losses = artefact(student, "loss_history", {"wake": (100,), "aevb": (100,)})
    for key, values in losses.items():
        first, last = values[:10].mean().item(), values[-10:].mean().item()
        detail = f"{first:.2f} in the first ten epochs, {last:.2f} in the last ten"
        expect.true(
            last < first,
            "a loss that does not fall",
            subject=f"loss_history/{key}",
            detail=detail,
            got=values,
        )


losses_every_ten = wrong(
    "loss_history",
    "Losses are wanted for every epoch, bounds for every tenth.",
    "losses_have_their_form",
    wake=reference.loss_history["wake"][::10],
)


losses_without_sizes = wrong(
    "loss_history",
    "The sample sizes are counts of samples, not shares.",
    "losses_have_their_form",
    sample_sizes=reference.loss_history["sample_sizes"] / 100,
)


losses_negated = wrong(
    "loss_history",
    "A loss that is minimised falls. Is it the bound that you kept?",
    "losses_fall",
    aevb=-reference.loss_history["aevb"],
)


wake_losses_backwards = wrong(
    "loss_history",
    "A loss that is minimised falls. In which order are the epochs?",
    "losses_fall",
    wake=reference.loss_history["wake"][::-1].copy(),
)
