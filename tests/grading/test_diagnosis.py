"""What is told about wrong solutions: of their values in every call, and nothing that is not so."""

import pytest
import torch

from graders.audit.wrong import homework_of
from graders.core.draw import Draw
from graders.core.engine import run_exercise
from graders.core.host import Host
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.diagnosis import diagnose
from graders.grading.stand_ins import prerequisites


def causes(exercise, solve):
    homework = homework_of(exercise)
    entry, right = homework.entry(exercise), homework.right
    host = Host({exercise: solve})
    verdicts = run_exercise(entry.hidden, host, key="test", public=False, right=right)
    before = prerequisites(entry, homework)
    return [f.name for f in diagnose(entry, verdicts, key="test", right=right, before=before)]


def kl(mu, logvar):
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(-1)


def test_a_factor_on_one_term_is_found_from_the_values():
    def solve(mu, logvar):
        return 0.5 * (0.3 * mu.square() + logvar.exp() - 1 - logvar).sum(-1)

    assert causes("kl_standard_normal", solve) == ["The square of the mean: weight"]


def test_two_known_mistakes_are_told_together():
    def solve(mu, logvar):
        return (mu.square() + logvar.exp() - 1 - logvar).mean(-1)

    assert causes("kl_standard_normal", solve) == ["mean_over_latents, factor"]


def test_two_mistakes_about_one_term_are_no_pair():
    softplus_minimum = homework_of("dual_function").right.softplus_minimum

    def solve(lam_real, lam_fake, x_real, x_fake, C):  # adding it and half of it take it away
        return softplus_minimum(torch.cat([lam_real, lam_fake])).sum()

    assert causes("dual_function", solve) == []


def test_a_mistake_of_a_prerequisite_is_known_where_it_is_written_out():
    def solve(prior, likelihood, q):
        posterior = likelihood / likelihood.sum()
        joint = prior * likelihood
        bound = (torch.xlogy(q, joint) - torch.xlogy(q, q)).sum()
        gap = (torch.xlogy(q, q) - torch.xlogy(q, posterior)).sum()
        return joint.sum().log(), bound, gap

    found = causes("elbo_decomposition", solve)
    assert found == ["bayes_posterior: posterior_without_prior", "decomposition_unchecked"]


def test_an_argument_that_is_read_for_something_else_is_found():
    found = causes("kl_equal_variance", lambda q, p, sigma: (q - p).square() * sigma**2 / 2)
    assert found == ["sigma: its inverse"]


def test_something_small_inside_a_logarithm_is_found_whatever_its_size():
    def solve(x, g):
        return -(x * (g + 2e-3).log() + (1 - x) * (1 - g + 2e-3).log()).sum(-1)

    assert causes("cross_entropy", solve) == ["epsilon in a logarithm"]


def test_what_fits_no_cause_is_told_none():
    assert causes("kl_standard_normal", lambda mu, logvar: kl(mu, logvar).sin()) == []


@pytest.mark.parametrize("number", [0.0, 3.0, float("nan")])
def test_where_nothing_is_computed_no_relation_to_what_is_right_is_told(number):
    """Zeros are the positive part of a value with the wrong sign, and so of nothing."""
    found = causes("kl_equal_variance", lambda q, p, sigma: torch.full_like(q, number))
    assert not [name for name in found if "," in name]


SUMS = {
    entry.name: entry
    for homework in map(load_homework, homework_names())
    for entry in homework.graded
    if entry.terms and entry.exercise.contract
}


@pytest.mark.parametrize("name", SUMS)
def test_the_terms_of_a_result_add_up_to_it(name):
    entry = SUMS[name]
    contract = entry.exercise.contract
    given = contract.draw(Draw(3), contract.sizes())
    results = []
    for function in (entry.solution, entry.terms.function):
        torch.manual_seed(1)
        results.append(function(*given))
    right, parts = results
    assert len(parts) == len(entry.terms.names)
    assert all(part.shape == right.shape for part in parts)
    torch.testing.assert_close(sum(parts), right)
