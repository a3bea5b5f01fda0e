"""Wrong solutions made by kind: what is made for an exercise, and what the checks make of it."""

import math

import pytest
import torch
from rich.console import Console

from graders.audit import families, family_scores, wrong_noise, wrong_state, wrong_values
from graders.audit.families import Kill, Wrong, try_family, wrong_solutions
from graders.audit.same import same
from graders.core.contract import Contract, net, reals
from graders.grading.catalogue import load_homework

VAE = load_homework("vae")
KL = VAE.entry("kl_standard_normal")


def kill(name, by="", family="state", exercise="kl_standard_normal", problem=""):
    return Kill(f"{exercise}:{family}:{name}", exercise, family, by, problem, "")


@pytest.mark.parametrize("family", ["dtype", "sizes", "refusals", "noise"])
def test_no_kind_survives_the_checks_of_a_divergence(family):
    kills = try_family(KL, VAE, family, {})
    assert not family_scores.survivors(kills) and not family_scores.problems(kills)
    assert bool(kills) is (family != "noise")


def test_what_was_tried_is_not_tried_again(monkeypatch):
    kills = {k.id: k for k in try_family(KL, VAE, "refusals", {})}
    monkeypatch.setattr(families, "run_check", None)
    assert try_family(KL, VAE, "refusals", kills) == list(kills.values())


def test_what_no_argument_tells_from_the_reference_is_left_out():
    contract = Contract((reals("N"), reals("N")), (reals(""),))

    def product(x, y):
        return (x * y).sum()

    assert same(contract, product, lambda x, y: (y * x).sum(), 1e-9)
    assert not same(contract, product, lambda x, y: (x.detach() * y).sum(), 1e-9)
    assert not same(contract, product, lambda x, y: (x * y).sum().float(), 1e-9)
    assert not same(contract, product, lambda x, y: (x * y).sum(0, keepdim=True), 1e-9)


def test_draws_are_changed_wherever_they_are_drawn():
    mu = torch.zeros(400, 50, dtype=torch.float64)
    draw = VAE.entry("reparameterize").solution
    changes = dict(
        wrong_noise.wrong_draws(wrong_noise.axes_drawn(draw, [mu, mu], wrong_noise.NORMAL))
    )
    got = {name: wrong_noise.with_draws(draw, make)(mu, mu) for name, make in changes.items()}
    assert got["clipped at 2"].abs().max() == 2
    assert got["redrawn beyond 2"].abs().max() < 2
    assert got["uniform of variance 1"].std().item() == pytest.approx(1, abs=0.05)
    assert got["Laplace"].abs().mean().item() == pytest.approx(1 / math.sqrt(2), abs=0.05)
    assert torch.equal(got["shared over axis -1"][:, 0], got["shared over axis -1"][:, 7])
    assert torch.equal(got["mirrored over axis -2"][0], -got["mirrored over axis -2"][200])


def test_whatever_a_call_may_leave_changed_is_changed():
    contract = Contract((reals("N D"), net("D -> 1")), (reals("N"),))
    made = dict(wrong_state.wrong_states(lambda x, f: f(x)[..., 0], contract))
    (x, network) = contract.draw(families.Draw(1), contract.usual)
    before = [buffer.clone() for buffer in network.buffers()]
    made["argument 2: buffers"](x, network)
    made["argument 2: frozen"](x, network)
    assert not any(p.requires_grad for p in network.parameters())
    assert not any(map(torch.equal, before, network.buffers()))
    made["argument 1: sorted"](x, network)
    assert torch.equal(x.flatten(), x.flatten().sort().values)
    assert not made["under no_grad"](x.requires_grad_(), network).requires_grad


def test_sizes_are_read_off_the_arguments():
    contract = KL.exercise.contract
    wrong = dict(wrong_values.wrong_sizes(KL.solution, contract))["wrong where K is 1"]
    for k, same_value in ((1, False), (2, True)):
        given = torch.ones(3, k), torch.zeros(3, k)
        assert torch.equal(wrong(*given), KL.solution(*given)) is same_value


def test_a_right_solution_that_fails_is_a_problem_and_lowers_no_share(monkeypatch):
    monkeypatch.setattr(families, "equivalents", lambda: (("*:drawn twice", "Why not."),))
    kills = [kill("a", "law"), kill("b"), kill("drawn twice", "law", "noise")]
    assert family_scores.share(kills) == 0.5
    assert [k.id for k in family_scores.survivors(kills)] == ["kl_standard_normal:state:b"]
    assert "is right by the contract" in family_scores.problems(kills)[0]
    assert not family_scores.report(Console(quiet=True), kills)


def test_the_table_names_survivors(monkeypatch):
    monkeypatch.setattr(family_scores, "equivalents", lambda: ())
    text = family_scores.table([kill("a", "law"), kill("b"), kill("c", "law", "dtype")])
    assert "| `kl_standard_normal` | 1/2 | 1/1 |" in text and "`kl_standard_normal:state:b`" in text
    assert isinstance(wrong_solutions(KL, VAE, "dtype")[0], Wrong)
