"""Names of libraries and functions that a later cell uses for something else.

`F = torch.eye(3)` below a function that calls `F.softmax` breaks it, where its author ran the cells
in another order; so does `elbo = elbo(x, encoder, decoder)`. While a function is called, such names
mean what the function means by them, its own name too.
"""

from __future__ import annotations

import ast
import builtins
import types
from dataclasses import dataclass, field
from typing import Any

from graders.core.asides import answered
from graders.core.statements import SCOPES, bound


@dataclass
class Uses:
    """What the code of one function asks of the names around it."""

    names: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    order: int = 0


class Meanings:
    """Follows what the cells do to names. `namespace` is where they run."""

    def __init__(self, namespace: dict[str, Any]):
        self._namespace = namespace
        self.imported: dict[str, Any] = {}
        self.taken_from: dict[str, str] = {}
        self._uses: dict[str, Uses] = {}
        self._own: dict[str, Any] = {}
        self.reused: dict[str, tuple[Any, int, int]] = {}
        self._order = 0

    def note(self, node: ast.stmt, cell: int) -> None:
        """A statement of this cell has run."""
        self._order += 1
        names = [name for name in bound(node) if name in self._namespace]
        for name in names:
            value = self._namespace[name]
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.imported[name] = value
                self.taken_from[name] = getattr(node, "module", None) or name
                self.reused.pop(name, None)
            else:
                library = self.imported.get(name, getattr(builtins, name, None))
                former = self._own.get(name, library)
                if former is not None and _another(former, value):
                    self.reused.setdefault(name, (former, cell, self._order))
        if isinstance(node, SCOPES) or _is_lambda(node):
            for name in names:
                self._uses[name] = _uses(node, self._order)
                if isinstance(node, ast.ClassDef) or name in answered([node]):  # no stub
                    self._own[name] = self._namespace[name]

    def meant(self, function: str) -> dict[str, Any]:
        """The names that this function and what it calls mean otherwise than they stand now."""
        if not self.reused:
            return {}
        seen, todo, found = set(), [function], self._itself(function)
        while todo:
            uses = self._uses.get(name := todo.pop())
            if name in seen or uses is None:
                continue
            seen.add(name)
            todo += uses.names
            found.update(self._meant(uses))
        return found

    def needed(self) -> dict[str, int]:
        """Reused names that some function means otherwise, and the cell that reuses each."""
        found = {name for uses in self._uses.values() for name in self._meant(uses)}
        found |= {name for name in self._own if self._itself(name)}
        return {name: self.reused[name][1] for name in sorted(found)}

    def _itself(self, name: str) -> dict[str, Any]:
        """A function of the submission whose name stands for something else now."""
        former = self.reused[name][0] if name in self.reused else None
        own = former is not None and former is self._own.get(name)
        return {name: former} if own and not callable(self._namespace.get(name)) else {}

    def _meant(self, uses: Uses) -> dict[str, Any]:
        found = {}
        for name in uses.names & set(self.reused):
            former, _, since = self.reused[name]
            now = self._namespace.get(name)
            wanted = [a for owner, a in uses.attributes if owner == name and hasattr(former, a)]
            # What stood above the change was written for the library; below it, only what the new
            # value cannot give is asked of the library.
            missing = [a for a in wanted if uses.order < since or not hasattr(now, a)]
            if missing or (name in uses.called and callable(former) and not callable(now)):
                found[name] = former
        return found


def _another(former: Any, value: Any) -> bool:
    if isinstance(former, types.ModuleType):
        return not isinstance(value, types.ModuleType)
    return callable(former) and not callable(value)


def _is_lambda(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)


def _uses(node: ast.AST, order: int) -> Uses:
    found, own = Uses(order=order), set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            own.add(inner.arg)
        elif isinstance(inner, ast.Name):
            (found.names if isinstance(inner.ctx, ast.Load) else own).add(inner.id)
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            found.attributes.add((inner.value.id, inner.attr))
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            found.called.add(inner.func.id)
    found.names -= own
    return found
