"""Right solutions in unusual styles, by somebody who has not read the hidden checks."""

import itertools
import math

import numpy as np
import torch
import torch.distributions as dist
import torch.nn as nn
import torch.nn.functional as F

from graders.audit.wrong import Wrong
from reference.elbo import elbo
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

RIGHT = []


def right(exercise, family="formula", also=None):
    """family says what is unusual; "inline": a prerequisite in `also` is wrong."""

    def add(function):
        RIGHT.append(Wrong(exercise, function.__name__, "", function, family, also or {}))
        return function

    return add


def _reparam_variance(mu, logvar):
    return mu + torch.exp(logvar) * torch.randn_like(mu)


def _kl_no_half(mu, logvar):
    return (logvar.exp() + mu**2 - 1 - logvar).sum(-1)


def _bll_mean(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).mean(-1)


def _dl_labels(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


def _glp_no_constant(z, mu, logvar):
    return -0.5 * (logvar + (z - mu) ** 2 / logvar.exp()).sum(-1)


@right("reparameterize", "noise")
def ok_repar_minus(mu, logvar):
    return mu - torch.sqrt(logvar.exp()) * torch.randn_like(mu)


@right("reparameterize", "noise")
def ok_repar_numpy(mu, logvar):
    eps = torch.as_tensor(np.random.default_rng().standard_normal(tuple(mu.shape)), dtype=mu.dtype)
    return torch.addcmul(mu, eps, torch.exp(logvar / 2))


@right("reparameterize", "noise")
def ok_repar_box_muller(mu, logvar):
    u, v = 1 - torch.rand_like(mu), torch.rand_like(mu)
    eps = torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * math.pi * v)
    return mu + eps * torch.exp(0.5 * logvar)


@right("reparameterize", "noise")
def ok_repar_cholesky(mu, logvar):
    q = dist.MultivariateNormal(mu, scale_tril=torch.diag_embed(torch.exp(logvar / 2)))
    return q.rsample()


@right("reparameterize", "noise")
def ok_repar_entry_by_entry(mu, logvar):
    flat = []
    for m, v in zip(mu.reshape(-1), logvar.reshape(-1)):
        flat.append(m + torch.exp(v / 2) * torch.randn((), dtype=m.dtype))
    return torch.stack(flat).reshape(mu.shape)


@right("model_2", "noise")
def ok_model2_class(x, encoder, decoder):
    class Reparameterised:
        def __init__(self, loc):
            self.loc = loc

        def draw(self):
            return self.loc + torch.empty_like(self.loc).normal_()

    return decoder(Reparameterised(encoder(x)).draw())


@right("model_4", "formula")
def ok_model4_softplus_std(x, encoder, decoder):
    h = encoder(x)
    return decoder(F.softplus(h) * torch.randn_like(h))


@right("model_4", "formula")
def ok_model4_square(x, encoder, decoder):
    h = encoder(x)
    q = dist.Normal(torch.zeros_like(h), (h**2 + 0.1).sqrt())
    return decoder(q.rsample())


@right("model_4", "inline", also={"reparameterize": _reparam_variance})
def ok_model4_inline(x, encoder, decoder):
    h = encoder(x)
    return decoder(torch.exp(h / 2) * torch.randn_like(h))


@right("kl_standard_normal")
def ok_kl_expm1(mu, logvar):
    return 0.5 * torch.einsum("...k->...", mu * mu + torch.expm1(logvar) - logvar)


@right("kl_standard_normal")
def ok_kl_multivariate(mu, logvar):
    k = mu.shape[-1]
    q = dist.MultivariateNormal(mu, torch.diag_embed(logvar.exp()))
    p = dist.MultivariateNormal(torch.zeros(k, dtype=mu.dtype), torch.eye(k, dtype=mu.dtype))
    return dist.kl_divergence(q, p)


