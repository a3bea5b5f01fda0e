"""A convention: losses averaged over the batch, where ours are summed over the data."""

from graders.core.convention import convention

SAYS = {
    "summed over the data": "averaged over the data",
    "sum over the data": "mean over the data",
}


def _sum(theirs, x, *rest, **named):
    return len(x) * theirs(x, *rest, **named)


def _mean(ours, x, *rest, **named):
    return ours(x, *rest, **named) / len(x)


of_loss = convention(ours=_sum, theirs=_mean)


@of_loss
def vae_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, averaged over the examples, estimated from one code
    per example.

    x, encoder, decoder as in `elbo`; the divergence in closed form. Returns a tensor without
    dimensions.
    """
    ...


@of_loss
def reconstruction_only_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, without its divergence: averaged over the
    examples, one code per example. A tensor without dimensions.
    """
    ...


@of_loss
def gaussian_reconstruction_error(x, x_hat, sigma):
    """The reconstruction error of a data set, to be minimised, for p(x | z) = N(x_hat, sigma^2 I).

    x: tensor (N, D); x_hat: tensor (M, N, D), the reconstructions from M codes of each data point;
    sigma: the standard deviation, a tensor without dimensions. Returns a tensor without dimensions:
    averaged over the data and over the M codes. A constant that depends on neither x nor x_hat may
    be left out.
    """
    ...


@convention(
    ours=lambda theirs, log_px: log_px.shape[-1] * theirs(log_px),
    theirs=lambda ours, log_px: ours(log_px) / log_px.shape[-1],
)
def monte_carlo_reconstruction_error(log_px_given_z):
    """The reconstruction error of a data set, to be minimised, from log likelihoods at sampled
    codes.

    log_px_given_z: tensor (M, N), log p(x_i | z) at M codes drawn from q(z | x_i) for each of N
    data points. Returns a tensor without dimensions: averaged over the data and over the codes.
    """
    ...
