"""The source text of a function of ours together with everything of ours that it calls: code that stands alone."""

from __future__ import annotations

import ast
import inspect
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
    parts: dict[str, str] = {}
    _collect(value, known | {name}, parts)
    return "\n\n\n".join([*parts.values(), definition(value, name)])


def _collect(function: FunctionType, known: frozenset[str], parts: dict[str, str]) -> None:
    for name in _global_names(function):
        value = function.__globals__.get(name)
        value = value.value if isinstance(value, Misconception) else value
        if name in known or name in parts or isinstance(value, ModuleType):
            continue
        if isinstance(value, FunctionType) and value.__module__.startswith(OURS):
            _collect(value, known | {name}, parts)
            parts[name] = definition(value)
        elif isinstance(value, (int, float, str, tuple)):
            parts[name] = f"{name} = {value!r}"


def _global_names(function: FunctionType) -> list[str]:
    tree = ast.parse(definition(function))
    return list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
