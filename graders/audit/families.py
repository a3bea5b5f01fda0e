"""Wrong solutions made by kind for every function, from its declaration alone (law 11).

`wrong_solutions(entry, homework)` makes them; `Trial`s say which check kills each. A kind that one
exercise's checks let through is closed in the engine, for all exercises.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import torch

from graders.audit import same as sameness
from graders.audit import wrong_calls, wrong_modules, wrong_noise, wrong_state, wrong_values
from graders.audit.audit import KEY
from graders.audit.trials import text_of
from graders.core.contract import Contract
from graders.core.draw import Draw
from graders.core.engine import run_check
from graders.core.exercise import Check
from graders.core.host import Host
from graders.core.verdict import Status
from graders.grading.catalogue import Entry, Homework, load_topic
from graders.grading.right import Right
from graders.grading.source import standalone
from graders.grading.stand_ins import Replaced

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Function = Callable[..., Any]
EQUIVALENTS = Path(__file__).with_name("equivalent_families.toml")
# Values that differ by less are the same to every check.
ROOM = 1e-5
FAMILIES = (
    "noise", "samples", "through a stand-in", "state", "dtype", "axes", "sizes", "prerequisites",
    "refusals", "modules",
)  # fmt: skip


@dataclass(frozen=True)
class Wrong:
    """A wrong solution. With `replaced` it calls the stand-ins of these prerequisites."""

    family: str
    name: str
    function: Function
    replaced: Replaced | None = None


@dataclass(frozen=True)
class Kill:
    """What the hidden checks made of a wrong solution: the first that does not pass, and why."""

    id: str
    exercise: str
    family: str
    killed_by: str
    problem: str
    print: str


def wrong_solutions(entry: Entry, homework: Homework, family: str) -> list[Wrong]:
    """The wrong solutions of one family. Left out is what no allowed argument tells from the
    reference.
    """
    contract, module = entry.exercise.contract, entry.exercise.module
    if module is not None and family == "modules":
        made = wrong_modules.wrong_modules(entry.solution, module)
        return [Wrong(family, name, wrong) for name, wrong in made]
    if contract is None or entry.exercise.kind != "F" or family == "modules":
        return []
    if family in ("noise", "samples", "through a stand-in"):
        return list(_wrong_draws(entry, homework, contract, family))
    function = entry.solution
    if family == "state":
        made = wrong_state.wrong_states(function, contract)
    elif family == "prerequisites":
        made = wrong_calls.wrong_prerequisites(entry, _others(homework))
    elif family == "refusals":
        made = wrong_calls.wrong_refusals(function, contract)
    else:
        make = {"dtype": wrong_values.wrong_dtypes, "axes": wrong_values.wrong_axes,
                "sizes": wrong_values.wrong_sizes}[family]  # fmt: skip
        made = make(function, contract)
    # What is left behind shows in no value.
    return [
        Wrong(family, name, wrong)
        for name, wrong in made
        if family in ("state", "refusals")
        or "epochs" in entry.exercise.signature
        or not sameness.same(contract, function, wrong, ROOM if "clamped" in name else 1e-9)
    ]


def _wrong_draws(
    entry: Entry, homework: Homework, contract: Contract, family: str
) -> Iterator[Wrong]:
    """The reference with its noise, or its binary samples, drawn wrong."""
    if not entry.exercise.random:
        return
    bits, dtype = family == "samples", getattr(torch, contract.dtypes[-1])
    drawing = wrong_noise.BITS if bits else wrong_noise.NORMAL
    kinds = wrong_noise.wrong_bits if bits else wrong_noise.wrong_draws
    axes = set().union(*(
        wrong_noise.axes_drawn(entry.solution, contract.draw(Draw(0), sizes, dtype), drawing)
        for sizes in contract.every_size()
    ))  # fmt: skip
    replaced, function = None, entry.solution
    if family == "through a stand-in":
        needed = [e for e in _others(homework).values() if e.name == "reparameterize"]
        if "reparameterize" not in wrong_calls.every_prerequisite(
            entry.exercise, _others(homework)
        ):
            return
        replaced = Replaced(tuple(needed), KEY)
        function = getattr(replaced.compose(homework.right), entry.name)
    if axes:
        for name, make in kinds(axes):
            yield Wrong(family, name, wrong_noise.with_draws(function, make, drawing), replaced)
        if not bits and not replaced:
            for name, make in wrong_noise.AS_GOOD.items():
                yield Wrong("noise", name, wrong_noise.with_draws(function, make, drawing))


def _others(homework: Homework) -> dict[str, Entry]:
    return {e.name: e for topic in homework.topics for e in load_topic(topic)}


def try_family(entry: Entry, homework: Homework, family: str, known: dict[str, Kill]) -> list[Kill]:
    """Every wrong solution of a family against the hidden checks, up to the first that kills it."""
    found = []
    for wrong in wrong_solutions(entry, homework, family):
        id = f"{entry.name}:{wrong.family}:{wrong.name}"
        mark = _print(id, entry)
        if id in known and known[id].print == mark:
            found.append(known[id])
            continue
        right = wrong.replaced.compose(homework.right) if wrong.replaced else homework.right
        by, problem = _first_kill(entry, wrong, right)
        found.append(Kill(id, entry.name, wrong.family, by, problem, mark))
    return found


def _first_kill(entry: Entry, wrong: Wrong, right: Right) -> tuple[str, str]:
    host = Host({**entry.beside, entry.name: wrong.function})
    for check in _in_order(entry, wrong):
        verdict = run_check(check, host, key=KEY, public=False, right=right)
        if verdict.status is Status.GRADER_FAULT:
            return "", f"{check.name} broke: {verdict.message}"
        if not verdict.passed:
            return check.name, verdict.problem
    return "", ""


def _in_order(entry: Entry, wrong: Wrong) -> list[Check]:
    """The checks that are likeliest to find it first, which are then all that is run."""
    drawn = wrong.family in ("noise", "samples", "through a stand-in")
    checks = [check for check in entry.hidden if check.stand_ins or not wrong.replaced]
    return sorted(checks, key=lambda check: (check.law is None) if drawn else not check.general)


def _print(id: str, entry: Entry) -> str:
    return hashlib.sha256(repr((id, KEY, _of_entry(entry))).encode()).hexdigest()[:16]


@cache
def _of_entry(entry: Entry) -> str:
    of_functions = wrong_calls, wrong_noise, wrong_state, wrong_values
    used = (wrong_modules,) if entry.exercise.module else of_functions
    makers = [Path(module.__file__).read_text() for module in used]
    texts = [text_of(check.function) for check in entry.hidden]
    return hashlib.sha256(
        repr((standalone(entry.solution, entry.name), texts, makers)).encode()
    ).hexdigest()


@cache
def equivalents() -> tuple[tuple[str, str], ...]:
    """Patterns of wrong solutions that are right by the contract, each with its proof."""
    return tuple(
        (pattern, group["proof"])
        for group in tomllib.loads(EQUIVALENTS.read_text())["equivalent"]
        for pattern in group["wrong"]
    )


def proof_of(id: str) -> str:
    """Why a wrong solution is right by the contract; empty where it is not."""
    return next((proof for pattern, proof in equivalents() if fnmatch(id, pattern)), "")
