"""What always holds, checked for every function exercise from what it declares to take and give.

`laws(exercise)` makes the checks that the catalogue adds behind those that are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch

from graders.core import expect
from graders.core.contract import LEADING, Contract, Sizes, Tensor
from graders.core.exercise import Check, Exercise
from graders.core.fixtures import Network, as_samples
from graders.core.language import say, to_say
from graders.core.verdict import Failure, StudentError, telling
from graders.hidden._modules import module_laws
from graders.hidden._state import law_state

# Right solutions may go through a linear program or an iteration, and have constants in float32.
ROOM = {"rtol": 1e-5, "atol": 1e-5}
# What textbook code loses in float32, in the units of the largest value.
FLOAT32 = 1e-3
# By how much arguments change where float64 is to show: more, where the value hardly follows.
STEPS = 1e-9, 1e-8, 1e-7, 1e-6, 1e-5
# What right code loses in float64.
ROUNDING = 1e-12
# A value beside the reference's.
Pair = tuple[torch.Tensor, torch.Tensor]

ONE = to_say("It is right for sizes that all differ, and not where {axis} = 1.")
LEADING_AXES = to_say(
    "It is right without axes in front of those that are named, and not with them."
)
COLUMN = to_say("It is right, and not where what a network gives has a last axis of size 1.")
ENDS = to_say("It is right inside the domain of the arguments, not at its ends.")


def laws(exercise: Exercise, after: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """The checks that follow from the declaration of a function; none without one.

    after: the checks without which these say nothing.
    """
    contract = exercise.contract
    if contract is None:
        return module_laws(exercise, after)
    gives = contract.gives[0] if contract.gives else None
    real = isinstance(gives, Tensor) and gives.kind != "permutation"
    # Of noise that shows nowhere there is no one right value.
    exact = (
        bool(contract.gives) and contract.exact and (bool(contract.codes) or not exercise.random)
    )
    graph = any(getattr(part, "graph", False) for part in contract.takes)
    found = [
        (law_shapes, "The result has the right shape for every size.", contract.gives),
        (law_values, "The value is right for arguments of every size and layout.", exact),
        (law_gradients, "Gradients are right in everything that needs one.", exact and graph),
        (law_dtype, "The result has the dtype of the arguments.",
         contract.gives and "float32" in contract.dtypes),
        (law_float64, "float64 is computed in float64.",
         exact and real and "float64" in contract.dtypes),
        (law_float32, "The value is right in float32, also at the ends of the domain.",
         exact and len(contract.dtypes) > 1),
        (law_finite, "The result is finite in float32, also at the ends of the domain.",
         contract.gives and exercise.random and not exact and "float32" in contract.dtypes),
        (law_state, "Arguments and networks are afterwards as they were.", True),
    ]  # fmt: skip
    return tuple(
        Check(
            exercise.name,
            sentence,
            partial(law, exercise.name, contract),
            # Of a value that is off nothing can be said but that.
            (*after, law_values.__name__) if law is law_float64 else after,
            name=law.__name__,
            general=True,
            claims_dtype=law is law_dtype,
        )
        for law, sentence, applies in found
        if applies
    )


def law_shapes(name: str, contract: Contract, student: Any, draw: Any) -> None:
    for sizes in contract.every_size():
        dtype = getattr(torch, contract.dtypes[0])
        got = getattr(student, name)(*contract.draw(draw, sizes, dtype))
        subject = f"{name} with {_shown(sizes)}"
        with telling(_of_sizes(contract, sizes)):
            for part, wanted in zip(_parts(got, contract, subject), contract.gives, strict=True):
                if isinstance(wanted, Tensor):
                    expect.tensor(part, shape=wanted.shape(sizes), dtype=None, subject=subject)


def law_values(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    usual, *others = contract.every_size()
    layouts = [(usual, True)] if any(getattr(p, "column", 0) for p in contract.takes) else []
    for sizes, column in [*((sizes, False) for sizes in (usual, *others)), *layouts]:
        given = contract.draw(draw, sizes, getattr(torch, contract.dtypes[0]), column=column)
        subject = f"{name} with {_shown(sizes)}"
        with telling(say(COLUMN) if column else _of_sizes(contract, sizes)):
            for part, wanted in zip(*_both(name, contract, given, student, right, subject)):
                _agree(part, wanted, subject)


def _both(
    name: str, contract: Contract, given: list[Any], student: Any, right: Any, subject: str,
    exact: list[Any] | None = None,
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:  # fmt: skip
    """The parts of the student's result, and of the reference's for the same arguments, or for
    `exact` ones: at the codes that the student drew, where codes are drawn; up to its value at
    zeros, where a constant is free.
    """
    exact = given if exact is None else exact
    recorded = [value for p, value in zip(contract.takes, given) if getattr(p, "codes", "")]
    for network in recorded:
        network.record, network.calls = True, []
    got = _parts(getattr(student, name)(*given), contract, subject)
    if recorded:
        got_codes = _codes(contract, given, recorded[0], subject)
        every = [_as_tuple(getattr(right.given(z), name)(*exact)) for z in got_codes]
        return got, min(every, key=lambda wanted: _distance(got[0], wanted[0]))
    wanted = _as_tuple(getattr(right, name)(*exact))
    if contract.constant:
        zeros = [_at_zero(part, value) for part, value in zip(contract.takes, given, strict=True)]
        base = _parts(getattr(student, name)(*zeros), contract, subject)
        got = tuple(map(_less, got, base))
    return got, wanted


def _codes(
    contract: Contract, given: list[Any], decoder: Network, subject: str
) -> list[torch.Tensor]:
    """The codes that a decoder recorded, in every layout that their number allows."""
    sizes = contract.sizes_of(given)
    *samples, examples, latents = (
        sizes[axis] for part in contract.networks if part.codes for axis in part.codes.split()
    )
    found = as_samples(decoder.calls, *(samples or [1]), examples, latents)
    count = sum(call.shape[:-1].numel() for call in decoder.calls)
    expect.true(
        bool(found), "the decoder is not called on the wanted number of codes", subject=subject,
        detail=f"the decoder was called on {count} codes", got=count,
    )  # fmt: skip
    return found


def _distance(got: Any, wanted: torch.Tensor) -> float:
    if not isinstance(got, torch.Tensor) or got.shape != wanted.shape or got.is_complex():
        return 0.0
    return float((got.detach().to(wanted.dtype) - wanted.detach()).abs().nan_to_num().sum())


def _at_zero(part: Any, value: Any) -> Any:
    free = isinstance(part, Tensor) and part.kind in ("reals", "unit")
    return torch.zeros_like(value) if free else value


def _less(value: Any, base: Any) -> Any:
    fits = isinstance(value, torch.Tensor) and isinstance(base, torch.Tensor)
    return value - base.detach() if fits and value.shape == base.shape else value


def law_gradients(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    given, inputs, names = _differentiable(
        contract, contract.draw(draw, contract.sizes((2,)), getattr(torch, contract.dtypes[0]))
    )
    subject = f"{name}({', '.join(names)})"
    got, wanted = _both(name, contract, given, student, right, subject)
    weights = [draw.uniform(0.5, 1.5, *part.shape) for part in wanted]
    slopes = expect.gradient_of(_weighted(wanted, weights, subject), inputs)
    # Where terms cancel, no gradient and a gradient of 0 are the same.
    due = [i for i, slope in enumerate(slopes) if slope is None or slope.abs().max() > 1e-9]
    expect.gradients(
        _weighted(got, weights, subject), [inputs[i] for i in due], [slopes[i] for i in due],
        names=[names[i] for i in due], subject=name, **ROOM,
    )  # fmt: skip


def law_dtype(name: str, contract: Contract, student: Any, draw: Any) -> None:
    raised = []
    for called in contract.dtypes:
        dtype, subject = getattr(torch, called), f"{name} in {called}"
        given = contract.draw(draw, contract.sizes((2,)), dtype)
        try:
            got = getattr(student, name)(*given)
        except StudentError as error:
            raised.append((subject, error))
            continue
        for part, wanted in zip(_parts(got, contract, subject), contract.gives, strict=True):
            if isinstance(wanted, Tensor):
                shape = part.shape if isinstance(part, torch.Tensor) else ()
                kept = torch.int64 if wanted.kind == "permutation" else dtype
                expect.tensor(part, shape=shape, dtype=kept, subject=subject)
    if len(raised) == len(contract.dtypes):
        raise raised[0][1]
    for subject, error in raised:
        detail = f"raised {error}, which it does not in the other dtype"
        raise Failure(
            "an error in one dtype", subject, detail, got=error.kinds[0], hint=expect.DTYPE
        )


def law_float64(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    """The value follows arguments that change a little as the reference's does: in float32 it would
    change in leaps, or not at all. A constant in float32 is no matter.
    """
    given = contract.draw(draw, contract.sizes((2,)), torch.float64)
    shares = [_share(part, value, draw) for part, value in zip(contract.takes, given, strict=True)]
    seeded, subject = _Seeded(student, draw.seed()), f"{name} of arguments that hardly differ"

    def at(step: float) -> list[Pair]:
        moved = [_moved(*each, step) for each in zip(contract.takes, given, shares)]
        both = list(zip(*_both(name, contract, moved, seeded, right, subject)))
        for got, due in both:
            _real(got, due.shape, subject)
        return [(got.detach().double(), due.detach().double()) for got, due in both]

    base = at(0)
    for step in STEPS:
        moved = list(zip(base, at(step), at(2 * step)))
        if student.narrow:  # which is for the law of dtypes to say
            return
        leap = next((leap for parts in moved for leap in _leaps(*parts)), None)
        # Unless a seed replays the noise, nothing is small.
        if leap and all(torch.equal(was, now) for (was, _), (now, _) in zip(base, at(0))):
            raise Failure(
                "computed with fewer digits than the arguments have", subject,
                "the value changes in leaps, or not at all: is it computed in float32?",
                got=leap[0], wanted=leap[1],
            )  # fmt: skip
        if leap or all(_visible(was[1], once[1]) for was, once, _ in moved):
            return


def _leaps(was: Pair, *moved: Pair) -> Iterator[Pair]:
    """The changes of a value that are not those of the reference's, each beside that."""
    finite = torch.stack(was).isfinite().all(0)
    for once in moved if finite.any() else ():
        got, wanted = ((now - before)[finite] for now, before in zip(once, was))
        if not bool((got - wanted).abs().max() <= wanted.abs().max() / 10 + _room(was[1])):
            yield got, wanted


