"""Our own code as hashes: what every grade goes through, and what a course is made of."""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
from functools import cache
from pathlib import Path

from graders.grading.kept import kept

# Code of ours that takes part in every grade.
ENGINE = ("graders.core", "graders.isolation", "graders.grading")
TOPICS = ("graders.public", "graders.hidden", "reference")


@cache
def engine_version() -> str:
    """A hash of the code that every grade goes through."""
    found: str = kept("versions", ("engine", *sources(ENGINE)), _engine_version)
    return found


def _engine_version() -> str:
    return hashed(*(f"{file.name}\0{meaning(file.read_text())}" for file in _files(ENGINE)))


def _files(packages: tuple[str, ...]) -> list[Path]:
    return [
        file
        for package in packages
        for place in importlib.import_module(package).__path__
        for file in sorted(Path(place).rglob("*.py"))
    ]


def sources(packages: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each file by its name with a hash of its bytes, which is there at once; and the Python that
    reads them.
    """
    files = [(f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in _files(packages)]
    return [("python", sys.version), *files]


def meaning(source: str) -> str:
    """A source without its comments, layout and docstrings."""
    return ast.dump(plain_tree(source))


def plain_tree(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
