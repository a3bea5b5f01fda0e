"""Which files of a folder are submissions, whose they are, and what was left out."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from graders.core.artefacts import FILE
from graders.core.text import name
from graders.course.people import Person, match
from graders.intake.unpack import BadZip, unpack

SUFFIXES = (".ipynb", ".py")
METADATA = "submission_metadata.yml"
# What of a zip is needed: code, the results of experiments, and a platform's own list of
# submissions.
UNPACKED = (*SUFFIXES, ".npz", ".yml", ".zip")
NOT_SUBMISSIONS = ("__init__.py", "setup.py")


class NoSubmissions(Exception):
    """A folder in which nothing can be graded; the text says what was looked for."""


@dataclass(frozen=True)
class Found:
    """A submission as found: its name (that of the file or folder) and the file that holds the
    code, if there is one.

    people: who handed it in. attempt: orders several of the same people. marked_late: a platform
    says so without a time.
    handle: what the platform calls this row when grades are imported.
    """

    name: str
    file: Path | None
    people: tuple[Person, ...] = ()
    submitted: datetime | None = None
    attempt: tuple = ()
    marked_late: bool = False
    handle: str = ""

    @property
    def owner(self) -> str:
        """Who handed it in, as one text: equal for several attempts of the same people."""
        return " + ".join(sorted(person.key for person in self.people)) or self.name


@dataclass(frozen=True)
class Inbox:
    """Everything that a folder holds: the submissions to grade, and sentences about what is not
    graded and why.
    """

    layout: str
    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()


def find(folder: Path) -> list[Found]:
    """Notebooks and scripts in a folder, and folders (one per student) that hold one, sorted by
    name.

    Of several files in a student's folder a notebook wins, then the newest. Raises NoSubmissions.
    """
    return list(plain(_checked(folder)).found)


def plain(folder: Path) -> Inbox:
    """A folder of files, of zips that were unpacked beside them, and of folders."""
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if path.is_dir():
            found.append(_dated(path, newest(path)))
        elif path.suffix in SUFFIXES:
            found.append(_dated(path, path))
        elif not _goes_with_another(path):
            notes.append(f"{name_of(path)} is not graded: it is no notebook, script, zip or folder")
    if not any(f.file for f in found):
        raise NoSubmissions(
            f"{folder} holds no submission: looked for {' and '.join('*' + s for s in SUFFIXES)}"
            " files, and for folders that hold one"
        )
    return Inbox("files", tuple(found), tuple(notes))


def _goes_with_another(path: Path) -> bool:
    """Whether a file is what an experiment left, handed in beside a notebook or script."""
    return path.suffix == ".npz" and (
        path.name == FILE or any(path.with_suffix(suffix).exists() for suffix in SUFFIXES)
    )


def _dated(path: Path, file: Path | None) -> Found:
    """A submission of which nothing but the date of its file tells when it was made."""
    return Found(name_of(path), file, attempt=(file.stat().st_mtime,) if file else ())


def name_of(path: Path) -> str:
    """The name of a file or folder as text that can be stored, whatever bytes it has."""
    return name(path.name)


def newest(folder: Path) -> Path | None:
    """The file of a student's folder that is graded."""
    return max(
        candidates(folder),
        key=lambda p: (p.suffix == ".ipynb", p.stat().st_mtime, p.name),
        default=None,
    )


def candidates(folder: Path) -> list[Path]:
    """The files of a student's folder that could be graded."""
    return [
        p
        for p in folder.rglob("*")
        if p.suffix in SUFFIXES
        and p.is_file()
        and not p.is_symlink()
        and not _aside(p.relative_to(folder))
    ]


