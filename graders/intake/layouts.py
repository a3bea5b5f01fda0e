"""The downloads of learning platforms: Gradescope's export, and the file names of Canvas and
Moodle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from graders.core.language import say, to_say
from graders.course.people import Person
from graders.intake.files import entries
from graders.intake.find import (
    METADATA,
    NO_CODE,
    Found,
    Inbox,
    NoSubmissions,
    files_below,
    is_hidden,
    name_of,
    of_files,
    of_hidden,
    plain,
)
from graders.intake.kinds import is_code

# name_[LATE_]user_submission_file, with -1, -2 at the end of the file for later attempts
CANVAS = re.compile(
    r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+?)(?:-(?P<again>\d{1,3}))?(?P<suffix>\.\w+)?$"
)
# Full Name_participant_assignsubmission_file_, a folder; without folders the name of the file
# follows. The first place where this fits is Moodle's: what follows is the student's to choose.
MOODLE = re.compile(
    r"^(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<file>.*)$"
)
# What lies in a platform's folder without a name of its own.
OTHERWISE = to_say("is not named as {platform} names files")
UNLISTED = to_say("is not in submission_metadata.yml")
GRADED = to_say("{name} {why}; it is graded under its own name")
LEFT = to_say("{name} {why}; it is not graded")


def read(folder: Path, exercises: Iterable[str] = ()) -> Inbox:
    """The submissions of a folder in the layout that it has. Raises NoSubmissions."""
    if (folder / METADATA).is_file():
        return gradescope(folder, exercises)
    names = [path.name for path in folder.iterdir() if not is_hidden(path.name)]
    # A student chooses how the rest of a name goes on: the layout is the one that most names have.
    fitting, layout = max(
        (
            (sum(bool(pattern.match(name)) for name in names), layout)
            for layout, pattern in ((canvas, CANVAS), (moodle, MOODLE))
        ),
        key=lambda item: item[0],
    )
    return layout(folder, exercises) if fitting * 2 > len(names) else plain(folder, exercises)


def canvas(folder: Path, exercises: Iterable[str] = ()) -> Inbox:
    """What "Download Submissions" of a Canvas assignment unpacks to."""
    groups: dict[tuple[str, str], list[tuple[Path, re.Match[str]]]] = {}
    found: list[Found] = []
    notes: list[str] = []
    for path in entries(folder):
        fits = CANVAS.match(path.name)
        if not fits:
            found += _stranger(path, "Canvas", notes)
        else:
            groups.setdefault((fits["user"], fits["again"] or "0"), []).append((path, fits))
    for (user, again), files in groups.items():
        files.sort(key=lambda item: int(item[1]["submission"]))
        fits = files[-1][1]
        about = {
            "people": (Person(id=user, name=fits["name"], canvas=user),),
            "attempt": (int(again), int(fits["submission"])),
            "marked_late": any(f["late"] for _, f in files),
            "handle": user,
        }
        paths = {f["file"] + (f["suffix"] or ""): path for path, f in files}
        found.append(_of_one(paths, exercises, notes, **about))
    return _inbox("Canvas", folder, found, notes)


def moodle(folder: Path, exercises: Iterable[str] = ()) -> Inbox:
    """What "Download all submissions" of a Moodle assignment unpacks to, with or without
    folders.
    """
    groups: dict[str, list[tuple[Path, re.Match[str]]]] = {}
    found: list[Found] = []
    notes: list[str] = []
    for path in entries(folder):
        fits = MOODLE.match(path.name)
        if not fits:
            found += _stranger(path, "Moodle", notes)
        elif fits["kind"] == "onlinetext":
            notes.append(say(NO_CODE, name=name_of(path)))
        else:
            groups.setdefault(fits["participant"], []).append((path, fits))
    names = {participant: files[-1][1]["name"] for participant, files in groups.items()}
    for participant, files in groups.items():
        name = names[participant]
        # Two of one name are two, and which of them a roster means nobody can tell.
        twins = list(names.values()).count(name) > 1
        about = {
            "people": (Person(name=f"{name} (participant {participant})" if twins else name),),
            "handle": f"Participant {participant}",
        }
        paths = {f["file"] or path.name: path for path, f in files}
        found.append(_of_one(paths, exercises, notes, **about))
    return _inbox("Moodle", folder, found, notes)


def _of_one(
    paths: dict[str, Path], exercises: Iterable[str], notes: list[str], **about: Any
) -> Found:
    """What one student handed in, by the names that the files had before the platform renamed them.

    It has the name of the entry that is graded; the notes say where the others are.
    """
    files: dict[str, Path] = {}
    for name, path in paths.items():
        alone = len(paths) == 1
        inside = files_below(path) if path.is_dir() else {"": path}
        files |= {
            "/".join(filter(None, ["" if alone and below else name, below])): file
            for below, file in inside.items()
        }
    entries = sorted(paths.values())
    item = of_files(entries[0].name, files, exercises, **about)
    graded = next((p for p in entries if item.file and item.file.is_relative_to(p)), entries[0])
    notes += [
        say(
            "{name} goes with {graded} of the same student",
            name=name_of(path),
            graded=name_of(graded),
        )
        for path in entries
        if path != graded
    ]
    return replace(item, name=name_of(graded))


def gradescope(folder: Path, exercises: Iterable[str] = ()) -> Inbox:
    """What "Export Submissions" of a Gradescope programming assignment unpacks to."""
    listed = _metadata(folder / METADATA)
    found: list[Found] = []
    notes: list[str] = []
    for path in entries(folder):
        notes += of_hidden(path) if is_hidden(path.name) else []
        if is_hidden(path.name) or path.name == METADATA:
            continue
        if path.name not in listed:
            found += _stranger(path, "Gradescope", notes, listed=False)
            continue
        entry = listed.pop(path.name)
        people = tuple(_submitter(person) for person in _list(entry.get(":submitters")))
        found.append(
            of_files(
                name_of(path),
                files_below(path) if path.is_dir() else {path.name: path},
                exercises,
                people=people,
                submitted=_time(entry.get(":created_at")),
                handle=path.name.removeprefix("submission_"),
            )
        )
    notes += [
        say("{name} is in {file}, but not in the folder", name=name, file=METADATA)
        for name in listed
    ]
    return _inbox("Gradescope", folder, found, notes)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
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
    id, name, email = (str(fields.get(key) or "").strip() for key in (":sid", ":name", ":email"))
    return Person(id, name, email)


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


def _stranger(path: Path, platform: str, notes: list[str], listed: bool = True) -> list[Found]:
    """What lies in a platform's folder without a name of its own: graded when it is code, and
    listed in any case.
    """
    if is_hidden(path.name):
        notes += of_hidden(path)
        return []
    code = path.is_dir() or is_code(path.name)
    why = say(OTHERWISE, platform=platform) if listed else say(UNLISTED)
    notes.append(say(GRADED if code else LEFT, name=name_of(path), why=why))
    if not code:
        return []
    if path.is_dir():
        return [of_files(name_of(path), files_below(path), ())]
    return [Found(name_of(path), path)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _inbox(layout: str, folder: Path, found: list[Found], notes: list[str]) -> Inbox:
    if not any(item.file for item in found):
        raise NoSubmissions(
            f"{folder} looks like a download from {layout}, but holds no notebook and no script"
        )
    return Inbox(layout, tuple(sorted(found, key=lambda item: item.name)), tuple(notes))
