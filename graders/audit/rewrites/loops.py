"""One example, one sample, one number at a time: the sums of the formulas as loops."""

import itertools
import math

import torch
import torch.nn.functional as F


def reparameterize(mu, logvar):
    z = torch.empty_like(mu)
    for index in itertools.product(*map(range, mu.shape)):
        z[index] = mu[index] + torch.sqrt(logvar[index].exp()) * torch.randn((), dtype=mu.dtype)
    return z


def model_2(x, encoder, decoder):
    return torch.stack([decoder(encoder(row) + torch.randn_like(encoder(row))) for row in x])


def model_4(x, encoder, decoder):
    return torch.stack(
        [decoder(F.softplus(encoder(row)).sqrt() * torch.randn_like(encoder(row))) for row in x]
    )


def kl_standard_normal(mu, logvar):
    total = torch.zeros_like(mu[..., 0])
    for k in range(mu.shape[-1]):
        total = total + (logvar[..., k].exp() + mu[..., k] * mu[..., k] - 1 - logvar[..., k]) / 2
    return total


def kl_equal_variance(mu_q, mu_p, sigma):
    return ((mu_q - mu_p) / sigma) ** 2 / 2


def bernoulli_log_likelihood(x, logits):
    total = 0.0
    for d in range(x.shape[-1]):
        total = (
            total
            + x[..., d] * logits[..., d]
            - torch.logaddexp(logits[..., d], torch.zeros_like(logits[..., d]))
        )
    return total


def cross_entropy(x, g):
    cost = torch.zeros(len(x), dtype=g.dtype)
    for n, d in itertools.product(*map(range, x.shape)):
        if x[n, d] > 0:
            cost[n] = cost[n] - x[n, d] * g[n, d].log()
        if x[n, d] < 1:
            cost[n] = cost[n] - (1 - x[n, d]) * torch.log1p(-g[n, d])
    return cost


def gaussian_reconstruction_error(x, x_hat, sigma):
    return sum(
        ((row - other) ** 2).sum() / (2 * sigma**2)
        for sample in x_hat
        for row, other in zip(x, sample)
    ) / len(x_hat)


def monte_carlo_reconstruction_error(log_px_given_z):
    return -sum(value for row in log_px_given_z for value in row) / len(log_px_given_z)


def _codes(x, encoder, n_samples):
    """mu and logvar of one example, and its codes."""
    mu, logvar = encoder(x)
    return mu, logvar, [mu + (logvar / 2).exp() * torch.randn_like(mu) for _ in range(n_samples)]


def _log_normal(z, mu, logvar):
    return sum(
        -((z[k] - mu[k]) ** 2) / logvar[k].exp() / 2 - logvar[k] / 2 - math.log(2 * math.pi) / 2
        for k in range(len(z))
    )


def elbo(x, encoder, decoder, n_samples=1):
    bounds = []
    for row in x:
        mu, logvar, codes = _codes(row, encoder, n_samples)
        bounds.append(
            sum(bernoulli_log_likelihood(row, decoder(z)) for z in codes) / n_samples
            - kl_standard_normal(mu, logvar)
        )
    return torch.stack(bounds)


def _log_weights(row, encoder, decoder, n_samples):
    mu, logvar, codes = _codes(row, encoder, n_samples)
    zero = torch.zeros_like(mu)
    return torch.stack(
        [
            bernoulli_log_likelihood(row, decoder(z))
            + _log_normal(z, zero, zero)
            - _log_normal(z, mu, logvar)
            for z in codes
        ]
    )


def elbo_sampled(x, encoder, decoder, n_samples=1):
    return torch.stack([_log_weights(row, encoder, decoder, n_samples).mean() for row in x])


def iwae_bound(x, encoder, decoder, k):
    return torch.stack(
        [
            torch.logsumexp(_log_weights(row, encoder, decoder, k), 0) - torch.log(torch.tensor(k))
            for row in x
        ]
    )


