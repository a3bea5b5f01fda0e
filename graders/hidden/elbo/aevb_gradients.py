"""Hidden checks of `aevb_gradients`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden.elbo._common import DTYPE

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


@check("aevb_gradients", "Both gradients are right, whatever the number of dimensions and codes.")
def gradients_are_right(student, draw, right):
    for codes, dimensions in ((5, 3), (2, 4), (1, 2)):
        inputs = gradient_inputs(draw, codes, dimensions)
        same_pair(student.aevb_gradients(*inputs), right.aevb_gradients(*inputs))


@check(
    "aevb_gradients",
    "They are those of the estimated bound for a Gaussian likelihood, where automatic"
    " differentiation gives them too.",
    after=("gradients_are_right",),
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


@check("aevb_gradients", "They are right on small inputs.", after=("gradients_are_right",))
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


@check("aevb_gradients", "They keep float32.", after=("gradients_are_right",))
def gradients_keep_float32(student, draw, right):
    inputs = gradient_inputs(draw, dtype=torch.float32)
    same_pair(student.aevb_gradients(*inputs), right.aevb_gradients(*inputs), atol=1e-5)


@check("aevb_gradients", "It leaves its arguments as they are.", after=("gradients_are_right",))
def gradients_change_nothing(student, draw):
    inputs = gradient_inputs(draw)
    expect.unchanged(
        student.observe("aevb_gradients", *inputs),
        inputs,
        names=("mu", "sigma", "eps", "score"),
        subject=GRADIENTS,
    )


@misconception(
    "aevb_gradients",
    hint="With which sign does the divergence enter the bound?",
    caught_by="gradients_are_right",
)
def gradients_divergence_added(mu, sigma, eps, score):
    return mu + score.mean(0), sigma - 1 / sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="These are the gradients of a loss; those of the bound are asked for.",
    caught_by="gradients_are_right",
)
def gradients_of_loss(mu, sigma, eps, score):
    return mu - score.mean(0), sigma - 1 / sigma - (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="Your gradients grow with the number of codes.",
    caught_by="gradients_are_right",
)
def gradients_summed(mu, sigma, eps, score):
    return -mu + score.sum(0), 1 / sigma - sigma + (eps * score).sum(0)


@misconception(
    "aevb_gradients", hint="How does z change when sigma does?", caught_by="gradients_are_right"
)
def gradients_without_noise(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + score.mean(0)


@misconception(
    "aevb_gradients", hint="How does z change when mu does?", caught_by="gradients_are_right"
)
def gradients_noise_in_both(mu, sigma, eps, score):
    return -mu + (eps * score).mean(0), 1 / sigma - sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="The mean of a product is not the product of the means.",
    caught_by="gradients_are_right",
)
def gradients_product_of_means(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + eps.mean(0) * score.mean(0)


@misconception(
    "aevb_gradients",
    hint="A term of the divergence depends on sigma through a logarithm. What is its derivative?",
    caught_by="gradients_are_right",
)
def gradients_without_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), -sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint=(
        "The logarithm in the divergence is that of the variance, and there is a half in front."
        " What is left of both?"
    ),
    caught_by="gradients_are_right",
)
def gradients_half_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 / sigma - sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="You read sigma as the variance; it is the standard deviation.",
    caught_by="gradients_are_right",
)
def gradients_of_variance(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 / sigma - 1 + (eps * score).mean(0) / sigma.sqrt())


@misconception(
    "aevb_gradients",
    hint="This is the derivative with respect to the log variance; sigma itself is the variable.",
    caught_by="gradients_are_right",
)
def gradients_of_logvar(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 - sigma.square() + sigma * (eps * score).mean(0))


@misconception(
    "aevb_gradients",
    hint="Sigma is a factor too many in the term of the likelihood.",
    caught_by="gradients_are_right",
)
def gradients_of_log_sigma_likelihood(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + sigma * (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="A factor of the derivative of a square is missing, or one of the half in front is.",
    caught_by="gradients_are_right",
)
def gradients_half_mean(mu, sigma, eps, score):
    return -0.5 * mu + score.mean(0), 1 / sigma - 0.5 * sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="Only the divergence is in your gradients. Where does the image enter?",
    caught_by="gradients_are_right",
)
def gradients_without_score(mu, sigma, eps, score):
    return -mu, 1 / sigma - sigma


@misconception(
    "aevb_gradients",
    hint="Only the reconstruction is in your gradients. Which term does not depend on the image?",
    caught_by="gradients_are_right",
)
def gradients_only_score(mu, sigma, eps, score):
    return score.mean(0), (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="The two gradients come back in the other order.",
    caught_by="gradients_are_right",
)
def gradients_exchanged(mu, sigma, eps, score):
    return 1 / sigma - sigma + (eps * score).mean(0), -mu + score.mean(0)


@misconception(
    "aevb_gradients",
    hint="Every code's gradient comes back separately. What estimates an expectation?",
    caught_by="gradients_are_right",
)
def gradients_per_code(mu, sigma, eps, score):
    return -mu + score, 1 / sigma - sigma + eps * score


@misconception(
    "aevb_gradients",
    hint="The dimensions are averaged; every dimension has a gradient of its own.",
    caught_by="gradients_are_right",
)
def gradients_mean_of_everything(mu, sigma, eps, score):
    return -mu + score.mean(), 1 / sigma - sigma + (eps * score).mean()


@misconception("aevb_gradients", hint=DTYPE, caught_by="gradients_keep_float32")
def gradients_in_float64(mu, sigma, eps, score):
    return -mu + score.double().mean(0), 1 / sigma - sigma + (eps * score).double().mean(0)
