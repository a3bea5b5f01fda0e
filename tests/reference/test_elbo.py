"""The reference of `elbo` against the linear Gaussian model, quadrature, autograd, enumeration and
numerical maximisation.
"""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats
from torch.distributions import Bernoulli, Normal, kl_divergence

from graders.core.draw import Draw
from graders.core.fixtures import constant, network
from reference import elbo as reference


def model(examples=4, inputs=3, latents=2):
    encoder, decoder = (
        network(Draw(1), (inputs, 5, latents), heads=2),
        network(Draw(2), (latents, 5, inputs), record=True),
    )
    return torch.rand(examples, inputs, dtype=torch.float64), encoder, decoder


def test_elbo_is_its_expectation_by_quadrature():
    x, encoder, decoder = model(examples=1, latents=1)
    mu, logvar = (value.item() for value in encoder(x))
    sigma = math.exp(logvar / 2)

    def integrand(z):
        likelihood = Bernoulli(
            logits=decoder(torch.tensor([z], dtype=torch.float64)), validate_args=False
        )
        return stats.norm.pdf(z, mu, sigma) * likelihood.log_prob(x[0]).sum().item()

    area, _ = integrate.quad(integrand, mu - 10 * sigma, mu + 10 * sigma)
    wanted = area - kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).item()
    for estimate in (reference.elbo, reference.elbo_sampled):
        torch.manual_seed(0)
        assert estimate(x, encoder, decoder, 100_000).item() == pytest.approx(wanted, abs=0.02)


def test_elbo_at_recorded_codes_is_what_torch_distributions_give():
    x, encoder, decoder = model()
    got = reference.elbo(x, encoder, decoder, 3)
    mu, logvar = encoder(x)
    (z,) = decoder.calls
    likelihood = Bernoulli(logits=decoder(z), validate_args=False).log_prob(x).sum(-1).mean(0)
    torch.testing.assert_close(
        got, likelihood - kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(-1)
    )
    assert z.shape == (3, 4, 2)


def test_elbo_sampled_is_log_p_for_every_code_where_q_is_the_posterior():
    x, encoder, decoder = model()
    constant(constant(encoder, 0, 0.0), 1, 0.0)
    logits = decoder.heads[0].bias.detach().clone()
    constant(decoder, 0, logits)
    wanted = Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(-1)
    torch.testing.assert_close(reference.elbo_sampled(x, encoder, decoder, 5), wanted)


def test_elbo_sampled_has_the_gradient_of_elbo_on_average():
    x, encoder, decoder = model(examples=2)
    gradients = []
    for estimate in (reference.elbo, reference.elbo_sampled):
        torch.manual_seed(0)
        value = estimate(x, encoder, decoder, 100_000).sum()
        gradients.append(
            torch.autograd.grad(
                value, (encoder.heads[0].bias, encoder.heads[1].bias, decoder.heads[0].bias)
            )
        )
    for first, second in zip(*gradients):
        torch.testing.assert_close(first, second, atol=0.03, rtol=0)


def test_no_bound_is_above_log_p_of_x():
    x, encoder, decoder = model(examples=3, latents=1)
    grid = torch.linspace(-9, 9, 4001, dtype=torch.float64)[:, None, None]
    joint = Bernoulli(logits=decoder(grid), validate_args=False).log_prob(x).sum(-1) + Normal(
        0.0, 1.0
    ).log_prob(grid).sum(-1)
    log_p = torch.trapezoid(joint.exp(), grid[:, 0, 0], dim=0).log()
    torch.manual_seed(0)
    assert (reference.elbo(x, encoder, decoder, 20_000) < log_p).all()


def test_vae_loss_is_the_sum_and_its_reconstruction_is_the_loss_without_divergence():
    x, encoder, decoder = model()
    torch.manual_seed(3)
    bound = reference.elbo(x, encoder, decoder)
    torch.manual_seed(3)
    loss = reference.vae_loss(x, encoder, decoder)
    torch.manual_seed(3)
    error = reference.reconstruction_only_loss(x, encoder, decoder)
    mu, logvar = encoder(x)
    assert loss.shape == error.shape == () and loss.item() == pytest.approx(-bound.sum().item())
    divergence = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum()
    assert (loss - error).item() == pytest.approx(divergence.item())


def test_autoencoder_loss_is_the_mean_squared_distance():
    x, encoder, decoder = model()
    means = torch.special.expit(decoder(encoder(x)[0])).detach().numpy()
    wanted = np.mean([np.linalg.norm(a - b) ** 2 for a, b in zip(x.numpy(), means)])
    assert reference.autoencoder_loss(x, encoder, decoder).item() == pytest.approx(wanted)


def simplex(seed, size=5):
    return torch.tensor(np.random.default_rng(seed).dirichlet(np.ones(size)))


