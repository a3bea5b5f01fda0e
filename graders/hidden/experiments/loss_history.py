"""Hidden checks of `loss_history`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.experiments._common import wrong
from graders.hidden.experiments._trained import ENOUGH, trained
from graders.public.experiments import BATCH_SIZE, LATENTS, artefact, falls
from reference import experiments as reference
from reference.iwae import iwae_bound
from reference.wake_sleep import sleep_loss, wake_loss

D = Words("loss_history")


@D.check(
    "There are a hundred finite losses of each kind, three learning rates and two sample sizes."
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


@D.check("The losses of the wake phase and of AEVB fall.", after=losses_have_their_form)
def losses_fall(student):
    trained(student)
    falls(student, "wake", "aevb")


@D.check(
    "The losses end at those of the saved networks, per image or summed.",
    after=losses_have_their_form,
)
def losses_are_of_saved_networks(student):
    saved, (train, _, _) = trained(student)
    losses = artefact(student, "loss_history", {"wake": (100,), "sleep": (100,), "aevb": (100,)})
    for key, wanted in _own_losses(saved, train[:ENOUGH]).items():
        got = losses[key][-5:].mean().item()
        # A sum over a batch or over the data, or a mean over the batches' sums: which is free.
        scales = (1, BATCH_SIZE, len(train), len(train) / BATCH_SIZE)
        tolerance = 0.03 * abs(wanted) + 0.2
        expect.true(
            any(abs(got / scale - wanted) <= tolerance for scale in scales),
            "not the losses of the saved networks",
            subject=f"the last entries of loss_history/{key}",
            detail=f"their mean is {got:.2f}, the saved networks have {wanted:.2f}",
            got=got,
        )


def _own_losses(saved, images):
    """The three losses of the saved networks on some images, their own random numbers fixed."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return {
            "aevb": -iwae_bound(images, *saved["aevb"], 1).mean().item(),
            "wake": wake_loss(images, *saved["wake_sleep"]).item(),
            "sleep": sleep_loss(*saved["wake_sleep"], ENOUGH, LATENTS).item(),
        }


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


losses_per_pixel = wrong(
    "loss_history",
    "Your loss is averaged over the pixels. What adds up over them?",
    "losses_are_of_saved_networks",
    aevb=reference.loss_history["aevb"] / 64,
)