def vae_loss(x, encoder, decoder):
    return -sum(elbo(row[None], encoder, decoder)[0] for row in x)


def reconstruction_only_loss(x, encoder, decoder):
    return -sum(bernoulli_log_likelihood(row, decoder(_codes(row, encoder, 1)[2][0])) for row in x)


def autoencoder_loss(x, encoder, decoder):
    return sum(torch.dist(row, decoder(encoder(row)[0]).sigmoid()) ** 2 for row in x) / len(x)


def bayes_posterior(prior, likelihood):
    evidence = sum(p * f for p, f in zip(prior, likelihood))
    if evidence == 0:
        raise ValueError("the evidence is 0")
    return torch.stack([p * f / evidence for p, f in zip(prior, likelihood)])


def elbo_decomposition(prior, likelihood, q):
    evidence = sum(p * f for p, f in zip(prior, likelihood))
    if evidence == 0:
        raise ValueError("the evidence is 0")
    drawn = [(a, p, f) for a, p, f in zip(q, prior, likelihood) if a > 0]
    bound = sum(a * (p.log() + f.log() - a.log()) for a, p, f in drawn)
    kl = sum(a * (a.log() - p.log() - f.log() + evidence.log()) for a, p, f in drawn)
    return evidence.log(), bound, kl


def aevb_gradients(mu, sigma, eps, score):
    grad_mu, grad_sigma = torch.zeros_like(mu), torch.zeros_like(sigma)
    for noise, slope in zip(eps, score):
        grad_mu = grad_mu + slope / len(eps)
        grad_sigma = grad_sigma + slope * noise / len(eps)
    return grad_mu - mu, grad_sigma - sigma + 1 / sigma


def iwae_exact(prior, likelihood, q, k):
    drawn = [(float(a), float(p) * float(f)) for a, p, f in zip(q, prior, likelihood) if a > 0]
    bound = 0.0
    for states in itertools.product(drawn, repeat=k):
        mean = sum(joint / a for a, joint in states) / k
        bound += math.prod(a for a, _ in states) * (math.log(mean) if mean > 0 else -math.inf)
    return torch.tensor(bound, dtype=q.dtype)


def gaussian_log_prob(z, mu, logvar):
    total = 0.0
    for k in range(z.shape[-1]):
        total = total - 0.5 * (
            torch.log(torch.tensor(2 * math.pi))
            + logvar[..., k]
            + (z[..., k] - mu[..., k]) ** 2 / logvar[..., k].exp()
        )
    return total


def wake_loss(x, encoder, decoder, n_samples=1):
    total = 0.0
    for row in x:
        with torch.no_grad():
            codes = _codes(row, encoder, n_samples)[2]
        total = total - sum(bernoulli_log_likelihood(row, decoder(z)) for z in codes) / n_samples
    return total / len(x)


def sleep_loss(encoder, decoder, n_samples, latent_dim):
    total = 0.0
    for _ in range(n_samples):
        z = torch.randn(latent_dim)
        with torch.no_grad():
            dream = (torch.rand_like(decoder(z)) < decoder(z).sigmoid()).to(z.dtype)
        total = total - _log_normal(z, *encoder(dream))
    return total / n_samples


def kl_divergence(p, q):
    total = torch.zeros((), dtype=p.dtype)
    for a, b in zip(p, q):
        if a > 0:
            total = total + a * (a.log() - b.log())
    return total


def jensen_shannon(p, q):
    middle = (p + q) / 2
    return (kl_divergence(p, middle) + kl_divergence(q, middle)) / 2


def parallel_lines(theta):
    return (
        (0.0, 0.0, 0.0, 0.0)
        if theta == 0
        else (math.inf, math.inf, torch.log(torch.tensor(2.0)).item(), float(theta))
    )


