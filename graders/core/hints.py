"""Hints for what a public check got: the values of common mistakes, written down beside the checks.

`graders/public/hints/TOPIC.json` holds, for each check of each exercise, what somebody gets who
makes a known mistake, and the hint for it. No formula is needed to recognise one's own value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

import graders.public
from graders.core.verdict import Failure, Verdict

FOLDER = "hints"
# More entries than these are no example that somebody could follow by hand.
MOST = 64
DIGITS = 9
Known = dict[str, dict[str, list[dict[str, Any]]]]


def with_hint(verdict: Verdict) -> Verdict:
    """The verdict, with a hint where its value is that of a known mistake."""
    if verdict.passed or verdict.hint or not isinstance(verdict.evidence, Failure):
        return verdict
    got = plain(verdict.evidence.got)
    for mistake in all_hints().get(verdict.exercise, {}).get(verdict.check, []):
        if got is not None and alike(got, mistake["got"]):
            return replace(verdict, hint=mistake["hint"])
    return verdict


def plain(value: Any) -> Any:
    """What a check got, as JSON has it; None where it is too large or not of numbers or text."""
    if isinstance(value, torch.Tensor):
        real = value.numel() <= MOST and not value.is_complex()
        return _rounded(value.detach().tolist()) if real else None
    return value if isinstance(value, str) else None


def alike(first: Any, second: Any) -> bool:
    """Whether two such values agree, in their nesting and up to rounding."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(alike, first, second))
    if isinstance(first, (int, float)) and isinstance(second, (int, float)):
        near = abs(first - second) <= 1e-9 + 1e-5 * abs(second)
        return near or first == second or (first != first and second != second)
    return bool(first == second)


@cache
def all_hints() -> Known:
    """What is known of every exercise that is here."""
    found: Known = {}
    for folder in folders():
        for file in sorted(folder.glob("*.json")):
            found |= json.loads(file.read_text())
    return found


def folders() -> list[Path]:
    """Where hints lie: ours first, then those of a course."""
    return [Path(place, FOLDER) for place in graders.public.__path__]


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def told_apart(mistakes: Sequence[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
    """Of values with hints, those that belong to one hint only."""
    for got, hint in mistakes:
        if all(hint == other for value, other in mistakes if alike(got, value)):
            yield got, hint
