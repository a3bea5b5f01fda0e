"""A second try of a statement that failed for want of something that can be given: a name that only
a later cell defines, a path as Windows writes it, a default device that is not there.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graders.core.state import has_its_device, use_the_cpu
from graders.core.statements import bound

# What does nothing before it fails.
SIMPLE = (ast.Assign, ast.AnnAssign, ast.Expr, ast.With)


@dataclass(frozen=True)
class Mended:
    """A statement to try in the place of one that failed, and what to say about it (a Trouble)."""

    node: ast.stmt
    kind: str
    name: str


@dataclass(frozen=True)
class Waiting:
    """A definition that failed for want of a name. `file`: what its cell is called."""

    node: ast.stmt
    file: str
    missing: str


def mended(node: ast.stmt, error: BaseException) -> Mended | None:
    """What to try in the place of a statement that raised this, if anything helps."""
    if not isinstance(node, SIMPLE):
        return None
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        return _with_slashes(node, error.filename)
    if isinstance(error, (AssertionError, RuntimeError)) and not has_its_device():
        use_the_cpu()
        return Mended(node, "device", "")
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


def _with_slashes(node: ast.stmt, path: str) -> Mended | None:
    if "\\" not in path or not os.path.exists(path.replace("\\", "/")):
        return None
    return Mended(_Slashes(path).visit(node), "windows", path)


class _Slashes(ast.NodeTransformer):
    """Parts of a path that stand in a statement, with slashes."""

    def __init__(self, path: str):
        self._path = path

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """A text that is a part of the path."""
        value = node.value
        if isinstance(value, str) and "\\" in value and value in self._path:
            return ast.copy_location(ast.Constant(value.replace("\\", "/")), node)
        return node
