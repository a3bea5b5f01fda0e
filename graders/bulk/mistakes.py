"""Failures that no misconception names: grouped by what they returned, named once by a person, and
recognised from then on.

Hidden inputs follow from the course key, so equal mistakes fail the same checks with the same
values. A name keeps the code of one who made the mistake: under another key the code runs again,
in isolation, and tells what the mistake looks like there.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import tomlkit

from graders.core.verdict import Status, Verdict
from graders.grading.outcome import Diagnosed, ExerciseGrade, Grade
from graders.grading.record import write

FILE = "mistakes.toml"
HEADER = "Mistakes of your classes that somebody named in `critic review`; private, like the key."
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")
# Values that differ by less, relatively, are taken for the same mistake.
NEAR = 0.02


@dataclass(frozen=True)
class Named:
    """A mistake that a person named. `prints`: what it looks like, by homework and key; `code`: the
    submission of one who made it.
    """

    exercise: str
    name: str
    hint: str
    code: str = ""
    prints: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Submissions that fail an exercise alike; `failures`: the failed checks of the first."""

    exercise: str
    prints: tuple[str, ...]
    members: tuple[str, ...]
    failures: tuple[Verdict, ...]


def failures_of(exercise: ExerciseGrade) -> tuple[Verdict, ...]:
    """What failed and was not merely skipped."""
    return tuple(v for v in exercise.verdicts if not v.passed and v.status is not Status.SKIPPED)


def print_of(exercise: ExerciseGrade) -> str:
    """What a failure is known by: the checks that failed, and what each got."""
    said = [(v.check, v.status.value, v.problem, v.message) for v in failures_of(exercise)]
    return hashlib.sha256(repr((exercise.name, said)).encode()).hexdigest()[:16]


def unnamed(exercise: ExerciseGrade) -> bool:
    """Whether an exercise is wrong, there, and no misconception tells why."""
    missing = any(v.problem == "missing" for v in exercise.verdicts)
    return exercise.share not in (None, 1.0) and not exercise.diagnosis and not missing


def groups(grades: Iterable[Grade]) -> list[Group]:
    """The unnamed failures of a class, those that most students share first."""
    found: dict[str, list[tuple[str, ExerciseGrade]]] = defaultdict(list)
    for grade in grades:
        for exercise in grade.exercises:
            if unnamed(exercise) and failures_of(exercise):
                found[exercise.name].append((grade.submission, exercise))
    made = [group for wrong in found.values() for group in _grouped(wrong)]
    return sorted(made, key=lambda group: (-len(group.members), group.exercise, group.members))


def _grouped(wrong: Sequence[tuple[str, ExerciseGrade]]) -> list[Group]:
    """One exercise: equal failures first, then those whose values are near."""
    equal: dict[str, list[tuple[str, ExerciseGrade]]] = defaultdict(list)
    for name, exercise in wrong:
        equal[print_of(exercise)].append((name, exercise))
    ones = [(mark, members[0][1]) for mark, members in equal.items()]
    labels = _near([failures_of(exercise) for _, exercise in ones])
    made = []
    for label in sorted(set(labels)):
        chosen = [one for one, its in zip(ones, labels) if its == label]
        members = tuple(sorted(name for mark, _ in chosen for name, _ in equal[mark]))
        first = chosen[0][1]
        marks = tuple(mark for mark, _ in chosen)
        made.append(Group(first.name, marks, members, failures_of(first)))
    return made


def _near(failures: Sequence[tuple[Verdict, ...]]) -> list[int]:
    """A label for each: equal for those that fail alike with values that are near."""
    if len(failures) < 2:
        return list(range(len(failures)))
    from sklearn.cluster import DBSCAN

    distances = np.array([[_distance(a, b) for b in failures] for a in failures])
    clusters = DBSCAN(eps=NEAR, min_samples=1, metric="precomputed").fit(distances)
    return [int(label) for label in clusters.labels_]


def _distance(one: Sequence[Verdict], other: Sequence[Verdict]) -> float:
    """1 for other checks or other problems; else how far the values are apart, relatively."""
    if [(v.check, v.problem) for v in one] != [(v.check, v.problem) for v in other]:
        return 1.0
    first, second = (_numbers(verdicts) for verdicts in (one, other))
    if len(first) != len(second):
        return 1.0
    scale = np.maximum(np.abs(first), np.abs(second)).clip(1e-12)
    return float(min(1.0, np.max(np.abs(first - second) / scale, initial=0.0)))


def _numbers(verdicts: Sequence[Verdict]) -> np.ndarray:
    found = [float(text) for v in verdicts for text in NUMBER.findall(v.message)]
    return np.array(found, dtype=float)


# --- names ------------------------------------------------------------------------------------


def read_named(folder: Path) -> list[Named]:
    """The names that are kept in this folder; none when there are none."""
    path = folder / FILE
    if not path.exists():
        return []
    kept = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    return [Named(**mistake) for mistake in kept.get("mistake", [])]


def keep_named(folder: Path, named: Sequence[Named]) -> None:
    """Write the names into this folder."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    document["mistake"] = [asdict(mistake) for mistake in named]
    write(folder / FILE, tomlkit.dumps(document))


def with_name(
    named: Sequence[Named], about: Named, where: str, marks: Sequence[str]
) -> list[Named]:
    """The names with one more, or with a new hint and more prints for one that is there."""
    old = next((n for n in named if (n.exercise, n.name) == (about.exercise, about.name)), about)
    known = old.prints.get(where, [])
    prints = {**old.prints, where: [*known, *(mark for mark in marks if mark not in known)]}
    new = replace(old, hint=about.hint, prints=prints)
    return [n for n in named if (n.exercise, n.name) != (about.exercise, about.name)] + [new]


def without_name(
    named: Sequence[Named], exercise: str, name: str, where: str, marks: Sequence[str]
) -> list[Named]:
    """The names, where these prints have this one no more; one that nothing has is left out."""
    kept = []
    for n in named:
        if (n.exercise, n.name) == (exercise, name):
            left = [mark for mark in n.prints.get(where, ()) if mark not in marks]
            n = replace(n, prints={**n.prints, where: left})
        if any(n.prints.values()):
            kept.append(n)
    return kept


def recognised(grade: Grade, named: Mapping[tuple[str, str], Named]) -> Grade:
    """The grade with what is known by name now. `named`: by exercise and print."""
    if not named:
        return grade
    return replace(grade, exercises=tuple(_recognised(e, named) for e in grade.exercises))


def by_print(named: Sequence[Named], where: str) -> dict[tuple[str, str], Named]:
    """Names by exercise and print, for one homework under one key."""
    return {(n.exercise, mark): n for n in named for mark in n.prints.get(where, ())}


def _recognised(exercise: ExerciseGrade, named: Mapping[tuple[str, str], Named]) -> ExerciseGrade:
    known = named.get((exercise.name, print_of(exercise))) if unnamed(exercise) else None
    if known is None:
        return exercise
    first = next(
        (v for v in exercise.verdicts if v in failures_of(exercise) and not v.public), None
    )
    verdicts = tuple(replace(v, hint=known.hint) if v is first else v for v in exercise.verdicts)
    return replace(exercise, verdicts=verdicts, diagnosis=(Diagnosed(known.name, known.hint),))
