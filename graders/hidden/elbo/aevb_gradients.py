"""Hidden checks of `aevb_gradients`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.elbo._common import DTYPE
from graders.public.elbo import aevb_gradients

D = Words(aevb_gradients)

GRADIENTS = "aevb_gradients(mu, sigma, eps, score)"


def gradient_inputs(draw, codes=5, dimensions=3, dtype=torch.float64):
    """mu, sigma (J,), eps and score (L, J)."""
    mu, sigma = (
        draw.normal(dimensions, dtype=dtype),
        draw.uniform(0.4, 2.5, dimensions, dtype=dtype),
    )
    return (
        mu,
        sigma,
        draw.normal(codes, dimensions, dtype=dtype),
        2 * draw.normal(codes, dimensions, dtype=dtype) + 1,
    )


def same_pair(got, wanted, *, inputs="", **tolerance):
    """Checks the two gradients one after another."""
    names = ("grad_mu", "grad_sigma")
    for name, value, want in zip(names, expect.parts(got, names, subject=GRADIENTS), wanted):
        expect.close(value, want, subject=f"{name} of {GRADIENTS}", inputs=inputs, **tolerance)


@D.check("Both gradients are right, whatever the number of dimensions and codes.")
def gradients_are_right(student, draw, right):
    for codes, dimensions in ((5, 3), (2, 4), (1, 2)):
        inputs = gradient_inputs(draw, codes, dimensions)
        same_pair(student.aevb_gradients(*inputs), right.aevb_gradients(*inputs))


@D.check(
    "They are those of the estimated bound for a Gaussian likelihood, where automatic"
    " differentiation gives them too.",
    after=gradients_are_right,
)
def gradients_of_a_model(student, draw):
    mu, sigma, eps, _ = gradient_inputs(draw)
    mu.requires_grad_(), sigma.requires_grad_()
    z = mu + sigma * eps
    bound = (
        0.5 * (1 + sigma.square().log() - mu.square() - sigma.square()).sum()
        - (z - 2).square().sum(-1).mean()
    )
    wanted = torch.autograd.grad(bound, (mu, sigma))
    same_pair(
        student.aevb_gradients(mu.detach(), sigma.detach(), eps, (4 - 2 * z).detach()), wanted
    )


@D.check("They are right on small inputs.", after=gradients_are_right)
def gradients_everywhere(student, draw, right):
    def law(example):
        eps, score, other = example
        mu, sigma = other[0], 0.5 + other[-1].abs()
        got = student.aevb_gradients(mu, sigma, eps, score)
        same_pair(
            got,
            right.aevb_gradients(mu, sigma, eps, score),
            inputs=shown(mu=mu, sigma=sigma, eps=eps, score=score),
        )

    for_every(draw, matrices(low=-3, high=3, count=3), law)


@gradients_are_right.catches("With which sign does the divergence enter the bound?")
def gradients_divergence_added(mu, sigma, eps, score):
    return mu + score.mean(0), sigma - 1 / sigma + (eps * score).mean(0)


@gradients_are_right.catches("These are the gradients of a loss; those of the bound are asked for.")
def gradients_of_loss(mu, sigma, eps, score):
    return mu - score.mean(0), sigma - 1 / sigma - (eps * score).mean(0)


@gradients_are_right.catches("Your gradients grow with the number of codes.")
def gradients_summed(mu, sigma, eps, score):
    return -mu + score.sum(0), 1 / sigma - sigma + (eps * score).sum(0)


@gradients_are_right.catches("How does z change when sigma does?")
def gradients_without_noise(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + score.mean(0)


@gradients_are_right.catches("How does z change when mu does?")
def gradients_noise_in_both(mu, sigma, eps, score):
    return -mu + (eps * score).mean(0), 1 / sigma - sigma + (eps * score).mean(0)


@gradients_are_right.catches("The mean of a product is not the product of the means.")
def gradients_product_of_means(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + eps.mean(0) * score.mean(0)


@gradients_are_right.catches(
    "A term of the divergence depends on sigma through a logarithm. What is its derivative?"
)
def gradients_without_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), -sigma + (eps * score).mean(0)


@gradients_are_right.catches(
    "The logarithm in the divergence is that of the variance, and there is a half in front."
    " What is left of both?"
)
def gradients_half_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 / sigma - sigma + (eps * score).mean(0)


@gradients_are_right.catches("You read sigma as the variance; it is the standard deviation.")
def gradients_of_variance(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 / sigma - 1 + (eps * score).mean(0) / sigma.sqrt())


@gradients_are_right.catches(
    "This is the derivative with respect to the log variance; sigma itself is the variable."
)
def gradients_of_logvar(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 - sigma.square() + sigma * (eps * score).mean(0))


@gradients_are_right.catches("Sigma is a factor too many in the term of the likelihood.")
def gradients_of_log_sigma_likelihood(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + sigma * (eps * score).mean(0)


@gradients_are_right.catches(
    "A factor of the derivative of a square is missing, or one of the half in front is."
)
def gradients_half_mean(mu, sigma, eps, score):
    return -0.5 * mu + score.mean(0), 1 / sigma - 0.5 * sigma + (eps * score).mean(0)


@gradients_are_right.catches(
    "Only the divergence is in your gradients. Where does the image enter?"
)
def gradients_without_score(mu, sigma, eps, score):
    return -mu, 1 / sigma - sigma


@gradients_are_right.catches(
    "A gradient of yours has only the reconstruction in it. Which term does not depend on the"
    " image?"
)
def gradients_only_score(mu, sigma, eps, score):
    return score.mean(0), (eps * score).mean(0)


@gradients_are_right.catches("The two gradients come back in the other order.")
def gradients_exchanged(mu, sigma, eps, score):
    return 1 / sigma - sigma + (eps * score).mean(0), -mu + score.mean(0)


@gradients_are_right.catches(
    "Every code's gradient comes back separately. What estimates an expectation?"
)
def gradients_per_code(mu, sigma, eps, score):
    return -mu + score, 1 / sigma - sigma + eps * score


@gradients_are_right.catches(
    "The dimensions are averaged; every dimension has a gradient of its own."
)
def gradients_mean_of_everything(mu, sigma, eps, score):
    return -mu + score.mean(), 1 / sigma - sigma + (eps * score).mean()


@D.laws.law_dtype.catches(DTYPE)
def gradients_in_float64(mu, sigma, eps, score):
    return -mu + score.double().mean(0), 1 / sigma - sigma + (eps * score).double().mean(0)
