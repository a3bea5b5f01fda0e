"""`report.html`: what an instructor wants to know about a class, in one file that needs no
network.
"""

from __future__ import annotations

import base64
import hmac
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from graders.bulk.plots import correlation, heatmap, histogram
from graders.bulk.scores import Result, exercises_of
from graders.core.language import speaking
from graders.core.text import file_name
from graders.core.troubles import add_up
from graders.grading.listed import Exercises
from graders.grading.outcome import RULE, ExerciseGrade, Grade
from graders.grading.pages import template
from graders.grading.record import write

SLOWEST = 8
# The one script of the page; its content security policy allows no other.
SORT = (Path(__file__).parent / "templates" / "sort.js").read_text()
# Below this many submissions a correlation says nothing.
ENOUGH = 8


@dataclass(frozen=True)
class Names:
    """The names of submissions as a report shows them: with a key, pseudonyms that nobody without
    it can undo.
    """

    key: str = ""

    def of(self, name: str) -> str:
        if not self.key:
            return name
        return "student-" + hmac.new(self.key.encode(), name.encode(), sha256).hexdigest()[:8]

    def of_grade(self, grade: Grade) -> Grade:
        """The grade under the name to show; notes may name files, so pseudonyms leave them out."""
        return replace(grade, submission=self.of(grade.submission), notes=()) if self.key else grade


@dataclass(frozen=True)
class ExerciseLine:
    """One exercise in the report. `right` and `mean` are shares of the class; `waiting`: for a
    person; `absent`: handed in without it.
    """

    name: str
    right: float
    mean: float | None
    withheld: int
    waiting: int
    absent: int


@dataclass(frozen=True)
class MistakeLine:
    """One misconception: how many show it, as a number and as a share of those who handed the
    exercise in.
    """

    exercise: str
    name: str
    hint: str
    count: int
    share: float


@dataclass(frozen=True)
class StudentLine:
    """One submission in the table of students. `waits`: exercises without points yet; `file`: the
    name of its pages, nothing where pseudonyms are shown.
    """

    who: str
    points: float
    before_lateness: float
    possible: float
    days_late: int
    waits: int
    notes: int
    file: str


def write_report(
    path: Path, results: Sequence[Result], left_out: Sequence[str] = (), names: Names = Names()
) -> None:
    """Write the report of a class."""
    write(path, report(results, left_out, names))


def report(results: Sequence[Result], left_out: Sequence[str] = (), names: Names = Names()) -> str:
    """The report as HTML. What needs a person comes first: faults of ours, then trouble, then what
    was found out.
    """
    with speaking(results[0].homework.tongue):
        return _report(results, left_out, names)


def _report(results: Sequence[Result], left_out: Sequence[str], names: Names) -> str:
    homework = results[0].homework
    totals = [r.total for r in results]
    lines = exercise_lines(results)
    possible = possible_of(results)
    return template(__file__, "report.html").render(
        rule=RULE, homework=homework, names=names, count=len(results), possible=possible,
        mean=statistics.fmean(totals), median=statistics.median(totals), best=max(totals),
        complete=sum(r.complete for r in results), open=open_points(results),
        faults=faults(results), exercises=lines, mistakes=mistake_lines(results),
        histogram=histogram(totals, possible), correlation=_correlation(results),
        few=len(results) < ENOUGH,
        met=[] if names.key else add_up([r.row.notes for r in results]),
        slow=slowest(results), troubled=[] if names.key else [(r.name,
        r.row.notes) for r in results if r.row.notes],
        late=[(r.name, r.days_late) for r in results if r.days_late],
        left_out=() if names.key else left_out,
        unread=[line.name for line in lines if line.mean is None],
        students=student_lines(results, names), by_hand=bool(_written(homework)), quote=quote,
        sort=Markup(SORT), sort_hash=base64.b64encode(sha256(SORT.encode()).digest()).decode(),
    )  # fmt: skip


def possible_of(results: Sequence[Result]) -> float:
    """The points of all exercises that count for anybody."""
    return sum(results[0].homework.points[name] for name in exercises_of(results))


