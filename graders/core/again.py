"""A second try of a statement that failed for want of something that can be given: a name that only
a later cell defines, a file under a path of another machine, a default device that is not there.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from graders.core.elsewhere import end_of, opened_here
from graders.core.state import has_its_device, use_the_cpu
from graders.core.statements import bound

# What does nothing before it fails.
SIMPLE = (ast.Assign, ast.AnnAssign, ast.Expr, ast.With)


@dataclass(frozen=True)
class Mended:
    """In which block a statement is tried again, and what to say about it (a Trouble)."""

    kind: str
    name: str = ""
    within: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True)
class Waiting:
    """A definition that failed for want of a name. `file`: what its cell is called."""

    node: ast.stmt
    file: str
    missing: str


def mended(node: ast.stmt, error: BaseException) -> Mended | None:
    """How a statement that raised this is tried again, if anything helps."""
    if not isinstance(node, SIMPLE):
        return None
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        return _here(error.filename)
    if isinstance(error, (AssertionError, RuntimeError)) and not has_its_device():
        use_the_cpu()
        return Mended("device")
    return None


class Later:
    """Definitions that wait for a name. namespace: where it would be."""

    def __init__(self, namespace: dict[str, Any]):
        self._namespace = namespace
        self._waiting: list[Waiting] = []

    def wait(self, node: ast.stmt, file: str, error: NameError) -> None:
        """A definition failed like this; it waits unless an older one stands there already."""
        missing = error.name or ""
        if missing not in self._namespace and not bound(node) & set(self._namespace):
            self._waiting.append(Waiting(node, file, missing))

    def ready(self) -> Iterator[Waiting]:
        """Those whose name is there now, each once."""
        for one in list(self._waiting):
            if one.missing in self._namespace:
                self._waiting.remove(one)
                if not bound(one.node) & set(self._namespace):
                    yield one


def _here(path: str) -> Mended | None:
    with suppress(OSError):
        place = end_of(path, os.getcwd())
        if place is not None and os.path.isfile(place):
            slashes = os.path.exists(path.replace("\\", "/"))
            return Mended("windows" if slashes else "elsewhere", path, opened_here)
    return None
