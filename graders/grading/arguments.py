"""The reference with something else done to its arguments or inside its logarithms: what many a
solution is that reads an argument for something that it is not, or means to make a value safe.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from graders.core.language import to_say
from graders.grading.calls import Calls, Results
from graders.grading.hints import Hint, hint

EXCHANGED = to_say("`{one}` and `{other}` are exchanged.")
UNUSED = to_say("`{name}` does not enter your values.")
READ = to_say(
    "Your values are right for {what} in place of `{name}`: what does `{name}` stand for?"
)
SIGMOID = to_say("`{name}` passes through a sigmoid that does not belong there.")
LIMITED = to_say("`{name}` is limited on the way: what becomes of values beyond the limit?")
ROUNDED = to_say("`{name}` is rounded on the way.")
TURNED = to_say("The axes of `{name}` are exchanged.")
SAFE = to_say(
    "Something small is added, or a limit set, inside a logarithm. What happens to values that are"
    " small themselves?"
)
READINGS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    to_say("its double"): lambda value: 2 * value,
    to_say("its half"): lambda value: value / 2,
    to_say("its negative"): lambda value: -value,
    to_say("its square"): torch.square,
    to_say("its root"): torch.sqrt,
    to_say("its exponential"): torch.exp,
    to_say("its logarithm"): torch.log,
    to_say("its inverse"): torch.reciprocal,
    to_say("its size"): torch.abs,
    to_say("its rest to 1"): lambda value: 1 - value,
}
# An epsilon, and a limit on the logits; that of a probability is one of both.
SMALL = tuple(factor * 10.0**-power for power in range(1, 17) for factor in (1.0, 5.0, 2.0))
LIMITS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 80.0, 100.0)


@dataclass(frozen=True)
class Reading:
    """What is done otherwise, the hint for it, and the values that come of it."""

    name: str
    hint: Hint
    values: Results


def readings(calls: Calls) -> Iterator[Reading]:
    """Everything that can be tried, the plainest first. Where the values have another shape than
    the right ones, only what can change a shape.
    """
    names = list(inspect.signature(calls.entry.solution).parameters)
    tensors = [i for i, name in enumerate(names) if _real(calls, i)]
    for i, j in itertools.combinations(tensors, 2):
        told = hint(EXCHANGED, one=names[i], other=names[j])
        yield Reading(f"{names[i]} and {names[j]} exchanged", told, _exchanged(calls, i, j))
    for i in tensors:
        yield from _of_one(calls, i, names[i]) if calls.alike else [_turned(calls, i, names[i])]
    if calls.alike and _takes_logarithms(calls):
        yield from _in_logarithms(calls)


def _of_one(calls: Calls, place: int, name: str) -> Iterator[Reading]:
    def reading(word: str, text: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Reading:
        what = {"what": word} if text == READ else {}
        told = hint(text, name=name, **what)
        return Reading(f"{name}: {word}", told, _changed(calls, place, change))

    yield reading("unused", UNUSED, torch.zeros_like)
    for word, change in READINGS.items():
        yield reading(word, READ, change)
    yield reading("sigmoid", SIGMOID, torch.sigmoid)
    yield reading("rounded", ROUNDED, torch.round)
    yield _turned(calls, place, name)
    logits = [float(torch.logit(torch.tensor(1 - small).double())) for small in SMALL[3:]]
    for limit in (*LIMITS, *logits):
        yield reading("limited", LIMITED, partial(torch.clamp, min=-limit, max=limit))
    for small in SMALL:
        yield reading("limited", LIMITED, partial(torch.clamp, min=small, max=1 - small))
        yield reading("limited", LIMITED, partial(torch.clamp, min=small))


def _turned(calls: Calls, place: int, name: str) -> Reading:
    values = _changed(calls, place, lambda value: value.mT if value.ndim > 1 else value)
    return Reading(f"{name}: turned", hint(TURNED, name=name), values)


def _takes_logarithms(calls: Calls) -> bool:
    """Whether the reference does, in the first call that is off."""
    seen: list[torch.Tensor] = []

    def look(value: torch.Tensor) -> torch.Tensor:
        seen.append(value)
        return value

    calls.of(_Logged(calls, look))[calls.off[0]]
    return bool(seen)


def _in_logarithms(calls: Calls) -> Iterator[Reading]:
    for small in SMALL:
        for change in (
            lambda value, s=small: value + s,
            lambda value, s=small: value.clamp(min=s),
            lambda value, s=small: value.clamp(s, 1 - s),
        ):
            yield Reading("epsilon in a logarithm", hint(SAFE), calls.of(_Logged(calls, change)))


def _real(calls: Calls, place: int) -> bool:
    values = [call.request.arguments[place : place + 1] for call in calls.heard]
    return bool(values) and all(
        value and isinstance(value[0], torch.Tensor) and value[0].is_floating_point()
        for value in values
    )


def _changed(calls: Calls, place: int, change: Callable[[torch.Tensor], torch.Tensor]) -> Results:
    def arguments(given: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*given[:place], change(given[place]), *given[place + 1 :])

    return calls.given(arguments)


def _exchanged(calls: Calls, first: int, second: int) -> Results:
    def arguments(given: tuple[Any, ...]) -> tuple[Any, ...]:
        order = list(given)
        order[first], order[second] = given[second], given[first]
        return tuple(order)

    return calls.given(arguments)


class _Logged:
    """The reference with something done to what its logarithms are taken of."""

    def __init__(self, calls: Calls, change: Callable[[torch.Tensor], torch.Tensor]):
        self._function = calls.right.composed(calls.entry.solution)
        self._change = change

    def __call__(self, *arguments: Any) -> Any:
        with _Logarithms(self._change):
            return self._function(*arguments)


class _Logarithms(TorchFunctionMode):
    def __init__(self, change: Callable[[torch.Tensor], torch.Tensor]):
        super().__init__()
        self._change = change

    def __torch_function__(
        self, function: Any, types: Any, arguments: Any = (), keywords: Any = None
    ) -> Any:
        inside = _inside(function, arguments)
        if inside is None:
            return function(*arguments, **(keywords or {}))
        factor, value = inside
        return factor * torch.log(self._change(value))


def _inside(function: Any, arguments: Any) -> tuple[Any, torch.Tensor] | None:
    """Factor and argument of a logarithm; None for every other function."""
    if function in (torch.log, torch.Tensor.log):
        return 1, arguments[0]
    if function in (torch.log1p, torch.Tensor.log1p):
        return 1, 1 + arguments[0]
    if function is F.logsigmoid:
        return 1, torch.sigmoid(arguments[0])
    if function in (torch.xlogy, torch.Tensor.xlogy, torch.special.xlogy):
        return arguments[0], arguments[1]
    return None
