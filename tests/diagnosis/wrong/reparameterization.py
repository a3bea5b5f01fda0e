"""Wrong solutions of `reparameterization`, by somebody who has not read the hidden checks."""

import math

import numpy as np
import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.reparameterization import reparameterize

WRONG = []


# reparameterize


@wrong(
    WRONG,
    "reparameterize",
    "formula",
    "you take exp(logvar) for the standard deviation, but it is the variance",
)
def repar_variance_as_std(mu, logvar):
    std = torch.exp(logvar)
    eps = torch.randn_like(std)
    return mu + eps * std


@wrong(
    WRONG,
    "reparameterize",
    "formula",
    "the one half stands in front of the exponential instead of inside it",
)
def repar_half_outside(mu, logvar):
    sigma = 0.5 * logvar.exp()
    return mu + sigma * torch.randn_like(sigma)


@wrong(
    WRONG,
    "reparameterize",
    "formula",
    "you use the network's output logvar as the standard deviation, without any exponential",
)
def repar_logvar_is_the_scale(mu, logvar):
    noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
    return torch.addcmul(mu, noise, logvar)


@wrong(
    WRONG,
    "reparameterize",
    "formula",
    "torch's Normal wants a standard deviation as its second argument and you give it the variance",
)
def repar_normal_of_variance(mu, logvar):
    q = dist.Normal(loc=mu, scale=logvar.exp())
    return q.rsample()


@wrong(
    WRONG,
    "reparameterize",
    "formula",
    "you scale the mean together with the noise: sigma multiplies only the noise",
)
def repar_scales_the_mean_too(mu, logvar):
    std = torch.sqrt(torch.exp(logvar))
    return (mu + torch.randn_like(mu)) * std


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    "one random number per example is used for all its dimensions, so the dimensions move together",
)
def repar_one_number_per_example(mu, logvar):
    eps = torch.randn(*mu.shape[:-1], 1, dtype=mu.dtype)
    return mu + (logvar / 2).exp() * eps.expand_as(mu)


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    "one noise vector is drawn for the whole batch, so all examples move together",
)
def repar_one_vector_for_the_batch(mu, logvar):
    K = mu.size(-1)
    eps = dist.Normal(0, 1).sample((K,)).to(mu)
    return mu + torch.exp(0.5 * logvar) * eps


@wrong(WRONG, "reparameterize", "noise", "rand_like is uniform on [0, 1], not standard normal")
def repar_uniform_noise(mu, logvar):
    eps = torch.rand_like(mu)
    return mu + eps * (0.5 * logvar).exp()


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    "a uniform variable with mean 0 and variance 1 has the right two moments but is not Gaussian",
)
def repar_uniform_with_right_variance(mu, logvar):
    eps = (torch.rand_like(mu) - 0.5) * math.sqrt(12)
    return mu + eps * (0.5 * logvar).exp()


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    "you cut the noise off at two standard deviations, so the tails of the Gaussian are missing",
)
def repar_clipped_noise(mu, logvar):
    std = logvar.mul(0.5).exp()
    eps = torch.randn_like(std).clamp(-2.0, 2.0)
    return mu + std * eps


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    "you set a seed before drawing, so every call gives the same noise",
)
def repar_same_noise_every_call(mu, logvar):
    gen = torch.Generator().manual_seed(42)
    eps = torch.randn(mu.shape, generator=gen, dtype=mu.dtype)
    return mu + eps * torch.exp(logvar / 2)


