"""Which files of a folder are submissions, whose they are, and what was left out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from graders.core.arrays import FILE
from graders.core.files import is_file
from graders.core.language import say, to_say
from graders.core.submission import MAX_BYTES
from graders.core.text import name
from graders.course.people import Person, fold, match
from graders.intake.choose import choose
from graders.intake.files import CLUTTER, STRANGE, plain_files, strange
from graders.intake.kinds import (
    NOTEBOOKS,
    SCRIPTS,
    is_candidate,
    is_code,
    is_document,
    is_notebook,
    is_placeholder,
    is_renamed,
    what_to_do,
)

METADATA = "submission_metadata.yml"
NO_CODE = to_say("{name} is not graded: it is no notebook, script, zip or folder")


class NoSubmissions(Exception):
    """A folder in which nothing can be graded; the text says what was looked for."""


@dataclass(frozen=True)
class Found:
    """A submission as found: its name (that of the file or folder) and the file that holds the
    code, if there is one; else `problem` says why there is none.

    people: who handed it in. attempt: orders several of the same people. marked_late: a platform
    says so without a time. handle: what the platform calls this row when grades are imported.
    files: everything that was handed in, by the name that it had; `main` is the file among them.
    joined: other scripts with exercises that are taken from there. notes: for the student.
    """

    name: str
    file: Path | None
    people: tuple[Person, ...] = ()
    submitted: datetime | None = None
    attempt: tuple[Any, ...] = ()
    marked_late: bool = False
    handle: str = ""
    files: tuple[tuple[str, Path], ...] = ()
    main: str = ""
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def artefacts(self) -> Path | None:
        """What an experiment left beside the code. Where submissions lie side by side, that of
        ada.py is called ada.npz: an experiment.npz there is nobody's.
        """
        if self.file is None:
            return None
        if self.files:
            named, beside = dict(self.files), PurePosixPath(self.main)
            names = (beside.with_suffix(".npz"), beside.with_name(FILE), FILE)
            return next((named[str(name)] for name in names if str(name) in named), None)
        own, common = self.file.with_suffix(".npz"), self.file.with_name(FILE)
        path = own if os.path.exists(own) or _side_by_side(self.file) else common
        return path if is_file(path) else None

    @property
    def owner(self) -> str:
        """Who handed it in, as one text: equal for several attempts of the same people."""
        return " + ".join(sorted(person.key for person in self.people)) or self.name


def _side_by_side(file: Path) -> bool:
    """Whether the folder of a submission holds code of others."""
    return any(is_code(path.name) and path != file for path in file.parent.iterdir())


@dataclass(frozen=True)
class Inbox:
    """Everything that a folder holds: the submissions to grade, and sentences about what is not
    graded and why.
    """

    layout: str
    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()


def find(folder: Path, exercises: Iterable[str] = ()) -> list[Found]:
    """Notebooks and scripts in a folder, and folders (one per student) that hold one, sorted by
    name. Raises NoSubmissions.
    """
    return list(plain(checked(folder), exercises).found)


def is_hidden(name: str) -> bool:
    """Whether a name in a class's folder is one that systems and editors give."""
    return name.startswith((".", "__"))


def of_hidden(path: Path) -> list[str]:
    """A sentence about a hidden file or folder that may be somebody's work."""
    if is_placeholder(path.name):
        why = what_to_do("", [path.name])
        return [say("{name} is not graded: {why}", name=name_of(path), why=why)]
    clutter = path.name.startswith("._") or path.name in (*CLUTTER, "__init__.py")
    if clutter or not (path.name.startswith("__") or is_notebook(path.name)):
        return []
    return [say("{name} is not graded: by its name it is a hidden file", name=name_of(path))]


def plain(folder: Path, exercises: Iterable[str] = ()) -> Inbox:
    """A folder of files, of archives that were unpacked in their place, and of folders."""
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        if is_hidden(path.name):
            notes += of_hidden(path)
            continue
        if strange(path):
            notes.append(say(STRANGE, name=name_of(path)))
        elif path.is_dir():
            item = of_files(name_of(path), files_below(path), exercises)
            found.append(replace(item, attempt=_date(item.file)))
        elif is_candidate(path.name, path) or is_code(path.name) or _is_renamed(path):
            found.append(Found(name_of(path), path, attempt=_date(path)))
        elif is_document(path.name) and not _goes_with_another(path):
            problem = what_to_do(path.name, [path.name])
            found.append(Found(name_of(path), None, problem=problem))
        elif not _goes_with_another(path):
            notes.append(say(NO_CODE, name=name_of(path)))
    if (folder / FILE).is_file() and len(found) > 1:
        notes.append(
            say(
                "{file} is nobody's: beside several submissions, that of ada.ipynb is called"
                " ada.npz",
                file=FILE,
            )
        )
    if not any(f.file for f in found):
        raise NoSubmissions(
            f"{folder} holds no submission: looked for"
            f" {' and '.join('*' + s for s in (NOTEBOOKS[0], SCRIPTS[0]))} files, and for folders"
            " that hold one"
        )
    return Inbox("files", tuple(found), tuple(notes))


def of_files(name: str, files: Mapping[str, Path], exercises: Iterable[str], **about: Any) -> Found:
    """A submission of several files, and the one of them that is graded."""
    choice = choose(files, exercises, name)
    return Found(
        name,
        files.get(choice.file),
        files=tuple(files.items()),
        main=choice.file,
        joined=choice.joined,
        notes=choice.notes,
        problem=choice.problem,
        **about,
    )


