"""`critic audit --false-fail`: how often a right solution fails, over many seeds, and what the
statistical checks say of it.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.audit import kept
from graders.audit.alternatives import STYLES, alternatives
from graders.audit.audit import KEY, grader_faults
from graders.audit.processes import each
from graders.audit.trials import every_exercise
from graders.core.engine import run_check
from graders.core.host import Host
from graders.grading.catalogue import Entry, load_homework
from graders.grading.source import standalone

REFERENCE = "reference"
# A function that trains takes seconds for each seed; one that draws can fail by chance, so it gets
# most. What is written by hand draws the same noise as the reference, so that only rounding is in
# question; loops take up to seconds for each seed.
RANDOM, OTHER, TRAINING = 10_000, 200, 50
# Seeds of one unit of work: what is lost when a run is killed.
CHUNK = 100


@dataclass(frozen=True)
class Unit:
    """Some seeds of one right solution: the reference, the reference rewritten by a rule, or one
    written by hand.
    """

    homework: str
    exercise: str
    solution: str
    start: int
    seeds: int
    print: str

    @property
    def id(self) -> str:
        return f"{self.exercise}:{self.solution}:{self.start}:{self.seeds}:{self.print}"


@dataclass(frozen=True)
class Rates:
    """What became of a unit: by check, how many seeds failed, and the first message."""

    unit: str
    exercise: str
    solution: str
    seeds: int
    checks: int
    failures: dict[str, int]
    messages: dict[str, str]


def audit_false_fail(
    console: Console, work: Sequence[tuple[str, str]], seeds: int | None, jobs: int, results: Path
) -> list[Rates]:
    """Run every right solution of these exercises under many seeds. What the file of results
    already holds is not run again.

    The references come before what is rewritten, and all exercises side by side. Ctrl-C ends the
    run with what is known.
    """
    units = [unit for homework, exercise in work for unit in _units(homework, exercise, seeds)]
    units.sort(key=lambda unit: (unit.solution != REFERENCE, unit.start))
    known = read(results)
    found = [known[unit.id] for unit in units if unit.id in known]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(
            f"false fails, {CHUNK} seeds at a time", total=len(units), completed=len(found)
        )
        with kept.keeping(results, known.values()) as keep:
            try:
                for rates in each(run_unit, [(u,) for u in units if u.id not in known], jobs):
                    keep(rates)
                    found.append(rates)
                    progress.advance(task)
            except KeyboardInterrupt:
                console.print(
                    f"Interrupted: {len(found)} of {len(units)} parts are done. The same command"
                    " goes on from here.",
                    highlight=False,
                )
    return found


def run_unit(unit: Unit) -> Rates:
    """Run one unit. Module level, so that a process of the pool can be asked for it."""
    torch.set_num_threads(1)
    homework = load_homework(unit.homework)
    entry = homework.entry(unit.exercise)
    host = Host(
        {
            **entry.beside,
            **{e.name: e.solution for e in homework.entries},
            entry.name: _solutions(entry)[unit.solution],
        }
    )
    failures: dict[str, int] = {}
    messages: dict[str, str] = {}
    for check in entry.hidden:
        for seed in range(unit.start, unit.start + unit.seeds):
            verdict = run_check(
                check, host, key=f"{KEY} {seed}", public=False, right=homework.right
            )
            grader_faults([verdict])
            if not verdict.passed:
                failures[check.name] = failures.get(check.name, 0) + 1
                messages.setdefault(check.name, f"seed {seed}: {verdict.message}")
    return Rates(
        unit.id, unit.exercise, unit.solution, unit.seeds, len(entry.hidden), failures, messages
    )


def read(results: Path) -> dict[str, Rates]:
    """The results in a file by unit."""
    return {rates.unit: rates for rates in kept.read(results, Rates)}


def _units(homework: str, exercise: str, seeds: int | None) -> list[Unit]:
    entry = load_homework(homework).entry(exercise)
    units, ours = [], _print(entry)
    for solution in _solutions(entry):
        count, mark = seeds or _seeds(entry, solution), ours + _by_hand(solution)
        units += [
            Unit(homework, exercise, solution, start, min(CHUNK, count - start), mark)
            for start in range(0, count, CHUNK)
        ]
    return units


def _seeds(entry: Entry, solution: str) -> int:
    if "epochs" in entry.exercise.signature:
        return TRAINING
    return RANDOM if entry.exercise.random and solution not in STYLES else OTHER


def _solutions(entry: Entry) -> dict[str, object]:
    rewritten = (
        alternatives(entry.name, entry.solution, every_exercise())
        if entry.exercise.kind == "F"
        else {}
    )
    return {REFERENCE: entry.solution, **rewritten}


def _print(entry: Entry) -> str:
    """Changes when the reference or a check of its exercise does."""
    solution = (
        standalone(entry.solution, entry.name) if entry.exercise.kind == "F" else repr(entry.name)
    )
    texts = [solution, *(standalone(check.function, check.name) for check in entry.hidden)]
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16]


def _by_hand(solution: str) -> str:
    """Changes when a module of solutions written by hand does; nothing for others, which follow
    from the reference.
    """
    return (
        "-" + hashlib.sha256(inspect.getsource(STYLES[solution]).encode()).hexdigest()[:8]
        if solution in STYLES
        else ""
    )


INTRODUCTION = """\
# How often a right solution fails

