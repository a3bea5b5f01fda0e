"""`critic audit`: every exercise on every core, a report per exercise, and an exit status that CI
can trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from graders.audit import false_fail, family_scores, mutation
from graders.audit.audit import Catch, Power, Soundness, catches, idle, powers, soundness
from graders.audit.broken import sentence, without_broken
from graders.audit.fuzz import faults
from graders.audit.home import dead_hints
from graders.audit.matrix import rows, to_csv
from graders.audit.page import panel_of_catches, panel_of_score, write_page
from graders.audit.processes import each
from graders.audit.stand_ins import NOTHING_REPLACED, Proof, proof
from graders.audit.unearned import unearned
from graders.core.exercise import Law
from graders.grading.catalogue import (
    Entry,
    Homework,
    UnknownName,
    homework_names,
    load_homework,
)

OK, WEAK, USAGE = 0, 1, 2
# A function that trains takes seconds for each seed.
RANDOM_SEEDS, OTHER_SEEDS, TRAINING_SEEDS = 1000, 200, 50
BUDGET = 1e-6
# How often a law may miss a kind of wrong noise that it names.
MISSED = 1e-6


@dataclass(frozen=True)
class Audited:
    """What the audit found out about one exercise."""

    homework: str
    topic: str
    exercise: str
    catches: tuple[Catch, ...]
    soundness: tuple[Soundness, ...]
    powers: tuple[Power, ...]
    laws: tuple[tuple[str, Law], ...]
    sentences: dict[str, str]
    others: tuple[str, ...] = ()
    stand_ins: Proof = NOTHING_REPLACED

    @property
    def problems(self) -> list[str]:
        """Sentences about weak checks and failures of the reference."""
        weak = [
            f"{self.exercise}: the misconception {c.misconception} {c.problem}"
            for c in self.catches
            if c.problem
        ]
        unsound = [
            f"{self.exercise}: the reference fails {s.check} under {s.failures} of {s.seeds} seeds:"
            f" {s.message}"
            for s in self.soundness
            if s.failures
        ]
        blind = [
            f"{self.exercise}: {check} misses {kind} with probability {missed:.0e}"
            for check, law in self.laws
            for kind, missed in law.misses
            if missed > MISSED
        ]
        others = (*self.stand_ins.holes, *self.others)
        return weak + unsound + blind + [f"{self.exercise}: {text}" for text in others]

    @property
    def false_fail(self) -> float:
        """The stated probability that a right answer fails, summed over the statistical checks."""
        return sum(law.false_fail for _, law in self.laws)


@dataclass(frozen=True)
class Long:
    """A run that takes long: the file of its results, from which it goes on, and where its table
    goes, if anywhere.
    """

    results: Path
    table: Path | None = None


def audit_homeworks(
    console: Console,
    names: Sequence[str],
    every: bool,
    seeds: int | None,
    jobs: int,
    matrix: Path | None = None,
    mutants: Long | None = None,
    right: Long | None = None,
    html: Path | None = None,
    families: Long | None = None,
    only: Sequence[str] = (),
) -> int:
    """Audit homeworks and print the report. Returns 0, 1 when a check is too weak or a reference
    fails, 2 for a wrong call.

    only: these exercises, all when empty.
    matrix: a folder for the table of misconceptions against checks, a CSV file per topic; html: a
    page with that table.
    mutants: try the mutants of the references instead; families: wrong solutions made by kind;
    right: run right solutions under many seeds.
    """
    try:
        work = _chosen(_work(homework_names() if every else names), only)
    except UnknownName as error:
        console.print(f"[red]Cannot audit:[/] {error}", highlight=False, soft_wrap=True)
        return USAGE
    if not work:
        console.print("Which homework? Name one, or give --all.")
        return USAGE
    if mutants:
        return _audit_mutants(console, work, jobs, mutants, html)
    if families:
        return _audit_families(console, work, jobs, families)
    if right:
        return _audit_false_fail(
            console, homework_names() if every else names, work, seeds, jobs, right
        )
    found = []
    with Progress(
        TextColumn("auditing"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    ) as progress:
        task = progress.add_task("auditing", total=len(work))
        for audited in each(audit_exercise, [(*item, seeds) for item in work], jobs):
            found.append(audited)
            progress.advance(task)
    order = {item: i for i, item in enumerate(work)}
    found.sort(key=lambda audited: order[audited.homework, audited.exercise])
    for audited in found:
        _print(console, audited)
    if matrix:
        _write_matrix(matrix, found)
    if html:
        write_page(
            html, [panel_of_catches(a.homework, a.exercise, a.sentences, a.catches) for a in found]
        )
    return _conclude(console, found)


def unheard(
    *,
    mutants: Path | None,
    families: Path | None,
    false_fail: Path | None,
    table: Path | None,
    html: Path | None,
    matrix: Path | None,
    seeds: int | None,
) -> str:
    """Which of these options of `critic audit` would do nothing beside the others, in a sentence;
    empty when all are heard.
    """
    runs = {"--mutants": mutants, "--families": families, "--false-fail": false_fail}
    given = [option for option, file in runs.items() if file]
    long = given[0] if given else ""
    beside = {
        **{option: option in given[1:] for option in runs},
        "--matrix": matrix,
        "--seeds": (mutants or families) and seeds,
        "--html": (false_fail or families) and html,
    }
    if long:
        return next(
            (
                f"{long} and {option} do not go together"
                for option, given in beside.items()
                if given
            ),
            "",
        )
    return "--table is that of --mutants, --families or --false-fail: give one" if table else ""


def _audit_mutants(
    console: Console, work: Sequence[tuple[str, str]], jobs: int, run: Long, html: Path | None
) -> int:
    scores = mutation.audit_mutants(console, work, jobs, run.results)
    if run.table:
        run.table.write_text(mutation.table(scores))
    if html:
        write_page(html, [panel_of_score(score) for score in scores])
    return OK if mutation.report(console, scores) else WEAK


def _audit_families(console: Console, work: Sequence[tuple[str, str]], jobs: int, run: Long) -> int:
    kills = family_scores.audit_families(console, work, jobs, run.results)
    if run.table:
        run.table.write_text(family_scores.table(kills))
    return OK if family_scores.report(console, kills) else WEAK


def _audit_false_fail(
    console: Console,
    names: Sequence[str],
    work: Sequence[tuple[str, str]],
    seeds: int | None,
    jobs: int,
    run: Long,
) -> int:
    rates = false_fail.audit_false_fail(console, work, seeds, jobs, run.results)
    if run.table:
        run.table.write_text(false_fail.table(rates, names, BUDGET))
    return OK if false_fail.report(console, rates, dict.fromkeys(names, BUDGET)) else WEAK


def audit_exercise(homework_name: str, exercise: str, seeds: int | None) -> Audited:
    """Audit one exercise. Module level, so that a process of the pool can be asked for it. What
    breaks in the author's code is a problem of this exercise, and the others go on.
    """
    torch.set_num_threads(1)
    homework = load_homework(homework_name)
    whole = homework.entry(exercise)
    entry, broken = without_broken(whole, homework)
    try:
        return _audited(entry, homework, seeds, broken)
    except Exception as error:
        cause = error.__cause__ or error
        said = (*broken, sentence(entry, exercise, cause))
        return Audited(homework_name, entry.topic, exercise, (), (), (), (), {}, said)


def _audited(entry: Entry, homework: Homework, seeds: int | None, broken: list[str]) -> Audited:
    trains = "epochs" in entry.exercise.signature
    usual = (TRAINING_SEEDS, TRAINING_SEEDS) if trains else (RANDOM_SEEDS, OTHER_SEEDS)
    random_seeds, other_seeds = (seeds, seeds) if seeds else usual
    caught = tuple(catches(entry, homework))
    return Audited(
        homework.name,
        entry.topic,
        entry.name,
        caught,
        tuple(soundness(entry, homework, random_seeds=random_seeds, other_seeds=other_seeds)),
        tuple(powers(entry, homework, seeds=min(random_seeds, 100))),
        tuple((check.name, check.law) for check in entry.hidden if check.law),
        {check.name: check.sentence for check in entry.hidden},
        (*broken, *idle(entry, caught), *faults(entry, homework), *unearned(entry, homework),
         *dead_hints(entry)),
        proof(entry, homework),
    )  # fmt: skip


def _chosen(work: list[tuple[str, str]], only: Sequence[str]) -> list[tuple[str, str]]:
    """What was asked for of all this work. Raises UnknownName."""
    known = [exercise for _, exercise in work]
    for name in only:
        if name not in known:
            raise UnknownName(f"there is no exercise {name!r} here; there are {', '.join(known)}")
    return [item for item in work if not only or item[1] in only]


def _work(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each exercise once, under the first homework that has it."""
    seen: dict[str, str] = {}
    for name in names:
        for entry in load_homework(name).graded:
            seen.setdefault(entry.name, name)
    return [(homework, exercise) for exercise, homework in seen.items()]


