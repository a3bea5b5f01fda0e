"""What a submission returned, call by call, beside what the reference or a mistake returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from graders.core.contract import Net, Number, Tensor
from graders.core.fixtures import NetworkState, as_samples
from graders.core.host import Host
from graders.core.verdict import Heard, StudentError, Unacceptable, Verdict
from graders.grading.catalogue import Entry
from graders.grading.right import Right, compose, replay

Values = tuple[torch.Tensor, ...]
# Relative rounding of what went through float32 anywhere, and of what did not.
COARSE, FINE = 1e-3, 1e-6


class Results(Sequence["Values | None"]):
    """Results call by call, each found when it is asked for: most are not."""

    def __init__(self, find: Callable[[int], Values | None], count: int):
        self._find = find
        self._count = count
        self._found: dict[int, Values | None] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < self._count:
            raise IndexError(index)
        if index not in self._found:
            self._found[index] = self._find(index)
        return self._found[index]


@dataclass(frozen=True)
class Calls:
    """The calls of an exercise in the checks that it failed, then in others, under one layout of
    its codes.
    """

    entry: Entry
    right: Right
    heard: tuple[Heard, ...]
    layout: int = 0
    failed: int = 0

    @cached_property
    def got(self) -> list[Values | None]:
        return [numbers(call.value) for call in self.heard]

    @cached_property
    def wanted(self) -> Results:
        """What the reference returns, with the codes that the submission drew."""
        return self.of(self.entry.solution)

    def of(self, function: Callable[..., Any]) -> Results:
        """What a function of ours returns in the same calls; None where it raises."""
        return Results(lambda index: self._one(function, self.heard[index]), len(self.heard))

    def given(self, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Results:
        """What the reference returns for other arguments, made of those of each call."""

        def one(index: int) -> Values | None:
            call = self.heard[index]
            arguments = change(call.request.arguments)
            if all(map(_unchanged, arguments, call.request.arguments)):
                right: Values | None = self.wanted[index]
                return right
            request = replace(call.request, arguments=arguments)
            return self._one(self.entry.solution, replace(call, request=request))

        return Results(one, len(self.heard))

    @cached_property
    def sizes(self) -> list[dict[str, int]]:
        """The size of each axis of the declaration, in each call."""
        return [_sizes(self.entry, call.request.arguments) for call in self.heard]

    @cached_property
    def off(self) -> list[int]:
        """The calls in which the values are not those of the reference."""
        return [i for i in self._compared if not same(self.got[i] or (), self.wanted[i])]

    @cached_property
    def _compared(self) -> list[int]:
        """The calls in which both have a value."""
        return [i for i, got in enumerate(self.got) if got and self.wanted[i] is not None]

    @property
    def alike(self) -> bool:
        """Whether the values have the shapes of the right ones, in the first call that is off."""
        got, wanted = (values[self.off[0]] or () for values in (self.got, self.wanted))
        return [part.shape for part in got] == [part.shape for part in wanted]

    @cached_property
    def constant(self) -> bool:
        """Whether all values of all calls are one number: where nothing is computed, nothing but a
        known mistake explains it.
        """
        parts = [part.flatten().double() for got in self.got for part in got or ()]
        numbers = torch.cat(parts) if parts else torch.empty(0)
        return len(numbers) > 2 and bool((numbers == numbers[0]).all() or numbers.isnan().all())

    def agree(self, values: Results, *, everywhere: bool = True) -> bool:
        """Whether these are the submission's values in every call that can be compared, and in one
        at least that is off. everywhere: also in the checks that passed.
        """
        order = sorted(self._compared, key=lambda i: i not in self.off)
        order = [i for i in order if everywhere or i < self.failed]
        return bool(self.off) and all(same(self.got[i] or (), values[i]) for i in order)

    def _one(self, function: Callable[..., Any], call: Heard) -> Values | None:
        composed = drawing(self.right.composed(function), call.recorded, self.layout)
        try:
            reply = Host({self.entry.name: composed}).call(call.request)
        except (StudentError, Unacceptable):
            return None  # also where a changed argument does not fit
        return numbers(reply.value)


def calls(
    entry: Entry,
    right: Right,
    failed: Sequence[Verdict],
    layout: int = 0,
    passed: Sequence[Verdict] = (),
) -> Calls:
    """The calls of these verdicts that ask for the exercise itself."""
    parts = [
        [call for v in verdicts for call in v.heard if call.request.name == entry.name]
        for verdicts in (failed, passed)
    ]
    # What a random function drew where nothing recorded it cannot be drawn again.
    known = [c for c in parts[1] if not entry.exercise.random or any(map(len, c.recorded))]
    return Calls(entry, right, (*parts[0], *known), layout, len(parts[0]))


def numbers(value: Any) -> Values | None:
    """The real tensors and numbers of a result, in float64; None where it has anything else."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    if isinstance(value, Mapping):
        parts = tuple(value[key] for key in sorted(value, key=str))
    found = [_number(part) for part in parts]
    whole = [part for part in found if part is not None]
    return tuple(whole) if whole and len(whole) == len(found) else None


