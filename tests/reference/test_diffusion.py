"""The reference of `diffusion` against closed forms of Gaussian data, quadrature, autograd, and the
laws that sampling should reach.
"""

import itertools
import math

import pytest
import torch
from scipy import integrate, stats

from graders.core.draw import Draw
from graders.hidden._noise import dkw_limit, kolmogorov_distance
from graders.hidden.diffusion._common import betas, step_model, time_model
from reference import diffusion

DOUBLE = torch.float64
SCHEDULE = betas(Draw(1))
KEPT = diffusion.alpha_bar(SCHEDULE)


def normal(mean, variance):
    return torch.distributions.Normal(mean, variance**0.5)


def test_alpha_bar_is_the_variance_that_noising_step_by_step_leaves():
    kept, factor = [], 1.0
    for beta in SCHEDULE.tolist():
        factor *= math.sqrt(1 - beta)
        kept.append(factor**2)
    assert diffusion.alpha_bar(SCHEDULE).tolist() == pytest.approx(kept)


def test_alpha_bar_in_float32_is_right_to_1e_4_for_a_thousand_steps():
    schedule = torch.linspace(1e-4, 0.02, 1000)
    exact = (-schedule.double()).log1p().cumsum(0).exp()
    assert ((diffusion.alpha_bar(schedule).double() - exact) / exact).abs().max() < 1e-4


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, 1.1, math.inf])
def test_what_is_no_schedule_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        diffusion.alpha_bar(torch.tensor([0.1, wrong, 0.2]))


def test_q_sample_has_the_moments_of_the_steps():
    """The recursions of mean and variance, example by example, share nothing with the product."""
    x_0, t = torch.tensor([[2.0], [-1.0]], dtype=DOUBLE), torch.tensor([4, 2])
    zeros, ones = torch.zeros(2, 1, dtype=DOUBLE), torch.ones(2, 1, dtype=DOUBLE)
    mean = diffusion.q_sample(x_0, t, zeros, KEPT)
    spread = diffusion.q_sample(zeros, t, ones, KEPT)
    for i in range(2):
        m, v = x_0[i].item(), 0.0
        for beta in SCHEDULE[: t[i] + 1].tolist():
            m, v = math.sqrt(1 - beta) * m, (1 - beta) * v + beta
        assert mean[i].item() == pytest.approx(m) and spread[i].item() ** 2 == pytest.approx(v)


def test_predict_x_0_undoes_q_sample():
    draw = Draw(2)
    x_0, eps, t = draw.normal(7, 3), draw.normal(7, 3), torch.arange(7)
    x_t = diffusion.q_sample(x_0, t, eps, KEPT)
    torch.testing.assert_close(diffusion.predict_x_0(x_t, t, eps, KEPT), x_0)


@pytest.mark.parametrize("t", [1, 3, 6])
def test_q_posterior_agrees_with_quadrature_of_bayes_rule(t):
    x_0, x_t = 0.7, -0.4
    before, beta = KEPT[t - 1].item(), SCHEDULE[t].item()

    def joint(x):
        step = stats.norm.pdf(x_t, math.sqrt(1 - beta) * x, math.sqrt(beta))
        return step * stats.norm.pdf(x, math.sqrt(before) * x_0, math.sqrt(1 - before))

    moments = [
        integrate.quad(lambda x, k=k: x**k * joint(x), -8, 8, epsabs=1e-12)[0] for k in range(3)
    ]
    mean, variance = diffusion.q_posterior(
        *(torch.tensor([[x]], dtype=DOUBLE) for x in (x_0, x_t)), torch.tensor([t]), SCHEDULE
    )
    wanted = moments[1] / moments[0]
    assert mean.item() == pytest.approx(wanted, abs=1e-8)
    assert variance.item() == pytest.approx(moments[2] / moments[0] - wanted**2, abs=1e-8)


def test_q_posterior_before_the_first_step_is_x_0():
    x_0, x_t = Draw(3).normal(4, 2), Draw(4).normal(4, 2)
    mean, variance = diffusion.q_posterior(x_0, x_t, torch.tensor([0, 2, 0, 1]), SCHEDULE)
    assert (
        torch.equal(mean[::2], x_0[::2]) and not variance[::2].any() and (variance[1::2] > 0).all()
    )


def test_epsilon_loss_of_a_network_that_is_right_is_0_and_of_one_that_says_0_that_of_the_noise():
    draw = Draw(5)
    x_0, eps, t = draw.normal(5, 3), draw.normal(5, 3), torch.tensor([0, 6, 2, 2, 4])
    assert diffusion.epsilon_loss(lambda x, t: eps, x_0, t, eps, KEPT).item() == 0
    of_nothing = diffusion.epsilon_loss(lambda x, t: 0 * x, x_0, t, eps, KEPT)
    assert of_nothing.item() == pytest.approx(sum(v**2 for v in eps.flatten().tolist()) / 5)


