"""The plain files of a folder: what a submission may consist of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# What editors and systems leave behind is nobody's work, and there may be much of it.
CLUTTER = ("__MACOSX", "__pycache__", "node_modules", "site-packages")


def plain_files(place: Path) -> Iterator[Path]:
    """The files at or below a place in order, without links and devices."""
    if place.is_file() and not place.is_symlink():
        yield place
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path