def gan_value(d_real, d_fake):
    return (
        sum(d.log() for d in d_real.flatten()) / d_real.numel()
        + sum(torch.log1p(-d) for d in d_fake.flatten()) / d_fake.numel()
    )


def discriminator_loss(real_logits, fake_logits):
    return generator_loss_nonsaturating(real_logits) - generator_loss_saturating(fake_logits)


def generator_loss_saturating(fake_logits):
    return -sum(F.softplus(logit) for logit in fake_logits.flatten()) / fake_logits.numel()


def generator_loss_nonsaturating(fake_logits):
    return sum(F.softplus(-logit) for logit in fake_logits.flatten()) / fake_logits.numel()


def generator_logit_gradients(fake_logits):
    return -1 / (1 + torch.exp(-fake_logits)), -1 / (1 + torch.exp(fake_logits))


def optimal_discriminator(p_data, p_g):
    best = [
        a / (a + b) if a + b > 0 else torch.full_like(a, 0.5)
        for a, b in zip(p_data.flatten(), p_g.flatten())
    ]
    return torch.stack(best).reshape(p_data.shape)


def value_of(p_data, p_g, d):
    value = torch.zeros((), dtype=d.dtype)
    for a, b, probability in zip(p_data, p_g, d):
        value = (
            value
            + (a * probability.log() if a > 0 else 0.0)
            + (b * torch.log1p(-probability) if b > 0 else 0.0)
        )
    return value


def generator_criterion(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) - torch.log(torch.tensor(4.0))


def linear_gan_cost(w, x_real, x_fake, C):
    cost = sum(F.softplus(torch.dot(w, x)) for x in x_real) + sum(
        F.softplus(-torch.dot(w, x)) for x in x_fake
    )
    return cost + C * sum(weight**2 for weight in w) / 2


def quadratic_minimum(b, C):
    return -sum(entry * entry for entry in b) / (2 * C)


def wgan_value(f_fake, f_real):
    return sum(f_fake.flatten()) / f_fake.numel() - sum(f_real.flatten()) / f_real.numel()


def gradient_penalty(critic, real, fake, eps):
    distances = []
    for x, y, e in zip(real, fake, eps):
        point = (e * x + (1 - e) * y).detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(point[None]).sum(), point, create_graph=True)
        norm = slope.norm() if slope.any() else slope.sum()
        distances.append((norm - 1) ** 2)
    return sum(distances) / len(distances)


def bigan_optimal_discriminator(p_r, p_f):
    return optimal_discriminator(p_r, p_f)


def optimal_inference(generator_map):
    places = generator_map.tolist()
    if sorted(places) != list(range(len(places))):
        raise ValueError("some point is generated twice")
    return torch.tensor([places.index(point) for point in range(len(places))])


def alpha_bar(betas):
    kept, left = [], torch.ones((), dtype=torch.float64)
    for beta in betas:
        if beta <= 0 or beta >= 1:
            raise ValueError(f"beta = {beta.item()} is no variance of a step")
        left = left * (1 - beta.double())
        kept.append(left)
    return torch.stack(kept).to(betas.dtype)


def q_sample(x_0, t, eps, alpha_bar):
    rows = []
    for x, step, noise in zip(x_0, t.tolist(), eps):
        a = alpha_bar[step].item()
        rows.append(math.sqrt(a) * x + math.sqrt(1 - a) * noise)
    return torch.stack(rows)


def predict_x_0(x_t, t, eps, alpha_bar):
    clean = torch.empty_like(x_t)
    for n, d in itertools.product(*map(range, x_t.shape)):
        a = alpha_bar[t[n]]
        clean[n, d] = x_t[n, d] / a.sqrt() - torch.sqrt(1 / a - 1) * eps[n, d]
    return clean


