"""Mutants of a reference: its source with one small change each, made from the syntax tree, always
in the same order.

Ready-made tools (mutmut, cosmic-ray) change plain Python in files and run a test suite on each:
they know neither axes, reductions, detach nor dtype, and a suite for each of thousands of mutants
takes hours. So the changes are made here.

What is changed: operators (another one, operands exchanged, one operand alone), signs, numbers (one
more, one less, double, half), reductions and elementwise functions (another one, none, their axis
left out, keepdim), arguments and elements of tuples exchanged, keywords left out, detach, no_grad,
dtype, counts one off, conditions, the kind of an error, statements left out.

What is not: docstrings, comments, strings (so the text of errors), imports, annotations and default
values (the contract passes every argument), and the source of other exercises that a reference
calls: those have mutants of their own.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graders.grading.source import standalone

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}  # fmt: skip
COMMUTES = (ast.Add, ast.Mult)
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt,
    ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
}  # fmt: skip
REDUCTIONS = {"sum", "mean", "logsumexp", "amax", "amin", "any", "all", "prod"}
ELEMENTWISE = {"exp", "log", "log1p", "sigmoid", "tanh", "logsigmoid", "softplus"}
# Functions of one kind, each with those that are easily taken for it.
NEIGHBOURS = {
    "sum": ("mean",), "mean": ("sum",), "logsumexp": ("sum", "amax"), "amax": ("amin",),
    "amin": ("amax",), "max": ("min",), "min": ("max",),
    "any": ("all",), "all": ("any",), "exp": ("expm1",), "log": ("log1p",), "log1p": ("log",),
    "square": ("abs",), "abs": ("square",),
    "sigmoid": ("tanh",), "logsigmoid": ("sigmoid",), "zeros": ("ones",), "ones": ("zeros",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",),
    "randn_like": ("rand_like",), "float32": ("float64",), "float64": ("float32",),
}  # fmt: skip
MODULES = {"torch", "F", "np", "math"}
# Calls whose first argument counts something.
COUNTING = {"range", "expand", "split", "zeros", "ones", "repeat", "randperm"}
# What these return does not depend on whether their argument has a graph.
WITHOUT_GRAPH = {
    "len",
    "range",
    "zeros_like",
    "ones_like",
    "randn_like",
    "randperm",
    "dict",
    "sum",
    "abs",
    "float",
}

Changes = Iterator[tuple[str, ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """A changed reference. `id` is `topic.exercise:line:change`, the line being that of the source
    without docstrings.
    """

    id: str
    exercise: str
    line: str
    text: str

    def function(self, surroundings: dict[str, Any]) -> Callable:
        """The function, with the other exercises and the libraries as its surroundings."""
        names = dict(surroundings)
        exec(compile(self.text, self.id, "exec"), names)
        return names[self.exercise]


def mutants(topic: str, name: str, function: Callable, others: frozenset[str]) -> list[Mutant]:
    """Every mutant of a reference. `others` are the names of the exercises that are left as they
    are.
    """
    source = plain(standalone(function, name, others - {name}))
    tree = ast.parse(source)
    found: list[Mutant] = []
    seen = {source}
    labels: Counter[str] = Counter()
    for node, put in _places(tree):
        for label, changed in _changes(node):
            put(changed)
            text = ast.unparse(ast.fix_missing_locations(tree))
            put(node)
            if text in seen or not _parses(text):
                continue
            seen.add(text)
            place = f"{topic}.{name}:{node.lineno}:{label}"
            labels[place] += 1
            again = f"#{labels[place]}" if labels[place] > 1 else ""
            found.append(Mutant(place + again, name, _changed_line(source, text), text))
    return found


def plain(source: str) -> str:
    """Source without comments, docstrings, annotations and default values."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            node.args.defaults, node.args.kw_defaults, node.returns = (
                [],
                [None] * len(node.args.kwonlyargs),
                None,
            )
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
    return ast.unparse(tree)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _changed_line(before: str, after: str) -> str:
    """The first line of the mutant that differs."""
    old, new = before.splitlines(), after.splitlines()
    return next((b for a, b in zip(old, new) if a != b), new[-1]).strip()


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """Every expression and statement below a node that may be changed, in the order of the source,
    with what puts another in its place.
    """
    for field, value in ast.iter_fields(node):
        if field in ("func", "ctx", "op", "ops", "args") and isinstance(
            node, (ast.FunctionDef, ast.Lambda)
        ):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, (ast.Import, ast.ImportFrom)) or not isinstance(child, ast.AST):
                continue
            if isinstance(child, (ast.expr, ast.stmt)):
                yield child, _putter(node, field, index)
            if not isinstance(child, ast.Raise):
                yield from _places(child)


def _putter(node: ast.AST, field: str, index: int | None) -> Callable[[ast.AST], None]:
    def put(new: ast.AST) -> None:
        if index is None:
            setattr(node, field, new)
        else:
            getattr(node, field)[index] = new

    return put


