"""`critic audit --mutants`: which small changes of the references the hidden checks do not see."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.audit.trials import MISCONCEPTION, MUTANT, Trial, run_all, subjects
from graders.grading.catalogue import Entry, load_homework

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EQUIVALENTS = Path(__file__).with_name("equivalents.toml")
# What the checks of all exercises together must kill of the mutants that are not equivalent.
ENOUGH = 0.98


@dataclass(frozen=True)
class Score:
    """The mutants and misconceptions of one exercise, and what its hidden checks made of them."""

    homework: str
    topic: str
    exercise: str
    sentences: Mapping[str, str]
    trials: tuple[Trial, ...]
    proofs: Mapping[str, str]

    @property
    def mutants(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.kind == MUTANT]

    @property
    def trivial(self) -> list[Trial]:
        """Mutants that every call finds out. They say nothing about the checks, and do not
        count.
        """
        return [trial for trial in self.mutants if trial.nonsense]

    @property
    def killed(self) -> list[Trial]:
        return [trial for trial in self.mutants if trial.killed_by and not trial.nonsense]

    @property
    def equivalent(self) -> list[Trial]:
        return [trial for trial in self.mutants if not trial.killed_by and trial.id in self.proofs]

    @property
    def survivors(self) -> list[Trial]:
        return [
            trial for trial in self.trials if not trial.killed_by and trial.id not in self.proofs
        ]

    @property
    def redundant(self) -> list[str]:
        """Checks without which everything that is caught would still be caught."""
        alone = {
            trial.killed_by[0]
            for trial in self.trials
            if len(trial.killed_by) == 1 and not trial.nonsense
        }
        return [check for check in self.sentences if check not in alone]

    @property
    def idle(self) -> list[str]:
        """Checks that nothing tried here fails, so that nothing shows that they can."""
        caught = {check for trial in self.trials for check in trial.killed_by}
        return [check for check in self.sentences if check not in caught]

    @property
    def problems(self) -> list[str]:
        """What is wrong with the checks or with the list of equivalents; a survivor is none, it
        lowers the share.
        """
        mine = {
            id: proof
            for id, proof in self.proofs.items()
            if id.startswith(f"{self.topic}.{self.exercise}:")
        }
        exist = {trial.id for trial in self.mutants}
        return [
            *(
                f"{trial.id} makes the check {check} break: {trial.problems[check]}"
                for trial in self.trials
                for check in trial.faults
            ),
            *(
                f"{trial.id} survives, and is a misconception"
                for trial in self.survivors
                if trial.kind == MISCONCEPTION
            ),
            *(
                f"{trial.id} is listed as equivalent, and {trial.killed_by[0]} kills it"
                for trial in self.mutants
                if trial.id in mine and trial.killed_by
            ),
            *(
                f"{id} is listed as equivalent, and there is no such mutant"
                for id in mine
                if id not in exist
            ),
        ]


def share(scores: Sequence[Score]) -> float:
    """The share of the mutants killed, without the equivalent and the trivial ones."""
    killed = sum(len(score.killed) for score in scores)
    survived = sum(trial.kind == MUTANT for score in scores for trial in score.survivors)
    return killed / (killed + survived) if killed + survived else 1.0


def equivalents(path: Path = EQUIVALENTS) -> dict[str, str]:
    """The mutants that no check could kill, each with its proof."""
    return {
        id: group["proof"]
        for group in tomllib.loads(path.read_text())["equivalent"]
        for id in group["mutants"]
    }


def audit_mutants(
    console: Console, work: Sequence[tuple[str, str]], jobs: int, results: Path
) -> list[Score]:
    """Try every misconception and every mutant of these exercises. What the file of results already
    holds is not run again.
    """
    homeworks = {name: load_homework(name) for name, _ in work}
    to_try = [
        (homeworks[name], subject)
        for name, exercise in work
        for subject in subjects(homeworks[name], exercise)
    ]
    found: dict[str, list[Trial]] = {exercise: [] for _, exercise in work}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # A thread that redraws the bar would be copied, with its locks, into every child.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("mutants", total=len(to_try))
        for trial in run_all(to_try, results, jobs):
            found[trial.exercise].append(trial)
            progress.update(task, advance=1, refresh=True)
    order = {subject.id: i for i, (_, subject) in enumerate(to_try)}
    proofs = equivalents()
    return [
        _score(
            homeworks[name].entry(exercise),
            name,
            sorted(found[exercise], key=lambda t: order[t.id]),
            proofs,
        )
        for name, exercise in work
    ]


def _score(
    entry: Entry, homework: str, trials: Sequence[Trial], proofs: Mapping[str, str]
) -> Score:
    return Score(
        homework,
        entry.topic,
        entry.name,
        {check.name: check.sentence for check in entry.hidden},
        tuple(trials),
        proofs,
    )


def report(console: Console, scores: Sequence[Score]) -> bool:
    """Print what was found. Returns whether the checks are good enough."""
    for score in scores:
        if score.mutants:
            counts = (
                f"{len(score.killed)} killed, {len(score.equivalent)} equivalent,"
                f" {len(score.trivial)} trivial"
            )
            console.print(
                f"{score.exercise}: {len(score.mutants)} mutants, {counts}",
                highlight=False,
                soft_wrap=True,
            )
        for trial in score.survivors:
            console.print(
                f"  [red]✗[/] {escape(trial.id)} survives: {escape(trial.line)}",
                highlight=False,
                soft_wrap=True,
            )
    problems = [problem for score in scores for problem in score.problems]
    for problem in problems:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    good = share(scores) >= ENOUGH and not problems
    mark = "[green]✓[/]" if good else "[red]✗[/]"
    console.print(
        f"{mark} {share(scores):.2%} of the mutants that are neither equivalent nor trivial are"
        f" killed; wanted {ENOUGH:.0%}.",
        highlight=False,
        soft_wrap=True,
    )
    return good


INTRODUCTION = """\
# Mutants of the references