Generated by `critic audit --all --false-fail RESULTS --table docs/false_fail.md`; do not edit. The
right solutions are the references, the references rewritten by rules that change rounding and
nothing else (operands exchanged, other associations, constants in float32, float64 inside;
`graders/audit/alternatives.py`), and solutions written by hand in other styles (loops over
examples, samples and numbers; torch.distributions, einsum and scipy; `graders/audit/rewrites`).
Every hidden check runs on each under many course keys. Most checks are exact: what they risk is
rounding. A statistical check states how likely it fails a right solution; what a homework risks in
all is the sum.
"""


def table(found: Sequence[Rates], homeworks: Sequence[str], budget: float) -> str:
    """docs/false_fail.md."""
    return "\n".join([INTRODUCTION, *_budgets(homeworks, budget), *_measured(found)]) + "\n"


def stated(homework: str) -> dict[str, float]:
    """By exercise and check, the stated probability that a right solution fails."""
    return {
        f"{entry.name}.{check.name}": check.law.false_fail
        for entry in load_homework(homework).graded
        for check in entry.hidden
        if check.law
    }


def _budgets(homeworks: Sequence[str], budget: float) -> Iterator[str]:
    yield f"## The error budget: at most {budget:.0e} for a homework\n"
    yield "| homework | statistical checks | largest stated | sum |"
    yield "|---|---|---|---|"
    for name in homeworks:
        laws = stated(name)
        yield (
            f"| {name} | {len(laws)} | {max(laws.values(), default=0):.0e} |"
            f" {sum(laws.values()):.1e} |"
        )
    yield ""


def _measured(found: Sequence[Rates]) -> Iterator[str]:
    yield "## Measured\n"
    yield "With no failure in n seeds the rate of failures is below 3 / n, with 95 % confidence.\n"
    yield "| exercise | solutions, and seeds of each | checks | failures | 95 % bound per check |"
    yield "|---|---|---|---|---|"
    for exercise in dict.fromkeys(rates.exercise for rates in found):
        mine = [rates for rates in found if rates.exercise == exercise]
        seeds, failures = (
            sum(rates.seeds for rates in mine),
            sum(sum(rates.failures.values()) for rates in mine),
        )
        each = {
            rates.solution: sum(r.seeds for r in mine if r.solution == rates.solution)
            for rates in mine
        }
        bound = f"{min(1, 3 / seeds):.0e}" if not failures else "-"
        yield (
            f"| `{exercise}` | {', '.join(f'{solution} {n}' for solution, n in each.items())} |"
            f" {mine[0].checks} | {failures} | {bound} |"
        )
    runs = sum(rates.seeds * rates.checks for rates in found)
    yield (
        f"\n{runs} runs of checks, {sum(sum(rates.failures.values()) for rates in found)} failures."
    )


def report(console: Console, found: Sequence[Rates], homeworks: Mapping[str, float]) -> bool:
    """Print what was found; `homeworks` gives the budget of each. Returns whether no right solution
    failed and each budget holds.
    """
    runs = sum(rates.seeds * rates.checks for rates in found)
    problems = [
        f"{r.exercise}, {r.solution}: {check} fails {n} of {r.seeds} seeds; {r.messages[check]}"
        for r in found
        for check, n in r.failures.items()
    ]
    for name, budget in homeworks.items():
        total = sum(stated(name).values())
        console.print(
            f"{name}: stated false-fail probability {total:.1e} (budget {budget:.0e})",
            highlight=False,
            soft_wrap=True,
        )
        if total > budget:
            problems.append(
                f"{name}: the stated probabilities add up to {total:.1e}, more than {budget:.0e}"
            )
    for problem in problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    mark = "[red]✗[/]" if problems else "[green]✓[/]"
    console.print(
        f"{mark} {runs} runs of checks on right solutions,"
        f" {sum(sum(r.failures.values()) for r in found)} failures.",
        highlight=False,
        soft_wrap=True,
    )
    return not problems
