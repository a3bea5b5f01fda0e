"""The reference of `wasserstein` against scipy, brute force over plans, singular values and finite
differences.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance, wasserstein_distance_nd

from graders.core.draw import Draw
from graders.core.fixtures import constant, network
from reference import wasserstein


@pytest.mark.parametrize(("n", "m"), [(5, 5), (7, 3), (1, 4), (1, 1), (200, 150)])
def test_wasserstein_1d_agrees_with_scipy(n, m):
    generator = np.random.default_rng(n + m)
    x, y = generator.normal(size=n), generator.integers(-2, 3, size=m) / 2
    assert wasserstein.wasserstein_1d(torch.tensor(x), torch.tensor(y)).item() == pytest.approx(
        wasserstein_distance(x, y)
    )


def test_wasserstein_1d_of_equal_sizes_is_the_best_matching():
    x, y = torch.randn(5, dtype=torch.float64), 2 * torch.randn(5, dtype=torch.float64) + 1
    best = min(
        (x - y[list(order)]).abs().mean().item() for order in itertools.permutations(range(5))
    )
    assert wasserstein.wasserstein_1d(x, y).item() == pytest.approx(best)


def test_wasserstein_1d_of_parallel_lines_is_the_shift():
    y = torch.rand(50, dtype=torch.float64)
    for theta in (0.0, 0.3, 1.0, -0.5):
        assert wasserstein.wasserstein_1d(y, y + theta).item() == pytest.approx(
            abs(theta), abs=1e-12
        )


def test_wasserstein_discrete_agrees_with_scipy_in_the_plane():
    points = np.random.default_rng(0).normal(size=(5, 2))
    p, q = np.random.default_rng(1).dirichlet(np.ones(5), size=2)
    cost = np.linalg.norm(points[:, None] - points, axis=-1)
    got = wasserstein.wasserstein_discrete(*map(torch.tensor, (p, q, cost)))
    assert got.item() == pytest.approx(wasserstein_distance_nd(points, points, p, q), rel=1e-6)


def test_wasserstein_discrete_is_the_supremum_over_1_lipschitz_functions():
    """Two points: every 1-Lipschitz f has |f(0) - f(1)| <= cost, so the supremum is |p_0 - q_0|
    cost.
    """
    p, q = (
        torch.tensor([0.9, 0.1], dtype=torch.float64),
        torch.tensor([0.3, 0.7], dtype=torch.float64),
    )
    cost = torch.tensor([[0.0, 2.5], [2.5, 0.0]], dtype=torch.float64)
    assert wasserstein.wasserstein_discrete(p, q, cost).item() == pytest.approx(0.6 * 2.5)


def test_wasserstein_discrete_of_probabilities_that_sum_to_one_in_float32_only():
    p, q = torch.softmax(torch.randn(2, 6), -1)
    cost = (torch.arange(6.0)[:, None] - torch.arange(6.0)).abs()
    got = wasserstein.wasserstein_discrete(p, q, cost)
    assert got.dtype == torch.float32
    assert got.item() == pytest.approx((p - q).cumsum(0)[:-1].abs().sum().item(), abs=1e-5)


def test_the_value_of_a_1_lipschitz_critic_is_at_most_w1_and_k_times_that_of_a_k_lipschitz_one():
    x, y = torch.randn(40, dtype=torch.float64) + 3, torch.randn(30, dtype=torch.float64)
    distance = wasserstein.wasserstein_1d(x, y)
    values = [
        wasserstein.wgan_value(f(x), f(y)).item()
        for f in (torch.tanh, torch.sin, torch.abs, lambda t: -t)
    ]
    assert max(values) <= distance.item() + 1e-12
    # These two samples are (almost) ordered, so the identity is a best critic, high on the first,
    # generated sample.
    shifted = y + 10
    assert wasserstein.wgan_value(shifted, y).item() == pytest.approx(
        wasserstein.wasserstein_1d(shifted, y).item()
    )
    assert wasserstein.wgan_value(3 * shifted, 3 * y).item() == pytest.approx(
        3 * wasserstein.wasserstein_1d(shifted, y).item()
    )
    assert wasserstein.k_lipschitz_value == "K * W1"


def test_a_trained_critic_is_high_on_generated_data():
    critic, draw = network(Draw(1), (2, 1)), Draw(2)
    real, fake = draw.normal(20, 2), draw.normal(20, 2) + 3
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        wasserstein.critic_loss(critic, real, fake).backward()
        optimizer.step()
        wasserstein.clip_weights(critic, 0.5)
    assert critic(fake).mean() > critic(real).mean()
    assert wasserstein.wgan_generator_loss(critic, fake - 3) < wasserstein.wgan_generator_loss(
        critic, fake
    )


def test_critic_loss_gives_no_gradient_to_fake():
    fake = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = wasserstein.critic_loss(
        network(Draw(1), (3, 5, 1), squeeze=True), torch.randn(6, 3, dtype=torch.float64), fake
    )
    assert torch.autograd.grad(loss, fake, allow_unused=True) == (None,)


def test_clip_weights_leaves_leaves():
    critic = network(Draw(1), (3, 6, 1), scale=3.0)
    before = [p.detach().clone() for p in critic.parameters()]
    wasserstein.clip_weights(critic, 0.2)
    for parameter, old in zip(critic.parameters(), before):
        assert parameter.is_leaf and parameter.requires_grad and parameter.grad_fn is None
        np.testing.assert_array_equal(parameter.detach().numpy(), np.clip(old.numpy(), -0.2, 0.2))


def penalty_inputs():
    draw = Draw(5)
    return draw.normal(4, 3), draw.normal(4, 3) + 1, draw.uniform(0, 1, 4, 1)


@pytest.mark.parametrize("squeeze", [False, True])
def test_gradient_penalty_by_finite_differences(squeeze):
    critic, (real, fake, eps) = (
        network(Draw(1), (3, 6, 1), scale=2.5, squeeze=squeeze),
        penalty_inputs(),
    )
    points, step = (eps * real + (1 - eps) * fake), 1e-6
    slopes = []
    for k in range(3):
        shift = torch.zeros(3, dtype=torch.float64)
        shift[k] = step
        slopes.append(
            (critic(points + shift) - critic(points - shift)).detach().flatten().numpy()
            / (2 * step)
        )
    wanted = np.mean((np.sqrt(np.sum(np.square(slopes), axis=0)) - 1) ** 2)
    assert wasserstein.gradient_penalty(critic, real, fake, eps).item() == pytest.approx(
        wanted, rel=1e-6
    )


def test_gradient_penalty_of_a_quadratic_critic_has_a_norm_for_each_example():
    (real, fake, eps), scale = penalty_inputs(), 0.7
    points = eps * real + (1 - eps) * fake
    wanted = (2 * scale * points.norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(
        wasserstein.gradient_penalty(lambda x: scale * x.square().sum(1), real, fake, eps), wanted
    )


def test_gradient_penalty_parameter_gradient_by_finite_differences():
    critic, inputs = network(Draw(1), (3, 6, 1), scale=2.5), penalty_inputs()
    weight = critic.hidden[0].weight
    (got,) = torch.autograd.grad(wasserstein.gradient_penalty(critic, *inputs), weight)
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[2, 1] += sign * 1e-5
        values.append(wasserstein.gradient_penalty(critic, *inputs).item())
        with torch.no_grad():
            weight[2, 1] -= sign * 1e-5
    assert got[2, 1].item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-6)


def test_gradient_penalty_of_a_flat_critic_is_one_and_has_finite_gradients():
    critic = constant(network(Draw(1), (3, 6, 1)), 0, 0.3)
    value = wasserstein.gradient_penalty(critic, *penalty_inputs())
    assert value.item() == 1
    gradients = torch.autograd.grad(value, list(critic.parameters()), allow_unused=True)
    assert all(g is None or g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 6), (1, 4), (1, 1)])
def test_spectral_normalize_has_largest_singular_value_one(shape):
    weight = 7 * torch.randn(*shape, dtype=torch.float64)
    values = np.linalg.svd(weight.numpy(), compute_uv=False)
    np.testing.assert_allclose(
        wasserstein.spectral_normalize(weight).numpy(), weight.numpy() / values[0], rtol=1e-12
    )


def test_spectral_normalize_of_zeros_and_of_tiny_matrices():
    assert torch.equal(wasserstein.spectral_normalize(torch.zeros(3, 2)), torch.zeros(3, 2))
    tiny = 1e-30 * torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(
        wasserstein.spectral_normalize(tiny), torch.eye(2, dtype=torch.float64)
    )


def test_what_enforces_a_lipschitz_constant():
    """A sigmoid does not: its critic's slope grows with the weight before it."""
    slopes = [
        torch.func.grad(lambda t, w=w: (w * t).sigmoid())(torch.tensor(0.0)).item()
        for w in (1.0, 10.0, 100.0)
    ]
    assert slopes == sorted(slopes) and slopes[-1] > 10
    assert wasserstein.lipschitz_enforcement == {"A", "B", "C"}
