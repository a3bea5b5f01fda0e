"""From a folder or zip to the submissions that are graded: unpacked, read by layout, put to
persons, attempts chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from graders.core.text import line
from graders.course.people import Person
from graders.intake.find import Found, Inbox, gather, latest_attempts, same_files, with_people
from graders.intake.layouts import read

ATTEMPTS = ("latest", "best")


def open_inbox(
    source: Path, unpacked: Path, roster: Sequence[Person] = (), attempts: str = "latest"
) -> Inbox:
    """Everything handed in. `attempts`: "latest" leaves earlier ones out; "best" grades all. Raises
    NoSubmissions.

    Nothing is dropped in silence: what is not graded has a note.
    """
    folder, notes = gather(source, unpacked)
    inbox = with_people(_through_the_door(read(folder)), roster)
    if attempts == "latest":
        inbox = latest_attempts(inbox)
    notes = [*notes, *inbox.notes, *same_files(inbox)]
    return replace(inbox, notes=tuple(line(note) for note in notes))


def _through_the_door(inbox: Inbox) -> Inbox:
    """The same submissions, with texts that do no harm wherever they are written: names of files,
    and of people as platforms give them.
    """
    return replace(inbox, found=tuple(map(_harmless, inbox.found)))


def _harmless(found: Found) -> Found:
    people = tuple(
        replace(
            person,
            **{
                field.name: line(value, 200)
                for field in fields(person)
                if isinstance(value := getattr(person, field.name), str)
            },
        )
        for person in found.people
    )
    return replace(found, people=people, handle=line(found.handle, 200))