def gather(source: Path, unpacked: Path) -> tuple[Path, list[str]]:
    """A folder in which every zip below `source` (a folder, or one zip) is a folder, and notes on
    those that are none.

    Where there is no zip this is `source` itself; else a copy below `unpacked`. Raises
    NoSubmissions.
    """
    if source.suffix.lower() == ".zip" and source.is_file():
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        try:
            refused = unpack(source, unpacked, UNPACKED, limit=2**33)
        except BadZip as error:
            raise NoSubmissions(str(error)) from None
        notes = [
            f"{name!r} in {source.name} is not unpacked: it is a link, or leads out of the folder"
            for name in refused
        ]
        # A zip of one folder is that folder.
        inner = list(unpacked.iterdir())
        folder = inner[0] if len(inner) == 1 and inner[0].is_dir() else unpacked
        return folder, notes + _unpack_within(folder)
    _checked(source)
    if not any(path.is_file() for path in source.rglob("*.zip")):
        return _single(source), []
    shutil.rmtree(unpacked, ignore_errors=True)
    shutil.copytree(source, unpacked, symlinks=True)
    return _single(unpacked), _unpack_within(unpacked)


def with_people(inbox: Inbox, roster: Sequence[Person]) -> Inbox:
    """The persons of the roster put to their submissions; those who fit none, and submissions of
    nobody, become notes.
    """
    found = tuple(_known(item, roster) for item in inbox.found)
    if not roster:
        return replace(inbox, found=found)
    strangers = [item.name for item in found if not any(person in roster for person in item.people)]
    seen = {person.key for item in found for person in item.people}
    absent = [person.key for person in roster if person.key not in seen]
    notes = [
        f"{name} is of nobody in the roster; it is graded under its own name" for name in strangers
    ]
    notes += [f"nothing handed in by {', '.join(absent)}"] if absent else []
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
        f"{item.name} is not graded: {last[item.owner].name} is the later attempt of {item.owner}"
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
        f"{', '.join(item.name for item in group)} are the same file"
        for group in by_content.values()
        if len({item.owner for item in group}) > 1
    ]


def digest(file: Path, limit: int | None = None) -> str:
    """The hash of a file, or of its first `limit` bytes, read piece by piece. Raises OSError."""
    content, left = hashlib.sha256(), limit if limit is not None else 2**62
    with file.open("rb") as source:
        while left > 0 and (piece := source.read(min(2**20, left))):
            content.update(piece)
            left -= len(piece)
    return content.hexdigest()


def _known(item: Found, roster: Sequence[Person]) -> Found:
    """A submission with its persons as the roster knows them."""
    if not item.people:
        person = match(roster, text=Path(item.name).stem)
        return replace(item, people=(person,)) if person else item
    return replace(
        item,
        people=tuple(match(roster, id=p.id, email=p.email, name=p.name) or p for p in item.people),
    )


def _order(item: Found) -> tuple:
    return (item.submitted.timestamp() if item.submitted else 0.0, item.attempt, item.name)


def _checked(folder: Path) -> Path:
    if not folder.is_dir():
        raise NoSubmissions(f"{folder} is not a folder: give the folder that holds the submissions")
    return folder


def _single(folder: Path) -> Path:
    """The export itself, where a download wraps it in one folder of its own."""
    inner = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return inner[0] if len(inner) == 1 and (inner[0] / METADATA).exists() else folder


def _unpack_within(folder: Path) -> list[str]:
    """Put a folder of the same name in the place of every zip."""
    notes = []
    for archive in sorted(folder.rglob("*.zip")):
        if archive.is_symlink() or not archive.is_file():
            continue
        inside = archive.with_name(f".{archive.name}.unpacked")
        inside.mkdir()
        try:
            refused = unpack(archive, inside, (*SUFFIXES, ".npz"))
            notes += [
                f"{name!r} in {archive.name} is not unpacked: it is a link, or leads out of the"
                " folder"
                for name in refused
            ]
        except BadZip as error:
            notes.append(str(error))
        archive.unlink()
        inside.rename(archive)
    return notes


def _aside(path: Path) -> bool:
    """Files that lie beside a submission without being one."""
    return path.name in NOT_SUBMISSIONS or any(
        part.startswith(".") or part in ("__MACOSX", "__pycache__", "graders", "tests")
        for part in path.parts
    )
