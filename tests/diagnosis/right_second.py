"""A second set of right solutions in unusual styles, by somebody who has not read the hidden
checks.
"""

import copy
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from scipy import special, stats
from torch.distributions import (
    Bernoulli,
    Categorical,
    Independent,
    MultivariateNormal,
    Normal,
    TransformedDistribution,
    kl_divergence,
)
from torch.distributions.transforms import AffineTransform

from graders.audit.wrong import Wrong
from reference.diffusion import alpha_bar as running_product

RIGHT = []


def right(exercise, family="formula"):
    """family says what is unusual."""

    def add(function):
        RIGHT.append(Wrong(exercise, function.__name__, "", function, family))
        return function

    return add


@right("reparameterize", "dtype")
def ok2_repar_float32_noise(mu, logvar):
    eps = torch.randn(mu.shape)
    return mu + logvar.mul(0.5).exp_() * eps.to(mu.dtype)


@right("reparameterize", "noise")
def ok2_repar_in_place(mu, logvar):
    z = torch.empty_like(mu).normal_()
    return z.mul(torch.exp(logvar).sqrt()).add(mu)


@right("reparameterize", "noise")
def ok2_repar_transformed(mu, logvar):
    base = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return TransformedDistribution(base, AffineTransform(mu, (0.5 * logvar).exp())).rsample()


@right("reparameterize", "noise")
def ok2_repar_own_generator(mu, logvar):
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, ()).item()))
    eps = torch.randn(mu.shape, generator=generator, dtype=torch.float64).to(mu.dtype)
    return torch.lerp(mu, mu + torch.exp(0.5 * logvar), eps)


@right("model_2", "noise")
def ok2_model2_normal(x, encoder, decoder):
    code = Independent(Normal(encoder(x), 1.0), 1).rsample()
    return decoder(code)


@right("model_4", "noise")
def ok2_model4_elu(x, encoder, decoder):
    h = encoder(x)
    variance = F.elu(h) + 1.0 + 1e-3
    return decoder(torch.randn_like(h).mul(variance.sqrt()))


@right("kl_standard_normal", "formula")
def ok2_kl_einsum(mu, logvar):
    ones = torch.ones(mu.shape[-1], dtype=mu.dtype)
    return 0.5 * torch.einsum("...k,k->...", logvar.exp() + mu * mu - 1 - logvar, ones)


@right("kl_standard_normal", "dtype")
def ok2_kl_float64_inside(mu, logvar):
    m, v = mu.double(), logvar.double()
    value = -0.5 * torch.sum(1 + v - m.pow(2) - v.exp(), dim=-1)
    return value.to(mu.dtype)


@right("kl_standard_normal", "formula")
def ok2_kl_vmap(mu, logvar):
    def one(m, v):
        return 0.5 * (v.exp() + m * m - 1 - v).sum()

    flat = torch.func.vmap(one)(mu.reshape(-1, mu.shape[-1]), logvar.reshape(-1, mu.shape[-1]))
    return flat.reshape(mu.shape[:-1])


@right("kl_equal_variance", "formula")
def ok2_kle_cross_entropy(mu_q, mu_p, sigma):
    entropy = torch.log(sigma) + 0.5 * math.log(2 * math.pi * math.e)
    second = sigma**2 + (mu_q - mu_p) ** 2
    return 0.5 * math.log(2 * math.pi) + torch.log(sigma) + second / (2 * sigma**2) - entropy


@right("kl_gaussians", "formula")
def ok2_klg_eigenvalues(mu_0, cov_0, mu_1, cov_1):
    for cov in (cov_0, cov_1):
        if not torch.allclose(cov, cov.transpose(-1, -2)):
            raise ValueError("not symmetric")
        if (torch.linalg.cholesky_ex(cov).info != 0).any():
            raise ValueError("not positive definite")
    return kl_divergence(
        MultivariateNormal(mu_0, scale_tril=torch.linalg.cholesky(cov_0)),
        MultivariateNormal(mu_1, scale_tril=torch.linalg.cholesky(cov_1)),
    )


@right("bernoulli_log_likelihood", "formula")
def ok2_bll_distribution(x, logits):
    on = Bernoulli(logits=logits, validate_args=False)
    return on.log_prob(x.expand_as(logits)).sum(dim=-1)


