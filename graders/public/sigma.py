"""A convention: standard deviations, where we have the logarithms of variances."""

from torch import nn

from graders.core.convention import convention, with_output

SAYS = {
    "You read logvar as": None,
    "You use logvar itself": None,
    "Going from logvar to the variance": None,
    "when logvar is given": None,
    "inside the exponential": None,
    "The logarithm is a natural one": None,
    "which one does the network give you?": "which one belongs here?",
    "How does sigma follow from logvar?": "Which is given, that or the variance?",
    "logvar": "sigma",
}


class LogVariances(nn.Module):
    """An encoder that gives (mu, sigma), as one that gives (mu, logvar)."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, *given):
        mu, sigma = self.encoder(*given)
        return mu, 2 * sigma.log()


def deviations(encoder):
    return with_output(encoder, 1, "deviation")


def _last(theirs, *given):
    return theirs(*given[:-1], (given[-1] / 2).exp())


def _last_log(ours, *given):
    return ours(*given[:-1], 2 * given[-1].log())


of_arguments = convention(ours=_last, theirs=_last_log)


def _first(theirs, encoder, *rest, **named):
    return theirs(deviations(encoder), *rest, **named)


def _first_log(ours, encoder, *rest, **named):
    return ours(LogVariances(encoder), *rest, **named)


of_encoders = convention(
    ours=lambda theirs, x, encoder, *rest, **named: theirs(x, deviations(encoder), *rest, **named),
    theirs=lambda ours, x, encoder, *rest, **named: ours(x, LogVariances(encoder), *rest, **named),
)


@of_arguments
def reparameterize(mu, sigma):
    """A sample from N(mu, diag(sigma^2)), differentiable with respect to mu and sigma.

    mu, sigma: tensors (..., K); sigma is the standard deviation. Returns a tensor of the same
    shape. Draws fresh noise from torch's global generator in every call.
    """
    ...


@of_arguments
def kl_standard_normal(mu, sigma):
    """KL divergence from N(mu, diag(sigma^2)) to N(0, I), one value per example.

    mu, sigma: tensors (..., N, K); sigma is the standard deviation.
    Returns a tensor (..., N): summed over the K dimensions of each example.
    """
    ...


@of_arguments
def gaussian_log_prob(z, mu, sigma):
    """Log density of N(mu, diag(sigma^2)) at z.

    z, mu, sigma: tensors (..., K); sigma is the standard deviation.
    Returns a tensor (...): summed over the K dimensions.
    """
    ...


@of_encoders
def elbo(x, encoder, decoder, n_samples=1):
    """A Monte Carlo estimate of the evidence lower bound, one value per example, with the
    divergence in closed form.

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, sigma), each (N, K), mean and
    standard deviation of the Gaussian q(z | x); decoder maps codes (..., K) to Bernoulli logits
    (..., D); the prior is N(0, I); n_samples: codes per example. Returns a tensor (N,),
    differentiable in the parameters of both networks.
    """
    ...


@of_encoders
def elbo_sampled(x, encoder, decoder, n_samples=1):
    """A Monte Carlo estimate of the evidence lower bound from three log densities, none of them
    integrated by hand.

    Arguments and result as in `elbo`. Gradients flow through all three densities and through the
    codes.
    """
    ...


@of_encoders
def vae_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, summed over the data, estimated from one code per
    example.

    x, encoder, decoder as in `elbo`; the divergence in closed form. Returns a tensor without
    dimensions.
    """
    ...


@of_encoders
def reconstruction_only_loss(x, encoder, decoder):
    """What a variational autoencoder minimises, without its divergence: summed over the data, one
    code per example. A tensor without dimensions.
    """
    ...


@of_encoders
def iwae_bound(x, encoder, decoder, k):
    """One Monte Carlo estimate, from k samples per example, of the bound L_k on log p(x).

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, sigma), each (N, K), mean and
    standard deviation of the Gaussian q(z | x); decoder maps codes (..., K) to the logits (..., D)
    of a Bernoulli; the prior is N(0, I); k: a positive integer. Returns a tensor (N,),
    differentiable in the parameters of both networks. Accurate for log weights down to -1e4.
    """
    ...


@of_encoders
def wake_loss(x, encoder, decoder, n_samples=1):
    """The loss of the wake phase, to be minimised: the mean over the N examples.

    x: tensor (N, D) with values in [0, 1]; encoder(x) returns (mu, sigma), each (N, K), mean and
    standard deviation of the Gaussian q(z | x); decoder maps codes (..., K) to the logits (..., D)
    of a Bernoulli; n_samples: codes drawn for each example. Returns a scalar tensor. Its gradient
    reaches the decoder only.
    """
    ...


@convention(ours=_first, theirs=_first_log)
def sleep_loss(encoder, decoder, n_samples, latent_dim):
    """The loss of the sleep phase, to be minimised: the mean over the dreams.

    encoder(x) returns (mu, sigma), mean and standard deviation; the prior is N(0, I) in latent_dim
    dimensions; n_samples: number of binary images dreamt. Both networks are float32. Returns a
    scalar tensor. Its gradient reaches the encoder only.
    """
    ...


@of_encoders
def train_aevb(data, encoder, decoder, epochs, batch_size, learning_rate):
    """Train both networks, in place, by auto-encoding variational Bayes with Adam at this learning
    rate.

    data: tensor (N, D), of the networks' dtype; it is shuffled in every epoch, and cut into batches
    of batch_size examples; the last batch may be shorter, and is used too. encoder(x) returns
    (mu, sigma). Returns a dict with the key "loss": a list with one float per epoch.
    """
    ...


@of_encoders
def train_wake_sleep(data, encoder, decoder, epochs, batch_size, learning_rate):
    """Train both networks, in place, by the wake-sleep algorithm, with one Adam for each of them at
    this learning rate.

    data: tensor (N, D); encoder(x) returns (mu, sigma). The other arguments and the batches are as
    in `train_aevb`. Returns a dict with the keys "wake_loss" and "sleep_loss": a list each, with
    one float per epoch.
    """
    ...
