"""What the instructor sees on the terminal when a class is graded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.table import Table

from graders.core.troubles import add_up
from graders.grading.outcome import Grade


def exercise_table(grades: Sequence[Grade]) -> Table:
    """Per exercise: how many got it right, and the mistakes that were recognised, most frequent
    first.
    """
    table = Table(title=f"{grades[0].homework}: {len(grades)} submissions", title_justify="left")
    table.add_column("exercise", no_wrap=True)
    table.add_column("right", justify="right")
    table.add_column("mean", justify="right")
    table.add_column("mistakes recognised")
    for row in zip(*(grade.exercises for grade in grades)):
        shares = [e.share for e in row if e.share is not None]
        found = Counter(e.diagnosis[0].name for e in row if e.diagnosis)
        mistakes = ", ".join(
            f"{name} ×{count}" if count > 1 else name for name, count in found.most_common()
        )
        mean = f"{sum(shares) / len(shares):.0%}" if shares else "none yet"
        table.add_row(row[0].name, f"{sum(e.right for e in row)}/{len(row)}", mean, mistakes)
    return table


def troubles(grades: Sequence[Grade]) -> list[str]:
    """Sentences about what needs a person: grades withheld first, then what waits for one, what
    several submissions met here, and notes on each."""
    faults = [
        f"{g.submission}: the grade of {', '.join(g.withheld)} is withheld, because a check of ours"
        " broke; see its record"
        for g in grades
        if g.withheld
    ]
    waiting = Counter(name for g in grades for name in g.waiting)
    persons = [
        f"{name}: {count} of {len(grades)} submissions wait for a person; give points with `critic"
        " score`"
        for name, count in waiting.items()
    ]
    common = add_up([grade.notes for grade in grades])
    return [
        *faults,
        *persons,
        *common,
        *(f"{g.submission}: {note}" for g in grades for note in g.notes),
    ]