@right("bernoulli_log_likelihood", "formula")
def ok2_bll_softplus(x, logits):
    return torch.sum(x * logits - nn.Softplus(threshold=50)(logits), axis=-1)


@right("cross_entropy", "formula")
def ok2_ce_loop(x, g):
    total = torch.zeros(len(x), dtype=x.dtype)
    for d in range(x.shape[1]):
        on = torch.where(x[:, d] > 0, x[:, d] * torch.log(g[:, d]), torch.zeros_like(total))
        off = torch.where(
            x[:, d] < 1, (1 - x[:, d]) * torch.log1p(-g[:, d]), torch.zeros_like(total)
        )
        total = total - on - off
    return total


@right("gaussian_reconstruction_error", "formula")
def ok2_gre_density(x, x_hat, sigma):
    log_p = Normal(x_hat, sigma).log_prob(x.expand_as(x_hat))
    constant = -math.log(sigma) - 0.5 * math.log(2 * math.pi)
    return -(log_p - constant).sum(-1).sum(-1).mean()


@right("monte_carlo_reconstruction_error", "formula")
def ok2_mce_loop(log_px_given_z):
    total = 0
    for row in log_px_given_z:
        total = total - row.sum() / len(log_px_given_z)
    return total


@right("elbo", "formula")
def ok2_elbo_library(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = Independent(Normal(mu, logvar.div(2).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    logits = decoder(q.rsample(torch.Size([n_samples])))
    bce = nn.BCEWithLogitsLoss(reduction="none")
    rec = -bce(logits, x.unsqueeze(0).expand(logits.shape)).sum(2)
    return torch.mean(rec, dim=0) - kl_divergence(q, p)


@right("elbo", "formula")
def ok2_elbo_one_by_one(x, encoder, decoder, n_samples=1):
    values = []
    for row in x:
        mu, logvar = encoder(row.unsqueeze(0))
        std = torch.exp(logvar / 2)
        terms = []
        for _ in range(n_samples):
            logits = decoder(mu + std * torch.randn_like(std))
            terms.append(-F.binary_cross_entropy_with_logits(logits[0], row, reduction="sum"))
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()
        values.append(sum(terms) / n_samples - kl)
    return torch.stack(values)


@right("elbo_sampled", "formula")
def ok2_elbos_chunks(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    total = torch.zeros(len(x), dtype=mu.dtype)
    for _ in range(n_samples):
        q = MultivariateNormal(mu, scale_tril=torch.diag_embed((0.5 * logvar).exp()))
        z = q.rsample()
        k = z.shape[-1]
        prior = MultivariateNormal(torch.zeros(k, dtype=z.dtype), torch.eye(k, dtype=z.dtype))
        on = Bernoulli(logits=decoder(z), validate_args=False)
        total = total + on.log_prob(x).sum(-1) + prior.log_prob(z) - q.log_prob(z)
    return total / n_samples


@right("vae_loss", "formula")
def ok2_vae_sum_of_bce(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    bce = nn.BCEWithLogitsLoss(reduction="sum")(decoder(z), x)
    return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right("elbo_decomposition", "formula")
def ok2_dec_floats(prior, likelihood, q):
    p, lik, weights = prior.tolist(), likelihood.tolist(), q.tolist()
    joint = [a * b for a, b in zip(p, lik, strict=True)]
    evidence = math.fsum(joint)
    if evidence == 0:
        raise ValueError("the evidence is zero")
    log_evidence = math.log(evidence)
    kl = 0.0
    for w, j in zip(weights, joint, strict=True):
        if w > 0:
            kl += w * (math.log(w) - math.log(j / evidence)) if j > 0 else math.inf
    return tuple(
        torch.tensor(value, dtype=prior.dtype) for value in (log_evidence, log_evidence - kl, kl)
    )


@right("aevb_gradients", "formula")
def ok2_grads_einsum(mu, sigma, eps, score):
    n = score.shape[0]
    grad_mu = torch.einsum("lj->j", score) / n - mu
    return grad_mu, torch.einsum("lj,lj->j", eps, score) / n + sigma.reciprocal() - sigma


@right("autoencoder_loss", "formula")
def ok2_ae_pairs(x, encoder, decoder):
    code = encoder(x)[0]
    errors = nn.MSELoss(reduction="none")(nn.Sigmoid()(decoder(code)), x)
    return errors.sum() / x.size(0)


@right("iwae_bound", "formula")
def ok2_iwae_by_hand(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    terms = []
    for _ in range(k):
        eps = torch.randn_like(std)
        z = mu + std * eps
        rec = -F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(1)
        terms.append(rec - 0.5 * (z * z).sum(1) + 0.5 * (eps * eps + logvar).sum(1))
    w = torch.stack(terms, dim=1)
    top = w.max(dim=1, keepdim=True).values.detach()
    return (top + torch.log(torch.mean(torch.exp(w - top), dim=1, keepdim=True))).squeeze(1)


@right("gaussian_log_prob", "formula")
def ok2_glp_independent(z, mu, logvar):
    return Independent(Normal(mu, torch.exp(logvar / 2)), 1).log_prob(z)


@right("wake_loss", "formula")
def ok2_wake_frozen_copy(x, encoder, decoder, n_samples=1):
    fixed = copy.deepcopy(encoder)
    for parameter in fixed.parameters():
        parameter.requires_grad_(False)
    mu, logvar = fixed(x)
    losses = []
    for _ in range(n_samples):
        z = torch.normal(mu, torch.exp(0.5 * logvar)).detach()
        losses.append(F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum"))
    return sum(losses) / (n_samples * x.shape[0])


@right("sleep_loss", "formula")
def ok2_sleep_threshold_of_uniform(encoder, decoder, n_samples, latent_dim):
    with torch.inference_mode():
        z = torch.randn(n_samples, latent_dim)
        p = decoder(z).sigmoid()
        x = (torch.rand(p.shape) < p).float()
    z, x = z.clone(), x.clone()
    mu, logvar = encoder(x)
    return -Normal(mu, logvar.mul(0.5).exp()).log_prob(z).sum(1).mean(0)


@right("kl_divergence", "formula")
def ok2_kld_scipy(p, q):
    return torch.tensor(special.rel_entr(p.numpy(), q.numpy()).sum(), dtype=p.dtype)


@right("jensen_shannon", "formula")
def ok2_jsd_entropies(p, q):
    def entropy(r):
        return torch.special.entr(r).sum()

    value = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    return value.clamp(min=0)


@right("parallel_lines", "formula")
def ok2_pl_numpy(theta):
    apart = theta != 0
    return np.inf * apart if apart else 0.0, np.inf if apart else 0.0, np.log(2) * apart, theta


@right("gan_value", "dtype")
def ok2_gv_float_labels(d_real, d_fake):
    bce = nn.BCELoss(reduction="none")
    small = torch.finfo(d_real.dtype).tiny
    del bce, small
    return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()


@right("discriminator_loss", "dtype")
def ok2_dl_labels_like(real_logits, fake_logits):
    criterion = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    return criterion(real_logits, ones) + criterion(fake_logits, zeros)


@right("discriminator_loss", "shape")
def ok2_dl_broadcast_harmless(real_logits, fake_logits):
    ones = torch.ones(len(real_logits), dtype=real_logits.dtype)
    real = -(ones * F.logsigmoid(real_logits)).mean()
    return real - F.logsigmoid(fake_logits.neg()).flatten().mean()


@right("generator_loss_nonsaturating", "formula")
def ok2_gn_softmax(fake_logits):
    flat = fake_logits.flatten()
    two = torch.stack([flat, torch.zeros_like(flat)], dim=1)
    return F.cross_entropy(two, torch.zeros(len(flat), dtype=torch.long))


@right("generator_logit_gradients", "formula")
def ok2_gg_tanh(fake_logits):
    half = 0.5 * torch.tanh(fake_logits / 2)
    return -(0.5 + half), half - 0.5


@right("discriminator_step_loss", "formula")
def ok2_ds_one_pass(discriminator, generator, real, z):
    with torch.no_grad():
        fake = generator(z)
    scores = discriminator(torch.cat([real, fake], dim=0)).reshape(-1)
    on, off = scores[: len(real)], scores[len(real) :]
    return F.softplus(-on).mean() + F.softplus(off).mean()


@right("generator_step_loss", "formula")
def ok2_gst_categorical(discriminator, generator, z):
    scores = discriminator(generator(z)).reshape(-1)
    both = Categorical(logits=torch.stack([torch.zeros_like(scores), scores], -1))
    return -both.log_prob(torch.ones(len(scores))).mean()


@right("optimal_discriminator", "formula")
def ok2_od_numpy(p_data, p_g):
    a, b = p_data.numpy(), p_g.numpy()
    out = np.full_like(a, 0.5)
    np.divide(a, a + b, out=out, where=(a + b) > 0)
    return torch.from_numpy(out)


@right("bigan_losses", "formula")
def ok2_bl_logaddexp(real_pair_logits, fake_pair_logits):
    def miss(logits):
        return torch.logaddexp(torch.zeros_like(logits), logits).mean()

    d_loss = miss(-real_pair_logits) + miss(fake_pair_logits)
    return d_loss, miss(real_pair_logits) + miss(-fake_pair_logits)


@right("linear_gan_cost", "formula")
def ok2_lgc_loop(w, x_real, x_fake, C):
    cost = 0.5 * C * w.dot(w)
    for row in x_real:
        cost = cost + torch.logaddexp(torch.zeros((), dtype=w.dtype), row.dot(w))
    for row in x_fake:
        score = row.dot(w)
        cost = cost + torch.logaddexp(torch.zeros((), dtype=w.dtype), -score)
    return cost


@right("softplus_minimum", "formula")
def ok2_sm_bernoulli_entropy(lam):
    inside = (lam >= -1) & (lam <= 0)
    p = torch.where(inside, -lam, 0.5 * torch.ones_like(lam))
    entropy = -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p))
    return torch.where(inside, entropy, torch.full_like(lam, -math.inf))


@right("wasserstein_1d", "formula")
def ok2_w1_scipy(x, y):
    return torch.tensor(stats.wasserstein_distance(x.numpy(), y.numpy()), dtype=x.dtype)


@right("clip_weights", "state")
def ok2_cw_state_dict(critic, c):
    for p in critic.parameters():
        p.data.copy_(p.data.clip(-c, c))


@right("gradient_penalty", "formula")
def ok2_gp_vmap_free(critic, real, fake, eps):
    points = torch.lerp(fake, real, eps.expand_as(real)).detach().requires_grad_(True)
    out = critic(points)
    slope = torch.autograd.grad(out, points, torch.ones_like(out), create_graph=True)[0]
    norms = torch.sqrt(slope.pow(2).sum(dim=1) + 1e-24)
    return F.mse_loss(norms, torch.ones_like(norms))


@right("spectral_normalize", "formula")
def ok2_sn_svdvals(weight):
    top = torch.linalg.svdvals(weight)[0]
    return weight / top if top > 0 else weight * 1


@right("q_posterior", "formula")
def ok2_qp_padded(x_0, x_t, t, betas):
    bars = torch.cumprod(1 - betas, 0)
    before = torch.cat([torch.ones(1, dtype=betas.dtype), bars[:-1]])[t].unsqueeze(1)
    beta, here = betas[t].unsqueeze(1), bars[t].unsqueeze(1)
    from_0 = before.sqrt() * beta / (1 - here)
    from_t = torch.sqrt(1 - beta) * (1 - before) / (1 - here)
    return from_0 * x_0 + from_t * x_t, (beta * (1 - before) / (1 - here)).squeeze(1)


@right("p_sample", "noise")
def ok2_ps_mask(eps_model, x_t, t, betas):
    bar = running_product(betas)
    with torch.no_grad():
        guess = eps_model(x_t, t)
    shape = (-1, 1)
    mean = (x_t - (betas / (1 - bar).sqrt())[t].view(shape) * guess) * (1 - betas)[t].view(
        shape
    ).rsqrt()
    later = (t > 0).to(x_t.dtype).view(shape)
    return mean + later * betas.sqrt()[t].view(shape) * torch.randn_like(x_t)


@right("score_matching_loss", "formula")
def ok2_sml_einsum(score_model, x, eps, sigma):
    noisy = x + torch.einsum("n,nd->nd", sigma, eps)
    rest = torch.einsum("n,nd->nd", sigma, score_model(noisy, sigma)) + eps
    return torch.einsum("nd,nd->", rest, rest) / len(x)


@right("langevin_step", "dtype")
def ok2_ls_tensor_step(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("the step has to be positive")
    scale = np.sqrt(2.0 * step)
    return torch.add(x, score_model(x), alpha=float(step)) + eps * float(scale)