@wrong(
    WRONG,
    "reparameterize",
    "noise",
    (
        "the second half of the batch gets minus the noise of the first half, so examples are "
        "not independent"
    ),
)
def repar_antithetic_pairs(mu, logvar):
    n = mu.shape[0]
    half = torch.randn((n + 1) // 2, *mu.shape[1:], dtype=mu.dtype)
    eps = torch.cat([half, -half])[:n]
    return mu + eps * torch.exp(logvar / 2)


@wrong(
    WRONG,
    "reparameterize",
    "gradient",
    ".sample() cuts the graph: the law is right but no gradient reaches mu and logvar",
)
def repar_sample_without_graph(mu, logvar):
    return dist.Normal(mu, (0.5 * logvar).exp()).sample()


@wrong(
    WRONG,
    "reparameterize",
    "gradient",
    "the standard deviation is computed under no_grad, so logvar never gets a gradient",
)
def repar_scale_without_graph(mu, logvar):
    with torch.no_grad():
        std = torch.exp(0.5 * logvar)
        eps = std * torch.randn_like(std)
    return mu + eps


@wrong(
    WRONG,
    "reparameterize",
    "state",
    "mul_ and exp_ work in place: the caller's logvar is not a log variance any more",
)
def repar_destroys_logvar(mu, logvar):
    std = logvar.mul_(0.5).exp_()
    eps = torch.randn(std.size(), dtype=std.dtype)
    return eps.mul(std).add_(mu)


@wrong(
    WRONG,
    "reparameterize",
    "dtype",
    "numpy's noise is float64, and makes a float64 result out of float32 inputs",
)
def repar_numpy_noise_promotes(mu, logvar):
    eps = torch.from_numpy(np.random.standard_normal(tuple(mu.shape)))
    return mu + torch.exp(0.5 * logvar) * eps


@wrong(
    WRONG,
    "reparameterize",
    "shape",
    (
        "the noise has the first and the last size only, so it does not fit when there are "
        "leading dimensions"
    ),
)
def repar_noise_of_two_sizes(mu, logvar):
    batch, dim = mu.size(0), mu.size(-1)
    eps = torch.randn(batch, dim, dtype=mu.dtype)
    return mu + torch.exp(0.5 * logvar) * eps


@wrong(
    WRONG,
    "reparameterize",
    "numerics",
    (
        "logvar is clamped to [-4, 2] 'for stability', which changes the distribution outside "
        "that range"
    ),
)
def repar_clamped_logvar(mu, logvar):
    logvar = torch.clamp(logvar, min=-4.0, max=2.0)
    return dist.Normal(mu, torch.exp(0.5 * logvar)).rsample()


@wrong(
    WRONG,
    "reparameterize",
    "two_mistakes",
    (
        "exp(logvar) is the variance and not the standard deviation, and one noise vector "
        "serves the whole batch"
    ),
)
def repar_variance_and_shared_noise(mu, logvar):
    eps = torch.randn(mu.shape[-1], dtype=mu.dtype)
    return mu + logvar.exp() * eps


@wrong(
    WRONG,
    "reparameterize",
    "two_mistakes",
    "the noise is uniform instead of normal, and .detach() keeps the gradient from logvar",
)
def repar_uniform_and_detached(mu, logvar):
    std = torch.exp(0.5 * logvar).detach()
    return mu + std * (2 * torch.rand_like(std) - 1)


# model_2


@wrong(WRONG, "model_2", "noise", "the code is h itself: nothing is drawn from N(h, I)")
def model2_no_noise(x, encoder, decoder):
    z = encoder(x)
    return decoder(z)


@wrong(
    WRONG,
    "model_2",
    "formula",
    "you put a sigmoid on the decoder's output; model 2 returns it as it is",
)
def model2_sigmoid_on_top(x, encoder, decoder):
    h = encoder(x)
    return torch.sigmoid(decoder(h + torch.randn_like(h)))


@wrong(
    WRONG,
    "model_2",
    "gradient",
    "drawing from MultivariateNormal with .sample() leaves the encoder without a gradient",
)
def model2_multivariate_sample(x, encoder, decoder):
    h = encoder(x)
    q = dist.MultivariateNormal(h, torch.eye(h.shape[-1], dtype=h.dtype))
    return decoder(q.sample())


@wrong(
    WRONG,
    "model_2",
    "formula",
    "you read h as mean and as log variance at once; the variance of model 2 is 1",
)
def model2_scale_from_h(x, encoder, decoder):
    h = encoder(x)
    return decoder(reparameterize(h, h))


@wrong(
    WRONG,
    "model_2",
    "formula",
    "reparameterize wants a log variance, and for a variance of 1 that is 0, not 1",
)
def model2_logvar_one(x, encoder, decoder):
    h = encoder(x)
    return decoder(reparameterize(h, torch.ones_like(h)))


@wrong(WRONG, "model_2", "noise", "all examples of the batch share one noise vector")
def model2_shared_noise(x, encoder, decoder):
    h = encoder(x)
    eps = torch.randn(1, h.size(1)).type_as(h)
    return decoder(h + eps)


@wrong(
    WRONG,
    "model_2",
    "state",
    "you switch the encoder's gradients off and never on again, so it comes back frozen",
)
def model2_freezes_encoder(x, encoder, decoder):
    h = encoder(x)
    for p in encoder.parameters():
        p.requires_grad_(False)
    return decoder(h + torch.randn_like(h))


@wrong(
    WRONG,
    "model_2",
    "network",
    "you add the noise to x before the encoder, which is model 1 and not model 2",
)
def model2_noise_on_the_data(x, encoder, decoder):
    return decoder(encoder(x + torch.randn_like(x)))


# model_4


@wrong(
    WRONG,
    "model_4",
    "formula",
    "the mean of z is 0 in this model; you add h to the noise as in model 2",
)
def model4_mean_h(x, encoder, decoder):
    h = encoder(x)
    return decoder(reparameterize(h, h))


@wrong(WRONG, "model_4", "numerics", "the square root of a negative h is NaN: h is no variance yet")
def model4_sqrt_of_h(x, encoder, decoder):
    h = encoder(x)
    return decoder(h.sqrt() * torch.randn_like(h))


@wrong(
    WRONG,
    "model_4",
    "gradient",
    (
        "relu makes negative h a constant: there the variance is the same for all h and no "
        "gradient flows back"
    ),
)
def model4_relu_variance(x, encoder, decoder):
    h = encoder(x)
    var = F.relu(h) + 1e-6
    return decoder(torch.sqrt(var) * torch.randn_like(h))


@wrong(
    WRONG,
    "model_4",
    "gradient",
    "torch.normal draws without a graph, so the encoder learns nothing",
)
def model4_torch_normal(x, encoder, decoder):
    h = encoder(x)
    std = torch.exp(h / 2).detach()
    return decoder(torch.normal(torch.zeros_like(std), std))


@wrong(WRONG, "model_4", "noise", "every dimension of a code gets the same random number")
def model4_one_number_per_example(x, encoder, decoder):
    h = encoder(x)
    eps = torch.randn(len(h), 1).to(h.dtype)
    return decoder(F.softplus(h).sqrt() * eps)


@wrong(WRONG, "model_4", "numerics", "exp(exp(h)) is positive but overflows long before h = 20")
def model4_double_exponential(x, encoder, decoder):
    h = encoder(x)
    sigma = torch.exp(torch.exp(h))
    return decoder(sigma * torch.randn_like(h))


@wrong(WRONG, "model_4", "noise", "half-normal noise (the absolute value) has not the mean 0")
def model4_half_normal(x, encoder, decoder):
    h = encoder(x)
    z = dist.HalfNormal(torch.ones_like(h)).sample() * torch.exp(0.5 * h)
    return decoder(z)


@wrong(
    WRONG,
    "model_4",
    "network",
    "the decoder gets the standard deviation itself; nothing is sampled",
)
def model4_decodes_the_scale(x, encoder, decoder):
    return decoder(torch.exp(0.5 * encoder(x)))


@wrong(
    WRONG,
    "model_4",
    "two_mistakes",
    "z keeps the mean h although the model's mean is 0, and all examples share one noise vector",
)
def model4_mean_and_shared(x, encoder, decoder):
    h = encoder(x)
    noise = torch.randn(h.shape[1:], dtype=h.dtype)
    return decoder(h + noise * F.softplus(h))


# the model written out while reparameterize is wrong in the same submission


@wrong(
    WRONG,
    "model_2",
    "inline",
    "the noise is one number per example, here as well as in reparameterize",
    also={"reparameterize": repar_one_number_per_example},
)
def model2_inline_one_number(x, encoder, decoder):
    h = encoder(x)
    eps = torch.randn(x.shape[0], 1, dtype=h.dtype)
    z = h + eps
    return decoder(z)


@wrong(
    WRONG,
    "model_4",
    "inline",
    "one noise vector for the batch, here as well as in reparameterize",
    also={"reparameterize": repar_one_vector_for_the_batch},
)
def model4_inline_shared(x, encoder, decoder):
    h = encoder(x)
    std = torch.exp(h * 0.5)
    return decoder(std * torch.randn(std.shape[-1], dtype=h.dtype))
