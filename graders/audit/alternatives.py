"""Right solutions beside the reference: its source rewritten by rules that change rounding and
nothing else, and others by hand.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import torch

from graders.audit.mutants import plain
from graders.audit.rewrites import library, loops
from graders.grading.source import standalone


class Commuted(ast.NodeTransformer):
    """a + b as b + a, a * b as b * a."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Mult)):
            node.left, node.right = node.right, node.left
        return node


class Reassociated(ast.NodeTransformer):
    """a - b as -b + a, a / b as a * (1 / b)."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, ast.Sub):
            return ast.BinOp(ast.UnaryOp(ast.USub(), node.right), ast.Add(), node.left)
        if isinstance(node.op, ast.Div):
            return ast.BinOp(
                node.left, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Div(), node.right)
            )
        return node


class Powers(ast.NodeTransformer):
    """x.square() as x ** 2, 0.5 * x as x / 2."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "square":
            return ast.BinOp(node.func.value, ast.Pow(), ast.Constant(2))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        half = (
            isinstance(node.op, ast.Mult)
            and isinstance(node.left, ast.Constant)
            and node.left.value == 0.5
        )
        return ast.BinOp(node.right, ast.Div(), ast.Constant(2)) if half else node


class Constants(ast.NodeTransformer):
    """math.log(c) as torch.log(torch.tensor(float(c))).item(): rounded to float32."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if ast.unparse(node.func) != "math.log":
            return node
        return ast.parse(
            f"torch.log(torch.tensor(float({ast.unparse(node.args[0])}))).item()", mode="eval"
        ).body


RULES = {
    "commuted": Commuted,
    "reassociated": Reassociated,
    "powers": Powers,
    "constants": Constants,
}
STYLES = {"loops": loops, "library": library}
# Their parameters have a dtype, which such a function has to follow.
NETWORKS = {
    *("encoder", "decoder", "discriminator", "generator", "inference", "critic"),
    *("eps_model", "score_model", "velocity_model"),
}


def alternatives(name: str, function: Callable, others: frozenset[str]) -> dict[str, Callable]:
    """Other right solutions: by rule, the reference rewritten throughout, without those that the
    rule leaves as they are; by style, those by hand.
    """
    found = {
        **_rewritten(name, function, others),
        **{style: vars(module)[name] for style, module in STYLES.items() if name in vars(module)},
    }
    return (
        found
        if NETWORKS & set(inspect.signature(function).parameters)
        else {**found, "double": double_inside(function)}
    )


def double_inside(function: Callable) -> Callable:
    """The function computed in float64, whatever the dtype of its arguments; its result has their
    dtype.
    """

    def inside(*arguments: Any) -> Any:
        dtypes = [
            value.dtype
            for value in arguments
            if isinstance(value, torch.Tensor) and value.is_floating_point()
        ]
        return (
            _in_dtype(
                function(*(_in_dtype(value, torch.float64) for value in arguments)), dtypes[0]
            )
            if dtypes
            else function(*arguments)
        )

    return inside


def _in_dtype(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, tuple):
        return tuple(_in_dtype(part, dtype) for part in value)
    return (
        value.to(dtype) if isinstance(value, torch.Tensor) and value.is_floating_point() else value
    )


def _rewritten(name: str, function: Callable, others: frozenset[str]) -> dict[str, Callable]:
    source = plain(standalone(function, name, others - {name}))
    texts = {
        rule: ast.unparse(ast.fix_missing_locations(rewriter().visit(ast.parse(source))))
        for rule, rewriter in RULES.items()
    }
    found = {}
    for rule, text in texts.items():
        if text != source:
            names = {**function.__globals__, "torch": torch}
            exec(compile(text, f"{name}, {rule}", "exec"), names)
            found[rule] = names[name]
    return found