def _changes(node: ast.AST) -> Changes:
    """The changes of one expression or statement: a label, and what takes its place."""
    yield from _CHANGES.get(type(node), lambda node: iter(()))(node)


def _binary(node: ast.BinOp) -> Changes:
    other = OPERATORS.get(type(node.op))
    if other:
        yield f"{_name(node.op)}->{_name(other())}", ast.BinOp(node.left, other(), node.right)
    if not isinstance(node.op, COMMUTES):
        yield f"{_name(node.op)}:swap", ast.BinOp(node.right, node.op, node.left)
    yield f"{_name(node.op)}:left", node.left
    yield f"{_name(node.op)}:right", node.right
    for side, value in (("left", node.left), ("right", node.right)):
        if isinstance(value, ast.Name):
            yield f"detach:{value.id}", _rebuilt(node, side, _detached(value))


def _unary(node: ast.UnaryOp) -> Changes:
    yield f"{_name(node.op)}:drop", node.operand
    if isinstance(node.operand, ast.Name):
        yield f"detach:{node.operand.id}", ast.UnaryOp(node.op, _detached(node.operand))


def _compare(node: ast.Compare) -> Changes:
    for other in COMPARISONS.get(type(node.ops[0]), ()):
        yield (
            f"{_name(node.ops[0])}->{_name(other())}",
            ast.Compare(node.left, [other()], node.comparators),
        )


def _bool(node: ast.BoolOp) -> Changes:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{_name(node.op)}->{_name(other)}", ast.BoolOp(other, node.values)
    for index, value in enumerate(node.values):
        yield f"{_name(node.op)}:only-{index + 1}", value


def _constant(node: ast.Constant) -> Changes:
    value = node.value
    if isinstance(value, bool):
        others: tuple = (not value,)
    elif isinstance(value, int):
        others = (value + 1, value - 1)
    elif isinstance(value, float):
        others = (2 * value, value / 2) if value else (1.0,)
    else:
        others = ()
    for other in others:
        yield (
            f"{value!r}->{other!r}",
            ast.Constant(other) if other >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-other)),
        )


def _call(node: ast.Call) -> Changes:
    name, receiver = _called(node)
    yield from _other_functions(node, name)
    kept = receiver or (node.args[0] if node.args else None)
    if kept is not None and not isinstance(kept, ast.Starred):
        yield f"{name}:drop", kept
        if name in ELEMENTWISE:
            yield f"{name}:negate", _with_operand(node, receiver, ast.UnaryOp(ast.USub(), kept))
    yield from _axes(node, name, receiver)
    yield from _arguments(node)
    yield from _counts(node, name)
    yield from _graphs(node, name, receiver)


def _other_functions(node: ast.Call, name: str) -> Changes:
    for other in NEIGHBOURS.get(name, ()) if isinstance(node.func, ast.Attribute) else ():
        yield (
            f"{name}->{other}",
            ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords),
        )


def _axes(node: ast.Call, name: str, receiver: ast.expr | None) -> Changes:
    if receiver is not None and name in REDUCTIONS and node.args:
        yield f"{name}:all-axes", ast.Call(node.func, [], node.keywords)
        yield (
            f"{name}:keepdim",
            ast.Call(
                node.func, node.args, [*node.keywords, ast.keyword("keepdim", ast.Constant(True))]
            ),
        )


def _arguments(node: ast.Call) -> Changes:
    for index in range(len(node.args) - 1):
        yield (
            f"{_called(node)[0]}:swap-{index + 1}-{index + 2}",
            ast.Call(node.func, _swapped(node.args, index), node.keywords),
        )
    for index, keyword in enumerate(node.keywords):
        yield (
            f"{_called(node)[0]}:without-{keyword.arg}",
            ast.Call(node.func, node.args, node.keywords[:index] + node.keywords[index + 1 :]),
        )


def _counts(node: ast.Call, name: str) -> Changes:
    one = ast.Constant(1)
    for sign, op in (("+1", ast.Add()), ("-1", ast.Sub())):
        if name == "len":
            yield f"len:{sign}", ast.BinOp(node, op, one)
        elif (
            name in COUNTING
            and node.args
            and not isinstance(node.args[0], (ast.Constant, ast.Starred))
        ):
            yield (
                f"{name}:{sign}",
                ast.Call(
                    node.func, [ast.BinOp(node.args[0], op, one), *node.args[1:]], node.keywords
                ),
            )


def _graphs(node: ast.Call, name: str, receiver: ast.expr | None) -> Changes:
    """A graph that is cut: at what the function is given, or at what a function of ours or a
    network returns.
    """
    if isinstance(receiver, ast.Name) and name != "detach":
        yield f"detach:{receiver.id}", _with_operand(node, receiver, _detached(receiver))
    if name in WITHOUT_GRAPH:
        return
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Name):
            yield (
                f"detach:{argument.id}",
                ast.Call(
                    node.func,
                    [*node.args[:index], _detached(argument), *node.args[index + 1 :]],
                    node.keywords,
                ),
            )
    if isinstance(node.func, ast.Name):
        yield f"detach:{name}()", _detached(node)