def _visible(was: torch.Tensor, once: torch.Tensor) -> bool:
    """Whether a change is far more than rounding, where there is anything to change."""
    change = (once - was)[was.isfinite()].abs()
    return not change.numel() or bool(change.max() > 100 * _room(was))


def _room(value: torch.Tensor) -> float:
    return ROUNDING * (1 + float(value[value.isfinite()].abs().max()))


def _real(value: Any, shape: Sequence[int], subject: str) -> None:
    """Checks that a value is a tensor of real numbers of this shape."""
    expect.tensor(value, shape=shape, dtype=None, subject=subject)
    expect.true(
        not value.is_complex(), "not real numbers", subject=subject,
        detail=f"got dtype {value.dtype}, wanted real numbers", got=str(value.dtype),
    )  # fmt: skip


class _Seeded:
    """A student whose every call has one seed."""

    def __init__(self, student: Any, seed: int):
        self.student, self.seed = student, seed

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(self.student, name), seed=self.seed)


def _share(part: Any, value: Any, draw: Any) -> torch.Tensor | None:
    """By what share of a step an argument may shrink and stay what it is; nothing for what is not
    real.
    """
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        return None
    of_all = part.kind in ("covariances", "distances", "kept")
    return draw.uniform(0.2, 1.0, *(() if of_all else value.shape))