def _write_matrix(folder: Path, found: Sequence[Audited]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for topic in dict.fromkeys(audited.topic for audited in found):
        (folder / f"{topic}.csv").write_text(
            to_csv(
                [
                    row
                    for audited in found
                    if audited.topic == topic
                    for row in rows(audited.catches)
                ]
            )
        )


def _print(console: Console, audited: Audited) -> None:
    console.print(
        f"\n[bold]{audited.exercise}[/] ({audited.homework})", highlight=False, soft_wrap=True
    )
    for c in audited.catches:
        mark = "[red]✗[/]" if c.problem else "[green]✓[/]"
        others = [name for name in c.caught_by if name != c.first]
        also = f", also {', '.join(others)}" if others else ""
        what = f"caught by {c.first}{also}" if c.caught_by else "caught by nothing"
        console.print(
            f"  {mark} {c.misconception}: {escape(what)}"
            + (f" [red]({escape(c.problem)})[/]" if c.problem else ""),
            highlight=False,
            soft_wrap=True,
        )
    runs = sum(s.seeds for s in audited.soundness)
    failures = sum(s.failures for s in audited.soundness)
    mark = "[red]✗[/]" if failures else "[green]✓[/]"
    most = max((s.seeds for s in audited.soundness), default=0)
    # With no failure in n runs, 3 / n bounds the rate of failures with 95 % confidence.
    bound = f", 95 % bound {3 / most:.1e} per check" if most and not failures else ""
    console.print(
        f"  {mark} reference: {failures} of {runs} runs failed ({len(audited.soundness)} checks, up"
        f" to {most} seeds{bound})",
        highlight=False,
        soft_wrap=True,
    )
    if audited.stand_ins.tried:
        _print_stand_ins(console, audited.stand_ins)
    for name, law in audited.laws:
        console.print(
            f"  ~ {name}: {law.test}; n = {law.n}, a right answer fails with probability at most"
            f" {law.false_fail:.0e}",
            highlight=False,
            soft_wrap=True,
        )
        if law.misses:
            kinds = ", ".join(f"{kind} ({missed:.0e})" for kind, missed in law.misses)
            console.print(f"      misses at most: {kinds}", highlight=False, soft_wrap=True)
        for p in audited.powers:
            if p.check == name:
                console.print(
                    f"      power against {p.misconception}: {p.caught} of {p.seeds} seeds",
                    highlight=False,
                    soft_wrap=True,
                )


def _print_stand_ins(console: Console, found: Proof) -> None:
    mark = "[red]✗[/]" if found.holes else "[green]✓[/]"
    console.print(
        f"  {mark} stand-ins: of {found.tried} judgements with failed prerequisites replaced,"
        f" {len(found.holes)} came out as they should not",
        highlight=False,
        soft_wrap=True,
    )
    for hole in found.holes:
        console.print(f"      [red]{escape(hole)}[/]", highlight=False, soft_wrap=True)


def _conclude(console: Console, found: Sequence[Audited]) -> int:
    problems = [problem for audited in found for problem in audited.problems]
    mistakes = sum(len(audited.catches) for audited in found)
    budget = sum(audited.false_fail for audited in found)
    console.print(
        f"\n{len(found)} exercises, {mistakes} misconceptions,"
        f" {sum(len(a.soundness) for a in found)} checks.",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"Stated false-fail probability, all statistical checks together: {budget:.1e} (budget"
        f" {BUDGET:.0e}).",
        highlight=False,
        soft_wrap=True,
    )
    if budget > BUDGET:
        problems.append(
            f"the false-fail probabilities add up to {budget:.1e}, more than {BUDGET:.0e}"
        )
    for problem in problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    console.print(
        "[red]Some checks are too weak, or a reference fails.[/]"
        if problems
        else "[green]No misconception survives, and no reference fails.[/]"
    )
    return WEAK if problems else OK
