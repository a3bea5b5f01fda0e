"""Wrong solutions of `likelihood`, by somebody who has not read the hidden checks."""

import math

import torch
import torch.distributions as dist
import torch.nn as nn
import torch.nn.functional as F

from graders.audit.wrong import wrong

WRONG = []


# bernoulli_log_likelihood


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "axis",
    "you average over the pixels; the log probabilities of independent pixels add up",
)
def bll_mean_over_pixels(x, logits):
    x = x.expand_as(logits)
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    "this is the cross entropy, which is minus the log likelihood",
)
def bll_is_the_loss(x, logits):
    return (F.softplus(logits) - x * logits).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    "the with_logits function has a sigmoid inside, and you apply one before it",
)
def bll_sigmoid_twice(x, logits):
    p = torch.sigmoid(logits)
    return -F.binary_cross_entropy_with_logits(p, x.expand_as(p), reduction="none").sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    "only the white pixels count in your sum; the black ones contribute (1 - x) log(1 - p)",
)
def bll_white_pixels_only(x, logits):
    return torch.einsum("nd,...nd->...n", x, F.logsigmoid(logits))


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "numerics",
    "1e-8 inside the logarithm cuts the log likelihood of a pixel off at -18.4",
)
def bll_epsilon(x, logits):
    p = logits.sigmoid()
    ll = x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)
    return ll.sum(dim=-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "numerics",
    (
        "the sigmoid of a large logit is exactly 1, and log(1 - 1) is -inf or NaN: stay with "
        "the logits"
    ),
)
def bll_log_of_sigmoid(x, logits):
    p = 1 / (1 + torch.exp(-logits))
    return torch.sum(x * torch.log(p) + (1 - x) * torch.log(1 - p), dim=-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "numerics",
    "torch's binary_cross_entropy stops at 100 per pixel, so a sure and wrong pixel is too cheap",
)
def bll_library_stops_at_100(x, logits):
    p = torch.sigmoid(logits)
    return -F.binary_cross_entropy(p, x.expand_as(p), reduction="none").sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "numerics",
    "the logits are clamped to [-15, 15], which is another decoder and kills the gradient outside",
)
def bll_clamped_logits(x, logits):
    l = logits.clamp(-15, 15)
    return (x * F.logsigmoid(l) + (1 - x) * F.logsigmoid(-l)).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    "you make grey pixels black or white before you use them",
)
def bll_binarised(x, logits):
    bits = (x > 0.5).to(logits.dtype)
    return dist.Bernoulli(logits=logits).log_prob(bits).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    "torch's Bernoulli refuses values that are not 0 or 1, so a grey pixel raises an error",
)
def bll_refuses_grey(x, logits):
    px = dist.Independent(dist.Bernoulli(logits=logits, validate_args=True), 1)
    return px.log_prob(x)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "formula",
    (
        "the continuous Bernoulli has a normalising constant of its own; the likelihood here is"
        " the plain cross entropy"
    ),
)
def bll_continuous_bernoulli(x, logits):
    return dist.ContinuousBernoulli(logits=logits).log_prob(x).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "shape",
    (
        "the library wants target and logits of one shape: with leading sample dimensions this "
        "raises an error"
    ),
)
def bll_no_sample_dimensions(x, logits):
    return -nn.BCEWithLogitsLoss(reduction="none")(logits, x).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "axis",
    "dim=1 is the pixel axis only without leading dimensions; for (M, N, D) you add up the images",
)
def bll_sums_axis_one(x, logits):
    return torch.sum(x * logits - torch.logaddexp(logits, torch.zeros_like(logits)), dim=1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "axis",
    "flatten(1) adds up everything but the first axis, also the images of each sample",
)
def bll_flattens(x, logits):
    terms = x * logits - F.softplus(logits)
    return terms.flatten(1).sum(1)


@wrong(WRONG, "bernoulli_log_likelihood", "dtype", "the result is float32 whatever the inputs are")
def bll_float32(x, logits):
    x, logits = x.to(torch.float32), logits.to(torch.float32)
    return -(F.softplus(logits) - x * logits).sum(-1)


@wrong(WRONG, "bernoulli_log_likelihood", "gradient", ".data takes the logits out of the graph")
def bll_data(x, logits):
    l = logits.data
    return (x * F.logsigmoid(l) + (1 - x) * F.logsigmoid(-l)).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "two_mistakes",
    "the sign is that of a loss, and the pixels are averaged instead of added up",
)
def bll_mean_loss(x, logits):
    return F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").mean(
        dim=-1
    )