def _sequence(node: ast.Tuple | ast.List) -> Changes:
    for index in range(len(node.elts) - 1):
        yield f"swap-{index + 1}-{index + 2}", type(node)(_swapped(node.elts, index), node.ctx)


def _subscript(node: ast.Subscript) -> Changes:
    if isinstance(node.ctx, ast.Load):
        yield "index:drop", node.value


def _attribute(node: ast.Attribute) -> Changes:
    for other in NEIGHBOURS.get(node.attr, ()) if node.attr.startswith("float") else ():
        yield f"{node.attr}->{other}", ast.Attribute(node.value, other, node.ctx)


def _choice(node: ast.IfExp) -> Changes:
    yield "if:then", node.body
    yield "if:else", node.orelse


def _return(node: ast.Return) -> Changes:
    several = isinstance(node.value, ast.Tuple)
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for index, value in enumerate(values):
        place = f"{index + 1}" if several else ""
        for label, new in _of_result(value):
            changed = [*values[:index], new, *values[index + 1 :]]
            yield (
                f"return{place}:{label}",
                ast.Return(ast.Tuple(changed, ast.Load()) if several else new),
            )


def _of_result(value: ast.expr) -> Changes:
    yield "negate", ast.UnaryOp(ast.USub(), value)
    for method in ("detach", "float", "double"):
        yield method, _method(value, method)


def _if(node: ast.If) -> Changes:
    yield "if:never", ast.Pass()
    yield "if:always", ast.If(ast.Constant(True), node.body, node.orelse)


def _with(node: ast.With) -> Changes:
    yield "with:drop", ast.If(ast.Constant(True), node.body, [])


def _augmented(node: ast.AugAssign) -> Changes:
    yield f"{_name(node.op)}=:drop", ast.Pass()
    yield f"{_name(node.op)}=:assign", ast.Assign([node.target], node.value)
    if type(node.op) in OPERATORS:
        yield (
            f"{_name(node.op)}=:other",
            ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value),
        )


def _raise(node: ast.Raise) -> Changes:
    if isinstance(node.exc, ast.Call):
        yield (
            "raise:RuntimeError",
            ast.Raise(ast.Call(ast.Name("RuntimeError", ast.Load()), node.exc.args, []), None),
        )


_CHANGES: dict[type, Callable[[Any], Changes]] = {
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Compare: _compare, ast.BoolOp: _bool,
    ast.Constant: _constant, ast.Call: _call,
    ast.Tuple: _sequence, ast.List: _sequence, ast.Subscript: _subscript, ast.Attribute: _attribute,
    ast.IfExp: _choice, ast.Return: _return,
    ast.If: _if, ast.With: _with, ast.AugAssign: _augmented, ast.Raise: _raise,
    ast.Expr: lambda node: iter([("delete", ast.Pass())]),
}  # fmt: skip


def _called(node: ast.Call) -> tuple[str, ast.expr | None]:
    """The name of what is called, and the value whose method it is; nothing for a function of a
    module.
    """
    if isinstance(node.func, ast.Attribute):
        root = node.func.value
        while isinstance(root, ast.Attribute):
            root = root.value
        in_module = isinstance(root, ast.Name) and root.id in MODULES
        return node.func.attr, None if in_module else node.func.value
    return node.func.id if isinstance(node.func, ast.Name) else "call", None


def _with_operand(node: ast.Call, receiver: ast.expr | None, operand: ast.expr) -> ast.Call:
    """The call on another receiver, or with another first argument where it has none."""
    if receiver is None:
        return ast.Call(node.func, [operand, *node.args[1:]], node.keywords)
    assert isinstance(node.func, ast.Attribute)
    return ast.Call(ast.Attribute(operand, node.func.attr, ast.Load()), node.args, node.keywords)


def _rebuilt(node: ast.BinOp, side: str, value: ast.expr) -> ast.BinOp:
    return (
        ast.BinOp(value, node.op, node.right)
        if side == "left"
        else ast.BinOp(node.left, node.op, value)
    )


def _detached(value: ast.expr) -> ast.Call:
    return _method(value, "detach")


def _method(value: ast.expr, name: str) -> ast.Call:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [], [])


def _swapped(values: list, index: int) -> list:
    return [*values[:index], values[index + 1], values[index], *values[index + 2 :]]


def _name(operator: ast.AST) -> str:
    """`mul` for ast.Mult: the names of the module `operator`, nearly."""
    return {"Mult": "mul", "MatMult": "matmul", "USub": "minus"}.get(
        type(operator).__name__, type(operator).__name__.lower()
    )
