"""Who handed in what: persons, and the roster of a course."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.core.text import line
from graders.course.tables import BadTable, read_rows

# What learning platforms call these columns in their own exports.
ALIASES = {
    "id": (
        "id",
        "sid",
        "student id",
        "student_id",
        "sis user id",
        "id number",
        "matriculation number",
    ),
    "name": ("name", "full name", "student", "student name"),
    "first": ("first name", "firstname"),
    "last": ("last name", "surname", "lastname"),
    "email": ("email", "email address", "e-mail"),
    "login": ("login", "sis login id", "username", "login id"),
    "section": ("section", "sections", "group"),
    "extra_days": ("extra_days", "extra days", "extension"),
}

MOST_DAYS = 1_000


class BadRoster(Exception):
    """A roster that cannot be used; the text says what it lacks."""


@dataclass(frozen=True)
class Person:
    """A student, as far as known. `extra_days`: an extension of every deadline. `canvas`: Canvas's
    own number.
    """

    id: str = ""
    name: str = ""
    email: str = ""
    login: str = ""
    section: str = ""
    extra_days: float = 0.0
    canvas: str = ""

    @property
    def key(self) -> str:
        """What tells this person from others: the first of id, e-mail, login and name that is
        known.
        """
        return self.id or self.email or self.login or self.name


def read_roster(path: Path) -> list[Person]:
    """The persons of a CSV file with a header; the columns may be named as Canvas, Moodle and
    Gradescope name them. Raises BadRoster.
    """
    try:
        rows = read_rows(path)
    except BadTable as error:
        raise BadRoster(str(error)) from None
    if not rows:
        raise BadRoster(f"{path} is empty: the first line names the columns, such as id,name,email")
    columns = {field: _column(rows[0], names) for field, names in ALIASES.items()}
    # Canvas has two: its own number, and the id that everybody else knows.
    columns["canvas"] = (
        _column(rows[0], ["id"]) if _column(rows[0], ["sis user id"]) is not None else None
    )
    columns["id"] = (
        columns["id"] if columns["canvas"] is None else _column(rows[0], ["sis user id"])
    )
    if all(columns[field] is None for field in ("id", "email", "login", "name", "last")):
        raise BadRoster(
            f"{path} has no column that names a person: one of id, email, login, name is needed,"
            f" and its first line is {','.join(rows[0])[:80]!r}"
        )
    people = [
        # Students choose their names on a platform: such a cell does nothing to a terminal.
        _person(path, number, [line(cell, 500) for cell in row], columns)
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    people = [
        person for person in people if person.key and "points possible" not in person.name.lower()
    ]
    keys = Counter(person.key for person in people)
    if twice := sorted(key for key, count in keys.items() if count > 1):
        raise BadRoster(
            f"{path} lists {', '.join(twice[:5])} more than once: every student has one line"
        )
    return people


def match(
    people: Sequence[Person], *, id: str = "", email: str = "", name: str = "", text: str = ""
) -> Person | None:
    """The one person with this id, login, e-mail or name, or whose id or login stands in a file's
    name; None when none or several fit.
    """
    ways: tuple[Callable[[Person], bool], ...] = (
        lambda p: bool(id) and fold(id) in (fold(p.id), fold(p.login), fold(p.canvas)),
        lambda p: bool(email) and fold(email) == fold(p.email),
        lambda p: bool(name) and _letters(name) in _spellings(p),
        lambda p: (
            bool(text)
            and any(
                _stands_in(word, text) for word in (p.id, p.login, p.email, p.email.split("@")[0])
            )
        ),
    )
    for fits in ways:
        found = [person for person in people if fits(person)]
        if len(found) == 1:
            return found[0]
    return None


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _spellings(person: Person) -> set[str]:
    """A name as written, and turned round: platforms put the last name first, with or without a
    comma.
    """
    words = person.name.replace(",", " ").split()
    return {_letters(" ".join([*words[i:], *words[:i]])) for i in range(len(words))} - {""}


def _stands_in(word: str, text: str) -> bool:
    return (
        len(word) >= 3
        and re.search(rf"(?<![^\W_]){re.escape(fold(word))}(?![^\W_])", fold(text)) is not None
    )


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    folded = [fold(cell) for cell in header]
    return next((folded.index(name) for name in names if name in folded), None)


def _person(path: Path, number: int, row: Sequence[str], columns: dict[str, int | None]) -> Person:
    def cell(field: str) -> str:
        index = columns[field]
        return row[index].strip() if index is not None and index < len(row) else ""

    try:
        extra = float(cell("extra_days").replace(",", ".") or 0)
        if not 0 <= extra <= MOST_DAYS:
            raise ValueError
    except ValueError:
        raise BadRoster(
            f"{path}, line {number}: extra_days is {cell('extra_days')!r}, which is no number"
            f" of days from 0 to {MOST_DAYS}"
        ) from None
    name = cell("name") or f"{cell('first')} {cell('last')}".strip()
    return Person(
        cell("id"), name, cell("email"), cell("login"), cell("section"), extra, cell("canvas")
    )
