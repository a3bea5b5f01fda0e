"""A rubric as a list of what earns points, read from the table under `### Rubric`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

# Row of a table, cells without their bars; a bar in a formula is written \| there.
BAR = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"^[\s|:-]+$")
WEIGHT = re.compile(r"^(\d+(?:\.\d+)?)\s*(%?)$|^(\d+)/(\d+)$")


class BadRubric(Exception):
    """A rubric whose points do not add up, or that has no table; the text says which and why."""


@dataclass(frozen=True)
class Item:
    """One thing that earns points. `text`: Markdown."""

    points: float
    text: str


@dataclass(frozen=True)
class Rubric:
    """`items` in the order of the rubric, their points those of the exercise; `remarks`: Markdown
    below the table.
    """

    items: tuple[Item, ...]
    remarks: str = ""


def read_rubric(text: str, points: float, exercise: str) -> Rubric:
    """The rubric of a written exercise that is worth `points`.

    Weights are percentages, fractions or points of any total; they are scaled to `points`,
    in steps of 0.05.
    Raises BadRubric when there is no table, or percentages and fractions do not add up to 1.
    """
    lines = text.splitlines()
    table = [line for line in lines if line.lstrip().startswith("|")]
    rows = [_row(line) for line in table if not RULE.match(line)]
    items = [row for row in map(_item, rows) if row]
    if not items:
        raise BadRubric(
            f"{exercise}: its rubric has no table with rows such as `| 20 % | what earns it |`"
        )
    total = sum(weight for weight, _, _ in items)
    if total != 1 and any(relative for _, relative, _ in items):
        raise BadRubric(f"{exercise}: the parts of its rubric add up to {float(total):g}, not to 1")
    remarks = "\n".join(line for line in lines if line not in table).strip()
    given = _rounded([weight / total * Fraction(points) for weight, _, _ in items])
    return Rubric(tuple(Item(p, said) for p, (_, _, said) in zip(given, items)), remarks)


def _rounded(points: list[Fraction]) -> list[float]:
    """Each to a twentieth of a point, the sum kept: what a person would type."""
    marks = [round(sum(points[: i + 1]) * 20) for i in range(len(points))]
    return [(mark - before) / 20 for mark, before in zip(marks, [0, *marks])]


def _row(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in BAR.split(line.strip())[1:-1]]


def _item(cells: list[str]) -> tuple[Fraction, bool, str] | None:
    """Weight, whether it is a part of the whole, and text; nothing for the heading."""
    found = next(((i, m) for i, cell in enumerate(cells) if (m := WEIGHT.match(cell))), None)
    if found is None:
        return None
    place, match = found
    said = " ".join(cell for i, cell in enumerate(cells) if i != place)
    number, percent, above, below = match.groups()
    if above:
        return Fraction(int(above), int(below)), True, said
    return Fraction(number) / (100 if percent else 1), bool(percent), said
