"""`critic audit --families`: how many wrong solutions made by kind the hidden checks kill."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.audit import kept
from graders.audit.families import FAMILIES, Kill, equivalents, proof_of, try_family
from graders.grading.catalogue import load_homework

# What is to be killed of the solutions that are not right by the contract.
ENOUGH = 0.99


def audit_families(
    console: Console, work: Sequence[tuple[str, str]], jobs: int, results: Path
) -> list[Kill]:
    """Try every family on these exercises. What the file of results already holds, and has not
    changed, is not run again.
    """
    known = {kill.id: kill for kill in kept.read(results, Kill)}
    functions = [
        (homework, exercise)
        for homework, exercise in work
        if (declared := load_homework(homework).entry(exercise).exercise).contract
        # What trains would be trained some hundred times.
        and "epochs" not in declared.signature
    ]
    tasks = [(*item, family) for item in functions for family in FAMILIES]
    found: list[Kill] = []
    columns = (TextColumn("families"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        kept.keeping(results, known.values()) as keep,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        task = progress.add_task("families", total=len(tasks))
        for kills in _in_processes(tasks, known, jobs):
            for kill in kills:
                if known.get(kill.id) != kill:
                    keep(kill)
            found += kills
            progress.advance(task)
    order = {name: place for place, (_, name) in enumerate(functions)}
    return sorted(found, key=lambda k: (order[k.exercise], FAMILIES.index(k.family), k.id))


def _in_processes(
    tasks: Sequence[tuple[str, str, str]], known: dict[str, Kill], jobs: int
) -> Iterator[list[Kill]]:
    own = [{id: k for id, k in known.items() if k.exercise == t[1]} for t in tasks]
    if jobs == 1:
        yield from (_try(*item) for item in zip(tasks, own))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_try, *item) for item in zip(tasks, own)]
        yield from (future.result() for future in as_completed(futures))


def _try(task: tuple[str, str, str], known: dict[str, Kill]) -> list[Kill]:
    torch.set_num_threads(1)
    homework = load_homework(task[0])
    return try_family(homework.entry(task[1]), homework, task[2], known)


def survivors(kills: Sequence[Kill]) -> list[Kill]:
    """What no check kills and the contract does not allow."""
    return [kill for kill in kills if not kill.killed_by and not proof_of(kill.id)]


def share(kills: Sequence[Kill]) -> float:
    """The share that is killed of what the contract does not allow."""
    wrong = [kill for kill in kills if not proof_of(kill.id)]
    return sum(bool(kill.killed_by) for kill in wrong) / len(wrong) if wrong else 1.0


def problems(kills: Sequence[Kill]) -> list[str]:
    """Right solutions that a check fails, checks that broke, and patterns that fit nothing."""
    refused = [
        f"{k.id} is right by the contract, and {k.killed_by} fails it: {k.problem}"
        for k in kills
        if k.killed_by and proof_of(k.id)
    ]
    return refused + [f"{k.id}: {k.problem}" for k in kills if not k.killed_by and k.problem]


def report(console: Console, kills: Sequence[Kill]) -> bool:
    """Print what was found. Returns whether the checks are good enough."""
    for exercise in dict.fromkeys(kill.exercise for kill in kills):
        own = [kill for kill in kills if kill.exercise == exercise]
        counts = ", ".join(
            f"{family} {_count(own, family)}" for family in FAMILIES if _count(own, family)
        )
        console.print(f"{exercise}: {counts}", highlight=False, soft_wrap=True)
        for kill in survivors(own):
            console.print(
                f"  [red]✗[/] {escape(kill.id)} survives", highlight=False, soft_wrap=True
            )
    for problem in problems(kills):
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    good = share(kills) >= ENOUGH and not problems(kills)
    mark = "[green]✓[/]" if good else "[red]✗[/]"
    console.print(
        f"{mark} {share(kills):.2%} of {len(kills)} solutions made by kind, but for those that are"
        f" right by the contract, are killed; wanted {ENOUGH:.0%}.",
        highlight=False,
        soft_wrap=True,
    )
    return good


def _count(kills: Sequence[Kill], family: str) -> str:
    wrong = [kill for kill in kills if kill.family == family and not proof_of(kill.id)]
    return f"{sum(bool(kill.killed_by) for kill in wrong)}/{len(wrong)}" if wrong else ""


INTRODUCTION = """\
# Wrong solutions made by kind

Generated by `critic audit --all --families RESULTS --table docs/families.md`; do not edit. From
each declaration solutions are made by kind (`graders/audit/wrong_*.py`): the reference with its
noise, what it leaves behind, its dtype, axes, sizes, prerequisites or refusals changed. Left out
are those that no allowed argument tells from the reference, and functions that train. A cell says
how many of those that the contract does not allow a hidden check kills.
"""


def table(kills: Sequence[Kill]) -> str:
    """docs/families.md."""
    head = ["exercise", *FAMILIES, "share"]
    rows = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for exercise in dict.fromkeys(kill.exercise for kill in kills):
        rows.append(_row(f"`{exercise}`", [k for k in kills if k.exercise == exercise]))
    rows.append(_row("**all**", kills))
    alive = [f"- `{kill.id}`" for kill in survivors(kills)] or ["None."]
    return "\n".join(
        [INTRODUCTION, *rows, "\n## Survivors\n", *alive, "\n## Right by the contract\n",
         *_right(kills), ""]
    )  # fmt: skip


def _row(name: str, kills: Sequence[Kill]) -> str:
    cells = [_count(kills, family) for family in FAMILIES]
    return f"| {name} | {' | '.join(cells)} | {share(kills):.1%} |"


def _right(kills: Sequence[Kill]) -> Iterator[str]:
    for proof in dict.fromkeys(proof for _, proof in equivalents()):
        fit = [kill.id for kill in kills if proof_of(kill.id) == proof]
        yield f"- {proof} ({len(fit)} solutions)"
