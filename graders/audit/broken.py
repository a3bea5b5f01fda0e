"""What breaks in an author's own code, a line each with file and line number; the rest goes on."""

from __future__ import annotations

import ast
import importlib
import os
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from graders.core.engine import run_check
from graders.core.exercise import Check
from graders.core.verdict import Status
from graders.grading.catalogue import Entry, Homework, hidden_modules

KEY = "broken"


def without_broken(entry: Entry, homework: Homework) -> tuple[Entry, list[str]]:
    """The entry without the checks that break on the reference, and a sentence for each of them."""
    host = homework.host({**entry.beside, **{e.name: e.solution for e in homework.entries}})
    sentences: list[str] = []

    def sound(checks: tuple[Check, ...], public: bool) -> Iterator[Check]:
        for check in checks:
            verdict = run_check(check, host, key=KEY, public=public, right=homework.right)
            if verdict.status is Status.GRADER_FAULT:
                sentences.append(sentence(entry, check.name, verdict.evidence))
            else:
                yield check

    public, hidden = tuple(sound(entry.public, True)), tuple(sound(entry.hidden, False))
    return replace(entry, public=public, hidden=hidden), sentences


def sentence(entry: Entry, what: str, error: BaseException) -> str:
    """`graders/hidden/hinge.py, line 12: the check values broke: NameError: ...`."""
    files = [_file(f"graders.public.{entry.topic}"), *map(_file, hidden_modules(entry.topic))]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) in files]
    file, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else _defined(what, files)
    place = f"{_short(file)}, line {line}: " if file else ""
    return f"{place}{what} broke: {type(error).__name__}: {error}"


def _file(module: str) -> Path:
    return Path(str(importlib.import_module(module).__file__))


def _defined(name: str, files: list[Path]) -> tuple[Path | None, int | None]:
    """Where the check of this name is written."""
    for file in files:
        for statement in ast.parse(file.read_text()).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            bound = [target.id for target in targets if isinstance(target, ast.Name)]
            if isinstance(statement, ast.FunctionDef):
                bound = [statement.name]
            if name in bound:
                return file, statement.lineno
    return None, None


def _short(file: Path) -> str:
    return os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