def open_points(results: Sequence[Result]) -> float:
    """How many points of one submission wait at most: so many are no point that anybody missed."""
    points = results[0].homework.points
    return max(sum(points[n] for n, earned in r.earned.items() if earned is None) for r in results)


def student_lines(results: Sequence[Result], names: Names = Names()) -> list[StudentLine]:
    """The class as a table, by name of the submission."""
    return [
        StudentLine(
            names.of(r.name) if names.key else _who(r),
            r.total,
            r.before_lateness,
            r.possible,
            r.days_late,
            sum(points is None for points in r.earned.values()),
            len(r.row.notes),
            "" if names.key else file_name(r.name, ".html"),
        )
        for r in results
    ]


def faults(results: Sequence[Result]) -> list[tuple[str, str, int, str]]:
    """Checks of ours that broke: exercise, check, for how many, and one message. Most frequent
    first.
    """
    broken: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for exercise in result.grade.exercises:
            for verdict in exercise.verdicts:
                if verdict.status.value == "grader fault":
                    broken.setdefault((exercise.name, verdict.check), []).append(verdict.message)
    return sorted(
        ((*key, len(said), said[0]) for key, said in broken.items()),
        key=lambda line: (-line[2], line),
    )


def exercise_lines(results: Sequence[Result]) -> list[ExerciseLine]:
    """Every exercise that counts, in the order of the homework."""
    lines = []
    by_name: dict[str, list[ExerciseGrade]] = defaultdict(list)
    for result in results:
        for exercise in result.grade.exercises:
            by_name[exercise.name].append(exercise)
    for name in exercises_of(results):
        possible = results[0].homework.points[name]
        points = [p for r in results if (p := r.earned.get(name)) is not None]
        judged = [(r, e) for r in results for e in r.grade.exercises if e.name == name]
        grades = [e for _, e in judged]
        absent = sum(bool(e.verdicts) and e.verdicts[0].problem == "missing" for e in grades)
        mean = statistics.fmean(points) / possible if points and possible else None
        lines.append(
            ExerciseLine(
                name,
                sum(p >= possible for p in points) / len(results),
                mean,
                sum(e.share is None and not e.waiting for e in grades),
                sum(r.earned.get(name) is None and e.waiting for r, e in judged),
                absent,
            )
        )
    return lines


def mistake_lines(results: Sequence[Result]) -> list[MistakeLine]:
    """The misconceptions of the class, most frequent first."""
    counts, hints, handed_in = Counter(), {}, Counter()
    for result in results:
        for exercise in result.grade.exercises:
            handed_in[exercise.name] += not (
                exercise.verdicts and exercise.verdicts[0].problem == "missing"
            )
            if exercise.diagnosis:
                first = exercise.diagnosis[0]
                counts[exercise.name, first.name] += 1
                hints[exercise.name, first.name] = first.hint
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        MistakeLine(*key, hints[key], count, count / handed_in[key[0]]) for key, count in ordered
    ]


def slowest(results: Sequence[Result]) -> list[tuple[str, float]]:
    """The submissions that took longest, and how many seconds; none where all took about the
    same.
    """
    seconds = {r.name: sum(r.row.seconds.values()) for r in results}
    typical = statistics.median(seconds.values())
    outliers = [(name, s) for name, s in seconds.items() if s > 2 * typical + 1]
    return sorted(outliers, key=lambda item: -item[1])[:SLOWEST]


def _who(result: Result) -> str:
    people = ", ".join(p.name or p.id for p in result.people if p.name or p.id)
    return f"{people} ({result.name})" if people else result.name


def _written(homework: Exercises[Any]) -> list[str]:
    return [entry.name for entry in homework.entries if entry.kind == "W"]


def _correlation(results: Sequence[Result]) -> str:
    """The correlation of the exercises that not everybody does equally well; nothing where there
    are too few.
    """
    if len(results) < ENOUGH:
        return ""
    columns = {
        name: [r.shares().get(name) or 0.0 for r in results]
        for name in (e.name for e in results[0].grade.exercises)
    }
    varied = {name: column for name, column in columns.items() if max(column) - min(column) > 1e-9}
    return heatmap(list(varied), correlation(list(varied.values()))) if len(varied) > 1 else ""
