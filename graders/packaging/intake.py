"""What a student handed in, as plain files in a closed folder, and what of it is graded."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from graders.core.language import say
from graders.intake.archives import BYTES, Room, is_archive
from graders.intake.files import plain_files
from graders.intake.find import Found, files_below, of_files
from graders.intake.gather import open_below

FILES = 20_000


class Unusable(Exception):
    """A submission of which nothing can be graded; the text says why, to the student."""


def take_in(source: Path, closed: Path) -> tuple[str, ...]:
    """Copy a submission (a file or a folder) into a closed folder and unpack its archives; returns
    sentences about what could not be. Raises Unusable.

    Only plain files come along: no links, no devices, and no path that leads out of the folder.
    """
    total = 0
    for number, path in enumerate(plain_files(source)):
        total += path.stat().st_size
        if number >= FILES or total > BYTES:
            raise Unusable(
                say(
                    "there are more than {files:,} files or {megabytes} MB in it: hand in the"
                    " notebook alone, without outputs",
                    files=FILES,
                    megabytes=BYTES // 2**20,
                )
            )
        target = closed / (path.relative_to(source) if path != source else path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        # With its date: of several files the newest may be the one that is graded.
        shutil.copy2(path, target, follow_symlinks=False)
    return tuple(text for _, text in open_below(closed, Room()))


def to_check(file: Path, closed: Path, exercises: Iterable[str]) -> Found:
    """The file to check at home: this one, or that of a folder or an archive, as it would be
    graded. Raises Unusable.
    """
    if file.is_file() and not is_archive(file.name):
        return Found(file.name, file)
    found = choose(closed, file.name, exercises, take_in(file, closed))
    if found.file is None:
        raise Unusable(found.problem)
    return found


def choose(
    folder: Path, name: str, exercises: Iterable[str] = (), said: tuple[str, ...] = ()
) -> Found:
    """The submission in a folder, with the file to grade. Found.file is None when there is none;
    then `problem` says why. `said`: what taking it in had to say.
    """
    found = of_files(name, files_below(folder), exercises)
    if found.file is None and said:
        return Found(name, None, problem=" ".join(said))
    return Found(**{**vars(found), "notes": (*found.notes, *said)})
