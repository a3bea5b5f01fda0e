"""The library does the work: torch.distributions, einsum, scipy, losses and norms that torch
has.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from scipy.special import expit, rel_entr
from scipy.stats import wasserstein_distance
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal
from torch.distributions import kl_divergence as divergence


def _normal(mu, logvar):
    return Independent(Normal(mu, (0.5 * logvar).exp()), 1)


def _like_prior(z):
    return Independent(Normal(torch.zeros_like(z), torch.ones_like(z)), 1)


def reparameterize(mu, logvar):
    return Normal(mu, torch.exp(logvar / 2)).rsample()


def model_2(x, encoder, decoder):
    return decoder(Normal(encoder(x), 1.0).rsample())


def model_4(x, encoder, decoder):
    h = encoder(x)
    return decoder(Normal(torch.zeros_like(h), (h / 2).exp()).rsample())


def kl_standard_normal(mu, logvar):
    q = _normal(mu, logvar)
    return divergence(q, _like_prior(mu))


def kl_gaussians(mu_0, cov_0, mu_1, cov_1):
    return divergence(MultivariateNormal(mu_0, cov_0), MultivariateNormal(mu_1, cov_1))


def kl_equal_variance(mu_q, mu_p, sigma):
    return divergence(Normal(mu_q, sigma), Normal(mu_p, sigma))


def bernoulli_log_likelihood(x, logits):
    return Independent(Bernoulli(logits=logits, validate_args=False), 1).log_prob(x)


def cross_entropy(x, g):
    return -(torch.special.xlogy(x, g) + torch.special.xlog1py(1 - x, -g)).sum(-1)


def gaussian_reconstruction_error(x, x_hat, sigma):
    return -Normal(x_hat, sigma).log_prob(x).sum((1, 2)).mean()


def monte_carlo_reconstruction_error(log_px_given_z):
    return -torch.einsum("mn->", log_px_given_z) / len(log_px_given_z)


def elbo(x, encoder, decoder, n_samples=1):
    q = _normal(*encoder(x))
    z = q.rsample((n_samples,))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - divergence(q, _like_prior(z[0]))


def _log_weights(x, encoder, decoder, k):
    """Sample-major in the rows, as `repeat_interleave` makes them."""
    mu, logvar = (part.repeat_interleave(k, 0) for part in encoder(x))
    q, images = _normal(mu, logvar), x.repeat_interleave(k, 0)
    z = q.rsample()
    return (
        bernoulli_log_likelihood(images, decoder(z)) + _like_prior(z).log_prob(z) - q.log_prob(z)
    ).view(len(x), k)


def elbo_sampled(x, encoder, decoder, n_samples=1):
    return torch.einsum("nk->n", _log_weights(x, encoder, decoder, n_samples)) / n_samples


def iwae_bound(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).logsumexp(1) - np.log(k)


def vae_loss(x, encoder, decoder):
    q = _normal(*encoder(x))
    z = q.rsample()
    return (
        F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        + divergence(q, _like_prior(z)).sum()
    )


def reconstruction_only_loss(x, encoder, decoder):
    return F.binary_cross_entropy_with_logits(
        decoder(_normal(*encoder(x)).rsample()), x, reduction="sum"
    )


def autoencoder_loss(x, encoder, decoder):
    return F.mse_loss(decoder(encoder(x)[0]).sigmoid(), x, reduction="sum") / x.shape[0]


def bayes_posterior(prior, likelihood):
    logits = prior.log() + likelihood.log()
    if logits.max() == -math.inf:
        raise ValueError("the evidence is 0")
    return torch.softmax(logits, 0)


def optimal_q(prior, likelihood):
    return bayes_posterior(prior, likelihood)


def aevb_gradients(mu, sigma, eps, score):
    return (
        score.mean(0) - mu,
        torch.einsum("lj,lj->j", score, eps) / len(eps) - sigma + sigma.reciprocal(),
    )


def gaussian_log_prob(z, mu, logvar):
    return MultivariateNormal(mu, scale_tril=torch.diag_embed((logvar / 2).exp())).log_prob(z)


def wake_loss(x, encoder, decoder, n_samples=1):
    mu, logvar = (part.detach() for part in encoder(x))
    z = _normal(mu, logvar).sample((n_samples,))
    return -bernoulli_log_likelihood(x, decoder(z)).mean(0).mean()


def sleep_loss(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    dreams = Bernoulli(logits=decoder(z)).sample()
    return -_normal(*encoder(dreams)).log_prob(z).mean()


def kl_divergence(p, q):
    return torch.tensor(rel_entr(p.double().numpy(), q.double().numpy()).sum(), dtype=p.dtype)


def jensen_shannon(p, q):
    m = p.lerp(q, 0.5)
    parts = (
        torch.special.xlogy(p, p)
        - torch.special.xlogy(p, m)
        + torch.special.xlogy(q, q)
        - torch.special.xlogy(q, m)
    )
    return parts.sum() / 2


def gan_value(d_real, d_fake):
    return d_real.log().mean() + torch.log1p(-d_fake).mean()


def discriminator_loss(real_logits, fake_logits):
    loss = F.binary_cross_entropy_with_logits
    return loss(real_logits, torch.ones_like(real_logits)) + loss(
        fake_logits, torch.zeros_like(fake_logits)
    )


def generator_loss_saturating(fake_logits):
    return F.logsigmoid(-fake_logits).mean()


def generator_loss_nonsaturating(fake_logits):
    return F.binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


def generator_logit_gradients(fake_logits):
    return -torch.sigmoid(fake_logits), torch.sigmoid(fake_logits) - 1


def discriminator_step_loss(discriminator, generator, real, z):
    with torch.no_grad():
        fake = generator(z)
    return discriminator_loss(discriminator(real), discriminator(fake))


def generator_step_loss(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z)))


def optimal_discriminator(p_data, p_g):
    return torch.nan_to_num(p_data / (p_data + p_g), nan=0.5)


def value_of(p_data, p_g, d):
    return (torch.special.xlogy(p_data, d) + torch.special.xlog1py(p_g, -d)).sum()


def linear_gan_cost(w, x_real, x_fake, C):
    return (
        -F.logsigmoid(-x_real @ w).sum()
        - F.logsigmoid(x_fake @ w).sum()
        + C * torch.einsum("d,d->", w, w) / 2
    )


def quadratic_minimum(b, C):
    return -(torch.linalg.vector_norm(b) ** 2) / (2 * C)


def softplus_minimum(lam):
    entropy = torch.special.entr(-lam) + torch.special.entr(1 + lam)
    return torch.where((lam < -1) | (lam > 0), torch.full_like(lam, -math.inf), entropy)


def dual_function(lam_real, lam_fake, x_real, x_fake, C):
    b = torch.einsum("n,nd->d", lam_real, x_real) + torch.einsum("n,nd->d", 1 + lam_fake, x_fake)
    return softplus_minimum(torch.cat([lam_real, lam_fake])).sum() + quadratic_minimum(b, C)


def solve_dual(x_real, x_fake, C):
    real, fake = x_real.numpy(), x_fake.numpy()

    def cost(w):
        value = np.logaddexp(0, real @ w).sum() + np.logaddexp(0, -fake @ w).sum() + C / 2 * w @ w
        return value, expit(real @ w) @ real - expit(-fake @ w) @ fake + C * w

    def hessian(w):
        slopes = [expit(x @ w) * expit(-x @ w) for x in (real, fake)]
        return sum((x.T * s) @ x for x, s in zip((real, fake), slopes)) + C * np.eye(len(w))

    w = minimize(
        cost,
        np.zeros(real.shape[1]),
        jac=True,
        hess=hessian,
        method="Newton-CG",
        options={"xtol": 1e-12},
    ).x
    return torch.from_numpy(-expit(real @ w)), torch.from_numpy(-expit(fake @ w))


def wasserstein_1d(x, y):
    return torch.tensor(wasserstein_distance(x.numpy(), y.numpy()), dtype=x.dtype)


def wgan_value(f_fake, f_real):
    return torch.mean(f_fake) - torch.mean(f_real)


def critic_loss(critic, real, fake):
    scores = critic(torch.cat([real, fake.detach()])).flatten()
    return scores[: len(real)].mean() - scores[len(real) :].mean()


def clip_weights(critic, c):
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.copy_(torch.clip(parameter, -c, c))


def spectral_normalize(weight):
    largest = torch.linalg.matrix_norm(weight, ord=2)
    return weight / torch.where(largest > 0, largest, torch.ones_like(largest))


def bigan_value(discriminator, generator, inference, x, z):
    real, fake = discriminator(x, inference(x)), discriminator(generator(z), z)
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


def bigan_optimal_discriminator(p_r, p_f):
    return optimal_discriminator(p_r, p_f)


def optimal_inference(generator_map):
    inverse = torch.argsort(generator_map)
    if not torch.equal(generator_map[inverse], torch.arange(len(inverse))):
        raise ValueError("some point is generated twice")
    return inverse


def bigan_losses(real_pair_logits, fake_pair_logits):
    loss, one, zero = F.binary_cross_entropy_with_logits, torch.ones_like, torch.zeros_like
    real, fake = real_pair_logits, fake_pair_logits
    return loss(real, one(real)) + loss(fake, zero(fake)), loss(real, zero(real)) + loss(
        fake, one(fake)
    )


def alpha_bar(betas):
    values = betas.double().numpy()
    if np.any(values <= 0) or np.any(values >= 1):
        raise ValueError("no schedule")
    return torch.from_numpy(np.exp(np.cumsum(np.log1p(-values)))).to(betas.dtype)


def q_sample(x_0, t, eps, alpha_bar):
    kept = alpha_bar.gather(0, t).unsqueeze(-1)
    return torch.addcmul(kept.sqrt() * x_0, (1 - kept).sqrt(), eps)


def predict_x_0(x_t, t, eps, alpha_bar):
    kept = torch.index_select(alpha_bar, 0, t).reshape(-1, 1)
    return x_t * kept.rsqrt() - (kept.reciprocal() - 1).sqrt() * eps


def q_posterior(x_0, x_t, t, betas):
    kept = F.pad(torch.cumprod(1 - betas, 0), (1, 0), value=1.0)
    beta, here, before = betas.take(t), kept.take(t + 1), kept.take(t)
    mean = torch.einsum("n,nd->nd", before.sqrt() * beta / (1 - here), x_0) + torch.einsum(
        "n,nd->nd", (1 - beta).sqrt() * (1 - before) / (1 - here), x_t
    )
    return mean, beta * (1 - before) / (1 - here)


def epsilon_loss(eps_model, x_0, t, eps, alpha_bar):
    error = F.mse_loss(eps_model(q_sample(x_0, t, eps, alpha_bar), t), eps, reduction="none")
    return error.flatten(1).sum(-1).mean()


def vlb_term(eps_model, x_0, x_t, t, betas):
    if not torch.all(t > 0):
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    kept = torch.cumprod(1 - betas, 0)
    predicted = predict_x_0(x_t, t, torch.func.vmap(eps_model)(x_t, t), kept)
    other, _ = q_posterior(predicted, x_t, t, betas)
    spread = variance.sqrt().unsqueeze(-1)
    normal = torch.distributions.Normal
    return torch.distributions.kl_divergence(normal(mean, spread), normal(other, spread)).sum(-1)


def p_sample(eps_model, x_t, t, betas):
    kept = torch.cumprod(1 - betas, 0)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), kept)
    mean, _ = q_posterior(predicted, x_t, t, betas)
    spread = (betas[t] * (t > 0)).sqrt().unsqueeze(-1)
    noise = torch.from_numpy(np.random.default_rng().standard_normal(x_t.shape)).to(x_t.dtype)
    return mean + spread * noise


def ddim_step(eps_model, x_t, t, s, alpha_bar):
    kept = F.pad(alpha_bar, (1, 0), value=1.0)
    here, there = (kept[index + 1].unsqueeze(-1) for index in (t, s))
    ratio = there.sqrt() / here.sqrt()
    said = eps_model(x_t, t)
    return ratio * x_t + ((1 - there).sqrt() - ratio * (1 - here).sqrt()) * said


def guided_epsilon(eps_conditional, eps_unconditional, w):
    return torch.lerp(eps_unconditional, eps_conditional, 1.0 + w)


def score_from_epsilon(eps, t, alpha_bar):
    return torch.div(eps, torch.sqrt(1 - alpha_bar[t])[:, None]).neg()


def score_matching_loss(score_model, x, eps, sigma):
    noisy = torch.distributions.Normal(x, sigma[:, None])
    x_t = x + sigma[:, None] * eps
    target = -(x_t - noisy.loc) / noisy.variance
    distance = (score_model(x_t, sigma) - target).norm(dim=-1)
    return (noisy.variance[:, 0] * distance**2).mean()


def langevin_step(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step")
    return torch.add(x, score_model(x), alpha=step) + float(np.sqrt(2 * step)) * eps


def flow_matching_loss(velocity_model, x_0, x_1, t):
    x_t = torch.lerp(x_0, x_1, t[:, None].expand_as(x_0))
    return F.mse_loss(velocity_model(x_t, t), x_1 - x_0, reduction="sum") / len(t)
