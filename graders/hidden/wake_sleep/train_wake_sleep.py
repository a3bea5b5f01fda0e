"""Hidden checks of `train_wake_sleep`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.trainers import (
    BATCH,
    EPOCHS,
    RATE,
    every_example,
    first_step,
    histories,
    keeps_data,
    short_batch,
    shuffled,
    train,
    untrained,
)
from graders.hidden._words import Words
from graders.hidden.wake_sleep._common import (
    WAKE_SLEEP_THRESHOLD,
    _adam,
    _descend,
    _dream,
    _mean,
    _minus_elbo,
    _shuffled,
    downhill,
    history_of_still_networks,
    steep,
    trained_well,
)
from graders.public.wake_sleep import train_wake_sleep
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize
from reference.wake_sleep import gaussian_log_prob, sleep_loss, wake_loss

D = Words(train_wake_sleep)


@D.check("It returns one finite loss of each kind per epoch.")
def wake_sleep_histories(student, draw):
    observed = student.observe("train_wake_sleep", *untrained(draw), EPOCHS, BATCH, RATE)
    histories(observed, ("wake_loss", "sleep_loss"), EPOCHS, "the result of train_wake_sleep")


@D.check("The first step of both networks is Adam's at the learning rate.")
def wake_sleep_first_step(student, draw):
    first_step(student, draw, "train_wake_sleep")


@D.check(
    "Every example is used in every epoch, those of the last short batch too.",
    after=wake_sleep_first_step,
)
def wake_sleep_uses_every_example(student, draw):
    every_example(student, draw, "train_wake_sleep")


@D.check("Data that do not fill one batch are used too.", after=wake_sleep_first_step)
def wake_sleep_uses_short_batch(student, draw):
    short_batch(student, draw, "train_wake_sleep")


@D.check(
    "Batches have batch_size examples, and are put together anew in every epoch.",
    after=wake_sleep_first_step,
)
def wake_sleep_shuffles(student, draw):
    shuffled(student, draw, "train_wake_sleep")


def rows_seen(net):
    """All rows that a network was called on, in order."""
    width = net.sizes[0]
    return torch.cat(
        [
            torch.zeros(0, width),
            *(call.reshape(-1, width) for call in net.calls if call.shape[-1:] == (width,)),
        ]
    )


def dreams_of_one_batch(student, draw, steepness=1):
    """Everything that one batch of training shows: the encoder, its step, its dreams and all codes
    that were decoded.
    """
    data, encoder, decoder = untrained(draw)
    steep(decoder, steepness)
    _, (trained, _) = train(student, "train_wake_sleep", data, encoder, decoder, 1, 50, RATE)
    images, codes = (rows_seen(net) for net in (encoder, decoder))
    dreams = images[~(images[:, None] == data).all(-1).any(1)]
    expect.true(
        len(dreams) > 0,
        "a sleep phase without dreams",
        subject="train_wake_sleep",
        detail="the encoder was called on the data only",
        got=0,
    )
    return encoder, trained, dreams, codes


@D.check(
    "In the sleep phase the encoder sees binary images that the decoder has dreamt.",
    after=wake_sleep_first_step,
    stand_ins=False,
)
def wake_sleep_dreams(student, draw):
    _, _, dreams, _ = dreams_of_one_batch(student, draw)
    binary = bool(((dreams == 0) | (dreams == 1)).all())
    expect.true(
        binary,
        "images that are not binary",
        subject="the dreams of train_wake_sleep",
        detail=f"got {dreams[0].tolist()}",
        got=dreams,
    )


@D.check("Every batch has a sleep phase of its own.", after=wake_sleep_dreams, stand_ins=False)
def wake_sleep_alternates(student, draw):
    data, encoder, decoder = untrained(draw)
    train(student, "train_wake_sleep", data, encoder, decoder, 1, BATCH, RATE)
    known = (rows_seen(encoder)[:, None] == data).all(-1).any(1)
    falls_asleep = torch.cat([~known[:1], known[:-1] & ~known[1:]]).sum().item()
    batches = -(-len(data) // BATCH)
    expect.true(
        falls_asleep >= batches,
        "not as many sleep phases as batches",
        subject="an epoch of train_wake_sleep",
        detail=f"got {falls_asleep} sleep phases between wake phases, wanted {batches}",
        got=falls_asleep,
    )


@D.check(
    "The encoder's step follows the sleep phase, and nothing else.",
    after=wake_sleep_dreams,
    stand_ins=False,
)
def encoder_learns_asleep(student, draw):
    # The likelihood of a steep decoder would pull harder than the sleep loss does.
    encoder, trained, dreams, codes = dreams_of_one_batch(student, draw, steepness=10)
    step = torch.cat(
        [(a - b).detach().flatten() for a, b in zip(trained.parameters(), encoder.parameters())]
    )
    agreements = []
    # The codes behind the dreams are somewhere among all that were decoded; the first step of Adam
    # is minus the gradient's sign.
    for start in range(len(codes) - len(dreams) + 1):
        loss = -gaussian_log_prob(codes[start : start + len(dreams)], *encoder(dreams)).mean()
        gradient = torch.cat(
            [g.flatten() for g in torch.autograd.grad(loss, list(encoder.parameters()))]
        )
        agreements.append((gradient.sign() == -step.sign()).double().mean().item())
    best = max(agreements, default=0.0)
    detail = f"{best:.0%} of the parameters moved against the gradient of the sleep loss"
    expect.true(
        best > 0.97,
        "an encoder that follows another loss",
        subject="the encoder's step in train_wake_sleep",
        detail=detail,
        got=best,
    )


@D.check(
    "The trained networks reach the bound on held-out data that right trainers reach.",
    after=wake_sleep_first_step,
    stand_ins=False,
)
def wake_sleep_trains_well(student, draw):
    return trained_well(student, draw, "train_wake_sleep", WAKE_SLEEP_THRESHOLD)


@D.check("It leaves the data as they are.", after=wake_sleep_first_step)
def wake_sleep_keeps_data(student, draw):
    keeps_data(student, draw, "train_wake_sleep")


@D.check(
    "The histories follow the losses: networks that do not move have one and the same, in"
    " proportion to them.",
    after=wake_sleep_histories,
    stand_ins=False,
)
def wake_sleep_histories_follow_losses(student, draw, right):
    def losses_of(data, logits, encoder):
        # So wide a q that log q does not depend on the code: its square is divided by exp(20) or
        # more.
        mu, logvar = encoder(data[:1])
        wake = -right.bernoulli_log_likelihood(data[:1], logits.expand(1, 7)).item()
        return {"wake_loss": wake, "sleep_loss": -right.gaussian_log_prob(mu, mu, logvar).item()}

    history_of_still_networks(student, draw, "train_wake_sleep", losses_of)


def _alternating(
    wake_of,
    sleep_of,
    data,
    encoder,
    decoder,
    epochs,
    batch_size,
    learning_rate,
    *,
    batches_of=_shuffled,
):
    """The right loop around some pair of losses of (x, encoder, decoder)."""
    wake, sleep = _adam(decoder, lr=learning_rate), _adam(encoder, lr=learning_rate)
    history = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        losses = [
            (
                _descend(wake, wake_of(x, encoder, decoder)),
                _descend(sleep, sleep_of(x, encoder, decoder)),
            )
            for x in batches_of(data, batch_size)
        ]
        for name, values in zip(history, zip(*losses)):
            history[name].append(_mean(values))
    return history


def _wake(x, encoder, decoder):
    return wake_loss(x, encoder, decoder)


def _sleep(x, encoder, decoder):
    return sleep_loss(encoder, decoder, len(x), encoder(x)[0].shape[-1])


@D.check(
    "The first step of the decoder goes against the gradient of the wake loss.",
    after=wake_sleep_first_step,
    stand_ins=False,
)
def wake_sleep_goes_downhill(student, draw, right):
    downhill(student, draw, "train_wake_sleep", {"decoder": right.wake_loss})


@wake_sleep_histories.catches("The two losses come back as one.")
def ws_one_history(data, encoder, decoder, epochs, batch_size, learning_rate):
    history = _alternating(_wake, _sleep, data, encoder, decoder, epochs, batch_size, learning_rate)
    return {
        "loss": [wake + sleep for wake, sleep in zip(history["wake_loss"], history["sleep_loss"])]
    }


@wake_sleep_histories.catches("One loss per batch comes back. How many are wanted for each epoch?")
def ws_loss_of_every_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake, sleep = _adam(decoder, lr=learning_rate), _adam(encoder, lr=learning_rate)
    history = {"wake_loss": [], "sleep_loss": []}
    for x in [x for _ in range(epochs) for x in _shuffled(data, batch_size)]:
        history["wake_loss"].append(_descend(wake, _wake(x, encoder, decoder)))
        history["sleep_loss"].append(_descend(sleep, _sleep(x, encoder, decoder)))
    return history


@wake_sleep_first_step.catches("The encoder's parameters never change. Is every optimizer stepped?")
def ws_never_sleeps(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake, history = _adam(decoder, lr=learning_rate), {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        batches = _shuffled(data, batch_size)
        history["wake_loss"].append(
            _mean([_descend(wake, _wake(x, encoder, decoder)) for x in batches])
        )
        history["sleep_loss"].append(_mean([_sleep(x, encoder, decoder).item() for x in batches]))
    return history


@wake_sleep_first_step.catches("The decoder's parameters never change. Is every optimizer stepped?")
def ws_never_wakes(data, encoder, decoder, epochs, batch_size, learning_rate):
    sleep, history = _adam(encoder, lr=learning_rate), {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        batches = _shuffled(data, batch_size)
        history["sleep_loss"].append(
            _mean([_descend(sleep, _sleep(x, encoder, decoder)) for x in batches])
        )
        history["wake_loss"].append(_mean([_wake(x, encoder, decoder).item() for x in batches]))
    return history


@wake_sleep_first_step.catches("The two optimizers are exchanged, so each phase moves nothing.")
def ws_optimizers_exchanged(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(_sleep, _wake, data, encoder, decoder, epochs, batch_size, learning_rate)


@wake_sleep_first_step.catches("The steps have the same size whatever learning rate is asked for.")
def ws_fixed_rate(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(_wake, _sleep, data, encoder, decoder, epochs, batch_size, 1e-3)


@wake_sleep_first_step.catches(
    "Parts of the encoder do not move. The width of q(z | x) is to be learned too."
)
def ws_width_untrained(data, encoder, decoder, epochs, batch_size, learning_rate):
    def sleep_of(x, encoder, decoder):
        z, dreams = _dream(decoder, len(x), encoder(x)[0].shape[-1])
        return (z - encoder(dreams)[0]).square().sum(-1).mean()

    return _alternating(_wake, sleep_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@wake_sleep_uses_every_example.catches(
    "When the number of examples is no multiple of batch_size, some are never used."
)
def ws_drops_last_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    def full(data, batch_size):
        return [x for x in _shuffled(data, batch_size) if len(x) == batch_size]

    history = _alternating(
        _wake, _sleep, data, encoder, decoder, epochs, batch_size, learning_rate, batches_of=full
    )
    return {name: values or [0.0] * epochs for name, values in history.items()}


@wake_sleep_shuffles.catches("Your batches are the same in every epoch.")
def ws_never_shuffles(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(
        _wake,
        _sleep,
        data,
        encoder,
        decoder,
        epochs,
        batch_size,
        learning_rate,
        batches_of=torch.split,
    )


@wake_sleep_alternates.catches(
    "The encoder learns once in an epoch, from all dreams at once. How often does the decoder?"
)
def ws_sleeps_once(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake, sleep = _adam(decoder, lr=learning_rate), _adam(encoder, lr=learning_rate)
    history = {"wake_loss": [], "sleep_loss": []}
    latents = encoder(data[:1])[0].shape[-1]
    for _ in range(epochs):
        losses = [_descend(wake, _wake(x, encoder, decoder)) for x in _shuffled(data, batch_size)]
        dreams = sleep_loss(encoder, decoder, len(data), latents)
        history["wake_loss"].append(_mean(losses))
        history["sleep_loss"].append(_mean([_descend(sleep, dreams)]))
    return history


@wake_sleep_dreams.catches(
    "The encoder learns from the data here. What does it look at in the sleep phase?"
)
def ws_sleeps_on_data(data, encoder, decoder, epochs, batch_size, learning_rate):
    def sleep_of(x, encoder, decoder):
        mu, logvar = encoder(x)
        return -gaussian_log_prob(reparameterize(mu, logvar).detach(), mu, logvar).mean()

    return _alternating(_wake, sleep_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@wake_sleep_dreams.catches(
    "This is auto-encoding variational Bayes in two steps: the machine never dreams."
)
def ws_is_aevb(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(
        _minus_elbo, _minus_elbo, data, encoder, decoder, epochs, batch_size, learning_rate
    )


@wake_sleep_dreams.catches(
    "The encoder sees grey dreams. What does the decoder's output say about a pixel?"
)
def ws_grey_dreams(data, encoder, decoder, epochs, batch_size, learning_rate):
    def sleep_of(x, encoder, decoder):
        with torch.no_grad():
            z = torch.randn(len(x), encoder(x)[0].shape[-1])
            dreams = decoder(z).sigmoid()
        return -gaussian_log_prob(z, *encoder(dreams)).mean()

    return _alternating(_wake, sleep_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@encoder_learns_asleep.catches(
    "Both networks follow the sum of both losses. Which network does each phase move?"
)
def ws_one_loss_for_both(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = (
        _adam(encoder, decoder, lr=learning_rate),
        {"wake_loss": [], "sleep_loss": []},
    )
    for _ in range(epochs):
        losses = []
        for x in _shuffled(data, batch_size):
            wake = -bernoulli_log_likelihood(x, decoder(reparameterize(*encoder(x)))).mean()
            sleep = _sleep(x, encoder, decoder)
            _descend(optimizer, wake + sleep)
            losses.append((wake.item(), sleep.item()))
        for name, values in zip(history, zip(*losses)):
            history[name].append(_mean(values))
    return history


@encoder_learns_asleep.catches("Your sleep phase goes uphill. Is a log density to be minimised?")
def ws_sleep_uphill(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(
        _wake,
        lambda *machine: -_sleep(*machine),
        data,
        encoder,
        decoder,
        epochs,
        batch_size,
        learning_rate,
    )


@wake_sleep_trains_well.catches("Your wake phase goes uphill. Is a likelihood to be minimised?")
def ws_wake_uphill(data, encoder, decoder, epochs, batch_size, learning_rate):
    return _alternating(
        lambda *machine: -_wake(*machine),
        _sleep,
        data,
        encoder,
        decoder,
        epochs,
        batch_size,
        learning_rate,
    )


@wake_sleep_trains_well.catches(
    "Gradients of earlier batches are still there when the next one arrives."
)
def ws_without_zero_grad(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake, sleep = _adam(decoder, lr=learning_rate), _adam(encoder, lr=learning_rate)
    history = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        losses = []
        for x in _shuffled(data, batch_size):
            pair = _wake(x, encoder, decoder), _sleep(x, encoder, decoder)
            for optimizer, loss in zip((wake, sleep), pair):
                loss.backward()
                optimizer.step()
            losses.append([loss.item() for loss in pair])
        for name, values in zip(history, zip(*losses)):
            history[name].append(_mean(values))
    return history


@wake_sleep_trains_well.catches(
    "The wake phase decodes codes of the prior. Whose codes are the data explained by?"
)
def ws_wakes_on_prior(data, encoder, decoder, epochs, batch_size, learning_rate):
    def wake_of(x, encoder, decoder):
        return -bernoulli_log_likelihood(x, decoder(torch.randn_like(encoder(x)[0]))).mean()

    return _alternating(wake_of, _sleep, data, encoder, decoder, epochs, batch_size, learning_rate)


@wake_sleep_keeps_data.catches("An operation on the data changes the caller's tensor.")
def ws_changes_data(data, encoder, decoder, epochs, batch_size, learning_rate):
    history = _alternating(
        _wake, _sleep, data.clone(), encoder, decoder, epochs, batch_size, learning_rate
    )
    data.data.round_()
    return history


@wake_sleep_histories_follow_losses.catches("Each history is under the other's name.")
def ws_histories_exchanged(data, encoder, decoder, epochs, batch_size, learning_rate):
    history = _alternating(_wake, _sleep, data, encoder, decoder, epochs, batch_size, learning_rate)
    return {"wake_loss": history["sleep_loss"], "sleep_loss": history["wake_loss"]}


@encoder_learns_asleep.catches(
    "The networks move, but not downhill. Where does the direction of a step come from?"
)
def wake_sleep_random_walk(data, encoder, decoder, epochs, batch_size, learning_rate):
    losses = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        with torch.no_grad():
            for x in data[torch.randperm(len(data))].split(batch_size):
                wake = wake_loss(x, encoder, decoder).item()
                sleep = sleep_loss(encoder, decoder, len(x), 2).item()
                for parameter in [*encoder.parameters(), *decoder.parameters()]:
                    parameter += learning_rate * torch.randn_like(parameter).sign()
        losses["wake_loss"].append(wake)
        losses["sleep_loss"].append(sleep)
    return losses
