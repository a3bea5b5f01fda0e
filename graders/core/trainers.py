"""Laws of trainers, functions that train two networks in place: every example in every epoch, in
batches that are put together anew, with Adam's first step. None needs a right trainer.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from graders.core import expect
from graders.core.draw import Draw
from graders.core.fixtures import Network, Observed, network
from graders.core.language import say, to_say
from graders.core.student import Student

EPOCHS, BATCH, RATE = 3, 6, 0.01
UNTRAINED = {
    "encoder": to_say("the encoder is not trained"),
    "decoder": to_say("the decoder is not trained"),
}


def untrained(
    draw: Draw,
    *,
    examples: int = 20,
    inputs: int = 7,
    latents: int = 2,
    dtype: torch.dtype = torch.float32,
) -> tuple[torch.Tensor, Network, Network]:
    """Grey data whose rows are all different, and two small recording networks."""
    data = draw.uniform(0.05, 0.95, examples, inputs, dtype=dtype)
    encoder = network(draw, (inputs, 6, latents), heads=2, record=True, dtype=dtype)
    return data, encoder, network(draw, (latents, 5, inputs), record=True, dtype=dtype)


def histories(observed: Observed, keys: Sequence[str], epochs: int, subject: str) -> None:
    """Checks that the result is a dict with one list of finite floats per key."""
    for key, losses in zip(keys, expect.entries(observed.value, keys, subject=subject)):
        losses = losses.tolist() if hasattr(losses, "tolist") else losses
        fine = isinstance(losses, (list, tuple)) and all(
            isinstance(loss, (int, float)) and not isinstance(loss, bool) for loss in losses
        )
        expect.true(
            fine,
            "not a list of floats",
            subject=say('"{key}" of {subject}', key=key, subject=subject),
            detail="wanted a list of floats",
            got=type(losses).__name__,
        )
        count = len(losses)
        expect.true(
            count == epochs,
            "not one loss per epoch",
            subject=say('"{key}" of {subject}', key=key, subject=subject),
            detail=say("got {count} for {epochs} epochs", count=count, epochs=epochs),
            got=count,
        )
        expect.finite(
            torch.tensor(losses, dtype=torch.float64),
            subject=say('"{key}" of {subject}', key=key, subject=subject),
        )


def train(
    student: Student,
    name: str,
    data: torch.Tensor,
    encoder: Network,
    decoder: Network,
    epochs: int,
    batch_size: int,
    rate: float,
    seed: int | None = None,
) -> tuple[Observed, list[Network]]:
    """Run a trainer; returns the call and the two networks as it leaves them. Fails when their
    dtype is another one.
    """
    observed = student.observe(name, data, encoder, decoder, epochs, batch_size, rate, seed=seed)
    pair = observed.arguments[1:3]
    kept = all(parameter.dtype == data.dtype for net in pair for parameter in net.parameters())
    expect.true(
        kept,
        "networks of another dtype",
        subject=say("the networks after {name}", name=name),
        detail=say("wanted {dtype}, that they had before", dtype=data.dtype),
        got="another dtype",
    )
    return observed, pair


def first_step(student: Student, draw: Draw, name: str, dtype: torch.dtype = torch.float32) -> None:
    """Checks the size of Adam's first step, which is the learning rate for every parameter that has
    a gradient.
    """
    data, encoder, decoder = untrained(draw, dtype=dtype)
    _, trained = train(student, name, data, encoder, decoder, 1, len(data), RATE)
    steps = {}
    for what, before, after in zip(("encoder", "decoder"), (encoder, decoder), trained):
        steps[what] = (
            torch.cat(
                [
                    (a - b).detach().abs().flatten()
                    for a, b in zip(after.parameters(), before.parameters())
                ]
            )
            / RATE
        )
    medians = torch.stack([step.median().double() for step in steps.values()])
    for what, step in steps.items():
        subject = say("the {what} after one batch in {name}", what=what, name=name)
        expect.true(
            bool(step.any()),
            UNTRAINED[what],
            subject=subject,
            detail="no parameter has moved",
            got=medians,
        )
        # A gradient near 1e-8, Adam's epsilon, makes a shorter step; such are rare. Weight decay
        # may add a few percent.
        right = bool(step.max() < 1.1) and (step > 0.9).double().mean().item() > 0.9
        detail = say(
            "the median step is {median:.3g} learning rates, that of Adam is 1",
            median=step.median(),
        )
        expect.true(
            right,
            "not the first step of Adam at this learning rate",
            subject=subject,
            detail=detail,
            got=medians,
        )


def short_batch(student: Student, draw: Draw, name: str) -> None:
    """Checks that data which do not fill one batch are trained on."""
    data, encoder, decoder = untrained(draw)
    _, trained = train(student, name, data, encoder, decoder, 1, 50, RATE)
    moved = [
        any(not torch.equal(a, b) for a, b in zip(net.parameters(), after.parameters()))
        for net, after in zip((encoder, decoder), trained)
    ]
    detail = say(
        "with {examples} examples and a batch_size of 50 nothing is trained", examples=len(data)
    )
    expect.true(
        all(moved), "a short batch that is left out", subject=name, detail=detail, got=moved
    )


def batches_seen(
    student: Student, draw: Draw, name: str
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Data rows that the encoder was called on, one tensor of indices per call that saw nothing
    else, for EPOCHS epochs.
    """
    data, encoder, decoder = untrained(draw)
    student.observe(name, data, encoder, decoder, EPOCHS, BATCH, RATE)
    calls = [
        call.reshape(-1, call.shape[-1])
        for call in encoder.calls
        if call.shape[-1:] == data.shape[1:]
    ]
    same = [(call[:, None] == data).all(-1) for call in calls]
    return data, [match.nonzero()[:, 1] for match in same if match.any(1).all()]