# cross_entropy


@wrong(WRONG, "cross_entropy", "formula", "the minus is missing: this is the log likelihood")
def ce_sign(x, g):
    return (torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g)).sum(-1)


@wrong(
    WRONG,
    "cross_entropy",
    "numerics",
    (
        "g is clamped to [1e-7, 1 - 1e-7], so an impossible pixel costs 16 nats instead of "
        "infinitely many"
    ),
)
def ce_clamped(x, g):
    g = torch.clamp(g, 1e-7, 1 - 1e-7)
    return -(x * g.log() + (1 - x) * torch.log1p(-g)).sum(-1)


@wrong(WRONG, "cross_entropy", "numerics", "torch's binary cross entropy stops at 100 per pixel")
def ce_library(x, g):
    return F.binary_cross_entropy(g, x, reduction="none").sum(dim=1)


@wrong(WRONG, "cross_entropy", "numerics", "0 times log 0 is NaN on a computer, and you meant 0")
def ce_zero_times_infinity(x, g):
    return -(x * torch.log(g) + (1 - x) * torch.log(1 - g)).sum(1)


@wrong(
    WRONG,
    "cross_entropy",
    "numerics",
    "nan_to_num also turns the infinite cost of an impossible pixel into a large finite number",
)
def ce_nan_to_num(x, g):
    total = -(x * g.log() + (1 - x) * (1 - g).log())
    return torch.nan_to_num(total).sum(-1)


@wrong(
    WRONG,
    "cross_entropy",
    "numerics",
    "pixels of which g is certain are left out, also where it is certain and wrong",
)
def ce_masks_certain_pixels(x, g):
    inside = (g > 0) & (g < 1)
    safe = torch.where(inside, g, torch.full_like(g, 0.5))
    terms = x * safe.log() + (1 - x) * (1 - safe).log()
    return -(terms * inside).sum(-1)


@wrong(
    WRONG,
    "cross_entropy",
    "formula",
    "this is the cross entropy of one categorical variable; every pixel is a coin with two sides",
)
def ce_categorical(x, g):
    return -torch.xlogy(x, g).sum(dim=-1)


@wrong(WRONG, "cross_entropy", "axis", "you average over the pixels; they are to be summed")
def ce_mean(x, g):
    terms = torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g)
    return -terms.mean(-1)


@wrong(WRONG, "cross_entropy", "formula", "g holds probabilities already; you treat it as logits")
def ce_g_as_logits(x, g):
    return F.binary_cross_entropy_with_logits(g, x, reduction="none").sum(-1)


@wrong(
    WRONG,
    "cross_entropy",
    "formula",
    "the two arguments are exchanged: the logarithm is that of the model's probability",
)
def ce_arguments_exchanged(x, g):
    return -(torch.xlogy(g, x) + torch.xlogy(1 - g, 1 - x)).sum(-1)


@wrong(
    WRONG,
    "cross_entropy",
    "formula",
    "you subtract the entropy of the image: that is the divergence, not the cross entropy",
)
def ce_minus_entropy(x, g):
    cross = -(torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g))
    entropy = torch.special.entr(x) + torch.special.entr(1 - x)
    return (cross - entropy).sum(-1)


@wrong(WRONG, "cross_entropy", "formula", "log2 measures in bits")
def ce_bits(x, g):
    return -(torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g)).sum(-1) / math.log(2)


@wrong(
    WRONG,
    "cross_entropy",
    "two_mistakes",
    "the pixels are averaged, and 1e-10 inside the logarithm makes an impossible pixel finite",
)
def ce_mean_and_epsilon(x, g):
    eps = 1e-10
    return torch.mean(-x * torch.log(g + eps) - (1 - x) * torch.log(1 - g + eps), dim=1)


# gaussian_reconstruction_error


