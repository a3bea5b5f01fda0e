"""What is out of a submission's sight: whole folders, but for what the interpreter needs of them.

Of nested folders the innermost decides: a clone is hidden, the environment in it is kept, the
grader that is installed there is hidden again.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from itertools import islice
from pathlib import Path

# A worker has its own copy of these.
SHIPPED = frozenset({"graders", "graders.core", "graders.public", "graders.isolation"})
MOST_TRIES = 3000


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def hidden(path: str, private: Sequence[str], kept: Sequence[str]) -> bool:
    """Whether a path is out of sight. All paths are real ones."""

    def depth(folders: Sequence[str]) -> int:
        return max((len(folder) for folder in folders if inside(path, folder)), default=0)

    return depth(private) > 0 and depth(private) >= depth(kept)


def carve(paths: list[str], private: list[str]) -> list[str]:
    """The same paths without the private ones: a path that contains one is replaced by its other
    children. What is listed itself stays, also within something private.
    """
    result = []
    for path in paths:
        real = os.path.realpath(path)
        if real in private:
            continue
        if any(inside(secret, real) for secret in private) and os.path.isdir(real):
            children = [os.path.join(real, name) for name in sorted(os.listdir(real))]
            result += carve(children, private)
        else:
            result.append(path)
    return result


def tries(private: Sequence[Path], kept: Sequence[str]) -> list[str]:
    """Paths to try to read: every folder that is private, the files of the topmost and one file of
    each other; from the top down, as many as are tried in a moment.
    """
    # A name of a submission need not be text, and what is no text cannot be sent.
    paths = filter(_is_text, _from_the_top(real(private), kept))
    return list(islice(paths, MOST_TRIES))


def tops(private: Sequence[Path], kept: Sequence[str]) -> list[str]:
    """Private paths, each folder followed by the folders in it: what `tries` begins with."""
    secrets = real(private)
    return [
        path
        for secret in secrets
        for path in [secret, *(_content(secret)[0] if os.path.isdir(secret) else ())]
        if hidden(path, secrets, kept)
    ]


def real(paths: Sequence[Path]) -> list[str]:
    """Those that exist, without links."""
    return list(dict.fromkeys(os.path.realpath(path) for path in paths if os.path.exists(path)))


def _is_text(path: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in path)


def _from_the_top(private: list[str], kept: Sequence[str]) -> Iterator[str]:
    waiting = deque((path, True) for path in private)
    while waiting:
        path, topmost = waiting.popleft()
        if not os.path.isdir(path):
            yield path
            continue
        folders, files = _content(path)
        # On the way to something kept a folder is there, and holds the rest of the way.
        if not any(inside(folder, path) for folder in kept):
            yield path
        yield from files if topmost else files[:1]
        waiting.extend((f, False) for f in folders if hidden(f, private, kept))


def _content(folder: str) -> tuple[list[str], list[str]]:
    """The folders and the files in a folder; links lead elsewhere."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return [], []
    return (
        [entry.path for entry in found if entry.is_dir(follow_symlinks=False)],
        [entry.path for entry in found if entry.is_file(follow_symlinks=False)],
    )


def topmost(could: Sequence[str]) -> list[str]:
    """What a probe could do, without what lies in a folder that it could read anyway."""
    read = [what.removeprefix("read ") for what in could if what.startswith("read /")]
    within = {f"read {path}" for path in read if any(path != o and inside(path, o) for o in read)}
    return [what for what in could if what not in within]


def module_names(private: Sequence[Path], kept: Sequence[str]) -> list[str]:
    """The names under which private folders are packages of this process.

    A package is private when all its places are: a course adds its own folder, which is private, to
    `graders.public`, which is not.
    """
    secrets = real(private)
    places = {
        name: [os.path.realpath(place) for place in spec.submodule_search_locations or ()]
        for name, module in list(sys.modules.items())
        if isinstance(spec := getattr(module, "__spec__", None), ModuleSpec)
    }
    return [
        name
        for name, found in places.items()
        if name not in SHIPPED and found and all(hidden(place, secrets, kept) for place in found)
    ]
