"""Prerequisites that failed, replaced by public stand-ins: which, with which coefficients, and the
reference composed with the same ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from graders.core.draw import Draw, derive_seed
from graders.grading.catalogue import Entry, Homework
from graders.grading.outcome import ExerciseGrade
from graders.grading.right import Right


@dataclass(frozen=True)
class Replaced:
    """A set of prerequisites whose stand-ins take their place, under one key."""

    entries: tuple[Entry, ...]
    key: str

    @property
    def names(self) -> str:
        """The prerequisites as students read them."""
        return " and ".join(f"`{entry.name}`" for entry in self.entries)

    def placements(self) -> list[tuple[str, str, list[float]]]:
        """Topic, name and coefficients of each: what the worker has to know."""
        return [(e.topic, e.name, coefficients(e, self.key)) for e in self.entries]

    def compose(self, right: Right) -> Right:
        """The reference that calls the same stand-ins."""
        return right.replacing(
            {
                e.name: partial(
                    e.stand_in.function, **dict(zip(_last(e), coefficients(e, self.key)))
                )
                for e in self.entries
            }
        )


def failed_prerequisites(
    entry: Entry, homework: Homework, before: Mapping[str, ExerciseGrade]
) -> list[Entry]:
    """What a solution may call, directly or through something else, that was graded and is not
    right.
    """
    found: dict[str, Entry] = {}
    names = list(entry.exercise.requires)
    while names:
        name = names.pop()
        if name in before and name not in found:
            found[name] = homework.entry(name)
            names.extend(found[name].exercise.requires)
    return [e for e in found.values() if e.stand_in and not before[e.name].right]


def sets_of(failed: Sequence[Entry], key: str) -> Iterator[Replaced]:
    """All of them, then smaller sets: a solution may call some and write out others."""
    for size in range(len(failed), 0, -1):
        for chosen in itertools.combinations(failed, size):
            yield Replaced(chosen, key)


def coefficients(entry: Entry, key: str) -> list[float]:
    """Coefficients between 0.5 and 1.5, the same for the submission and for the reference."""
    draw = Draw(derive_seed(key, "stand-in", entry.name))
    return draw.uniform(0.5, 1.5, entry.stand_in.coefficients).tolist()


def _last(entry: Entry) -> list[str]:
    code = entry.stand_in.function.__code__
    return list(code.co_varnames[: code.co_argcount][-entry.stand_in.coefficients :])
