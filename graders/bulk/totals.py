"""All homeworks of a course together: a row per person, the worst homeworks dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graders.bulk.exports import as_csv, number
from graders.bulk.scores import Result
from graders.course.people import Person


def totals_csv(results: Mapping[str, Sequence[Result]], drop: int) -> str:
    """Percent of each homework, which were dropped, the percentage of the points of the others, and
    in which of them something still waits: a written answer that nobody has read, a withheld grade.

    Somebody without a submission has 0 of that homework; what is excused counts neither for nor
    against. Who is known by no roster and no platform
    counts under the name of the submission.
    """
    names = list(results)
    people: dict[str, Person] = {}
    points: dict[str, dict[str, float]] = {}
    waiting: dict[str, list[str]] = {}
    whole = {name: max((r.in_all for r in found), default=0.0) for name, found in results.items()}
    counted: dict[str, dict[str, float]] = {}
    for name, found in results.items():
        for result in found:
            for person in result.people or (Person(name=result.name),):
                people.setdefault(person.key, person)
                points.setdefault(person.key, {})[name] = result.total
                counted.setdefault(person.key, {})[name] = result.possible
                if not result.complete:
                    waiting.setdefault(person.key, []).append(name)
    rows = [
        ["id", "name", "email", *(f"{name} %" for name in names), "dropped", "total %", "waiting"]
    ]
    for key in sorted(people):
        person, earned = people[key], {name: points[key].get(name, 0.0) for name in names}
        possible = {**whole, **counted[key]}
        dropped = worst(earned, possible, drop)
        kept = [name for name in names if name not in dropped]
        shares = [number(_percent(earned[name], possible[name])) for name in names]
        overall = _percent(sum(earned[name] for name in kept), sum(possible[name] for name in kept))
        rows.append(
            [
                person.id,
                person.name,
                person.email,
                *shares,
                " ".join(dropped),
                number(overall),
                " ".join(waiting.get(key, [])),
            ]
        )
    return as_csv(rows)


def worst(earned: Mapping[str, float], possible: Mapping[str, float], drop: int) -> list[str]:
    """The homeworks with the smallest share of their points; one always counts."""
    ordered = sorted(earned, key=lambda name: (_percent(earned[name], possible[name]), name))
    return sorted(ordered[: min(drop, len(ordered) - 1)])


def _percent(earned: float, possible: float) -> float:
    return 100 * earned / possible if possible else 100.0
