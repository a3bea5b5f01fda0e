"""Hidden checks of `train_aevb`, then the mistakes that they catch."""

import math

import torch

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
    untrained,
)
from graders.hidden._words import Words
from graders.hidden.wake_sleep._common import (
    AEVB_THRESHOLD,
    _adam,
    _descend,
    _mean,
    _minus_elbo,
    _shuffled,
    downhill,
    history_of_still_networks,
    trained_well,
)
from graders.public.wake_sleep import train_aevb
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(train_aevb)


@D.check("It returns one finite loss per epoch.")
def aevb_histories(student, draw):
    observed = student.observe("train_aevb", *untrained(draw), EPOCHS, BATCH, RATE)
    histories(observed, ("loss",), EPOCHS, "the result of train_aevb")


@D.check("The first step of both networks is Adam's at the learning rate.")
def aevb_first_step(student, draw):
    first_step(student, draw, "train_aevb")


@D.check(
    "Every example is used in every epoch, those of the last short batch too.",
    after=aevb_first_step,
)
def aevb_uses_every_example(student, draw):
    every_example(student, draw, "train_aevb")


@D.check("Data that do not fill one batch are used too.", after=aevb_first_step)
def aevb_uses_short_batch(student, draw):
    short_batch(student, draw, "train_aevb")


@D.check(
    "Batches have batch_size examples, and are put together anew in every epoch.",
    after=aevb_first_step,
)
def aevb_shuffles(student, draw):
    shuffled(student, draw, "train_aevb")


@D.check(
    "The trained networks reach the bound on held-out data that right trainers reach.",
    after=aevb_first_step,
    stand_ins=False,
)
def aevb_trains_well(student, draw):
    return trained_well(student, draw, "train_aevb", AEVB_THRESHOLD)


@D.check("It trains networks in float64 too.", after=aevb_first_step)
def aevb_in_float64(student, draw):
    first_step(student, draw, "train_aevb", dtype=torch.float64)


@D.check("It leaves the data as they are.", after=aevb_first_step)
def aevb_keeps_data(student, draw):
    keeps_data(student, draw, "train_aevb")


@D.check(
    "The history follows the loss: networks that do not move have one and the same, in proportion"
    " to it.",
    after=aevb_histories,
    stand_ins=False,
)
def aevb_history_follows_loss(student, draw, right):
    def losses_of(data, logits, encoder):
        # q is the prior, so that nothing but the likelihood is left of the bound.
        return {"loss": -right.bernoulli_log_likelihood(data[:1], logits.expand(1, 7)).item()}

    history_of_still_networks(student, draw, "train_aevb", losses_of)


@D.check(
    "The first step of both networks goes against the gradient of the loss.",
    after=aevb_first_step,
    stand_ins=False,
)
def aevb_goes_downhill(student, draw, right):
    def loss(x, encoder, decoder):
        mu, logvar = encoder(x)
        log_px = right.bernoulli_log_likelihood(x, decoder(right.reparameterize(mu, logvar)))
        return (right.kl_standard_normal(mu, logvar) - log_px).mean()

    downhill(student, draw, "train_aevb", dict.fromkeys(("encoder", "decoder"), loss))


@aevb_histories.catches("One loss per batch comes back. How many are wanted for each epoch?")
def aevb_loss_of_every_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        history += [
            _descend(optimizer, _minus_elbo(x, encoder, decoder))
            for x in _shuffled(data, batch_size)
        ]
    return {"loss": history}


