"""Wrong solutions of `wake_sleep`, by somebody who has not read the hidden checks."""

import math

import numpy as np
import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize
from reference.wake_sleep import gaussian_log_prob, sleep_loss, wake_loss

WRONG = []


def _reparam_variance(mu, logvar):
    return mu + torch.exp(logvar) * torch.randn_like(mu)


def _bll_mean(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).mean(-1)


def _kl_no_half(mu, logvar):
    return (logvar.exp() + mu**2 - 1 - logvar).sum(-1)


# gaussian_log_prob


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    "the constant log(2 pi) / 2 of every dimension is missing",
)
def glp_no_constant(z, mu, logvar):
    return -0.5 * (logvar + (z - mu) ** 2 / logvar.exp()).sum(-1)


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    "torch's Normal takes the standard deviation, and you give it the variance",
)
def glp_normal_of_variance(z, mu, logvar):
    return dist.Normal(mu, logvar.exp()).log_prob(z).sum(-1)


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    (
        "the normalisation by sigma is missing: the density of a wide Gaussian is lower "
        "everywhere near its mean"
    ),
)
def glp_no_log_determinant(z, mu, logvar):
    return -0.5 * ((z - mu).pow(2) * torch.exp(-logvar) + math.log(2 * math.pi)).sum(-1)


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    "the log determinant has no factor 1/2 in your formula: log sigma is half the log variance",
)
def glp_full_logvar(z, mu, logvar):
    std = torch.exp(0.5 * logvar)
    terms = -0.5 * ((z - mu) / std) ** 2 - logvar - 0.5 * math.log(2 * math.pi)
    return terms.sum(dim=-1)


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    "the squared distance is divided by sigma instead of the variance",
)
def glp_divides_by_sigma(z, mu, logvar):
    return -0.5 * ((z - mu).square() / (0.5 * logvar).exp() + logvar + math.log(2 * math.pi)).sum(
        -1
    )


@wrong(
    WRONG,
    "gaussian_log_prob",
    "formula",
    "the constant counts once for every dimension, not once for the vector",
)
def glp_constant_once(z, mu, logvar):
    maha = torch.einsum("...k,...k->...", (z - mu) ** 2, torch.exp(-logvar))
    return -0.5 * (maha + logvar.sum(-1) + math.log(2 * math.pi))


@wrong(
    WRONG,
    "gaussian_log_prob",
    "axis",
    "the dimensions are averaged; log densities of independent dimensions add up",
)
def glp_mean(z, mu, logvar):
    return dist.Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).mean(dim=-1)


@wrong(WRONG, "gaussian_log_prob", "axis", "dim=1 is the last axis only for a matrix")
def glp_axis_one(z, mu, logvar):
    log_p = -0.5 * (math.log(2 * math.pi) + logvar + (z - mu) ** 2 / torch.exp(logvar))
    return torch.sum(log_p, 1)


@wrong(WRONG, "gaussian_log_prob", "gradient", "mu and logvar are detached, as if only z mattered")
def glp_parameters_detached(z, mu, logvar):
    q = dist.Independent(dist.Normal(mu.detach(), torch.exp(logvar.detach() / 2)), 1)
    return q.log_prob(z)


@wrong(WRONG, "gaussian_log_prob", "state", "z -= mu overwrites the caller's z")
def glp_in_place(z, mu, logvar):
    z -= mu
    return -0.5 * (z**2 * torch.exp(-logvar) + logvar + math.log(2 * math.pi)).sum(-1)


@wrong(
    WRONG,
    "gaussian_log_prob",
    "two_mistakes",
    "the constant is missing, and the variance serves as standard deviation in the distance",
)
def glp_two(z, mu, logvar):
    return (-0.5 * logvar - 0.5 * ((z - mu) / logvar.exp()) ** 2).sum(-1)


# wake_loss


