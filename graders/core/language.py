"""The language that students read. Texts stand in the source in English; they are looked up in
catalogues (gettext) when they are said, so what compares texts compares English ones, or ids.

    say("got {got}, wanted {wanted}", got=got, wanted=wanted)
    counted(number, "{number} check passes", "{number} checks pass")
    HINT = to_say("Which axis is summed over?")  # said where it is shown

Catalogues lie as `locale/LANGUAGE.mo` or `locale/LANGUAGE/TOPIC.mo` in `graders/core` and
`graders/public`, and in the further folders of a tongue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

import graders.public
from graders.core.given import given

FOLDER = "locale"
ENGLISH = "en"


@dataclass(frozen=True)
class Tongue:
    """A language by its code ("de"); texts of ours that a course says otherwise, those that
    students have (`own`) and those that stay with the grader; folders with further catalogues.
    """

    code: str = ENGLISH
    own: tuple[tuple[str, str], ...] = ()
    private: tuple[tuple[str, str], ...] = ()
    folders: tuple[Path, ...] = ()

    @property
    def version(self) -> str:
        """What it says otherwise than English, as far as a course decides it."""
        return repr((self.code, self.own, self.private))

    @cached_property
    def catalogue(self) -> NullTranslations:
        """Everything that is known in it."""
        known = _known(self.code, (*_shipped(tuple(graders.public.__path__)), *self.folders))
        own = dict((*self.private, *self.own))
        return _Own(own, known) if own else known


OUR_TONGUE = Tongue()
_spoken: ContextVar[Tongue | None] = ContextVar("language that is spoken", default=None)


@contextmanager
def speaking(tongue: Tongue) -> Iterator[None]:
    """Within: texts are said in this language."""
    token = _spoken.set(tongue)
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(tongue: Tongue) -> None:
    """From now on, texts are said in this language."""
    _spoken.set(tongue)


def spoken() -> Tongue:
    """The language that is spoken: at home, that of the homework whose folder this is."""
    return _spoken.get() or _at_home(tuple(graders.public.__path__))


def say(text: str, /, **values: Any) -> str:
    """A text in the language that is spoken, its placeholders `{name}` filled in; what is filled in
    is said too where it is a text of several words.
    """
    known = spoken().catalogue
    found = known.gettext(text) if text else ""
    said = {
        n: known.gettext(v) if isinstance(v, str) and " " in v else v for n, v in values.items()
    }
    return found.format(**said) if values else found


def counted(number: int, one: str, many: str, /, **values: Any) -> str:
    """The text for one or for many of something; its `{number}` is filled in."""
    found = spoken().catalogue.ngettext(one, many, number)
    return found.format(number=number, **values)


def listed(names: Iterable[str]) -> str:
    """Names as they stand in a sentence: "a", "a and b", "a, b and c"."""
    *first, last = names
    return say("{first} and {last}", first=", ".join(first), last=last) if first else last


def to_say(text: str) -> str:
    """Marks a text that is said where it is shown."""
    return text


def say_again(text: str, kinds: Sequence[str]) -> str:
    """A text that was kept in English because it is compared, in the language that is spoken.
    kinds: the texts with placeholders that it may have been.
    """
    found = (re.fullmatch(pattern_of(kind), text) for kind in kinds)
    filled = (say(kind, **match.groupdict()) for kind, match in zip(kinds, found) if match)
    whole = say(text)
    return whole if whole != text else next(filled, text)


def pattern_of(text: str) -> str:
    """A regular expression that finds the values of a text with placeholders."""
    parts = re.split(r"{(\w+)}", text)
    return "".join(f"(?P<{p}>.+)" if i % 2 else re.escape(p) for i, p in enumerate(parts))


@cache
def _at_home(public: tuple[str, ...]) -> Tongue:
    asked = given()
    return Tongue(asked.get("language", ENGLISH), tuple(asked.get("texts", {}).items()))


@cache
def _shipped(public: tuple[str, ...]) -> tuple[Path, ...]:
    """The folders of catalogues that students have too."""
    return (Path(__file__).parent / FOLDER, *(Path(place, FOLDER) for place in public))


@cache
def _known(code: str, folders: tuple[Path, ...]) -> NullTranslations:
    known = NullTranslations()
    for folder in folders:
        for path in (folder / f"{code}.mo", *sorted((folder / code).glob("*.mo"))):
            if path.exists():
                with path.open("rb") as file:
                    known.add_fallback(GNUTranslations(file))
    return known


class _Own(NullTranslations):
    """Texts as a course says them; of all others, what is known."""

    def __init__(self, own: Mapping[str, str], known: NullTranslations):
        super().__init__()
        self._own = own
        self.add_fallback(known)

    def gettext(self, message: str) -> str:
        """What the course says, else what is known."""
        return self._own.get(message) or super().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The same for a number of something."""
        own = self._own.get(msgid1 if n == 1 else msgid2)
        return own or super().ngettext(msgid1, msgid2, n)
