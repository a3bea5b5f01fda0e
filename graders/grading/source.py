"""The source text of a function of ours together with everything of ours that it calls: code that
stands alone.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from functools import cache, partial
from types import FunctionType, ModuleType
from typing import Any

from graders.core.exercise import Misconception
from graders.grading.right import OURS

IMPORTS = "import math\n\nimport numpy as np\nimport torch\nimport torch.nn.functional as F"


@cache
def definition(function: FunctionType | type, name: str | None = None) -> str:
    """The source of one function without its decorators, comments kept, or of one class as it is;
    `name` renames a function.
    """
    text = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(text).body[0]
    if isinstance(tree, ast.ClassDef):
        return "\n".join(text.splitlines()[tree.lineno - 1 :]).rstrip()
    assert isinstance(tree, ast.FunctionDef)
    lines = text.splitlines()[tree.lineno - 1 :]
    if name:
        lines[0] = lines[0].replace(f"def {function.__name__}(", f"def {name}(", 1)
    return "\n".join(lines).rstrip()


def standalone(value: Any, name: str, known: frozenset[str] = frozenset()) -> str:
    """Code that defines `name` as this function or answer, with the helpers that it needs first.

    `known` are names that the code around it defines, such as the other exercises of a notebook.
    """
    if isinstance(value, partial):
        # A check made by a factory is known by what it is made of, too.
        return f"{standalone(value.func, name, known)}\n\n# {value.args!r}"
    if isinstance(value, type):
        own = definition(value).replace(f"class {value.__name__}(", f"class {name}(", 1)
        return "\n\n\n".join([*needed(value, known | {name}), own])
    if not isinstance(value, FunctionType):
        return f"{name} = {literal(value)}"
    return "\n\n\n".join([*needed(value, known | {name}), definition(value, name)])


def needed(function: FunctionType | type, known: frozenset[str] = frozenset()) -> list[str]:
    """The imports, constants and functions of ours that a function cannot do without, each as code,
    in order.
    """
    parts: dict[str, str] = {}
    _collect(function, known, parts)
    return list(parts.values())


def check_code(function: Any) -> str:
    """The code that a check runs, for whoever wants to know why it failed: its own function first,
    then those of ours that it calls.
    """
    made_with = []
    while isinstance(function, partial):
        made_with += [repr(argument) for argument in function.args if isinstance(argument, str)]
        function = function.func
    helpers = [part for part in needed(function) if part.startswith(("def ", "class "))]
    own = definition(function)
    if made_with:
        own = f"# for {', '.join(made_with)}, with what its declaration says\n{own}"
    return "\n\n\n".join([own, *reversed(helpers)])


def assignment(module: ModuleType, name: str) -> tuple[str, str]:
    """The statement that assigns `name` at the top of a module, on one line, and the comment above
    it.
    """
    text = inspect.getsource(module)
    found = next(
        n
        for n in ast.parse(text).body
        if isinstance(n, ast.Assign) and [getattr(t, "id", "") for t in n.targets] == [name]
    )
    comment: list[str] = []
    for line in reversed(text.splitlines()[: found.lineno - 1]):
        if not line.startswith("#"):
            break
        comment.insert(0, line.lstrip("# "))
    return ast.unparse(found), " ".join(comment)


def _collect(function: FunctionType | type, known: frozenset[str], parts: dict[str, str]) -> None:
    for name in _global_names(function):
        if name in known or name in parts:
            continue
        value = vars(sys.modules[function.__module__]).get(name)
        value = value.value if isinstance(value, Misconception) else value
        if isinstance(value, (FunctionType, type)) and value.__module__.startswith(OURS):
            _collect(value, known | {name}, parts)
            parts[name] = definition(value)
        elif statement := _import_of(function, name):
            parts[name] = statement
        elif isinstance(value, (int, float, str, tuple, dict)):
            parts[name] = f"{name} = {literal(value)}"


def literal(value: Any) -> str:
    """A value as code: `repr` writes an infinity as a name that Python does not know."""
    tree = ast.parse(repr(value), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("inf", "nan"):
            node.id = f"math.{node.id}"
    return ast.unparse(tree)


def _global_names(function: FunctionType | type) -> list[str]:
    tree = ast.parse(definition(function))
    return list(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))


def _import_of(function: FunctionType | type, name: str) -> str:
    """The import that binds a name in the function's module, unless it is ours or one that every
    notebook begins with.
    """
    statement = _imports(function.__module__).get(name, "")
    return "" if statement in IMPORTS.splitlines() else statement


@cache
def _imports(module: str) -> dict[str, str]:
    """The names that a module takes from libraries, each with the statement that binds it."""
    nodes = ast.parse(inspect.getsource(sys.modules[module])).body
    imports = [
        n
        for n in nodes
        if isinstance(n, (ast.Import, ast.ImportFrom))
        and not getattr(n, "module", "").startswith(OURS)
    ]
    found = {}
    for node in imports:
        names = node.names
        for alias in names:
            node.names = [alias]
            found[alias.asname or alias.name] = ast.unparse(node)
    return found
