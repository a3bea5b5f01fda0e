"""One HTML page that shows which check catches what: rows are misconceptions and mutants, columns
are checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.audit.audit import Catch
from graders.audit.mutation import Score
from graders.audit.trials import MUTANT, Trial
from graders.grading.pages import template

# Survivors are what one looks for, so they come first.
SURVIVES, EQUIVALENT, MISTAKE, KILLED = "survives", "equivalent", "misconception", "mutant"


@dataclass(frozen=True)
class Row:
    """A wrong solution. `title` says more about it than its name: the hint, the changed line, the
    proof.
    """

    name: str
    kind: str
    title: str
    caught_by: frozenset[str]


@dataclass(frozen=True)
class Panel:
    """An exercise: its checks, name and sentence, and its rows."""

    homework: str
    exercise: str
    sentences: Mapping[str, str]
    rows: tuple[Row, ...]

    def count(self, kind: str) -> int:
        return sum(row.kind == kind for row in self.rows)

    def caught(self, check: str) -> int:
        """How many rows a check catches."""
        return sum(check in row.caught_by for row in self.rows)

    def alone(self, check: str) -> int:
        """How many rows a check catches that no other does."""
        return sum(row.caught_by == {check} for row in self.rows)


def panel_of_catches(
    homework: str, exercise: str, sentences: Mapping[str, str], catches: Sequence[Catch]
) -> Panel:
    """An exercise with its misconceptions only."""
    rows = [
        Row(
            c.misconception,
            MISTAKE if c.caught_by else SURVIVES,
            f"declared: {c.declared}",
            frozenset(c.caught_by),
        )
        for c in catches
    ]
    return Panel(homework, exercise, sentences, _ordered(rows))


def panel_of_score(score: Score) -> Panel:
    """An exercise with its misconceptions and mutants, without the trivial ones."""
    rows = [
        _row(trial, score) for trial in score.trials if not trial.nonsense or trial.kind != MUTANT
    ]
    return Panel(score.homework, score.exercise, score.sentences, _ordered(rows))


def _row(trial: Trial, score: Score) -> Row:
    name = trial.id.split(":", 1)[1]
    if trial.kind != MUTANT:
        return Row(
            name, MISTAKE if trial.killed_by else SURVIVES, trial.line, frozenset(trial.killed_by)
        )
    if trial.killed_by:
        return Row(name, KILLED, trial.line, frozenset(trial.killed_by))
    proof = score.proofs.get(trial.id)
    return Row(
        name,
        EQUIVALENT if proof else SURVIVES,
        f"{trial.line} ({proof})" if proof else trial.line,
        frozenset(),
    )


def _ordered(rows: Sequence[Row]) -> tuple[Row, ...]:
    kinds = (SURVIVES, MISTAKE, KILLED, EQUIVALENT)
    return tuple(sorted(rows, key=lambda row: kinds.index(row.kind)))


def write_page(path: Path, panels: Sequence[Panel]) -> None:
    """Write the page, which needs nothing beside it."""
    shown = [panel for panel in panels if panel.rows]
    counts = {
        kind: sum(panel.count(kind) for panel in shown)
        for kind in (MISTAKE, KILLED, EQUIVALENT, SURVIVES)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(__file__, "matrix.html").render(panels=shown, counts=counts))
