"""From a folder or zip to the submissions that are graded: unpacked, read by layout, put to
persons, attempts chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graders.course.people import Person
from graders.intake.find import Inbox, gather, latest_attempts, same_files, with_people
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
    inbox = with_people(read(folder), roster)
    if attempts == "latest":
        inbox = latest_attempts(inbox)
    return replace(inbox, notes=(*notes, *inbox.notes, *same_files(inbox)))
