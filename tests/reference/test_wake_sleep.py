"""The reference of `wake_sleep` against scipy, quadrature, finite differences, and the optima that
theory predicts.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from graders.core.draw import Draw
from graders.core.fixtures import constant, network
from reference import wake_sleep


def float64(values):
    return torch.tensor(values, dtype=torch.float64)


def test_gaussian_log_prob_agrees_with_scipy_and_keeps_leading_dimensions():
    z, mu, logvar = (torch.randn(2, 4, 3, dtype=torch.float64) for _ in range(3))
    wanted = stats.norm.logpdf(z.numpy(), mu.numpy(), np.exp(logvar.numpy() / 2)).sum(-1)
    np.testing.assert_allclose(wake_sleep.gaussian_log_prob(z, mu, logvar).numpy(), wanted)


def test_gaussian_log_prob_is_the_logarithm_of_a_density():
    def density(b, a):
        return (
            wake_sleep.gaussian_log_prob(
                float64([a, b]), float64([0.3, -0.2]), float64([-0.5, 0.4])
            )
            .exp()
            .item()
        )

    area, _ = integrate.dblquad(density, -6, 6, -7, 7, epsabs=1e-6)
    assert area == pytest.approx(1, abs=1e-5)


def test_gaussian_log_prob_has_the_gradients_of_finite_differences():
    triple = [torch.randn(3, 2, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(wake_sleep.gaussian_log_prob, triple)


def one_dimensional_machine():
    """An encoder with q(z | x) = N(0.4, exp(-0.6)), a decoder with logits linear in z, and both as
    plain functions.
    """
    encoder, decoder = network(Draw(1), (3, 1), heads=2), network(Draw(2), (1, 3), scale=2.0)
    constant(constant(encoder, 0, 0.4), 1, -0.6)
    slope, offset = (p.detach().numpy() for p in decoder.heads[0].parameters())
    return encoder, decoder, lambda z: slope[:, 0] * z + offset


def test_wake_loss_has_the_expectation_that_quadrature_gives():
    encoder, decoder, logits = one_dimensional_machine()
    x = np.array([1.0, 0.3, 0.0])
    nodes, masses = np.polynomial.hermite_e.hermegauss(60)
    losses = [
        -(x * -np.logaddexp(0, -logits(z)) + (1 - x) * -np.logaddexp(0, logits(z))).sum()
        for z in 0.4 + math.exp(-0.3) * nodes
    ]
    torch.manual_seed(0)
    draws = (
        torch.stack(
            [wake_sleep.wake_loss(torch.tensor(x)[None], encoder, decoder, 1) for _ in range(4000)]
        )
        .detach()
        .numpy()
    )
    assert draws.mean() == pytest.approx(
        masses @ np.array(losses) / masses.sum(), abs=6 * draws.std() / 4000**0.5
    )


def test_wake_loss_moves_the_decoder_only_and_sleep_loss_the_encoder_only():
    encoder, decoder = (
        network(Draw(1), (4, 3, 2), heads=2, dtype=torch.float32),
        network(Draw(2), (2, 3, 4), dtype=torch.float32),
    )
    for loss, moved, fixed in (
        (wake_sleep.wake_loss(torch.rand(5, 4), encoder, decoder, 3), decoder, encoder),
        (wake_sleep.sleep_loss(encoder, decoder, 6, 2), encoder, decoder),
    ):
        gradients = torch.autograd.grad(
            loss, [*moved.parameters(), *fixed.parameters()], allow_unused=True
        )
        count = len(list(moved.parameters()))
        assert all(g is not None and g.any() for g in gradients[:count]) and all(
            g is None for g in gradients[count:]
        )


def test_sleep_loss_has_the_expectation_that_enumerating_the_images_gives():
    _, decoder, logits = one_dimensional_machine()
    encoder = network(Draw(3), (3, 1), heads=2, dtype=torch.float32)
    images = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    mu, logvar = (
        output.detach().double().numpy()[:, 0]
        for output in encoder(torch.tensor(images, dtype=torch.float32))
    )
    nodes, masses = np.polynomial.hermite_e.hermegauss(60)
    wanted = 0.0
    for z, mass in zip(nodes, masses / masses.sum()):
        p = 1 / (1 + np.exp(-logits(z)))
        wanted -= (
            mass
            * np.prod(np.where(images == 1, p, 1 - p), axis=1)
            @ stats.norm.logpdf(z, mu, np.exp(logvar / 2))
        )
    torch.manual_seed(0)
    losses = torch.stack(
        [wake_sleep.sleep_loss(encoder, decoder.float(), 100, 1) for _ in range(1000)]
    )
    assert losses.mean().item() == pytest.approx(wanted, abs=6 * losses.std().item() / 1000**0.5)


def test_sleep_phase_alone_finds_the_posterior():
    """One latent dimension, one pixel: the best Gaussian q for each image has the moments of the
    exact posterior.
    """
    decoder, encoder = (
        network(Draw(4), (1, 1), dtype=torch.float32),
        network(Draw(5), (1, 1), heads=2, dtype=torch.float32),
    )
    with torch.no_grad():
        decoder.heads[0].weight.fill_(2.5)
        decoder.heads[0].bias.fill_(0.5)
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=0.02)
    for step in range(800):
        optimizer.param_groups[0]["lr"] = 0.02 if step < 500 else 0.002
        optimizer.zero_grad()
        wake_sleep.sleep_loss(encoder, decoder, 2000, 1).backward()
        optimizer.step()
    grid = np.linspace(-8, 8, 4001)
    for x in (0.0, 1.0):
        p = 1 / (1 + np.exp(-(2.5 * grid + 0.5)))
        posterior = stats.norm.pdf(grid) * (p if x else 1 - p)
        posterior /= posterior.sum()
        mean = posterior @ grid
        mu, logvar = encoder(torch.tensor([[x]]))
        assert mu.item() == pytest.approx(mean, abs=0.03)
        assert math.exp(logvar.item()) == pytest.approx(posterior @ (grid - mean) ** 2, rel=0.06)


def two_pixels():
    """Images of two equal pixels, and two untrained networks."""
    data = (
        torch.randint(2, (200, 1), generator=torch.Generator().manual_seed(0))
        .float()
        .expand(200, 2)
        .contiguous()
    )
    return (
        data,
        network(Draw(6), (2, 8, 1), heads=2, dtype=torch.float32),
        network(Draw(7), (1, 8, 2), dtype=torch.float32),
    )


@pytest.mark.parametrize(
    ("train", "keys"),
    [(wake_sleep.train_aevb, ["loss"]), (wake_sleep.train_wake_sleep, ["wake_loss", "sleep_loss"])],
)
def test_training_learns_what_independent_pixels_cannot(train, keys):
    data, encoder, decoder = two_pixels()
    torch.manual_seed(0)
    history = train(data, encoder, decoder, 60, 64, 0.02)
    assert list(history) == keys
    assert all(
        len(losses) == 60
        and all(isinstance(loss, float) and math.isfinite(loss) for loss in losses)
        for losses in history.values()
    )
    assert history[keys[0]][-1] < history[keys[0]][0]
    torch.manual_seed(1)
    dreams = torch.bernoulli(decoder(torch.randn(2000, 1)).sigmoid())
    assert (dreams[:, 0] == dreams[:, 1]).float().mean() > 0.85


@pytest.mark.parametrize("train", [wake_sleep.train_aevb, wake_sleep.train_wake_sleep])
def test_training_uses_every_example_once_per_epoch_in_another_order(train):
    data = torch.rand(20, 3)
    encoder, decoder = (
        network(Draw(8), (3, 4, 2), heads=2, record=True, dtype=torch.float32),
        network(Draw(9), (2, 4, 3), dtype=torch.float32),
    )
    torch.manual_seed(0)
    train(data, encoder, decoder, 3, 6, 0.01)
    batches = [
        (call[:, None] == data).all(-1).nonzero()[:, 1]
        for call in encoder.calls
        if (call[:, None] == data).all(-1).any(1).all() and len(call) > 1
    ]
    assert [len(batch) for batch in batches] == [6, 6, 6, 2] * 3
    epochs = [torch.cat(batches[4 * i : 4 * i + 4]) for i in range(3)]
    assert all(epoch.sort().values.tolist() == list(range(20)) for epoch in epochs)
    assert not torch.equal(epochs[0], epochs[1])


def test_answers():
    assert wake_sleep.wake_sleep_no_guarantee == {"A", "B"}
    assert wake_sleep.discrete_latents == {"wake_sleep"} and wake_sleep.same_complexity is True
