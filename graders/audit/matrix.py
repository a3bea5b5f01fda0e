"""The full matrix of misconceptions against checks as text: a CSV file per topic, kept beside the
tests and compared.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from graders.audit.audit import Catch

HEADER = ("exercise", "misconception", "first", "caught by")


def rows(catches: Iterable[Catch]) -> list[tuple[str, ...]]:
    """One row per misconception: the first check that catches it, and all that do."""
    return [(c.exercise, c.misconception, c.first, " ".join(c.caught_by)) for c in catches]


def to_csv(table: Sequence[tuple[str, ...]]) -> str:
    """The rows of one topic as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *table])
    return text.getvalue()


def from_csv(text: str) -> list[tuple[str, ...]]:
    """The rows that `to_csv` wrote."""
    return [tuple(row) for row in csv.reader(io.StringIO(text))][1:]
