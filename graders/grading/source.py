"""The source text of a function of ours together with everything of ours that it calls: code that stands alone."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from types import FunctionType, ModuleType
from typing import Any

from graders.core.exercise import Misconception
from graders.grading.right import OURS

IMPORTS = "import math\n\nimport numpy as np\nimport torch\nimport torch.nn.functional as F"


def definition(function: FunctionType, name: str | None = None) -> str:
    """The source of one function without its decorators, comments kept; `name` renames it."""
    text = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    lines = text.splitlines()[tree.lineno - 1 :]
    if name:
        lines[0] = lines[0].replace(f"def {function.__name__}(", f"def {name}(", 1)
    return "\n".join(lines).rstrip()


def standalone(value: Any, name: str, known: frozenset[str] = frozenset()) -> str:
    """Code that defines `name` as this function or answer, with the helpers that it needs first.

    `known` are names that the code around it defines, such as the other exercises of a notebook.
    """
    if not isinstance(value, FunctionType):
        return f"{name} = {value!r}"
    return "\n\n\n".join([*needed(value, known | {name}), definition(value, name)])


def needed(function: FunctionType, known: frozenset[str] = frozenset()) -> list[str]:
    """The imports, constants and functions of ours that a function cannot do without, each as code, in order."""
    parts: dict[str, str] = {}
    _collect(function, known, parts)
    return list(parts.values())


def assignment(module: ModuleType, name: str) -> tuple[str, str]:
    """The statement that assigns `name` at the top of a module, on one line, and the comment above it."""
    text = inspect.getsource(module)
    found = next(n for n in ast.parse(text).body if isinstance(n, ast.Assign) and [getattr(t, "id", "") for t in n.targets] == [name])
    comment: list[str] = []
    for line in reversed(text.splitlines()[: found.lineno - 1]):
        if not line.startswith("#"):
            break
        comment.insert(0, line.lstrip("# "))
    return ast.unparse(found), " ".join(comment)


def _collect(function: FunctionType, known: frozenset[str], parts: dict[str, str]) -> None:
    for name in _global_names(function):
        value = function.__globals__.get(name)
        value = value.value if isinstance(value, Misconception) else value
        if name in known or name in parts:
            continue
        if isinstance(value, FunctionType) and value.__module__.startswith(OURS):
            _collect(value, known | {name}, parts)
            parts[name] = definition(value)
        elif statement := _import_of(function, name):
            parts[name] = statement
        elif isinstance(value, (int, float, str, tuple)):
            parts[name] = f"{name} = {value!r}"


def _global_names(function: FunctionType) -> list[str]:
    tree = ast.parse(definition(function))
    return list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))


def _import_of(function: FunctionType, name: str) -> str:
    """The import that binds a name in the function's module, unless it is ours or one that every notebook begins with."""
    for node in ast.parse(inspect.getsource(sys.modules[function.__module__])).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "module", "").startswith(("graders", "reference")):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    node.names = [alias]
                    return "" if ast.unparse(node) in IMPORTS.splitlines() else ast.unparse(node)
    return ""
