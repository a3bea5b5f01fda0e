"""What exercises declare: arguments of every size, which the references take and answer in the
declared shapes; and what a call leaves on its tensors and networks.
"""

import pytest
import torch

from graders.core.contract import Contract, Tensor, count, data, kept, net, reals, steps
from graders.core.draw import Draw
from graders.core.fixtures import worn
from graders.core.student import local
from graders.grading.catalogue import homework_names, load_homework

ENTRIES = {
    entry.name: entry
    for name in homework_names()
    for entry in load_homework(name).entries
    if entry.exercise.contract and not entry.exercise.name.startswith("train_")
}


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("column", [False, True])
def test_the_reference_answers_in_the_declared_shapes(name, column):
    contract = ENTRIES[name].exercise.contract
    for sizes in contract.every_size():
        dtype = getattr(torch, contract.dtypes[0])
        got = ENTRIES[name].solution(*contract.draw(Draw(1), sizes, dtype, column=column))
        parts = got if isinstance(got, tuple) else (got,)
        for part, wanted in zip(parts, contract.gives):
            if isinstance(wanted, Tensor):
                assert tuple(part.shape) == wanted.shape(sizes, column)


def test_axes_differ_and_each_is_one_in_turn():
    contract = Contract((data("N D"), net("D -> K, K"), count("S")), (reals("N"),))
    usual, *others = contract.every_size()
    assert contract.axes == ("N", "D", "K", "S")
    assert len({usual[axis] for axis in contract.axes}) == 4
    assert [[axis for axis in contract.axes if sizes[axis] == 1] for sizes in others] == [
        ["N"], ["D"], ["K"], ["S"],
    ]  # fmt: skip
    x, encoder, samples = contract.draw(Draw(1), usual)
    assert x.shape == (5, 6) and samples == 4
    assert [part.shape for part in encoder(x)] == [(5, 3), (5, 3)]


def test_steps_are_indices_of_their_axis():
    late, early = steps("N", "T", "late_steps"), steps("N", "T", "early_steps")
    contract = Contract((steps("N", "T"), late, early, net("D, step of T -> D"), kept("T")), ())
    for sizes in contract.every_size():
        any_step, last, first, network, levels = contract.draw(Draw(1), sizes)
        n, top = sizes["N"], sizes["T"]
        assert top > 1 and any_step.shape == (n,) and any_step.min() == 0 and any_step.max() < top
        assert (first < last).all() and first.min() == -1 and last.max() < top
        assert network(torch.zeros(n, sizes["D"]).double(), last).shape == (n, sizes["D"])
        assert (levels.diff() < 0).all()


def test_networks_hold_what_is_in_no_linear_layer():
    (network,) = Contract((net("D -> 1", column=True),), ()).draw(Draw(1), {"D": 3}, column=True)
    assert network(torch.zeros(4, 3, dtype=torch.float64)).shape == (4, 1)
    linear = {
        p for m in network.modules() if isinstance(m, torch.nn.Linear) for p in m.parameters()
    }
    assert set(network.parameters()) - linear and any(b.any() for b in network.buffers())
    assert len(list(network.hidden)) > len(set(network.hidden))
    assert network.intact() and len(network.state().parameters) == len(set(network.parameters()))


def test_what_a_call_leaves_on_tensors_and_networks_shows():
    def careless(mu, x, network):
        (mu.sum() * network(x).sum()).backward()
        x.requires_grad_()
        network.eval()
        return mu

    mu, x = torch.ones(2, requires_grad=True), torch.ones(2, 3)
    (network,) = Contract((net("D -> 1"),), ()).draw(Draw(1), {"D": 3}, torch.float32)
    state = worn(network).state()
    seen = local({"f": careless}).observe("f", mu, x, network)
    assert [flag for flag, _ in seen.left] == [True, True]
    assert not torch.equal(seen.left[0][1], torch.ones(2)) and seen.left[1][1] is None
    assert seen.states[0].training is False and state.training
    changed = [
        after is not None and not (before is not None and torch.equal(before, after))
        for before, after in zip(state.gradients, seen.states[0].gradients)
    ]
    assert changed == list(state.requires_grad)
    assert mu.grad is None and network.state().requires_grad == state.requires_grad
