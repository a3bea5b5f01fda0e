"""What always holds, checked for every function exercise from what it declares to take and give.

`laws(exercise)` makes the checks that the catalogue adds behind those that are written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from graders.core import expect
from graders.core.contract import Contract, Net, Sizes, Tensor
from graders.core.exercise import Check, Exercise
from graders.core.fixtures import Network, NetworkState, worn
from graders.core.verdict import Failure

# Right solutions may go through a linear program or an iteration, and have constants in float32.
ROOM = {"rtol": 1e-5, "atol": 1e-5}
# What textbook code loses in float32, in the units of the largest value.
FLOAT32 = 1e-3


def laws(exercise: Exercise, after: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """The checks that follow from the declaration of a function; none without one.

    after: the checks without which these say nothing.
    """
    contract = exercise.contract
    if contract is None:
        return ()
    exact = bool(contract.gives) and contract.exact and not exercise.random
    graph = any(getattr(part, "graph", False) for part in contract.takes)
    found = [
        (law_shapes, "The result has the right shape for every size.", contract.gives),
        (law_values, "The value is right for arguments of every size and layout.", exact),
        (law_gradients, "Gradients are right in everything that needs one.",
         contract.gives and graph and not exercise.random),
        (law_dtype, "float32 stays float32.", contract.gives and "float32" in contract.dtypes),
        (law_float32, "The value is right in float32, also at the ends of the domain.",
         exact and len(contract.dtypes) > 1),
        (law_state, "Arguments and networks are afterwards as they were.", True),
    ]  # fmt: skip
    return tuple(
        Check(
            exercise.name,
            sentence,
            partial(law, exercise.name, contract),
            after,
            name=law.__name__,
            general=True,
        )
        for law, sentence, applies in found
        if applies
    )


def law_shapes(name: str, contract: Contract, student: Any, draw: Any) -> None:
    for sizes in contract.every_size():
        dtype = getattr(torch, contract.dtypes[0])
        got = getattr(student, name)(*contract.draw(draw, sizes, dtype))
        subject = f"{name} with {_shown(sizes)}"
        for part, wanted in zip(_parts(got, contract, subject), contract.gives, strict=True):
            if isinstance(wanted, Tensor):
                expect.tensor(part, shape=wanted.shape(sizes), dtype=None, subject=subject)


def law_values(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    usual, *others = contract.every_size()
    layouts = [(usual, True)] if any(getattr(p, "column", 0) for p in contract.takes) else []
    for sizes, column in [*((sizes, False) for sizes in (usual, *others)), *layouts]:
        given = contract.draw(draw, sizes, getattr(torch, contract.dtypes[0]), column=column)
        subject = f"{name} with {_shown(sizes)}"
        got = _parts(getattr(student, name)(*given), contract, subject)
        for part, wanted in zip(got, _as_tuple(getattr(right, name)(*given)), strict=True):
            _agree(part, wanted, subject)


def law_gradients(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    given, inputs, names = _differentiable(
        contract, contract.draw(draw, contract.sizes((2,)), getattr(torch, contract.dtypes[0]))
    )
    subject = f"{name}({', '.join(names)})"
    got = _parts(getattr(student, name)(*given), contract, subject)
    wanted = _as_tuple(getattr(right, name)(*given))
    weights = [draw.uniform(0.5, 1.5, *part.shape) for part in wanted]
    slopes = expect.gradient_of(_weighted(wanted, weights, subject), inputs)
    # Where terms cancel, no gradient and a gradient of 0 are the same.
    due = [i for i, slope in enumerate(slopes) if slope is not None and slope.abs().max() > 1e-9]
    expect.gradients(
        _weighted(got, weights, subject), [inputs[i] for i in due], [slopes[i] for i in due],
        names=[names[i] for i in due], subject=name, **ROOM,
    )  # fmt: skip


def law_dtype(name: str, contract: Contract, student: Any, draw: Any) -> None:
    got = getattr(student, name)(*contract.draw(draw, contract.sizes((2,)), torch.float32))
    subject = f"{name} in float32"
    for part, wanted in zip(_parts(got, contract, subject), contract.gives, strict=True):
        if isinstance(wanted, Tensor):
            shape = part.shape if isinstance(part, torch.Tensor) else ()
            dtype = torch.int64 if wanted.kind == "permutation" else torch.float32
            expect.tensor(part, shape=shape, dtype=dtype, subject=subject)


def law_float32(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    for ends in (False, True):
        given = contract.draw(draw, contract.sizes((2,)), torch.float32, ends=ends)
        subject = f"{name} in float32" + (" at the ends of the domain" if ends else "")
        got = _parts(getattr(student, name)(*given), contract, subject)
        exact = _as_tuple(getattr(right, name)(*map(_doubled, given)))
        for part, wanted in zip(got, exact, strict=True):
            if not isinstance(part, torch.Tensor):
                _agree(part, wanted, subject, FLOAT32)
                continue
            finite = wanted[wanted.isfinite()].abs()
            scale = max(1.0, finite.max().item() if finite.numel() else 1.0)
            value = part.detach().to(wanted.dtype)
            expect.close(value, wanted, subject=subject, rtol=FLOAT32, atol=FLOAT32 * scale)


def law_state(name: str, contract: Contract, student: Any, draw: Any) -> None:
    for used in (True, False):
        dtype = getattr(torch, contract.dtypes[0])
        given = contract.draw(draw, contract.sizes(), dtype)
        for part, value in zip(contract.takes, given, strict=True):
            if isinstance(part, Tensor) and part.graph and used:
                value.requires_grad_()
            if isinstance(value, Network):
                value = worn(value) if used else value
                value.train(used)
        _unchanged(name, contract, given, student.observe(name, *given))


def _unchanged(name: str, contract: Contract, given: Sequence[Any], seen: Any) -> None:
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    after = [v for v, before in zip(seen.arguments, given) if isinstance(before, torch.Tensor)]
    for before, value, (flag, gradient) in zip(tensors, after, seen.left, strict=True):
        if not isinstance(value, torch.Tensor) or not _same(before.detach(), value.detach()):
            raise Failure("an argument was changed", name, "the call changed a tensor; copy it")
        if flag != before.requires_grad:
            raise Failure("an argument was changed", name, "the call changed a `requires_grad`")
        if not _same(torch.ones_like(before) if before.requires_grad else None, gradient):
            raise Failure("a `.grad` was changed", name, BACKWARD)
    networks = [value for value in given if isinstance(value, Network)]
    for part, net, state in zip(contract.networks, networks, seen.states, strict=True):
        _same_network(name, part, net.state(), state)


BACKWARD = "the call changed a `.grad`: was backward called inside, or a gradient cleared?"


def _same_network(name: str, part: Net, before: NetworkState, after: NetworkState) -> None:
    every = [
        ("buffers", before.buffers, after.buffers),
        ("requires_grad flags", before.requires_grad, after.requires_grad),
    ]
    if not part.changes:
        every += [
            ("parameters", before.parameters, after.parameters),
            ("gradients", before.gradients, after.gradients),
            ("training mode", (before.training,), (after.training,)),
        ]
    for what, old, new in every:
        if len(old) != len(new) or not all(map(_same, old, new)):
            raise Failure(
                f"a network's {what} changed", name,
                f"the call changed the {what} of a network: they are the caller's",
            )  # fmt: skip


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, torch.Tensor) and isinstance(after, torch.Tensor):
        return (before.shape, before.dtype) == (after.shape, after.dtype) and torch.equal(
            torch.nan_to_num(before), torch.nan_to_num(after)
        )
    return type(before) is type(after) and not isinstance(before, torch.Tensor) and before == after


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _parts(got: Any, contract: Contract, subject: str) -> tuple[Any, ...]:
    """The parts of a result: as many as are declared."""
    if len(contract.gives) == 1:
        return (got,)
    expect.true(
        isinstance(got, (tuple, list)) and len(got) == len(contract.gives),
        f"not {len(contract.gives)} values", subject=subject,
        detail=f"wanted a tuple of {len(contract.gives)} values", got=got,
    )  # fmt: skip
    return tuple(got)


def _agree(got: Any, wanted: Any, subject: str, room: float = 1e-5) -> None:
    if isinstance(wanted, torch.Tensor) and wanted.ndim and not isinstance(got, (int, float)):
        expect.close(got, wanted, subject=subject, rtol=room, atol=room)
    else:
        expect.number(_plain(got), float(_plain(wanted)), subject=subject, rtol=room, atol=room)


def _plain(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value


def _doubled(value: Any) -> Any:
    if isinstance(value, Network):
        return Network.from_state(value.state()).double()
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.double() if floating else value


def _differentiable(
    contract: Contract, given: list[Any]
) -> tuple[list[Any], list[torch.Tensor], list[str]]:
    """The arguments, on leaves that require grad where the contract says so; the leaves; names."""
    made, inputs, names = [], [], []
    for place, (part, value) in enumerate(zip(contract.takes, given, strict=True)):
        if isinstance(value, Network) and getattr(part, "graph", False):
            inputs += list(value.parameters())
            names += [
                f"parameter {i} of argument {place + 1}" for i, _ in enumerate(value.parameters())
            ]
        elif isinstance(part, Tensor) and part.graph:
            leaf = value.requires_grad_()
            inputs.append(leaf)
            names.append(f"argument {place + 1}")
            # Whoever reads one triangle of a symmetric matrix is as right as who reads both.
            value = (leaf + leaf.mT) / 2 if part.kind == "covariances" else leaf
        made.append(value)
    return made, inputs, names


def _weighted(parts: Sequence[Any], weights: Sequence[torch.Tensor], subject: str) -> torch.Tensor:
    for part, weight in zip(parts, weights, strict=True):
        expect.tensor(part, shape=weight.shape, dtype=None, subject=subject)
    return sum((part * weight.to(part.dtype)).sum() for part, weight in zip(parts, weights))


def _shown(sizes: Sizes) -> str:
    return ", ".join(f"{axis} = {size}" for axis, size in sizes.items() if size != ())