def test_vlb_term_is_the_divergence_of_two_gaussians():
    draw = Draw(6)
    model, x_0, x_t, t = (
        step_model(draw, 2),
        draw.normal(3, 2),
        draw.normal(3, 2),
        torch.tensor([1, 6, 3]),
    )
    got = diffusion.vlb_term(model, x_0, x_t, t, SCHEDULE)
    mean, variance = diffusion.q_posterior(x_0, x_t, t, SCHEDULE)
    # The model's mean as Ho et al. write it, Eq. (11): no x_0 on the way.
    beta, kept = SCHEDULE[t][:, None], KEPT[t][:, None]
    other = (x_t - beta / (1 - kept).sqrt() * model(x_t, t)) / (1 - beta).sqrt()
    pair = normal(mean, variance[:, None]), normal(other, variance[:, None])
    torch.testing.assert_close(got, torch.distributions.kl_divergence(*pair).sum(1))


def test_vlb_terms_add_up_to_the_bound_of_gaussian_data():
    """With the exact noise predictor of the data at hand every term is a divergence, and the bound
    (reconstruction, divergences, prior) is below the evidence, which is known in closed form.
    """
    torch.manual_seed(0)
    schedule = torch.full((20,), 0.05, dtype=DOUBLE)
    kept = diffusion.alpha_bar(schedule)
    model = exact_noise(1.0, 0.5, kept)
    x_0 = normal(torch.tensor(1.0, dtype=DOUBLE), 0.25).sample((5_000, 1))
    bound = -torch.distributions.kl_divergence(
        normal(kept[-1].sqrt() * x_0, 1 - kept[-1]), normal(torch.zeros_like(x_0), 1.0)
    )[:, 0]
    for t in range(1, 20):
        steps = torch.full((5_000,), t)
        x_t = diffusion.q_sample(x_0, steps, torch.randn_like(x_0), kept)
        bound -= diffusion.vlb_term(model, x_0, x_t, steps, schedule)
    first = torch.zeros(5_000, dtype=torch.int64)
    x_1 = diffusion.q_sample(x_0, first, torch.randn_like(x_0), kept)
    said = diffusion.predict_x_0(x_1, first, model(x_1, first), kept)
    bound += normal(said, schedule[0]).log_prob(x_0)[:, 0]
    evidence = normal(torch.tensor(1.0, dtype=DOUBLE), 0.25).log_prob(x_0).mean()
    # The gap is that of a finite number of steps and of the prior: some tenths, never negative.
    assert -0.05 < evidence - bound.mean() < 0.6


def test_vlb_term_refuses_the_first_step():
    x = torch.zeros(2, 1)
    with pytest.raises(ValueError, match="likelihood"):
        diffusion.vlb_term(lambda x, t: x, x, x, torch.tensor([1, 0]), SCHEDULE.float())


def exact_noise(mean, spread, kept):
    """E[eps | x_t] of data N(mean, spread^2): the score of N(sqrt(a) mean, a spread^2 + 1 - a),
    scaled.
    """

    def model(x_t, t):
        a = kept[t][:, None]
        return (1 - a).sqrt() * (x_t - a.sqrt() * mean) / (a * spread**2 + 1 - a)

    return model


def reaches(samples, mean, spread):
    """Whether samples follow N(mean, spread^2), by Kolmogorov-Smirnov with false-fail 1e-9.

    With n = 5,000 chance is at most 0.046; a law that is 0.093 away is refused with the same rate.
    """
    values = samples.flatten().numpy()
    distance = kolmogorov_distance(values, lambda v: stats.norm.cdf(v, mean, spread))
    return distance <= dkw_limit(len(values), 1e-9)


N = 5_000
LONG = torch.linspace(1e-3, 0.15, 120, dtype=DOUBLE)


def test_ancestral_sampling_with_the_exact_score_reaches_the_law_of_the_data():
    torch.manual_seed(1)
    kept = diffusion.alpha_bar(LONG)
    model, x = exact_noise(1.5, 0.4, kept), torch.randn(N, 1, dtype=DOUBLE)
    for t in reversed(range(len(LONG))):
        x = diffusion.p_sample(model, x, torch.full((N,), t), LONG)
    assert reaches(x, 1.5, 0.4)
    assert not reaches(x, 1.5 + 0.1, 0.4) and not reaches(x, 1.5, 0.4 * 1.5)


@pytest.mark.parametrize("stride", [1, 24])
def test_ddim_sampling_with_the_exact_score_reaches_the_law_of_the_data(stride):
    torch.manual_seed(2)
    kept = diffusion.alpha_bar(LONG)
    model, x = exact_noise(1.5, 0.4, kept), torch.randn(N, 1, dtype=DOUBLE)
    times = [*range(len(LONG) - 1, 0, -stride), -1]
    for t, s in itertools.pairwise(times):
        x = diffusion.ddim_step(model, x, torch.full((N,), t), torch.full((N,), s), kept)
    assert reaches(x, 1.5, 0.4) == (stride == 1)
    # Few steps leave an error of discretisation, in the spread: the mean is right.
    assert x.mean().item() == pytest.approx(1.5, abs=0.05)