@wrong(
    WRONG,
    "wake_loss",
    "gradient",
    "the codes keep their graph, so the wake phase also trains the encoder",
)
def wake_trains_encoder(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(WRONG, "wake_loss", "noise", "the code is the mean of q; it has to be drawn")
def wake_decodes_mean(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, _ = encoder(x)
    return -bernoulli_log_likelihood(x, decoder(mu)).mean()


@wrong(WRONG, "wake_loss", "noise", "the codes come from the prior instead of q(z | x)")
def wake_prior_codes(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, _ = encoder(x)
    z = torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "axis",
    "the pixels are averaged too; the log likelihood of an image is their sum",
)
def wake_pixel_mean(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = dist.Normal(mu, torch.exp(0.5 * logvar)).sample((n_samples,))
    logits = decoder(z)
    return F.binary_cross_entropy_with_logits(logits, x.expand_as(logits))


@wrong(
    WRONG, "wake_loss", "axis", "the codes are summed; the loss is not to grow with their number"
)
def wake_sum_over_codes(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
    loss = 0.0
    for _ in range(n_samples):
        z = reparameterize(mu, logvar)
        loss = loss - bernoulli_log_likelihood(x, decoder(z)).mean()
    return loss


@wrong(
    WRONG,
    "wake_loss",
    "formula",
    "the divergence does not belong to the wake phase, which has the likelihood only",
)
def wake_with_kl(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(z))).mean()


@wrong(WRONG, "wake_loss", "formula", "the sign: a loss is to be minimised")
def wake_sign(x, encoder, decoder, n_samples=1):
    mu, logvar = (t.detach() for t in encoder(x))
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "formula",
    "the logarithm of the mean likelihood over the codes is not Eq. (3)",
)
def wake_log_mean_exp(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    log_px = bernoulli_log_likelihood(x, decoder(z))
    return -(log_px.logsumexp(0) - math.log(n_samples)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "state",
    "the encoder's parameters are frozen to keep the gradient away, and stay frozen",
)
def wake_freezes_encoder(x, encoder, decoder, n_samples=1):
    encoder.requires_grad_(False)
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "formula",
    "the image is made binary before it is compared; grey pixels count as they are",
)
def wake_binarises(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
        x = torch.bernoulli(x)
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "two_mistakes",
    "the codes keep their graph to the encoder, and the loss is summed over the examples",
)
def wake_two(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return -bernoulli_log_likelihood(x, decoder(z)).mean(0).sum()


@wrong(
    WRONG,
    "wake_loss",
    "inline",
    "exp(logvar) is taken for the standard deviation, here and in reparameterize",
    also={"reparameterize": _reparam_variance},
)
def wake_inline_variance(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = dist.Normal(mu, logvar.exp()).sample((n_samples,))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "wake_loss",
    "inline",
    "the pixels are averaged, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_mean},
)
def wake_inline_pixel_mean(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    logits = decoder(z)
    return -(x * logits - F.softplus(logits)).mean()


# sleep_loss


@wrong(
    WRONG, "sleep_loss", "noise", "the dream is the decoder's mean; it has to be a binary sample"
)
def sleep_mean_images(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.sigmoid(decoder(z))
    mu, logvar = encoder(x)
    return -gaussian_log_prob(z, mu, logvar).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "noise",
    "rounding the probabilities is no sampling: every code gives always the same image",
)
def sleep_thresholds(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    with torch.no_grad():
        x = (decoder(z) > 0).float()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(WRONG, "sleep_loss", "noise", "the codes are uniform; the prior is N(0, I)")
def sleep_uniform_codes(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.rand(n_samples, latent_dim)
        x = torch.bernoulli(torch.sigmoid(decoder(z)))
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "noise",
    "one code is dreamt n_samples times; every dream needs a code of its own",
)
def sleep_one_code(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(1, latent_dim).repeat(n_samples, 1)
        x = dist.Bernoulli(logits=decoder(z)).sample()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "noise",
    "the uniform numbers that decide about the pixels are shared by all dreams",
)
def sleep_shared_pixel_noise(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        p = torch.sigmoid(decoder(z))
        x = (torch.rand(p.shape[-1]) < p).float()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(WRONG, "sleep_loss", "formula", "the decoder's logits are treated as probabilities")
def sleep_no_sigmoid(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).clamp(0, 1))
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(WRONG, "sleep_loss", "gradient", "the encoder runs under no_grad too, so nothing is trained")
def sleep_all_without_graph(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
        mu, logvar = encoder(x)
    return -gaussian_log_prob(z, mu, logvar).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "gradient",
    "a straight-through estimator sends a gradient into the decoder, which sleeps",
)
def sleep_straight_through(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    p = torch.sigmoid(decoder(z))
    x = torch.bernoulli(p.detach()) + p - p.detach()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "formula",
    "squared distance of the code from mu: the log density also has the variance in it",
)
def sleep_squared_error(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    mu, _ = encoder(x)
    return 0.5 * (z - mu).square().sum(-1).mean()


@wrong(WRONG, "sleep_loss", "axis", "the dreams are summed; the loss is their mean")
def sleep_sum(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    return -gaussian_log_prob(z, *encoder(x)).sum()


@wrong(
    WRONG,
    "sleep_loss",
    "formula",
    "this is log q itself, and gradient descent would make the dreamt codes unlikely",
)
def sleep_sign(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    return gaussian_log_prob(z, *encoder(x)).mean()


@wrong(WRONG, "sleep_loss", "state", "the decoder's parameters are frozen and stay frozen")
def sleep_freezes_decoder(encoder, decoder, n_samples, latent_dim):
    for p in decoder.parameters():
        p.requires_grad = False
    z = torch.randn(n_samples, latent_dim)
    x = torch.bernoulli(torch.sigmoid(decoder(z)))
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "formula",
    "the codes that are scored are new ones, not those the images were dreamt from",
)
def sleep_other_codes(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        x = torch.bernoulli(decoder(torch.randn(n_samples, latent_dim)).sigmoid())
    mu, logvar = encoder(x)
    z = torch.randn(n_samples, latent_dim)
    return -gaussian_log_prob(z, mu, logvar).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "two_mistakes",
    "the images are means instead of samples, and the dreams are summed",
)
def sleep_two(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    x = torch.sigmoid(decoder(z)).detach()
    return -gaussian_log_prob(z, *encoder(x)).sum(0)


@wrong(
    WRONG,
    "sleep_loss",
    "inline",
    "the density lacks log(2 pi), here and in gaussian_log_prob",
    also={"gaussian_log_prob": glp_no_constant},
)
def sleep_inline_no_constant(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    mu, logvar = encoder(x)
    return (0.5 * (logvar + (z - mu) ** 2 / logvar.exp())).sum(-1).mean()


@wrong(
    WRONG,
    "sleep_loss",
    "inline",
    "the variance serves as standard deviation, here and in gaussian_log_prob",
    also={"gaussian_log_prob": glp_normal_of_variance},
)
def sleep_inline_variance(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = dist.Normal(0.0, 1.0).sample((n_samples, latent_dim))
        x = dist.Bernoulli(logits=decoder(z)).sample()
    mu, logvar = encoder(x)
    return -dist.Normal(mu, torch.exp(logvar)).log_prob(z).sum(-1).mean()


# train_aevb


@wrong(WRONG, "train_aevb", "network", "only the decoder's parameters are given to Adam")
def aevb_decoder_only(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    history = []
    for _ in range(epochs):
        losses = []
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            z = reparameterize(mu, logvar)
            loss = (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(z))).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return {"loss": history}


@wrong(WRONG, "train_aevb", "formula", "plain gradient descent stands where Adam is asked for")
def aevb_sgd(data, encoder, decoder, epochs, batch_size, learning_rate):
    params = list(encoder.parameters()) + list(decoder.parameters())
    opt = torch.optim.SGD(params, lr=learning_rate)
    history = []
    for _ in range(epochs):
        losses = []
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            z = reparameterize(mu, logvar)
            loss = (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(z))).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "noise",
    "the data come in the same order in every epoch; shuffle=False is the loader's default",
)
def aevb_not_shuffled(data, encoder, decoder, epochs, batch_size, learning_rate):
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(data), batch_size=batch_size
    )
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for (x,) in loader:
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(WRONG, "train_aevb", "noise", "the permutation is drawn once, before the first epoch")
def aevb_shuffled_once(data, encoder, decoder, epochs, batch_size, learning_rate):
    data = data[torch.randperm(data.shape[0])]
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(data), batch_size):
            x = data[start : start + batch_size]
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG, "train_aevb", "shape", "the last short batch is dropped, so some examples are not used"
)
def aevb_drops_last(data, encoder, decoder, epochs, batch_size, learning_rate):
    loader = torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True, drop_last=True)
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        losses = []
        for x in loader:
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        history.append(float(np.mean(losses)))
    return {"loss": history}


@wrong(
    WRONG, "train_aevb", "gradient", "zero_grad is missing: the gradients of all batches pile up"
)
def aevb_no_zero_grad(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "formula",
    "the learning rate is an argument, and you use 1e-3 whatever it is",
)
def aevb_own_learning_rate(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()])
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "shape",
    "one number per batch is recorded, where one per epoch is asked for",
)
def aevb_loss_per_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            history.append(loss.item())
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "state",
    "copies of the networks are trained; those of the caller stay as they were",
)
def aevb_trains_copies(data, encoder, decoder, epochs, batch_size, learning_rate):
    import copy

    enc, dec = copy.deepcopy(encoder), copy.deepcopy(decoder)
    opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = enc(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, dec(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "formula",
    (
        "a new Adam for every batch forgets its moments, so every step has the length of the "
        "learning rate"
    ),
)
def aevb_new_optimiser_every_batch(data, encoder, decoder, epochs, batch_size, learning_rate):
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG, "train_aevb", "two_mistakes", "the encoder is not trained, and the data are not shuffled"
)
def aevb_two(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data.split(batch_size):
            mu, logvar = encoder(x)
            loss = (
                kl_standard_normal(mu, logvar)
                - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            ).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "inline",
    "the divergence lacks its 1/2, here and in kl_standard_normal",
    also={"kl_standard_normal": _kl_no_half},
)
def aevb_inline_no_half(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
            kld = -(1 + logvar - mu**2 - logvar.exp()).sum()
            bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
            loss = (bce + kld) / len(x)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


@wrong(
    WRONG,
    "train_aevb",
    "inline",
    "the cross entropy is averaged over the pixels, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_mean},
)
def aevb_inline_pixel_mean(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
            loss = (
                F.binary_cross_entropy_with_logits(decoder(z), x)
                + kl_standard_normal(mu, logvar).mean()
            )
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


# train_wake_sleep


@wrong(
    WRONG,
    "train_wake_sleep",
    "network",
    "the sleep phase never takes a step, so the encoder is not trained",
)
def tws_no_sleep_step(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            loss = wake_loss(x, encoder, decoder)
            loss.backward()
            wake.step()
            w.append(loss.item())
            s.append(sleep_loss(encoder, decoder, len(x), K).item())
        out["wake_loss"].append(float(np.mean(w)))
        out["sleep_loss"].append(float(np.mean(s)))
    return out


@wrong(
    WRONG,
    "train_wake_sleep",
    "network",
    "the optimisers are exchanged: the wake loss moves the encoder's Adam, which has no gradient",
)
def tws_optimisers_exchanged(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            loss = wake_loss(x, encoder, decoder)
            loss.backward()
            wake.step()
            w.append(loss.item())
            sleep.zero_grad()
            loss = sleep_loss(encoder, decoder, len(x), K)
            loss.backward()
            sleep.step()
            s.append(loss.item())
        out["wake_loss"].append(sum(w) / len(w))
        out["sleep_loss"].append(sum(s) / len(s))
    return out


@wrong(
    WRONG,
    "train_wake_sleep",
    "formula",
    "the sleep phase comes once per epoch; every batch has one of each",
)
def tws_sleep_once_per_epoch(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w = []
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            loss = wake_loss(x, encoder, decoder)
            loss.backward()
            wake.step()
            w.append(loss.item())
        sleep.zero_grad()
        loss = sleep_loss(encoder, decoder, len(data), K)
        loss.backward()
        sleep.step()
        out["wake_loss"].append(sum(w) / len(w))
        out["sleep_loss"].append(loss.item())
    return out


@wrong(
    WRONG,
    "train_wake_sleep",
    "noise",
    "the dreams of a batch are one single dream, whatever its size",
)
def tws_one_dream(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            for opt, make, log in (
                (wake, lambda: wake_loss(x, encoder, decoder), w),
                (sleep, lambda: sleep_loss(encoder, decoder, 1, K), s),
            ):
                opt.zero_grad()
                loss = make()
                loss.backward()
                opt.step()
                log.append(loss.item())
        out["wake_loss"].append(sum(w) / len(w))
        out["sleep_loss"].append(sum(s) / len(s))
    return out


@wrong(
    WRONG,
    "train_wake_sleep",
    "shape",
    "the two histories are exchanged: each is stored under the other's key",
)
def tws_keys_exchanged(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    ws, ss = [], []
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            lw = wake_loss(x, encoder, decoder)
            lw.backward()
            wake.step()
            sleep.zero_grad()
            ls = sleep_loss(encoder, decoder, len(x), K)
            ls.backward()
            sleep.step()
            w.append(lw.item())
            s.append(ls.item())
        ws.append(sum(w) / len(w))
        ss.append(sum(s) / len(s))
    return {"wake_loss": ss, "sleep_loss": ws}


@wrong(WRONG, "train_wake_sleep", "gradient", "gradients are never set to zero")
def tws_no_zero_grad(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            lw = wake_loss(x, encoder, decoder)
            lw.backward()
            wake.step()
            ls = sleep_loss(encoder, decoder, len(x), K)
            ls.backward()
            sleep.step()
            w.append(lw.item())
            s.append(ls.item())
        out["wake_loss"].append(sum(w) / len(w))
        out["sleep_loss"].append(sum(s) / len(s))
    return out


@wrong(
    WRONG,
    "train_wake_sleep",
    "inline",
    (
        "the sleep phase uses decoder means instead of binary samples, written out here (and "
        "the submission's sleep_loss does the same)"
    ),
    also={"sleep_loss": sleep_mean_images},
)
def tws_inline_mean_dreams(data, encoder, decoder, epochs, batch_size, learning_rate):
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    K = encoder(data[:1])[0].shape[1]
    out = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        w, s = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            lw = wake_loss(x, encoder, decoder)
            lw.backward()
            wake.step()
            sleep.zero_grad()
            z = torch.randn(len(x), K)
            ls = -gaussian_log_prob(z, *encoder(torch.sigmoid(decoder(z)).detach())).mean()
            ls.backward()
            sleep.step()
            w.append(lw.item())
            s.append(ls.item())
        out["wake_loss"].append(sum(w) / len(w))
        out["sleep_loss"].append(sum(s) / len(s))
    return out
