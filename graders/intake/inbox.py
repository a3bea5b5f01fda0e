"""From a folder or zip to the submissions that are graded: unpacked, read by layout, put to
persons, attempts chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from graders.core.text import few, line
from graders.course.people import Person
from graders.intake.find import (
    Found,
    Inbox,
    latest_attempts,
    name_of,
    same_files,
    with_people,
)
from graders.intake.gather import Said, gather
from graders.intake.layouts import read

ATTEMPTS = ("latest", "best")


def open_inbox(
    source: Path,
    unpacked: Path,
    roster: Sequence[Person] = (),
    attempts: str = "latest",
    exercises: Iterable[str] = (),
) -> Inbox:
    """Everything handed in. `attempts`: "latest" leaves earlier ones out; "best" grades all. Of the
    files of a submission the one that answers the most of the `exercises` is graded. Raises
    NoSubmissions.

    Nothing is dropped in silence: what is not graded has a note. `unpacked` lies in the folder of
    our own results, which is no submission where it lies among them.
    """
    results = _among(source, unpacked.parent)
    folder, said = gather(source, unpacked, results)
    inbox = read(folder, exercises)
    if results:  # in the folder itself, where nothing had to be unpacked
        found = tuple(item for item in inbox.found if item.name != name_of(results))
        inbox = replace(inbox, found=found)
    inbox = with_people(_through_the_door(inbox), roster)
    if attempts == "latest":
        inbox = latest_attempts(inbox)
    inbox = replace(inbox, found=tuple(_told(item, folder, said) for item in inbox.found))
    notes = [*_by_entry(folder, said), *inbox.notes, *same_files(inbox)]
    return replace(inbox, notes=tuple(line(note) for note in notes))


def _among(source: Path, results: Path) -> Path | None:
    """The folder of the results, where it lies in that of the submissions."""
    top, inside = source.resolve(), results.resolve()
    return source / inside.name if inside.parent == top else None


def _told(item: Found, folder: Path, said: Said) -> Found:
    """A submission whose student reads too what of it could not be unpacked."""
    names = {item.name, *(_entry(folder, path) for _, path in item.files)}
    own = tuple(few([text for place, text in said if _entry(folder, place) in names]))
    if own and item.file is None:
        return replace(item, problem=" ".join(own))
    return replace(item, notes=tuple(line(note) for note in (*item.notes, *own)))


def _by_entry(folder: Path, said: Said) -> Iterator[str]:
    """What could not be unpacked, a few sentences about each submission."""
    found: dict[str, list[str]] = {}
    for place, text in said:
        found.setdefault(_entry(folder, place), []).append(text)
    for texts in found.values():
        yield from few(texts)


def _entry(folder: Path, path: Path) -> str:
    """The name of the entry of a folder that a path lies in."""
    inside = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    return name_of(folder / inside[0] if inside else path)


def _through_the_door(inbox: Inbox) -> Inbox:
    """The same submissions, with texts that do no harm wherever they are written: names of files,
    and of people as platforms give them.
    """
    return replace(inbox, found=tuple(map(_harmless, inbox.found)))


def _harmless(found: Found) -> Found:
    people = tuple(replace(person, **_lines(person)) for person in found.people)
    return replace(found, people=people, handle=line(found.handle, 200))


def _lines(person: Person) -> dict[str, Any]:
    values = {field.name: getattr(person, field.name) for field in fields(person)}
    return {name: line(value, 200) for name, value in values.items() if isinstance(value, str)}