def files_below(folder: Path) -> dict[str, Path]:
    """The plain files of a student's folder by their path in it, without what tools leave there."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in plain_files(folder)
        if is_placeholder(path.name)
        or not any(
            part.startswith(".") or part in CLUTTER for part in path.relative_to(folder).parts
        )
    }


def _is_renamed(path: Path) -> bool:
    """Whether it holds code, and is no backup of a file that lies beside it."""
    origin = path.name.rstrip("~"), path.stem
    beside = any(os.path.exists(path.with_name(n)) for n in origin if n != path.name)
    return not beside and not _goes_with_another(path) and is_renamed(path.name, path)


def _goes_with_another(path: Path) -> bool:
    """Whether a file was handed in beside a notebook or script: what an experiment left, a PDF."""
    beside = any(os.path.exists(path.with_suffix(suffix)) for suffix in (NOTEBOOKS[0], SCRIPTS[0]))
    return path.name == FILE or (beside and (path.suffix == ".npz" or is_document(path.name)))


def _date(file: Path | None) -> tuple[float, ...]:
    """When a submission was made, where nothing but the date of its file tells."""
    return (file.stat().st_mtime,) if file else ()


def name_of(path: Path) -> str:
    """The name of a file or folder as text that can be stored, whatever bytes it has."""
    return name(path.name)


def checked(folder: Path) -> Path:
    """The folder, if it is one. Raises NoSubmissions."""
    if not folder.is_dir():
        raise NoSubmissions(f"{folder} is not a folder: give the folder that holds the submissions")
    return folder


def with_people(inbox: Inbox, roster: Sequence[Person]) -> Inbox:
    """The persons of the roster put to their submissions; those who fit none, and submissions of
    nobody, become notes.
    """
    found = _without_look_alikes(inbox.found, [_known(item, roster) for item in inbox.found])
    if not roster:
        return replace(inbox, found=found)
    keys = {person.key for person in roster}
    strangers = [
        item.name for item in found if not any(person.key in keys for person in item.people)
    ]
    seen = {person.key for item in found for person in item.people}
    absent = [person.key for person in roster if person.key not in seen]
    notes = [
        say("{name} is of nobody in the roster; it is graded under its own name", name=name)
        for name in strangers
    ]
    notes += [say("nothing handed in by {names}", names=", ".join(absent))] if absent else []
    return replace(inbox, found=found, notes=(*inbox.notes, *notes))


def latest_attempts(inbox: Inbox) -> Inbox:
    """The last attempt of everybody; the others become notes."""
    last: dict[str, Found] = {}
    for item in inbox.found:
        before = last.get(item.owner)
        if before is None or _order(item) > _order(before):
            last[item.owner] = item
    left = [item for item in inbox.found if last[item.owner] is not item]
    notes = [
        say(
            "{name} is not graded: {later} is the later attempt of {who}",
            name=item.name,
            later=last[item.owner].name,
            who=item.owner,
        )
        for item in left
    ]
    return replace(
        inbox,
        found=tuple(item for item in inbox.found if item not in left),
        notes=(*inbox.notes, *notes),
    )


def same_files(inbox: Inbox) -> list[str]:
    """Sentences about submissions of different people that are equal byte for byte."""
    by_content: dict[str, list[Found]] = {}
    for item in inbox.found:
        if item.file and item.file.is_file() and item.file.stat().st_size:
            by_content.setdefault(digest(item.file), []).append(item)
    return [
        say("{names} are the same file", names=", ".join(item.name for item in group))
        for group in by_content.values()
        if len({item.owner for item in group}) > 1
    ]


def digest(file: Path, limit: int = MAX_BYTES) -> str:
    """The hash of a file by its size and its first bytes, `limit` of them: more is never read of it
    for anything. Read piece by piece. Raises OSError.
    """
    content, left = hashlib.sha256(), limit
    if (size := file.stat().st_size) > limit:
        content.update(f"{size} bytes, beginning with ".encode())
    with file.open("rb") as source:
        while left > 0 and (piece := source.read(min(2**20, left))):
            content.update(piece)
            left -= len(piece)
    return content.hexdigest()


def _without_look_alikes(before: Sequence[Found], after: Sequence[Found]) -> tuple[Found, ...]:
    """Of several files that hold somebody's id or login in their names, the one that is called so
    and nothing else: whoever is called eve.ada.py must not take ada.py's row.
    """
    exact = {
        person.key
        for item in after
        for person in item.people
        if fold(Path(item.name).stem) in _words(person)
    }
    return tuple(
        old
        if not old.people
        and any(
            person.key in exact and fold(Path(new.name).stem) not in _words(person)
            for person in new.people
        )
        else new
        for old, new in zip(before, after)
    )


def _words(person: Person) -> set[str]:
    return {fold(word) for word in (person.id, person.login, person.email) if word}


def _known(item: Found, roster: Sequence[Person]) -> Found:
    """A submission with its persons as the roster knows them."""
    if not item.people:
        person = match(roster, text=Path(item.name).stem)
        return replace(item, people=(person,)) if person else item
    return replace(
        item,
        people=tuple(_of_roster(person, roster) for person in item.people),
    )


def _of_roster(person: Person, roster: Sequence[Person]) -> Person:
    known = match(roster, id=person.id, email=person.email, name=person.name) or person
    return replace(known, canvas=known.canvas or person.canvas)


def _order(item: Found) -> tuple[Any, ...]:
    return (item.submitted.timestamp() if item.submitted else 0.0, item.attempt, item.name)