def q_posterior(x_0, x_t, t, betas):
    kept = torch.cumprod(1 - betas, 0)
    means, variances = [], []
    for n, step in enumerate(t.tolist()):
        if step == 0:
            means.append(x_0[n])
            variances.append(torch.zeros((), dtype=x_0.dtype))
            continue
        beta, a, before = betas[step], kept[step], kept[step - 1]
        means.append(
            before.sqrt() * beta / (1 - a) * x_0[n]
            + (1 - beta).sqrt() * (1 - before) / (1 - a) * x_t[n]
        )
        variances.append((1 - before) / (1 - a) * beta)
    return [torch.stack(means), torch.stack(variances)]


def epsilon_loss(eps_model, x_0, t, eps, alpha_bar):
    total = 0.0
    for n in range(len(x_0)):
        a = alpha_bar[t[n]]
        noisy = a.sqrt() * x_0[n : n + 1] + (1 - a).sqrt() * eps[n : n + 1]
        total = total + ((eps_model(noisy, t[n : n + 1]) - eps[n]) ** 2).sum()
    return total / len(x_0)


def vlb_term(eps_model, x_0, x_t, t, betas):
    if 0 in t.tolist():
        raise ValueError("t = 0")
    kept = torch.cumprod(1 - betas, 0)
    terms = []
    for n in range(len(x_0)):
        beta, a, before = betas[t[n]], kept[t[n]], kept[t[n] - 1]
        said = eps_model(x_t[n], t[n])
        predicted = (x_t[n] - (1 - a).sqrt() * said) / a.sqrt()
        gap = before.sqrt() * beta / (1 - a) * (x_0[n] - predicted)
        terms.append((gap**2).sum() / (2 * beta * (1 - before) / (1 - a)))
    return torch.stack(terms)


def p_sample(eps_model, x_t, t, betas):
    kept = torch.cumprod(1 - betas, 0)
    rows = []
    for n in range(len(x_t)):
        beta, a = betas[t[n]], kept[t[n]]
        said = eps_model(x_t[n : n + 1], t[n : n + 1])[0]
        row = (x_t[n] - beta / torch.sqrt(1 - a) * said) / torch.sqrt(1 - beta)
        rows.append(row + beta.sqrt() * torch.randn_like(row) if t[n] > 0 else row)
    return torch.stack(rows)


def ddim_step(eps_model, x_t, t, s, alpha_bar):
    rows = []
    for n in range(len(x_t)):
        a = alpha_bar[t[n]]
        said = eps_model(x_t[n : n + 1], t[n : n + 1])[0]
        clean = (x_t[n] - torch.sqrt(1 - a) * said) / torch.sqrt(a)
        if s[n] == -1:
            rows.append(clean)
        else:
            b = alpha_bar[s[n]]
            rows.append(torch.sqrt(b) * clean + torch.sqrt(1 - b) * said)
    return torch.stack(rows)


def guided_epsilon(eps_conditional, eps_unconditional, w):
    rows = [c + w * (c - u) for c, u in zip(eps_conditional, eps_unconditional)]
    return torch.stack(rows)


def score_from_epsilon(eps, t, alpha_bar):
    return torch.stack([-e / math.sqrt(1 - alpha_bar[i].item()) for e, i in zip(eps, t)])


def score_matching_loss(score_model, x, eps, sigma):
    losses = []
    for n in range(len(x)):
        score = score_model((x[n] + sigma[n] * eps[n])[None], sigma[n : n + 1])[0]
        losses.append(sigma[n] ** 2 * ((score + eps[n] / sigma[n]) ** 2).sum())
    return sum(losses) / len(losses)


def langevin_step(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step")
    rows = [score_model(row[None])[0] for row in x]
    return torch.stack(
        [a + step * score + (2 * step) ** 0.5 * e for a, score, e in zip(x, rows, eps)]
    )


def flow_matching_loss(velocity_model, x_0, x_1, t):
    total = 0.0
    for start, end, time in zip(x_0, x_1, t):
        velocity = velocity_model((start + time * (end - start))[None], time[None])[0]
        total = total + (velocity - end + start).pow(2).sum()
    return total / len(t)
