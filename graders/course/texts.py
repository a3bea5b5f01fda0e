"""The language of a homework, and what its course says otherwise: `language` and `[HOMEWORK.texts]`
in `homeworks.toml`.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from graders.core.language import ENGLISH, FOLDER, Tongue
from graders.course.homeworks import UnknownName, homeworks
from graders.course.wrong import near

# Where catalogues lie: those that students have too, and those that stay with the grader.
SHIPPED, KEPT = ("graders.core", "graders.public"), ("graders.hidden", "graders.grading")
NOTHING: frozenset[str] = frozenset()


def tongue_here(homework: str) -> Tongue:
    """The language of a homework by name, without loading what it asks; English where there is no
    such homework.
    """
    return tongue_of(homework, homeworks().get(homework, {}))


def tongue_of(homework: str, table: Mapping[str, Any], public: Collection[str] = NOTHING) -> Tongue:
    """The language of a homework. public: texts of the course's own topics that students have.
    Raises UnknownName where there is no such language.
    """
    code, own = table.get("language", ENGLISH), table.get("texts", {})
    if code not in languages():
        raise UnknownName(
            f"homeworks.toml: `language` of {homework!r} is {code!r}; there are"
            f" {', '.join(languages())}"
        )
    shipped = {*public, *_known(folders(SHIPPED))} if own else set()
    return Tongue(
        code,
        tuple((ours, theirs) for ours, theirs in own.items() if ours in shipped),
        tuple((ours, theirs) for ours, theirs in own.items() if ours not in shipped),
        folders(KEPT),
    )


def refuse_unknown_texts(
    homework: str, table: Mapping[str, Any], more: Collection[str] = NOTHING
) -> None:
    """Raise UnknownName where the table of texts names none of ours, nor of `more`, or leaves out
    what is filled in.
    """
    where, own = f"homeworks.toml: [{homework}.texts]", table.get("texts", {})
    known = {*more, *_known(folders((*SHIPPED, *KEPT)))} if own else set()
    for ours, theirs in own.items():
        if ours not in known:
            said = near(ours, known)
            raise UnknownName(
                f"{where} names {ours!r}, which is no text of ours"
                + (said if "did you mean" in said else "; docs/messages.md lists them")
            )
        if "{" in ours and placeholders(ours) != placeholders(theirs):
            raise UnknownName(
                f"{where}: {theirs!r} does not have what is filled into {ours!r}: keep each"
                " placeholder as it is"
            )


def languages() -> list[str]:
    """The codes of the languages that there are."""
    found = {path.stem for folder in folders(SHIPPED) for path in folder.glob("*.mo")}
    return sorted({ENGLISH, *found})


def folders(packages: Iterable[str]) -> tuple[Path, ...]:
    """The folders of catalogues in these packages, ours and those of the course."""
    places = (place for name in packages for place in importlib.import_module(name).__path__)
    return tuple(Path(place, FOLDER) for place in places)


def placeholders(text: str) -> set[str]:
    """What is filled into a text, by name and form."""
    return {f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name is not None}


@cache
def _known(places: tuple[Path, ...]) -> frozenset[str]:
    """Every text that catalogues in these folders are for."""
    from babel.messages.pofile import read_po  # takes a moment, and few courses need it

    texts: set[str] = set()
    for path in (path for folder in places for path in sorted(folder.rglob("*.po"))):
        with path.open("rb") as file:
            for message in read_po(file):
                texts |= {message.id} if isinstance(message.id, str) else {*message.id}
    return frozenset(texts - {""})
