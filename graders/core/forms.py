"""The form of an answer: what may be written, not what is right, and how two are compared."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from graders.core.language import say


class WrongForm(Exception):
    """An answer that cannot be right or wrong because it is not of the form that was asked for."""


def fold(text: str) -> str:
    """A string without case, spaces and brackets, the way answers are compared."""
    return "".join(text.lower().split()).translate(str.maketrans("", "", "()[]{}"))


def plain(value: Any) -> Any:
    """A tensor or an array as numbers, a single one without its brackets; any other value as it
    is.
    """
    if not isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
        return value
    numbers = value.tolist()
    while isinstance(numbers, list) and len(numbers) == 1:
        numbers = numbers[0]
    return numbers


@dataclass(frozen=True)
class Form:
    """Base of the forms. `read` returns the canonical value or raises WrongForm; `same` compares
    canonical values.
    """

    def read(self, value: Any) -> Any:
        raise WrongForm(say("has no form"))

    def same(self, got: Any, wanted: Any) -> bool:
        return bool(got == wanted)


@dataclass(frozen=True)
class Bool(Form):
    """True or False, also as 1 or 0."""

    def read(self, value: Any) -> bool:
        found = plain(value)
        if not isinstance(found, numbers.Real) or found not in (0, 1):
            raise WrongForm(say("wants True or False, got {got}", got=in_words(value)))
        return bool(found)


@dataclass(frozen=True)
class Number(Form):
    """A number, compared absolutely. Infinities are numbers; NaN is not."""

    within: float = 1e-3

    def read(self, value: Any) -> float:
        found = plain(value)
        if isinstance(found, bool) or not isinstance(found, numbers.Real):
            raise WrongForm(say("wants a number, got {got}", got=in_words(value)))
        if math.isnan(found):
            raise WrongForm(say("wants a number, got NaN"))
        return float(found)

    def same(self, got: float, wanted: float) -> bool:
        return got == wanted or abs(got - wanted) <= self.within


@dataclass(frozen=True)
class Interval(Form):
    """A tuple (low, high) of numbers."""

    each: Number = Number()

    def read(self, value: Any) -> tuple[float, float]:
        found = plain(value)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise WrongForm(say("wants a tuple (low, high), got {got}", got=in_words(value)))
        return self.each.read(found[0]), self.each.read(found[1])

    def same(self, got: Any, wanted: Any) -> bool:
        return all(self.each.same(g, w) for g, w in zip(got, wanted))


@dataclass(frozen=True)
class Choice(Form):
    """One of the strings that the prompt offers; 3 is "3"."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> str:
        found = plain(value)
        if isinstance(found, numbers.Real) and not isinstance(found, bool):
            found = f"{found:.17g}"
        if not isinstance(found, str) or fold(found) not in map(fold, self.choices):
            raise WrongForm(
                say(
                    "wants one of {choices}, got {got}",
                    choices=", ".join(map(repr, self.choices)),
                    got=describe(value),
                )
            )
        return fold(found)


@dataclass(frozen=True)
class Letters(Form):
    """A set of some of the choices that the prompt offers; possibly the empty set."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> frozenset[str]:
        if isinstance(value, str) or not isinstance(value, (set, frozenset, list, tuple)):
            raise WrongForm(
                say(
                    "wants a set such as {{{choice!r}}}, got {got}",
                    choice=self.choices[0],
                    got=in_words(value),
                )
            )
        return frozenset(Choice(self.choices).read(item) for item in value)


@dataclass(frozen=True)
class Table(Form):
    """A dict with exactly these keys, every value of one form."""

    keys: tuple[str, ...]
    values: Form

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongForm(
                say(
                    "wants a dict with the keys {keys}, got {got}",
                    keys=", ".join(map(repr, self.keys)),
                    got=describe(value),
                )
            )
        if set(value) != set(self.keys):
            raise WrongForm(
                say(
                    "wants the keys {keys}, got {got}",
                    keys=", ".join(map(repr, self.keys)),
                    got=", ".join(map(repr, value)) or say("none"),
                )
            )
        return {key: self._read_item(key, value[key]) for key in self.keys}

    def same(self, got: Any, wanted: Any) -> bool:
        return all(self.values.same(got[key], wanted[key]) for key in self.keys)

    def _read_item(self, key: str, value: Any) -> Any:
        try:
            return self.values.read(value)
        except WrongForm as wrong:
            raise WrongForm(say("{wrong} under {key!r}", wrong=wrong, key=key)) from None


def describe(value: Any) -> str:
    """A short name for a value: its text when short, else its type."""
    if value is None:
        return "nothing (None)"
    text = (
        repr(value)
        if isinstance(value, (bool, int, float, str, list, tuple, dict, set, frozenset))
        else ""
    )
    return text if text and len(text) <= 60 else f"a {type(value).__name__}"


def in_words(value: Any) -> str:
    """The same as students read it."""
    if value is None:
        return say("nothing (None)")
    text = describe(value)
    return a(type(value)) if text == f"a {type(value).__name__}" else text


def a(kind: type) -> str:
    """Something of this class as students read it."""
    return say("a {name}", name=kind.__name__)
