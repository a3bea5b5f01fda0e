"""Hints that a diagnosis puts together: texts of ours with what is filled in, said when they are
told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graders.core.language import say


@dataclass(frozen=True)
class Part:
    """A text of ours, and what its placeholders `{name}` stand for."""

    text: str
    values: tuple[tuple[str, str], ...] = ()


# One part after the other.
Hint = tuple[Part, ...]


def hint(text: str, **values: str) -> Hint:
    """A hint of one part."""
    return (Part(text, tuple(values.items())),)


def told(parts: Hint, ours: Callable[[str], str] = str) -> str:
    """A hint in the language that is spoken; nothing where a part of it is not to be said.

    ours: a text of ours, or what is filled in, as the course has it; nothing where it would be
    wrong there.
    """
    known = [
        (ours(part.text), {name: ours(value) for name, value in part.values}) for part in parts
    ]
    if not all(text and all(values.values()) for text, values in known):
        return ""
    return " ".join(say(text, **values) for text, values in known)