def test_elbo_decomposition_adds_up_and_agrees_with_scipy():
    prior, q, likelihood = (
        simplex(0),
        simplex(1),
        torch.tensor(np.random.default_rng(2).uniform(size=5)),
    )
    log_evidence, bound, divergence = reference.elbo_decomposition(prior, likelihood, q)
    posterior = (prior * likelihood / (prior * likelihood).sum()).numpy()
    assert divergence.item() == pytest.approx(stats.entropy(q.numpy(), posterior))
    assert bound.item() == pytest.approx(
        (q * likelihood.log()).sum().item() - stats.entropy(q.numpy(), prior.numpy())
    )
    assert (bound + divergence).item() == pytest.approx(
        log_evidence.item()
    ) and bound < log_evidence


def test_elbo_decomposition_where_probabilities_are_0():
    prior, likelihood = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.5, 0.0, 0.5])
    inside = reference.elbo_decomposition(prior, likelihood, torch.tensor([1.0, 0.0, 0.0]))
    assert [part.item() for part in inside] == pytest.approx([math.log(0.25), math.log(0.25), 0.0])
    for q in ([0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]):
        outside = reference.elbo_decomposition(prior, likelihood, torch.tensor(q))
        assert [part.item() for part in outside] == pytest.approx(
            [math.log(0.25), -math.inf, math.inf]
        )


@pytest.mark.parametrize("likelihood", [[0.0, 0.0, 0.0], [0.0, 0.0, 0.7]])
def test_an_impossible_x_raises(likelihood):
    prior, likelihood = torch.tensor([0.5, 0.5, 0.0]), torch.tensor(likelihood)
    for call in (
        reference.bayes_posterior,
        reference.optimal_q,
        lambda a, b: reference.elbo_decomposition(a, b, a),
    ):
        with pytest.raises(ValueError, match="evidence is 0"):
            call(prior, likelihood)


def test_bayes_posterior_counts_of_a_simulation():
    prior, likelihood = simplex(0), torch.tensor(np.random.default_rng(2).uniform(size=5))
    generator = np.random.default_rng(3)
    z = generator.choice(5, size=200_000, p=prior.numpy())
    kept = z[generator.uniform(size=len(z)) < likelihood.numpy()[z]]
    np.testing.assert_allclose(
        reference.bayes_posterior(prior, likelihood),
        np.bincount(kept, minlength=5) / len(kept),
        atol=0.01,
    )


def test_optimal_q_is_what_a_numerical_maximiser_finds():
    prior, likelihood = simplex(0), torch.tensor(np.random.default_rng(2).uniform(0.1, 1, size=5))

    def negative_bound(free):
        q = np.exp(free - np.logaddexp.reduce(free))
        return -np.sum(q * np.log(likelihood.numpy())) + stats.entropy(q, prior.numpy())

    found = optimize.minimize(negative_bound, np.zeros(5), tol=1e-12).x
    np.testing.assert_allclose(
        reference.optimal_q(prior, likelihood),
        np.exp(found - np.logaddexp.reduce(found)),
        atol=1e-5,
    )


def test_optimal_q_is_the_named_distribution():
    prior, likelihood = simplex(0), torch.tensor(np.random.default_rng(2).uniform(size=5))
    joint = prior * likelihood
    candidates = {"1": prior, "2": likelihood, "3": joint / joint.sum(), "4": joint}
    agreeing = {
        name
        for name, value in candidates.items()
        if torch.allclose(reference.optimal_q(prior, likelihood), value)
    }
    assert agreeing == {reference.optimal_q_equals}


def test_aevb_gradients_are_those_of_autograd_for_a_bernoulli_decoder():
    decoder, x = network(Draw(2), (3, 5, 4)), torch.rand(4, dtype=torch.float64)
    mu, eps = (
        torch.randn(3, dtype=torch.float64, requires_grad=True),
        torch.randn(6, 3, dtype=torch.float64),
    )
    sigma = (torch.rand(3, dtype=torch.float64) + 0.3).requires_grad_()
    z = mu + sigma * eps
    log_px = Bernoulli(logits=decoder(z), validate_args=False).log_prob(x).sum(-1)
    bound = log_px.mean() - kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum()
    (score,) = torch.autograd.grad(log_px.sum(), z, retain_graph=True)
    wanted = torch.autograd.grad(bound, (mu, sigma))
    for got, want in zip(reference.aevb_gradients(mu, sigma, eps, score), wanted):
        torch.testing.assert_close(got, want)


def test_the_terms_of_the_bound_are_named_by_what_they_depend_on():
    """The regularizer does not see the image; only with it is a model generative."""
    assert reference.elbo_terms == {
        "expected_log_likelihood": "reconstruction",
        "kl": "regularizer",
    }
    assert reference.generative_models == {
        "autoencoder": False,
        "vae": True,
        "vae_without_kl": False,
    }
