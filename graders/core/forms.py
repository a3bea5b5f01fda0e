"""The form of an answer: what may be written, not what is right. Also how two answers are
compared.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any


class WrongForm(Exception):
    """An answer that cannot be right or wrong because it is not of the form that was asked for."""


def fold(text: str) -> str:
    """A string without case, spaces and brackets, the way answers are compared."""
    return "".join(text.lower().split()).translate(str.maketrans("", "", "()[]{}"))


@dataclass(frozen=True)
class Form:
    """Base of the forms. `read` returns the canonical value or raises WrongForm; `same` compares
    canonical values.
    """

    def read(self, value: Any) -> Any:
        raise WrongForm("has no form")

    def same(self, got: Any, wanted: Any) -> bool:
        return bool(got == wanted)


@dataclass(frozen=True)
class Bool(Form):
    """True or False."""

    def read(self, value: Any) -> bool:
        if type(value) is not bool:
            raise WrongForm(f"wants True or False, got {describe(value)}")
        return value


@dataclass(frozen=True)
class Number(Form):
    """A number, compared within 1e-3 absolutely. Infinities are numbers; NaN is not."""

    def read(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise WrongForm(f"wants a number, got {describe(value)}")
        if math.isnan(value):
            raise WrongForm("wants a number, got NaN")
        return float(value)

    def same(self, got: float, wanted: float) -> bool:
        return got == wanted or abs(got - wanted) <= 1e-3


@dataclass(frozen=True)
class Interval(Form):
    """A tuple (low, high) of numbers."""

    def read(self, value: Any) -> tuple[float, float]:
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise WrongForm(f"wants a tuple (low, high), got {describe(value)}")
        return Number().read(value[0]), Number().read(value[1])

    def same(self, got: Any, wanted: Any) -> bool:
        return all(Number().same(g, w) for g, w in zip(got, wanted))


@dataclass(frozen=True)
class Choice(Form):
    """One of the strings that the prompt offers."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or fold(value) not in map(fold, self.choices):
            raise WrongForm(
                f"wants one of {', '.join(map(repr, self.choices))}, got {describe(value)}"
            )
        return fold(value)


@dataclass(frozen=True)
class Letters(Form):
    """A set of some of the choices that the prompt offers; possibly the empty set."""

    choices: tuple[str, ...]

    def read(self, value: Any) -> frozenset[str]:
        if isinstance(value, str) or not isinstance(value, (set, frozenset, list, tuple)):
            raise WrongForm(f"wants a set such as {{{self.choices[0]!r}}}, got {describe(value)}")
        return frozenset(Choice(self.choices).read(item) for item in value)


@dataclass(frozen=True)
class Table(Form):
    """A dict with exactly these keys, every value of one form."""

    keys: tuple[str, ...]
    values: Form

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongForm(
                f"wants a dict with the keys {', '.join(map(repr, self.keys))}, got"
                f" {describe(value)}"
            )
        if set(value) != set(self.keys):
            raise WrongForm(
                f"wants the keys {', '.join(map(repr, self.keys))}, got"
                f" {', '.join(map(repr, value)) or 'none'}"
            )
        return {key: self._read_item(key, value[key]) for key in self.keys}

    def same(self, got: Any, wanted: Any) -> bool:
        return all(self.values.same(got[key], wanted[key]) for key in self.keys)

    def _read_item(self, key: str, value: Any) -> Any:
        try:
            return self.values.read(value)
        except WrongForm as wrong:
            raise WrongForm(f"{wrong} under {key!r}") from None


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