def test_langevin_dynamics_stay_at_the_law_whose_score_they_have():
    torch.manual_seed(3)
    x = 1 + 0.5 * torch.randn(N, 1, dtype=DOUBLE)
    for _ in range(200):
        x = diffusion.langevin_step(lambda x: (1 - x) / 0.25, x, 0.002, torch.randn_like(x))
    assert reaches(x, 1.0, 0.5)


@pytest.mark.parametrize("step", [0, 0.0, -1, -0.5])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(ValueError, match="positive"):
        diffusion.langevin_step(lambda x: x, torch.zeros(1, 1), step, torch.zeros(1, 1))


def test_ddim_of_the_true_noise_follows_the_path_of_q_sample():
    draw = Draw(7)
    x_0, eps = draw.normal(4, 2), draw.normal(4, 2)
    t, s = torch.tensor([6, 5, 3, 1]), torch.tensor([-1, 0, 2, -1])
    got = diffusion.ddim_step(lambda x, t: eps, diffusion.q_sample(x_0, t, eps, KEPT), t, s, KEPT)
    wanted = diffusion.q_sample(x_0, s.clamp(min=0), eps, KEPT)
    wanted[s < 0] = x_0[s < 0]
    torch.testing.assert_close(got, wanted)


def test_guidance_without_strength_is_the_condition_and_of_strength_minus_one_no_condition():
    a, b = Draw(8).normal(3, 2), Draw(9).normal(3, 2)
    assert torch.equal(diffusion.guided_epsilon(a, b, 0), a)
    assert torch.equal(diffusion.guided_epsilon(a, b, -1), b)
    torch.testing.assert_close(diffusion.guided_epsilon(a, b, 3.0), a + 3 * (a - b))


def test_score_from_epsilon_is_the_derivative_of_the_log_density():
    draw = Draw(10)
    x_0, eps, t = draw.normal(7, 2), draw.normal(7, 2), torch.arange(7)
    x_t = diffusion.q_sample(x_0, t, eps, KEPT).requires_grad_()
    density = normal(KEPT[t][:, None].sqrt() * x_0, 1 - KEPT[t][:, None])
    (wanted,) = torch.autograd.grad(density.log_prob(x_t).sum(), x_t)
    torch.testing.assert_close(diffusion.score_from_epsilon(eps, t, KEPT), wanted)


def test_score_matching_has_its_minimum_at_the_score_of_the_noisy_data():
    torch.manual_seed(4)
    x, eps = 0.5 * torch.randn(N, 1, dtype=DOUBLE), torch.randn(N, 1, dtype=DOUBLE)
    sigma = 0.5 + torch.rand(N, dtype=DOUBLE)

    def loss(scale):
        def score(x, sigma):
            return -scale * x / (0.25 + sigma[:, None] ** 2)

        return diffusion.score_matching_loss(score, x, eps, sigma).item()

    assert loss(1.0) < min(loss(0.9), loss(1.1))


def test_flow_matching_has_its_minimum_at_the_mean_velocity():
    torch.manual_seed(5)
    x_0, x_1 = torch.randn(N, 1, dtype=DOUBLE), 2 + 0.5 * torch.randn(N, 1, dtype=DOUBLE)
    t = torch.rand(N, dtype=DOUBLE)

    def loss(scale):
        def velocity(x, t):
            s, variance = t[:, None], (1 - t[:, None]) ** 2 + 0.25 * t[:, None] ** 2
            # E[x_1 - x_0 | x_t] of two independent Gaussians.
            return 2 + scale * (0.25 * s - (1 - s)) * (x - 2 * s) / variance

        return diffusion.flow_matching_loss(velocity, x_0, x_1, t).item()

    assert loss(1.0) < min(loss(0.9), loss(1.1))


def test_losses_are_differentiable_in_the_networks_parameters():
    draw = Draw(11)
    steps, times = step_model(draw, 3), time_model(draw, 3)
    x, eps, t = draw.normal(4, 3), draw.normal(4, 3), torch.tensor([1, 2, 6, 3])
    level = draw.uniform(0.1, 0.9, 4)
    losses = {
        "epsilon_loss": (steps, diffusion.epsilon_loss(steps, x, t, eps, KEPT)),
        "vlb_term": (steps, diffusion.vlb_term(steps, x, eps, t, SCHEDULE).sum()),
        "score_matching_loss": (times, diffusion.score_matching_loss(times, x, eps, level)),
        "flow_matching_loss": (times, diffusion.flow_matching_loss(times, x, eps, level)),
    }
    for name, (model, loss) in losses.items():
        found = torch.autograd.grad(loss, list(model.parameters()))
        assert all(gradient.any() for gradient in found), name