@right("kl_gaussians", "numerics")
def ok_klg_library(mu_0, cov_0, mu_1, cov_1):
    for cov in (cov_0, cov_1):
        if not torch.allclose(cov, cov.transpose(-1, -2)):
            raise ValueError("not symmetric")
    try:
        l0, l1 = torch.linalg.cholesky(cov_0), torch.linalg.cholesky(cov_1)
    except RuntimeError as error:
        raise ValueError("not positive definite") from error
    return dist.kl_divergence(
        dist.MultivariateNormal(mu_0, scale_tril=l0), dist.MultivariateNormal(mu_1, scale_tril=l1)
    )


@right("kl_equal_variance")
def ok_kle_library(mu_q, mu_p, sigma):
    return dist.kl_divergence(dist.Normal(mu_q, sigma), dist.Normal(mu_p, sigma))


@right("bernoulli_log_likelihood")
def ok_bll_logaddexp(x, logits):
    zero = torch.zeros_like(logits)
    return (x * logits - torch.logaddexp(zero, logits)).sum(-1)


@right("bernoulli_log_likelihood", "shape")
def ok_bll_expand(x, logits):
    target = x.expand(logits.shape)
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").neg().sum(-1)


@right("cross_entropy", "numerics")
def ok_ce_where(x, g):
    def part(weight, prob):
        safe = torch.where(weight > 0, prob, torch.ones_like(prob))
        return weight * torch.log(safe)

    return -(part(x, g) + part(1 - x, 1 - g)).sum(1)


@right("gaussian_reconstruction_error", "formula")
def ok_gre_with_constant(x, x_hat, sigma):
    return -dist.Normal(x_hat, sigma).log_prob(x).sum((1, 2)).mean()


@right("elbo", "noise")
def ok_elbo_loop(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q, p = (
        dist.Normal(mu, torch.exp(0.5 * logvar)),
        dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)),
    )
    terms = [
        -(F.softplus(l) - x * l).sum(1) for l in (decoder(q.rsample()) for _ in range(n_samples))
    ]
    return sum(terms) / n_samples - dist.kl_divergence(q, p).sum(1)


