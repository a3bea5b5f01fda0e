"""The plain files of a folder: what a submission may consist of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from graders.core.language import to_say

# What editors and systems leave behind is nobody's work, and there may be much of it.
CLUTTER = ("__MACOSX", "__pycache__", "node_modules", "site-packages")
# Folders within folders that are looked into; nobody's work lies deeper.
DEEPEST = 32
# Sentences on what is left out, of the file `name`.
STRANGE = to_say("{name} is not graded: it is a link or a device, no file")


def plain_files(place: Path, without: Path | None = None) -> Iterator[Path]:
    """The files at or below a place in order, without links and devices, and without those of one
    folder.
    """
    if place.is_file() and not place.is_symlink():
        yield place
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(f for f in folders if Path(folder, f) != without)
        if len(Path(folder).parts) - len(place.parts) >= DEEPEST:
            folders.clear()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name: files and folders, without links and devices."""
    return [path for path in sorted(folder.iterdir()) if not strange(path)]


def strange(path: Path) -> bool:
    """Whether this is a link, a pipe or a device: it may lead anywhere, or nowhere."""
    return path.is_symlink() or not (path.is_file() or path.is_dir())
