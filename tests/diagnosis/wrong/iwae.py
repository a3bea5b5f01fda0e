"""Wrong solutions of `iwae`, by somebody who has not read the hidden checks."""

import itertools
import math

import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

WRONG = []


def _reparam_batch_noise(mu, logvar):
    return mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape[-1], dtype=mu.dtype)


def _bll_mean(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).mean(-1)


# iwae_bound


@wrong(
    WRONG,
    "iwae_bound",
    "formula",
    "log k is not subtracted: the bound has the mean of the weights, not their sum",
)
def iwae_no_log_k(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    return torch.logsumexp(log_w, dim=0)


@wrong(
    WRONG,
    "iwae_bound",
    "formula",
    "the mean of the log weights is the ELBO; the logarithm goes outside of the mean",
)
def iwae_mean_of_logs(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    log_w = []
    for _ in range(k):
        eps = torch.randn_like(mu)
        z = mu + std * eps
        log_ratio = (-0.5 * z**2 + 0.5 * eps**2 + 0.5 * logvar).sum(-1)
        log_w.append(bernoulli_log_likelihood(x, decoder(z)) + log_ratio)
    return torch.stack(log_w).mean(0)


@wrong(
    WRONG,
    "iwae_bound",
    "formula",
    "the divergence in closed form has no place inside the weights: that is no bound on log p(x)",
)
def iwae_analytic_kl(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(k, *mu.shape), logvar.expand(k, *logvar.shape))
    kl = 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) - kl).logsumexp(0) - math.log(k)


@wrong(
    WRONG,
    "iwae_bound",
    "numerics",
    "exp of a log weight of -10000 is 0, and its logarithm -inf: use logsumexp",
)
def iwae_exponentials(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    w = torch.exp(bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1))
    return w.mean(0).log()