def _unchanged(after: Any, before: Any) -> bool:
    tensors = isinstance(after, torch.Tensor) and isinstance(before, torch.Tensor)
    return after is before or (tensors and torch.equal(after, before))


def _number(part: Any) -> torch.Tensor | None:
    if isinstance(part, torch.Tensor) and not part.is_complex():
        return part.detach()
    plain = isinstance(part, (int, float)) and not isinstance(part, bool)
    return torch.tensor(float(part), dtype=torch.float64) if plain else None


def same(first: Values, second: Values | None) -> bool:
    """Whether two results have the same values, whatever their dtypes."""
    if second is None or len(first) != len(second):
        return False
    return all(map(_close, first, second))


def _close(first: torch.Tensor, second: torch.Tensor) -> bool:
    if first.shape != second.shape:
        return False
    coarse = torch.float32 in (first.dtype, second.dtype)
    room = COARSE if coarse else FINE
    one, other = first.to(torch.float64), second.to(torch.float64)
    finite = other[other.isfinite()].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(one, other, rtol=room, atol=1e-9 + 0.01 * room * scale, equal_nan=True)


def drawing(function: Any, recorded: Sequence[Any], layout: int) -> Any:
    """The function, drawing the codes that the networks of a call recorded, where they fit."""
    codes = [code for network in recorded for code in network if isinstance(code, torch.Tensor)]
    if not codes:
        return function

    def reparameterize(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
        samples = mu.shape[:-2].numel() if mu.ndim > 2 else 1
        fitting = [code for code in codes if code.shape[-1:] == mu.shape[-1:]]
        found = as_samples(fitting, samples, *mu.shape[-2:]) if mu.ndim > 1 else []
        if not found:
            return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        drawn: torch.Tensor = replay(found[min(layout, len(found) - 1)])(mu, logvar)
        return drawn

    return compose(function, {"reparameterize": reparameterize})


def _sizes(entry: Entry, arguments: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    contract = entry.exercise.contract
    for part, value in zip(contract.takes if contract else (), arguments, strict=False):
        if isinstance(part, Tensor) and isinstance(value, torch.Tensor):
            axes = [axis for axis in part.axes.split() if axis != "..."]
            found |= dict(zip(reversed(axes), reversed(value.shape), strict=False))
        elif isinstance(part, Number) and part.axis and isinstance(value, int):
            found[part.axis] = value
        elif isinstance(part, Net) and isinstance(value, NetworkState):
            outputs = part.axes.split("->")[1].split(",")
            heads = value.structure.heads
            found |= {axis.strip(): int(head[-1]) for axis, head in zip(outputs, heads)}
    return {axis: size for axis, size in found.items() if not axis.isdigit()}