@aevb_histories.catches("The losses come back by themselves. In what are they to be wrapped?")
def aevb_bare_list(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer = _adam(encoder, decoder, lr=learning_rate)
    return [
        _mean(
            [
                _descend(optimizer, _minus_elbo(x, encoder, decoder))
                for x in _shuffled(data, batch_size)
            ]
        )
        for _ in range(epochs)
    ]


@aevb_histories.catches("One epoch is missing: count the passes of your loop.")
def aevb_one_epoch_short(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(1, epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_histories.catches(
    "You add up the loss tensors themselves, so the history holds graphs instead of numbers."
)
def aevb_keeps_graphs(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        for x in _shuffled(data, batch_size):
            loss = _minus_elbo(x, encoder, decoder)
            _descend(optimizer, loss)
        history.append(loss)
    return {"loss": history}


@aevb_first_step.catches(
    "The encoder's parameters never change. Which parameters does your optimizer know?"
)
def aevb_decoder_only(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(decoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_first_step.catches(
    "The decoder's parameters never change. Which parameters does your optimizer know?"
)
def aevb_encoder_only(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_first_step.catches(
    "The networks that were passed stay as they were. What do you train, and on which data?"
)
def aevb_trains_copies(data, encoder, decoder, epochs, batch_size, learning_rate):
    pair = torch.nn.ModuleList([encoder, decoder])
    before = [parameter.detach().clone() for parameter in pair.parameters()]
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    with torch.no_grad():
        for parameter, value in zip(pair.parameters(), before):
            parameter.copy_(value)
    return {"loss": history}


@aevb_first_step.catches("The steps grow with the gradient: which optimizer was asked for?")
def aevb_by_sgd(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = (
        torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=learning_rate),
        [],
    )
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_first_step.catches("The steps have the same size whatever learning rate is asked for.")
def aevb_fixed_rate(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=1e-3), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_uses_every_example.catches(
    "When the number of examples is no multiple of batch_size, some are never used."
)
def aevb_drops_last_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        batches = [x for x in _shuffled(data, batch_size) if len(x) == batch_size]
        history.append(
            _mean([_descend(optimizer, _minus_elbo(x, encoder, decoder)) for x in batches])
        )
    return {"loss": history}


@aevb_uses_every_example.catches(
    "Each batch is drawn on its own, so in one epoch some examples come twice and others never."
)
def aevb_draws_with_replacement(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        batches = [
            data[torch.randint(len(data), (batch_size,))]
            for _ in range(math.ceil(len(data) / batch_size))
        ]
        history.append(
            _mean([_descend(optimizer, _minus_elbo(x, encoder, decoder)) for x in batches])
        )
    return {"loss": history}


@aevb_shuffles.catches("Your batches are the same in every epoch.")
def aevb_never_shuffles(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in data.split(batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_shuffles.catches("You shuffle once, before the first epoch. And after that?")
def aevb_shuffles_once(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history, batches = (
        _adam(encoder, decoder, lr=learning_rate),
        [],
        _shuffled(data, batch_size),
    )
    for _ in range(epochs):
        history.append(
            _mean([_descend(optimizer, _minus_elbo(x, encoder, decoder)) for x in batches])
        )
    return {"loss": history}


@aevb_shuffles.catches("All data go into one batch, whatever batch_size is.")
def aevb_full_batches(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer = _adam(encoder, decoder, lr=learning_rate)
    return {
        "loss": [_descend(optimizer, _minus_elbo(data, encoder, decoder)) for _ in range(epochs)]
    }


@aevb_trains_well.catches("Gradients of earlier batches are still there when the next one arrives.")
def aevb_without_zero_grad(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        losses = []
        for x in _shuffled(data, batch_size):
            loss = _minus_elbo(x, encoder, decoder)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(_mean(losses))
    return {"loss": history}


def _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate):
    """The right loop around some loss of (x, mu, logvar, decoder)."""
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            _mean(
                [
                    _descend(optimizer, loss_of(x, *encoder(x), decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_trains_well.catches("Your training goes uphill. Is a bound to be minimised?")
def aevb_maximises_loss(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return (
            bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            - kl_standard_normal(mu, logvar)
        ).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_trains_well.catches("Only the reconstruction is trained. What keeps q near the prior?")
def aevb_without_kl(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return -bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar))).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_trains_well.catches("The divergence from the prior has the wrong sign in your loss.")
def aevb_rewards_kl(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return -(
            bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            + kl_standard_normal(mu, logvar)
        ).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_trains_well.catches(
    "One term of your loss is averaged over the pixels, the other summed over the latent"
    " dimensions."
)
def aevb_pixel_mean(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return (
            kl_standard_normal(mu, logvar)
            - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar))) / x.shape[-1]
        ).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_trains_well.catches(
    "The reconstruction teaches the encoder nothing: the code is cut out of the graph."
)
def aevb_code_detached(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return (
            kl_standard_normal(mu, logvar)
            - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar).detach()))
        ).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_trains_well.catches("The decoder only ever sees means. Where is the noise?")
def aevb_without_noise(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(mu))).mean()

    return _aevb_on(loss_of, data, encoder, decoder, epochs, batch_size, learning_rate)


@aevb_keeps_data.catches("An operation on the data changes the caller's tensor.")
def aevb_changes_data(data, encoder, decoder, epochs, batch_size, learning_rate):
    def loss_of(x, mu, logvar, decoder):
        return (
            kl_standard_normal(mu, logvar)
            - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
        ).mean()

    history = _aevb_on(loss_of, data.clone(), encoder, decoder, epochs, batch_size, learning_rate)
    data.data.round_()
    return history


@aevb_history_follows_loss.catches(
    "The history has the sign of the bound. What is it that goes down in training?"
)
def aevb_history_of_bound(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        history.append(
            -_mean(
                [
                    _descend(optimizer, _minus_elbo(x, encoder, decoder))
                    for x in _shuffled(data, batch_size)
                ]
            )
        )
    return {"loss": history}


@aevb_history_follows_loss.catches(
    "One term of the bound is in your history alone. Which loss do the networks descend?"
)
def aevb_history_of_divergence(data, encoder, decoder, epochs, batch_size, learning_rate):
    optimizer, history = _adam(encoder, decoder, lr=learning_rate), []
    for _ in range(epochs):
        for x in _shuffled(data, batch_size):
            _descend(optimizer, _minus_elbo(x, encoder, decoder))
        with torch.no_grad():
            history.append(kl_standard_normal(*encoder(data)).mean().item())
    return {"loss": history}


@aevb_trains_well.catches(
    "The networks move, but not downhill. Where does the direction of a step come from?"
)
def aevb_random_walk(data, encoder, decoder, epochs, batch_size, learning_rate):
    history = []
    for _ in range(epochs):
        with torch.no_grad():
            for x in _shuffled(data, batch_size):
                loss = _minus_elbo(x, encoder, decoder).item()
                for parameter in [*encoder.parameters(), *decoder.parameters()]:
                    parameter += learning_rate * torch.randn_like(parameter).sign()
        history.append(loss)
    return {"loss": history}
