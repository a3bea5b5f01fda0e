"""The reference of `reparameterization` against rsample, its own law, and finite differences."""

import torch
from scipy import stats
from torch.distributions import Normal

from graders.core.draw import Draw
from graders.core.fixtures import constant, network
from reference import reparameterization as reference


def test_reparameterize_is_rsample_under_the_same_seed():
    mu, logvar = torch.randn(3, 4, dtype=torch.float64), torch.randn(3, 4, dtype=torch.float64)
    torch.manual_seed(7)
    got = reference.reparameterize(mu, logvar)
    torch.manual_seed(7)
    torch.testing.assert_close(got, Normal(mu, (logvar / 2).exp()).rsample())


def test_reparameterize_has_the_gradients_of_the_pathwise_estimator():
    mu, logvar = (
        torch.randn(3, dtype=torch.float64, requires_grad=True),
        torch.randn(3, dtype=torch.float64, requires_grad=True),
    )

    def seeded(mu, logvar):
        torch.manual_seed(0)
        return reference.reparameterize(mu, logvar)

    assert torch.autograd.gradcheck(seeded, (mu, logvar))


def test_model_2_adds_standard_normal_noise_to_the_code():
    encoder, decoder = network(Draw(1), (4, 20)), network(Draw(2), (20, 4), record=True)
    torch.manual_seed(0)
    x = torch.randn(2000, 4, dtype=torch.float64)
    reference.model_2(x, encoder, decoder)
    noise = (decoder.calls[0] - encoder(x)).detach().flatten().numpy()
    assert stats.kstest(noise, "norm").pvalue > 1e-6


def test_model_4_has_variance_exp_h_and_is_finite_for_large_h():
    for h in (-20.0, 0.5, 20.0):
        encoder, decoder = (
            constant(network(Draw(1), (4, 50)), 0, h),
            network(Draw(2), (50, 4), record=True),
        )
        torch.manual_seed(0)
        reference.model_4(torch.randn(2000, 4, dtype=torch.float64), encoder, decoder)
        z = (decoder.calls[0] / torch.tensor(h / 2, dtype=torch.float64).exp()).flatten().numpy()
        assert stats.kstest(z, "norm").pvalue > 1e-6


def test_only_model_2_draws_from_a_law_with_trained_parameters():
    assert reference.needs_reparameterization == {
        "model_1": False,
        "model_2": True,
        "model_3": False,
    }