def _moved(part: Any, value: Any, share: torch.Tensor | None, step: float) -> Any:
    if share is None or not step:
        return value
    moved = value * (1 - step * share)
    return moved / moved.sum(-1, keepdim=True) if part.kind == "probabilities" else moved


def law_float32(name: str, contract: Contract, student: Any, draw: Any, right: Any) -> None:
    for ends in (False, True):
        given = contract.draw(draw, contract.wide, torch.float32, ends=ends)
        subject = f"{name} in float32" + (" at the ends of the domain" if ends else "")
        exact = list(map(_doubled, given))
        with telling(say(ENDS) if ends else ""):
            for part, wanted in zip(*_both(name, contract, given, student, right, subject, exact)):
                _agree_in_float32(part, wanted, subject)


def _agree_in_float32(part: Any, wanted: Any, subject: str) -> None:
    if not isinstance(part, torch.Tensor):
        _agree(part, wanted, subject, FLOAT32)
        return
    finite = wanted[wanted.isfinite()].abs()
    scale = max(1.0, finite.max().item() if finite.numel() else 1.0)
    _real(part, part.shape, subject)
    value = part.detach().to(wanted.dtype)
    expect.close(value, wanted, subject=subject, rtol=FLOAT32, atol=FLOAT32 * scale)


def law_finite(name: str, contract: Contract, student: Any, draw: Any) -> None:
    """Of noise that shows nowhere there is no one right value, but there is none that is NaN."""
    for ends in (False, True):
        given = contract.draw(draw, contract.wide, torch.float32, ends=ends)
        subject = f"{name} in float32" + (" at the ends of the domain" if ends else "")
        got = _parts(getattr(student, name)(*given), contract, subject)
        with telling(say(ENDS) if ends else ""):
            for part, wanted in zip(got, contract.gives, strict=True):
                if isinstance(wanted, Tensor):
                    _real(part, wanted.shape(contract.wide), subject)
                    expect.finite(part, subject=subject)


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
                f"the {contract.names[place]}'s parameter {i}"
                for i, _ in enumerate(value.parameters())
            ]
        elif isinstance(part, Tensor) and part.graph:
            leaf = value.requires_grad_()
            inputs.append(leaf)
            names.append(contract.names[place])
            # Whoever reads one triangle of a symmetric matrix is as right as who reads both.
            value = (leaf + leaf.mT) / 2 if part.kind == "covariances" else leaf
        made.append(value)
    return made, inputs, names


def _weighted(parts: Sequence[Any], weights: Sequence[torch.Tensor], subject: str) -> torch.Tensor:
    for part, weight in zip(parts, weights, strict=True):
        expect.tensor(part, shape=weight.shape, dtype=None, subject=subject)
    return sum((part * weight.to(part.dtype)).sum() for part, weight in zip(parts, weights))


def _of_sizes(contract: Contract, sizes: Sizes) -> str:
    """What is special about sizes for which a law fails that holds for the usual ones."""
    usual = contract.usual
    if sizes.get(LEADING) != usual.get(LEADING):
        return say(LEADING_AXES)
    one = next((axis for axis in sizes if sizes[axis] != usual[axis]), "")
    return say(ONE, axis=one) if one else ""


def _shown(sizes: Sizes) -> str:
    return ", ".join(f"{axis} = {size}" for axis, size in sizes.items() if size != ())
