"""What a statement is, before it runs: the names it binds, whether it only defines, and the imports
in it one name at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from graders.core.magics import python, tree

LOST = "__lost__"
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
IMPORTS = (ast.Import, ast.ImportFrom)
CONSTANT = (
    ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr,
    ast.FormattedValue, ast.Starred, ast.Lambda, ast.Call, ast.keyword, ast.expr_context,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
# What nbconvert writes for magics, and their sign.
MAGIC_CALLS = {"run_cell_magic": "%%", "run_line_magic": "%"}
# Magics that code below them cannot do without.
DEFINING = ("writefile", "file", "cd", "env", "set_env", "pylab")


def bound(node: ast.AST) -> set[str]:
    """The names of the module that a statement may bind or delete; `*` for those of a star."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, IMPORTS):
        return {bound_by(alias) for alias in node.names}
    if isinstance(node, ast.ExceptHandler) and node.name:
        return {node.name}.union(*map(bound, node.body))
    if isinstance(node, (ast.Lambda, *COMPREHENSIONS)):
        return set()
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Load) else {node.id}
    return set().union(*map(bound, ast.iter_child_nodes(node)))


def bound_by(alias: ast.alias) -> str:
    """The name that one import binds."""
    return alias.asname or alias.name.split(".")[0]


def unfolded(node: ast.stmt) -> list[ast.stmt]:
    """The statements under a magic, where a script has them as nbconvert writes them:
    `get_ipython().run_cell_magic("time", "", CODE)`; any other statement as it is.
    """
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return [node]
    sign = MAGIC_CALLS.get(call.func.attr)
    words = [str(argument.value) for argument in call.args if isinstance(argument, ast.Constant)]
    if sign is None or len(words) < len(call.args):
        return [node]
    code = tree(python(f"{sign}{' '.join(words[:2])}\n{''.join(words[2:])}"))
    if code is None or [ast.dump(s) for s in code.body] == [ast.dump(node)]:
        return [node]
    for inner in ast.walk(code):
        ast.copy_location(inner, node)
    return code.body


def one_by_one(node: ast.stmt) -> list[ast.stmt]:
    """An import as one statement per name; another statement with such imports in its blocks, each
    of which may fail alone: `__lost__` is then called with the name.
    """
    if isinstance(node, IMPORTS):
        return [_alone(node, alias) for alias in node.names]
    return [_Wrapped().visit(node)] if not isinstance(node, SCOPES) else [node]