@right("elbo", "shape")
def ok_elbo_flat_batch(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    n, _k = mu.shape
    m, v = mu.repeat_interleave(n_samples, 0), logvar.repeat_interleave(n_samples, 0)
    logits = decoder(m + torch.exp(v / 2) * torch.randn_like(m)).view(n, n_samples, -1)
    log_px = (x[:, None] * logits - F.softplus(logits)).sum(-1).mean(1)
    return log_px - 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@right("elbo", "inline", also={"kl_standard_normal": _kl_no_half})
def ok_elbo_inline_kl(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


@right("elbo_sampled")
def ok_elbos_from_eps(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    eps = torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * logvar) * eps
    log_ratio = -0.5 * (z**2 - eps**2 - logvar).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_ratio).mean(0)


@right("vae_loss", "inline", also={"bernoulli_log_likelihood": _bll_mean})
def ok_vae_inline(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
    return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@right("elbo_decomposition", "numerics")
def ok_dec_numpy(prior, likelihood, q):
    p, l, w = (v.numpy().astype(float) for v in (prior, likelihood, q))
    px = float(p @ l)
    if px == 0:
        raise ValueError("evidence is 0")
    bound = kl = 0.0
    for a, b, c in zip(p, l, w):
        if c > 0:
            bound += c * math.log(a * b / c) if a * b > 0 else -math.inf
            kl += c * math.log(c * px / (a * b)) if a * b > 0 else math.inf
    return tuple(torch.tensor(v, dtype=prior.dtype) for v in (math.log(px), bound, kl))


@right("aevb_gradients")
def ok_grads_loop(mu, sigma, eps, score):
    L, J = score.shape
    gm, gs = torch.zeros_like(mu), torch.zeros_like(sigma)
    for j in range(J):
        gm[j] = -mu[j] + sum(score[l, j] for l in range(L)) / L
        gs[j] = 1 / sigma[j] - sigma[j] + sum(eps[l, j] * score[l, j] for l in range(L)) / L
    return gm, gs


@right("iwae_bound", "numerics")
def ok_iwae_own_logsumexp(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    log_w = []
    for _ in range(k):
        eps = torch.randn_like(mu)
        z = mu + std * eps
        log_w.append(
            bernoulli_log_likelihood(x, decoder(z)) + 0.5 * (eps**2 - z**2 + logvar).sum(1)
        )
    log_w = torch.stack(log_w, dim=1)
    top = log_w.max(1, keepdim=True).values.detach()
    return (log_w - top).exp().mean(1).log() + top[:, 0]


@right("iwae_exact")
def ok_iwex_multinomial(prior, likelihood, q, k):
    keep = [s for s in range(len(q)) if q[s] > 0]
    total = 0.0
    for draw in itertools.combinations_with_replacement(keep, k):
        counts = [draw.count(s) for s in set(draw)]
        ways = math.factorial(k) / math.prod(math.factorial(c) for c in counts)
        prob = ways * math.prod(float(q[s]) for s in draw)
        w = sum(float(prior[s] * likelihood[s] / q[s]) for s in draw) / k
        total += prob * (math.log(w) if w > 0 else -math.inf)
    return torch.tensor(total, dtype=q.dtype)


@right("gaussian_log_prob")
def ok_glp_library(z, mu, logvar):
    return dist.Independent(dist.Normal(mu, logvar.mul(0.5).exp()), 1).log_prob(z)


@right("wake_loss", "gradient")
def ok_wake_torch_normal(x, encoder, decoder, n_samples=1):
    mu, logvar = (t.detach() for t in encoder(x))
    losses = []
    for _ in range(n_samples):
        logits = decoder(torch.normal(mu, torch.exp(logvar / 2)))
        losses.append(F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x))
    return torch.stack(losses).mean()


@right("sleep_loss", "inline", also={"gaussian_log_prob": _glp_no_constant})
def ok_sleep_inline(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        probs = torch.sigmoid(decoder(z))
        x = (torch.rand_like(probs) < probs).to(probs.dtype)
    mu, logvar = encoder(x)
    return (
        F.gaussian_nll_loss(mu, z, logvar.exp(), full=True, reduction="none", eps=1e-12)
        .sum(1)
        .mean()
    )


@right("train_aevb", "network")
def ok_train_loader(data, encoder, decoder, epochs, batch_size, learning_rate):
    loader = torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True)
    opt = torch.optim.Adam(
        [{"params": encoder.parameters()}, {"params": decoder.parameters()}], lr=learning_rate
    )
    history = {"loss": []}
    for _ in range(epochs):
        seen = []
        for x in loader:
            loss = -elbo(x, encoder, decoder).mean()
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            seen += [loss.item()] * len(x)
        history["loss"].append(float(np.mean(seen)))
    return history


@right("discriminator_loss")
def ok_dl_bce(real_logits, fake_logits):
    loss = nn.BCEWithLogitsLoss()
    return loss(real_logits, torch.ones_like(real_logits)) + loss(
        fake_logits, torch.zeros_like(fake_logits)
    )


@right("generator_loss_saturating", "numerics")
def ok_gs_logaddexp(fake_logits):
    return -torch.logaddexp(fake_logits, fake_logits.new_zeros(())).mean()


@right("discriminator_step_loss", "inline", also={"discriminator_loss": _dl_labels})
def ok_ds_inline(discriminator, generator, real, z):
    with torch.no_grad():
        fake = generator(z)
    return F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()


@right("generator_step_loss", "state")
def ok_gst_freezes_and_restores(discriminator, generator, z):
    flags = [p.requires_grad for p in discriminator.parameters()]
    for p in discriminator.parameters():
        p.requires_grad_(False)
    loss = F.softplus(-discriminator(generator(z))).mean()
    for p, flag in zip(discriminator.parameters(), flags):
        p.requires_grad_(flag)
    return loss


@right("optimal_discriminator", "numerics")
def ok_od_mask(p_data, p_g):
    d = torch.full_like(p_data, 0.5)
    some = (p_data + p_g) > 0
    d[some] = p_data[some] / (p_data[some] + p_g[some])
    return d


@right("generator_criterion")
def ok_gc_entropies(p_data, p_g):
    entropy = torch.special.entr
    m = (p_data + p_g) / 2
    return 2 * entropy(m).sum() - entropy(p_data).sum() - entropy(p_g).sum() - 2 * math.log(2)


@right("jensen_shannon", "numerics")
def ok_jsd_scipy(p, q):
    from scipy.special import rel_entr

    a, b = p.numpy(), q.numpy()
    m = (a + b) / 2
    return torch.as_tensor(0.5 * (rel_entr(a, m) + rel_entr(b, m)).sum(), dtype=p.dtype)


@right("wasserstein_1d", "shape")
def ok_w1_lcm(x, y):
    n = math.lcm(len(x), len(y))
    xs = x.sort().values.repeat_interleave(n // len(x))
    ys = y.sort().values.repeat_interleave(n // len(y))
    return (xs - ys).abs().mean()


@right("gradient_penalty", "gradient")
def ok_gp_examples(critic, real, fake, eps):
    total = 0.0
    for r, f, e in zip(real, fake, eps):
        point = (e * r + (1 - e) * f)[None].detach().requires_grad_()
        (g,) = torch.autograd.grad(critic(point).sum(), point, create_graph=True)
        total = total + (torch.linalg.vector_norm(g) - 1) ** 2
    return total / len(real)


@right("softplus_minimum", "numerics")
def ok_sm_xlogy(lam):
    inside = (lam >= -1) & (lam <= 0)
    p = torch.where(inside, -lam, torch.full_like(lam, 0.5))
    value = -torch.xlogy(p, p) - torch.xlogy(1 - p, 1 - p)
    return torch.where(inside, value, torch.full_like(lam, -math.inf))


@right("solve_dual", "numerics")
def ok_sd_newton_primal(x_real, x_fake, C):
    signed = torch.cat([x_real, -x_fake])
    w = torch.zeros(x_real.shape[1], dtype=x_real.dtype)

    def cost(v):
        return F.softplus(signed @ v).sum() + C / 2 * v.square().sum()

    for _ in range(200):
        s = torch.sigmoid(signed @ w)
        grad = signed.T @ s + C * w
        hessian = (signed * (s * (1 - s))[:, None]).T @ signed + C * torch.eye(
            len(w), dtype=w.dtype
        )
        step, size = torch.linalg.solve(hessian, grad), 1.0
        while cost(w - size * step) > cost(w) - 1e-4 * size * grad @ step and size > 1e-12:
            size /= 2
        w = w - size * step
    return -torch.sigmoid(x_real @ w), -torch.sigmoid(x_fake @ w)


@right("p_sample", "noise")
def ok_ps_by_posterior_mean(eps_model, x_t, t, betas):
    rows = []
    ab = torch.cumprod(1 - betas, 0)
    eps = eps_model(x_t, t)
    for i, step in enumerate(t.tolist()):
        mean = (x_t[i] - betas[step] / torch.sqrt(1 - ab[step]) * eps[i]) / torch.sqrt(
            1 - betas[step]
        )
        rows.append(mean if step == 0 else torch.normal(mean, betas[step].sqrt().expand_as(mean)))
    return torch.stack(rows)


@right("ddim_step", "shape")
def ok_dd_padded(eps_model, x_t, t, s, alpha_bar):
    padded = torch.cat([alpha_bar.new_ones(1), alpha_bar])
    a, b = padded[t + 1].unsqueeze(1), padded[s + 1].unsqueeze(1)
    eps = eps_model(x_t, t)
    return (b / a).sqrt() * x_t + ((1 - b).sqrt() - (b * (1 - a) / a).sqrt()) * eps


@right("flow_matching_loss")
def ok_fm_norm(velocity_model, x_0, x_1, t):
    error = velocity_model(torch.lerp(x_0, x_1, t[:, None]), t) - (x_1 - x_0)
    return torch.einsum("nd,nd->", error, error) / len(t)


@right("score_matching_loss")
def ok_sml_weighted_target(score_model, x, eps, sigma):
    s = sigma.view(-1, 1)
    target = -eps / s
    return (
        sigma**2 * F.mse_loss(score_model(x + s * eps, sigma), target, reduction="none").sum(1)
    ).mean()
