"""Right solutions beside the reference: its source rewritten by rules that change rounding and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable

from graders.audit.mutants import plain
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
            return ast.BinOp(node.left, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Div(), node.right))
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
        half = isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant) and node.left.value == 0.5
        return ast.BinOp(node.right, ast.Div(), ast.Constant(2)) if half else node


RULES = {"commuted": Commuted, "reassociated": Reassociated, "powers": Powers}


def alternatives(name: str, function: Callable, others: frozenset[str]) -> dict[str, Callable]:
    """By rule, a reference rewritten throughout; without those that the rule leaves as they are."""
    source = plain(standalone(function, name, others - {name}))
    texts = {rule: ast.unparse(ast.fix_missing_locations(rewriter().visit(ast.parse(source)))) for rule, rewriter in RULES.items()}
    found = {}
    for rule, text in texts.items():
        if text != source:
            names = dict(function.__globals__)
            exec(compile(text, f"{name}, {rule}", "exec"), names)
            found[rule] = names[name]
    return found