Generated by `critic audit --all --mutants RESULTS --table docs/mutants.md`; do not edit. A mutant
is a reference with one small change of its source (`graders/audit/mutants.py` says which changes,
and what is left alone). Every hidden check of the exercise runs on it. It is **killed** when a
check does not pass, or when it dies or meets a limit. It is **trivial** when every check meets an
error that any call would: such mutants do not count. **Equivalent** ones do what the contract asks,
each for a reason that is given below. The score is killed / (killed + survived).
"""


def table(scores: Sequence[Score]) -> str:
    """docs/mutants.md."""
    return "\n".join(
        [
            INTRODUCTION,
            *_scores(scores),
            *_survivors(scores),
            *_redundant(scores),
            *_equivalents(scores),
        ]
    )


def _scores(scores: Sequence[Score]) -> Iterator[str]:
    yield "| topic | exercise | mutants | trivial | equivalent | killed | survived | score |"
    yield "|---|---|---|---|---|---|---|---|"
    with_mutants = [score for score in scores if score.mutants]
    for score in with_mutants:
        yield _row(f"| {score.topic} | `{score.exercise}` ", [score])
    yield _row("| **all** | ", with_mutants) + "\n"


def _row(start: str, scores: Sequence[Score]) -> str:
    groups = [
        [t for s in scores for t in group(s)]
        for group in (
            lambda s: s.mutants,
            lambda s: s.trivial,
            lambda s: s.equivalent,
            lambda s: s.killed,
        )
    ]
    survived = sum(trial.kind == MUTANT for score in scores for trial in score.survivors)
    return (
        f"{start}| {' | '.join(str(len(group)) for group in groups)} | {survived} |"
        f" {share(scores):.1%} |"
    )


def _survivors(scores: Sequence[Score]) -> Iterator[str]:
    yield "## Survivors\n"
    lines = [f"- `{trial.id}`: `{trial.line}`" for score in scores for trial in score.survivors]
    yield from lines or ["None."]
    yield ""


def _redundant(scores: Sequence[Score]) -> Iterator[str]:
    """Only where a check could be spared: an exercise with one check has none."""
    several = [score for score in scores if len(score.sentences) > 1]
    yield "## Checks that catch nothing\n"
    yield "No misconception and no mutant fails these.\n"
    yield from [_named(score.exercise, score.idle) for score in several if score.idle] or ["None."]
    yield "\n## Checks that alone kill nothing\n"
    yield (
        "Whatever these catch, another check of the exercise catches too: each could be left out by"
        " itself, though not all at once.\n"
    )
    spared = {
        score.exercise: [name for name in score.redundant if name not in score.idle]
        for score in several
    }
    yield from [_named(exercise, names) for exercise, names in spared.items() if names] or ["None."]
    yield ""


def _named(exercise: str, checks: Sequence[str]) -> str:
    return f"- `{exercise}`: {', '.join(f'`{name}`' for name in checks)}"


def _equivalents(scores: Sequence[Score]) -> Iterator[str]:
    yield "## Equivalent mutants, and why\n"
    by_proof: dict[str, list[Trial]] = {}
    for score in scores:
        for trial in score.equivalent:
            by_proof.setdefault(score.proofs[trial.id], []).append(trial)
    for proof, trials in by_proof.items():
        yield f"- {proof}"
        yield from (f"  - `{trial.id}`: `{trial.line}`" for trial in trials)