@wrong(
    WRONG,
    "iwae_bound",
    "numerics",
    (
        "the maximum is taken over the whole batch, so the weights of an unlikely image still "
        "underflow"
    ),
)
def iwae_global_maximum(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    top = log_w.max()
    return top + torch.log(torch.exp(log_w - top).mean(0))


@wrong(
    WRONG,
    "iwae_bound",
    "axis",
    "log-sum-exp runs over the batch instead of the k samples, so images are mixed",
)
def iwae_batch_axis(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    n = len(x)
    m, v = mu.repeat(k, 1), logvar.repeat(k, 1)
    z = reparameterize(m, v)
    log_q = dist.Normal(m, torch.exp(0.5 * v)).log_prob(z).sum(-1)
    log_p = dist.Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)
    log_px = bernoulli_log_likelihood(x.repeat(k, 1), decoder(z))
    log_w = (log_px + log_p - log_q).view(n, k)
    return torch.logsumexp(log_w, dim=1) - math.log(k)


@wrong(WRONG, "iwae_bound", "noise", "the same code is used k times, which gives back the ELBO")
def iwae_one_code(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    z = reparameterize(mu, logvar).repeat(k, 1, 1)
    log_q = dist.Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum(-1)
    log_p = dist.Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).logsumexp(0) - math.log(k)


@wrong(WRONG, "iwae_bound", "formula", "log p(z) is missing from the weights")
def iwae_no_prior(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Independent(dist.Normal(mu, torch.exp(0.5 * logvar)), 1)
    z = q.rsample((k,))
    return (bernoulli_log_likelihood(x, decoder(z)) - q.log_prob(z)).logsumexp(0) - math.log(k)


@wrong(WRONG, "iwae_bound", "formula", "you divide the logarithm by k instead of subtracting log k")
def iwae_divides_by_k(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    return log_w.logsumexp(0) / k


@wrong(
    WRONG,
    "iwae_bound",
    "formula",
    (
        "the normalised weights give the right gradient, but their weighted mean of log weights"
        " is not the value of the bound"
    ),
)
def iwae_weighted_mean(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    w = torch.softmax(log_w, dim=0).detach()
    return (w * log_w).sum(0)


@wrong(
    WRONG,
    "iwae_bound",
    "gradient",
    "torch.tensor of the list of weights makes a copy without a graph",
)
def iwae_list_to_tensor(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Independent(dist.Normal(mu, torch.exp(0.5 * logvar)), 1)
    p = dist.Independent(dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    rows = []
    for _ in range(k):
        z = q.rsample()
        rows.append(
            (bernoulli_log_likelihood(x, decoder(z)) + p.log_prob(z) - q.log_prob(z)).tolist()
        )
    return torch.tensor(rows, dtype=mu.dtype).logsumexp(0) - math.log(k)


@wrong(
    WRONG,
    "iwae_bound",
    "gradient",
    "log q is detached as if q were fixed; the gradient flows through it too",
)
def iwae_log_q_detached(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    z = q.rsample((k,))
    log_q = q.log_prob(z).sum(-1).detach()
    log_p = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).logsumexp(0) - math.log(k)


@wrong(
    WRONG,
    "iwae_bound",
    "formula",
    "log-mean-exp is taken of the reconstruction and of the divergence separately",
)
def iwae_parts_apart(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))

    def lme(v):
        return v.logsumexp(0) - math.log(k)

    return lme(bernoulli_log_likelihood(x, decoder(z))) + lme(
        (p.log_prob(z) - q.log_prob(z)).sum(-1)
    )


@wrong(WRONG, "iwae_bound", "shape", "keepdim leaves a column (N, 1)")
def iwae_column(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    return torch.logsumexp(log_w.T, dim=1, keepdim=True) - math.log(k)


@wrong(WRONG, "iwae_bound", "noise", "the k noise vectors are shared by all images of the batch")
def iwae_noise_shared_by_images(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    z = mu + std * torch.randn(k, 1, mu.shape[1], dtype=mu.dtype)
    log_q = dist.Normal(mu, std).log_prob(z).sum(-1)
    log_p = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).logsumexp(0) - math.log(k)


@wrong(WRONG, "iwae_bound", "two_mistakes", "log k is not subtracted, and log p(z) is missing")
def iwae_no_log_k_no_prior(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Independent(dist.Normal(mu, torch.exp(0.5 * logvar)), 1)
    z = q.rsample((k,))
    return (bernoulli_log_likelihood(x, decoder(z)) - q.log_prob(z)).logsumexp(0)


@wrong(
    WRONG,
    "iwae_bound",
    "two_mistakes",
    (
        "the noise is scaled with the variance instead of sigma, and the mean of the log "
        "weights is the ELBO"
    ),
)
def iwae_variance_and_mean(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    var = torch.exp(logvar)
    z = mu + var * torch.randn(k, *mu.shape, dtype=mu.dtype)
    log_q = -0.5 * ((z - mu) ** 2 / var + logvar + math.log(2 * math.pi)).sum(-1)
    log_p = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).mean(0)


@wrong(
    WRONG,
    "iwae_bound",
    "inline",
    "the pixels are averaged, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_mean},
)
def iwae_inline_pixel_mean(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((k,))
    logits = decoder(z)
    log_px = (x * logits - F.softplus(logits)).mean(-1)
    return (log_px + (p.log_prob(z) - q.log_prob(z)).sum(-1)).logsumexp(0) - math.log(k)


@wrong(
    WRONG,
    "iwae_bound",
    "inline",
    "one noise vector for the whole batch, here and in reparameterize",
    also={"reparameterize": _reparam_batch_noise},
)
def iwae_inline_batch_noise(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    rows = []
    for _ in range(k):
        eps = torch.randn(mu.shape[-1], dtype=mu.dtype)
        z = mu + std * eps
        ratio = dist.Normal(0.0, 1.0).log_prob(z) - dist.Normal(mu, std).log_prob(z)
        rows.append(bernoulli_log_likelihood(x, decoder(z)) + ratio.sum(-1))
    return torch.stack(rows).logsumexp(0) - math.log(k)


# iwae_exact


@wrong(
    WRONG, "iwae_exact", "formula", "all sequences get the same probability; they are drawn from q"
)
def iwex_uniform_sequences(prior, likelihood, q, k):
    drawn = [s for s in range(len(q)) if q[s] > 0]
    w = prior * likelihood / q
    values = [w[list(seq)].mean().log() for seq in itertools.product(drawn, repeat=k)]
    return torch.stack(values).mean()


@wrong(
    WRONG, "iwae_exact", "formula", "a state may be drawn more than once: sequences, not subsets"
)
def iwex_without_repetition(prior, likelihood, q, k):
    drawn = [s for s in range(len(q)) if q[s] > 0]
    w = prior * likelihood / q
    total = torch.zeros((), dtype=q.dtype)
    for seq in itertools.permutations(drawn, min(k, len(drawn))):
        index = list(seq)
        total = total + q[index].prod() * w[index].mean().log()
    return total


@wrong(
    WRONG,
    "iwae_exact",
    "formula",
    "each unordered draw is counted once, although several sequences give it",
)
def iwex_no_multiplicity(prior, likelihood, q, k):
    drawn = [s for s in range(len(q)) if q[s] > 0]
    w = prior * likelihood / q
    total = 0.0
    for seq in itertools.combinations_with_replacement(drawn, k):
        index = list(seq)
        total = total + q[index].prod() * torch.log(w[index].mean())
    return total


@wrong(
    WRONG,
    "iwae_exact",
    "formula",
    "the logarithm is taken after the expectation, which gives log p(x) for every k",
)
def iwex_log_evidence(prior, likelihood, q, k):
    keep = q > 0
    return (prior[keep] * likelihood[keep]).sum().log()


@wrong(WRONG, "iwae_exact", "formula", "k does not enter: this is L_1")
def iwex_elbo(prior, likelihood, q, k):
    keep = q > 0
    p, l, q = prior[keep], likelihood[keep], q[keep]
    return (q * (p.log() + l.log() - q.log())).sum()


@wrong(WRONG, "iwae_exact", "formula", "the weights lack the prior")
def iwex_no_prior(prior, likelihood, q, k):
    keep = q > 0
    q, lik = q[keep], likelihood[keep]
    idx = torch.tensor(list(itertools.product(range(len(q)), repeat=k)))
    w = (lik / q)[idx].mean(1)
    return (q[idx].prod(1) * w.log()).sum()


@wrong(
    WRONG,
    "iwae_exact",
    "numerics",
    "a state with q = 0 gives 0 * log(p / 0), which is NaN, and is never drawn",
)
def iwex_nan(prior, likelihood, q, k):
    S = len(q)
    idx = torch.tensor(list(itertools.product(range(S), repeat=k)))
    w = (prior * likelihood / q)[idx].mean(dim=1)
    return torch.sum(q[idx].prod(dim=1) * torch.log(w))


@wrong(
    WRONG, "iwae_exact", "formula", "the weights of a sequence are summed; the bound has their mean"
)
def iwex_no_k(prior, likelihood, q, k):
    keep = q > 0
    p, l, q = prior[keep], likelihood[keep], q[keep]
    total = 0
    for seq in itertools.product(range(len(q)), repeat=k):
        s = list(seq)
        total = total + q[s].prod() * torch.log((p[s] * l[s] / q[s]).sum())
    return total


@wrong(
    WRONG,
    "iwae_exact",
    "noise",
    "random sequences estimate L_k; the exact value goes through all of them",
)
def iwex_sampled(prior, likelihood, q, k):
    draws = torch.multinomial(q, 1000 * k, replacement=True).view(1000, k)
    w = (prior * likelihood / q)[draws]
    return w.mean(1).log().mean()