def every_example(student: Student, draw: Draw, name: str) -> None:
    """Checks that each example was used at least once per epoch."""
    data, batches = batches_seen(student, draw, name)
    counts = torch.cat([*batches, torch.arange(len(data))]).bincount() - 1
    detail = say(
        "one example was used {times} times in {epochs} epochs of {examples} examples"
        " in batches of {batch}",
        times=counts.min(),
        epochs=EPOCHS,
        examples=len(data),
        batch=BATCH,
    )
    expect.true(
        int(counts.min()) >= EPOCHS,
        "not every example is used in every epoch",
        subject=name,
        detail=detail,
        got=counts,
    )


def shuffled(student: Student, draw: Draw, name: str) -> None:
    """Checks that batches have the right size and are put together anew in every epoch."""
    data, batches = batches_seen(student, draw, name)
    full = {tuple(sorted(batch.tolist())) for batch in batches if len(batch) == BATCH}
    expect.true(
        bool(full),
        "no batch of batch_size examples",
        subject=name,
        detail=say("batches of {sizes} examples", sizes=sorted(set(map(len, batches)))),
        got=0,
    )
    # Equal batches in two epochs have probability 1 / 38760 each; to see only those of one epoch
    # takes six of them.
    per_epoch = len(data) // BATCH
    detail = say(
        "{number} different batches in {epochs} epochs; {each} are one epoch's",
        number=len(full),
        epochs=EPOCHS,
        each=per_epoch,
    )
    got = (
        f"{len(full)}, first {'in' if tuple(range(BATCH)) in full else 'not in'} the order of the"
        " data"
    )
    expect.true(
        len(full) > per_epoch,
        "data that are not shuffled in every epoch",
        subject=name,
        detail=detail,
        got=got,
    )


def keeps_data(student: Student, draw: Draw, name: str) -> None:
    """Checks that training leaves the data as they are."""
    data, encoder, decoder = untrained(draw)
    observed = student.observe(name, data, encoder, decoder, 2, BATCH, RATE)
    expect.unchanged(observed, (data,), names=("data",), subject=name)
