"""The downloads of learning platforms: Gradescope's export, and the file names of Canvas and
Moodle.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from graders.course.people import Person
from graders.intake.find import (
    METADATA,
    SUFFIXES,
    Found,
    Inbox,
    NoSubmissions,
    name_of,
    newest,
    plain,
)

# name_[LATE_]user_submission_file, with -1, -2 at the end of the file for later attempts
CANVAS = re.compile(
    r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+?)(?:-(?P<again>\d{1,3}))?(?P<suffix>\.\w+)?$"
)
# Full Name_participant_assignsubmission_file_, a folder; without folders the name of the file
# follows
MOODLE = re.compile(
    r"^(?P<name>.+)_(?P<participant>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<file>.*)$"
)


def read(folder: Path) -> Inbox:
    """The submissions of a folder in the layout that it has. Raises NoSubmissions."""
    if (folder / METADATA).is_file():
        return gradescope(folder)
    names = [path.name for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    for layout, pattern in ((moodle, MOODLE), (canvas, CANVAS)):
        if sum(bool(pattern.match(name)) for name in names) * 2 > len(names):
            return layout(folder)
    return plain(folder)


def canvas(folder: Path) -> Inbox:
    """What "Download Submissions" of a Canvas assignment unpacks to."""
    groups: dict[tuple[str, str], list[tuple[Path, re.Match]]] = {}
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        fits = CANVAS.match(path.name)
        if not fits:
            found += _stranger(path, "Canvas", notes)
        elif path.is_dir() or path.suffix in SUFFIXES:
            groups.setdefault((fits["user"], fits["again"] or "0"), []).append((path, fits))
        else:
            notes.append(f"{name_of(path)} is not graded: it is no notebook, script or zip")
    for (user, again), files in groups.items():
        # Of the files of one attempt a notebook wins, then the one that was uploaded last.
        path, fits = max(
            files, key=lambda item: (item[0].suffix == ".ipynb", int(item[1]["submission"]))
        )
        notes += [
            f"{name_of(other)} is not graded: {name_of(path)} of the same student is"
            for other, _ in files
            if other != path
        ]
        attempt = int(again), max(int(f["submission"]) for _, f in files)
        found.append(
            Found(
                name_of(path),
                _code(path),
                (Person(id=user, name=fits["name"]),),
                attempt=attempt,
                marked_late=bool(fits["late"]),
                handle=user,
            )
        )
    return _inbox("Canvas", folder, found, notes)


def moodle(folder: Path) -> Inbox:
    """What "Download all submissions" of a Moodle assignment unpacks to, with or without
    folders.
    """
    groups: dict[str, list[tuple[Path, re.Match]]] = {}
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        fits = MOODLE.match(path.name)
        if not fits:
            found += _stranger(path, "Moodle", notes)
        elif fits["kind"] == "onlinetext" or not (path.is_dir() or path.suffix in SUFFIXES):
            notes.append(f"{name_of(path)} is not graded: it is no notebook, script or zip")
        else:
            groups.setdefault(fits["participant"], []).append((path, fits))
    for participant, files in groups.items():
        path, fits = max(
            files,
            key=lambda item: (item[0].suffix == ".ipynb", item[0].stat().st_mtime, item[0].name),
        )
        notes += [
            f"{name_of(other)} is not graded: {name_of(path)} of the same student is"
            for other, _ in files
            if other != path
        ]
        found.append(
            Found(
                name_of(path),
                _code(path),
                (Person(name=fits["name"]),),
                handle=f"Participant {participant}",
            )
        )
    return _inbox("Moodle", folder, found, notes)


def gradescope(folder: Path) -> Inbox:
    """What "Export Submissions" of a Gradescope programming assignment unpacks to."""
    listed = _metadata(folder / METADATA)
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")) or path.name == METADATA:
            continue
        if path.name not in listed:
            found += _stranger(path, "Gradescope", notes, "is not in submission_metadata.yml")
            continue
        entry = listed.pop(path.name)
        people = tuple(_submitter(person) for person in _list(entry.get(":submitters")))
        found.append(
            Found(
                name_of(path),
                _code(path),
                people,
                _time(entry.get(":created_at")),
                handle=path.name.removeprefix("submission_"),
            )
        )
    notes += [f"{name} is in {METADATA}, but not in the folder" for name in listed]
    return _inbox("Gradescope", folder, found, notes)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads plain data whatever Ruby class it is marked as. No tag makes an object."""


def _untagged(loader: Any, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    return (
        loader.construct_sequence(node)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)
    )


_Loader.add_multi_constructor("!", _untagged)
# Times stay text: what YAML takes for one depends on its library.
_Loader.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node)
)


def _metadata(path: Path) -> dict[str, dict[str, Any]]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise NoSubmissions(
            f"{path} cannot be read ({str(error).splitlines()[0]}): export the submissions from"
            " Gradescope again"
        ) from None
    if not isinstance(data, dict):
        raise NoSubmissions(f"{path} lists no submissions: export them from Gradescope again")
    return {str(name): entry if isinstance(entry, dict) else {} for name, entry in data.items()}


def _submitter(person: Any) -> Person:
    fields = person if isinstance(person, dict) else {}
    return Person(*(str(fields.get(key) or "").strip() for key in (":sid", ":name", ":email")))


def _time(value: Any) -> datetime | None:
    """A time as Ruby writes it ("2026-10-01 12:00:00.123456789 Z") or by ISO 8601; without an
    offset it is UTC.
    """
    fits = re.match(
        r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$",
        str(value or "").strip(),
    )
    if not fits:
        return None
    offset = (fits[3] or "+00:00").replace("Z", "+00:00").replace("UTC", "+00:00")
    offset = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
    return datetime.fromisoformat(f"{fits[1]}T{fits[2]}{offset}").astimezone(timezone.utc)


def _stranger(path: Path, platform: str, notes: list[str], why: str = "") -> list[Found]:
    """What lies in a platform's folder without a name of its own: graded when it is code, and
    listed in any case.
    """
    if path.name.startswith((".", "__")):
        return []
    why = why or f"is not named as {platform} names files"
    code = path.is_dir() or path.suffix in SUFFIXES
    notes.append(
        f"{name_of(path)} {why}; it is {'graded under its own name' if code else 'not graded'}"
    )
    return [Found(name_of(path), _code(path))] if code else []


def _code(path: Path) -> Path | None:
    return newest(path) if path.is_dir() else path


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _inbox(layout: str, folder: Path, found: list[Found], notes: list[str]) -> Inbox:
    if not any(item.file for item in found):
        raise NoSubmissions(
            f"{folder} looks like a download from {layout}, but holds no notebook and no script"
        )
    return Inbox(layout, tuple(sorted(found, key=lambda item: item.name)), tuple(notes))