@wrong(
    WRONG, "gaussian_reconstruction_error", "formula", "the exponent of a Gaussian has a factor 1/2"
)
def gre_missing_half(x, x_hat, sigma):
    return ((x - x_hat) / sigma).pow(2).sum(dim=(1, 2)).mean()


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "formula",
    "you divide by sigma where the variance belongs",
)
def gre_sigma_not_squared(x, x_hat, sigma):
    return (x_hat - x).square().sum((-1, -2)).mean() / (2 * sigma)


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "axis",
    "you average over the data points, which are to be summed",
)
def gre_mean_over_data(x, x_hat, sigma):
    error = ((x.unsqueeze(0) - x_hat) ** 2).sum(-1)
    return error.mean() / (2 * sigma**2)


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "axis",
    "the error grows with the number of codes: they are to be averaged",
)
def gre_sum_over_codes(x, x_hat, sigma):
    total = 0.0
    for sample in x_hat:
        total = total + torch.sum((x - sample) ** 2) / (2 * sigma**2)
    return total


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "axis",
    (
        "the axes of the codes and of the data are exchanged: you sum over the codes and "
        "average over the data"
    ),
)
def gre_axes_exchanged(x, x_hat, sigma):
    sq = ((x - x_hat) ** 2).sum(-1) / (2 * sigma**2)
    return sq.mean(dim=1).sum(dim=0)


@wrong(WRONG, "gaussian_reconstruction_error", "formula", "the norm has to be squared")
def gre_norm_not_squared(x, x_hat, sigma):
    distance = torch.linalg.vector_norm(x - x_hat, dim=-1)
    return distance.sum(-1).mean(0) / (2 * sigma**2)


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "formula",
    "you compare x with the average reconstruction; the average belongs outside of the square",
)
def gre_mean_reconstruction(x, x_hat, sigma):
    return F.mse_loss(x_hat.mean(0), x, reduction="sum") / (2 * sigma**2)


@wrong(
    WRONG, "gaussian_reconstruction_error", "formula", "this is the log likelihood, to be maximised"
)
def gre_log_likelihood(x, x_hat, sigma):
    px = dist.Independent(dist.Normal(x_hat, sigma), 1)
    return px.log_prob(x).sum(-1).mean(0)


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "formula",
    "torch's Normal takes the standard deviation, and you give it the variance",
)
def gre_normal_of_variance(x, x_hat, sigma):
    px = dist.Normal(x_hat, sigma * sigma)
    return -px.log_prob(x).sum((-1, -2)).mean()


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "formula",
    "you average the likelihoods before the logarithm; the expectation is one of log likelihoods",
)
def gre_log_mean_exp(x, x_hat, sigma):
    log_p = -((x - x_hat) ** 2).sum(-1) / (2 * sigma**2)
    return -(torch.logsumexp(log_p, 0) - math.log(x_hat.shape[0])).sum()


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "gradient",
    "the reconstructions are detached, so the decoder learns nothing",
)
def gre_detached(x, x_hat, sigma):
    error = (x_hat.detach() - x).flatten(1).square().sum(1)
    return (error / (2 * sigma**2)).mean()


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "two_mistakes",
    "mse_loss averages over data and pixels, and the factor 1/2 is missing",
)
def gre_mse(x, x_hat, sigma):
    return F.mse_loss(x_hat, x.expand_as(x_hat)) / sigma**2


# monte_carlo_reconstruction_error


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "formula",
    "an error is minimised: the minus is missing",
)
def mce_sign(log_px_given_z):
    return log_px_given_z.mean(0).sum()


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "axis",
    "the axes are exchanged: the first one belongs to the codes, which are averaged",
)
def mce_axes(log_px_given_z):
    return -torch.sum(torch.mean(log_px_given_z, dim=1))


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "formula",
    "log-mean-exp averages probabilities; the bound has the mean of the logarithms",
)
def mce_log_mean_exp(log_px_given_z):
    m = log_px_given_z.shape[0]
    return -(log_px_given_z.logsumexp(dim=0) - math.log(m)).sum()


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "axis",
    "the data points are averaged too; they are to be summed",
)
def mce_mean_of_everything(log_px_given_z):
    return -log_px_given_z.mean()


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "axis",
    "everything is summed, so the error grows with the number of codes",
)
def mce_sum_of_everything(log_px_given_z):
    total = 0
    for row in log_px_given_z:
        total = total - row.sum()
    return total


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "formula",
    "the best code of each data point is no expectation over codes",
)
def mce_best_code(log_px_given_z):
    return -log_px_given_z.max(dim=0).values.sum()


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "gradient",
    ".item() makes a number without a graph out of the loss",
)
def mce_item(log_px_given_z):
    m, _ = log_px_given_z.shape
    return torch.tensor(-log_px_given_z.sum().item() / m, dtype=log_px_given_z.dtype)


@wrong(
    WRONG,
    "monte_carlo_reconstruction_error",
    "two_mistakes",
    "the sign is that of a likelihood, and the codes are summed while the data are averaged",
)
def mce_sign_and_axes(log_px_given_z):
    return log_px_given_z.sum(0).mean()
