"""What an exercise is worth by itself, when what it calls is wrong: its public checks once more,
with public stand-ins in the place of what fails.

The numbers of public checks are those of right prerequisites. `graders/public/worth/TOPIC.json`
holds, for each check, what somebody right gets with the stand-ins: the values of wrong functions,
and no formula.
"""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import graders.public
from graders.core.convention import as_theirs, conventions_given
from graders.core.engine import run_check
from graders.core.exercise import Check, StandIn, members
from graders.core.hints import alike, plain
from graders.core.local import KEY, here, topics
from graders.core.state import neutral
from graders.core.verdict import Failure, Status, Verdict

FOLDER = "worth"
# What a check gives: it passes, or what it got; None where that depends on what is drawn.
Outcome = Any
PASSED = True
Known = dict[str, dict[str, dict[str, Outcome]]]


@dataclass(frozen=True)
class Worth:
    """How many checks an exercise would pass with right prerequisites, of how many. exactly:
    nothing depends on what was drawn, so it is this number and not at least this number.
    """

    passes: int
    checks: int
    exactly: bool


def worth(
    name: str,
    checks: Sequence[Check],
    causes: Sequence[str],
    namespace: Mapping[str, Any],
    meant: Callable[[str], dict[str, Any]] = lambda name: {},
) -> Worth | None:
    """What an exercise would pass if `causes` were right; None where it is not known."""
    known = outcomes().get(name, {}).get(label(causes))
    if known is None or not isinstance(namespace, dict):
        return None
    with neutral(), _placed(namespace, {cause: replacement(cause) for cause in causes}):
        host = here(namespace, lambda one: _without(meant(one), causes))
        got = {c.name: outcome(run_check(c, host, key=KEY, public=True)) for c in checks}
    passes = sum(known.get(check) is not None and alike(got[check], known[check]) for check in got)
    return Worth(passes, len(got), all(known.get(check) is not None for check in got))


def outcome(verdict: Verdict) -> Outcome:
    """What a check gave, as JSON has it."""
    if verdict.passed:
        return PASSED
    failed = verdict.status is Status.FAILED and isinstance(verdict.evidence, Failure)
    got = plain(verdict.evidence.got) if failed else None
    return None if got is None else [verdict.evidence.problem, got]


def label(causes: Sequence[str]) -> str:
    """A set of prerequisites as one key."""
    return "+".join(sorted(causes))


@cache
def stand_ins() -> dict[str, StandIn]:
    """The stand-ins of the topics that are here, by exercise."""
    found: dict[str, StandIn] = {}
    for topic in topics():
        with neutral():
            module = importlib.import_module(f"graders.public.{topic}")
        found |= {one.exercise: one for one in members(module, StandIn)}
    return found


def replacement(name: str) -> Callable[..., Any]:
    """The stand-in of an exercise, with coefficients that are the same for everybody."""
    one = stand_ins()[name]
    return as_theirs(conventions_given().get(name, ()), one.bound(one.drawn(KEY)))


@cache
def outcomes() -> Known:
    """By exercise and set of prerequisites: what each check gives somebody right."""
    found: Known = {}
    for place in graders.public.__path__:
        for file in sorted(Path(place, FOLDER).glob("*.json")):
            found |= json.loads(file.read_text())
    return found


def _without(meant: dict[str, Any], causes: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in meant.items() if name not in causes}


@contextlib.contextmanager
def _placed(namespace: dict[str, Any], functions: Mapping[str, Any]) -> Iterator[None]:
    """Functions in the place of a notebook's own, until the end of the block."""
    before = {name: namespace[name] for name in functions if name in namespace}
    namespace.update(functions)
    try:
        yield
    finally:
        for name in functions:
            namespace.pop(name, None)
        namespace.update(before)