def definition(node: ast.stmt, cheap: Callable[[ast.expr], bool]) -> bool:
    """Whether a statement only imports, defines or names a constant, so that running it takes no
    time. `cheap` says whether something may be called.
    """
    if isinstance(node, (*SCOPES, *IMPORTS, ast.Pass)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return node.value is not None and _constant(node.value, cheap)
    if isinstance(node, ast.Expr):
        return _defining_call(node.value)
    if isinstance(node, ast.If):
        return _constant(node.test, cheap) and _all(node.body + node.orelse, cheap)
    if isinstance(node, ast.Try):
        blocks = [s for handler in node.handlers for s in handler.body]
        return _all(node.body + blocks + node.orelse + node.finalbody, cheap)
    return False


def below(node: ast.AST, line: int) -> Iterator[ast.stmt]:
    """The statements below this line of a compound statement, in the blocks that it stands in."""
    if isinstance(node, SCOPES):
        return
    for block in blocks(node):
        for number, inner in enumerate(block):
            if inner.lineno <= line <= (inner.end_lineno or inner.lineno):
                yield from below(inner, line)
                yield from block[number + 1 :]
    for handler in getattr(node, "handlers", []):
        yield from below(handler, line)


def tried(node: ast.AST) -> Iterator[ast.stmt]:
    """The imports in a statement whose failure it catches itself, one name at a time."""
    if isinstance(node, SCOPES):
        return
    if isinstance(node, ast.Try) and node.handlers:
        for inner in node.body:
            yield from one_by_one(inner) if isinstance(inner, IMPORTS) else ()
    for child in ast.iter_child_nodes(node):
        yield from tried(child)


def blocks(node: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of a compound statement."""
    found = [getattr(node, field, None) for field in ("body", "orelse", "finalbody")]
    return [block for block in found if isinstance(block, list)]


def root(node: ast.expr) -> str:
    """The name that a dotted expression begins with, or nothing."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def tolerant(module: ast.Module, alone: bool) -> ast.Module:
    """A module each of whose imports may fail alone: `__lost__` is then called with the name.

    alone: whether it belongs to no package, and what it imports by dots lies beside it.
    """
    for node in ast.walk(module) if alone else ():
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            node.level = 0
    made: ast.Module = _Wrapped().visit(module)
    return made


def without(node: ast.AST, lost: set[str]) -> None:
    """Take from functions and classes what names that are lost say about them: annotations,
    decorators, the classes that they extend; a default becomes None.
    """
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        elif isinstance(inner, ast.arguments):
            inner.defaults = [_known(value, lost) for value in inner.defaults]
            inner.kw_defaults = [value and _known(value, lost) for value in inner.kw_defaults]
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner.returns = None
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner.decorator_list = [d for d in inner.decorator_list if not _names(d) & lost]
        if isinstance(inner, ast.ClassDef):
            inner.bases = [base for base in inner.bases if not _names(base) & lost]
            inner.keywords = [k for k in inner.keywords if not _names(k) & lost]


def _known(value: ast.expr, lost: set[str]) -> ast.expr:
    return ast.copy_location(ast.Constant(None), value) if _names(value) & lost else value


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _all(statements: list[ast.stmt], cheap: Callable[[ast.expr], bool]) -> bool:
    return all(definition(statement, cheap) for statement in statements)


def _constant(node: ast.AST, cheap: Callable[[ast.expr], bool]) -> bool:
    if not isinstance(node, CONSTANT):
        return False
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.Call) and not cheap(node.func):
        return False
    return all(_constant(child, cheap) for child in ast.iter_child_nodes(node))


def _defining_call(node: ast.expr) -> bool:
    """`sys.path.append(...)`, `%cd`, `%%writefile`; also a sentence that stands alone."""
    if isinstance(node, ast.Constant):
        return True
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if ast.unparse(node.func).startswith(("sys.path.", "os.chdir")):
        return True
    first = node.args[0] if node.args else None
    magic = node.func.attr in ("run_line_magic", "run_cell_magic")
    return magic and isinstance(first, ast.Constant) and first.value in DEFINING


def _alone(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.copy_location(ast.Import([alias]), node)
    if node.module:
        return ast.copy_location(ast.ImportFrom(node.module, [alias], 0), node)
    # `from . import utils`, of a script that was run as part of a package: it lies beside.
    return ast.copy_location(ast.Import([alias]), node)


class _Wrapped(ast.NodeTransformer):
    """Imports in blocks fail one by one, unless the code around them is there to catch that."""

    def visit_Try(self, node: ast.Try) -> Any:
        caught = bool(node.handlers)
        for field in ("body", "handlers", "orelse", "finalbody"):
            if not (caught and field == "body"):
                new: list[Any] = []
                for inner in getattr(node, field):
                    seen = self.visit(inner)
                    new += seen if isinstance(seen, list) else [seen]
                setattr(node, field, new)
        return node

    def visit_With(self, node: ast.With) -> Any:
        return node if "suppress" in ast.dump(node.items[0]) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return node

    def visit_Import(self, node: ast.Import) -> Any:
        return [self._wrap(node, alias) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__" or node.level:
            return node
        return [self._wrap(node, alias) for alias in node.names]

    def _wrap(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
        call = f"{LOST}({bound_by(alias)!r}, {node.lineno})"
        wrapper = ast.parse(f"try: pass\nexcept ImportError: {call}").body[0]
        assert isinstance(wrapper, ast.Try)
        wrapper.body = [_alone(node, alias)]
        return ast.fix_missing_locations(ast.copy_location(wrapper, node))
