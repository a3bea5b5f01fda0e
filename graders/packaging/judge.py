"""One submission, judged in isolation wherever a zip of ours runs: under Otter, on Gradescope, on
the instructor's machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from graders.core.language import say, speaking, to_say
from graders.core.render import MARKS, report
from graders.core.verdict import Status, Verdict
from graders.course.key import fingerprint
from graders.course.people import Person
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.grading.one import grade_file
from graders.grading.private import private_folders
from graders.grading.record import code_version
from graders.intake.find import Found
from graders.isolation.supervise import Grounds
from graders.packaging.intake import Unusable, choose, take_in

BROKE = to_say(
    "This check itself broke; that is not your fault, and no points are lost. Your instructor can"
    " see why."
)


@dataclass(frozen=True)
class Judged:
    """A grade, and under which conditions it was made."""

    grade: Grade
    conditions: dict[str, Any]


def judge(
    homework: Homework,
    submission: Path,
    closed: Path,
    key: str,
    *,
    name: str,
    private: Sequence[Path] = (),
    people: Sequence[Person] = (),
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
) -> Judged:
    """Grade a submission (a file or a folder). It is first copied into `closed`, a folder that only
    the grader may enter.

    `private` are further paths that the submission must not be able to read. `people`: who handed
    it in, as far as known. `tell` hears of each
    exercise as it ends. Raises isolation.supervise.Refused.
    """
    torch.set_num_threads(1)
    try:
        with speaking(homework.tongue):
            said = take_in(submission, closed)
            found = choose(closed, name, [entry.name for entry in homework.graded], said)
    except Unusable as error:
        found = Found(name, None, problem=str(error))
    found = replace(found, people=tuple(people))
    with Grounds(private=[*private_folders(), closed, *private]) as grounds:
        grade = grade_file(found, homework, grounds, key, tell=tell)
        conditions = {
            "layers": [asdict(layer) for layer in grounds.layers],
            "course_key": fingerprint(key),
            "code": code_version(),
        }
    return Judged(grade, conditions)


UNSEEN = to_say("A check that is not shown.")


def case_verdicts(homework: Homework, grade: ExerciseGrade) -> list[tuple[bool, str]]:
    """For every check of an exercise, public ones first: whether it passed, and what may be said
    about it.

    Students read the public ones at once: these are as handed in, and one that was not run says
    nothing. A hidden check that was not judged, because stand-ins took the place of a prerequisite,
    counts as the exercise does.
    """
    entry = homework.entry(grade.name)
    seen = {verdict.check: verdict for verdict in grade.seen(entry.choices)}
    hidden = {verdict.check: verdict for verdict in grade.verdicts if not verdict.public}
    nothing = grade.right, grade.note
    cases = [_case(say(check.sentence), seen.get(check.name), (True, "")) for check in entry.public]
    for check in entry.hidden:
        if check.name in entry.choices.visible:
            cases.append(_case(say(check.sentence), seen.get(check.name), (True, "")))
        elif check.name in entry.choices.unseen:
            verdict = hidden.get(check.name)
            cases.append((verdict.passed if verdict else grade.right, say(UNSEEN)))
        else:
            cases.append(_case(say(check.sentence), hidden.get(check.name), nothing))
    return cases


def for_otter(homework: Homework, grade: Grade) -> dict[str, Any]:
    """A grade as Otter's test cases and the plugin need it. `public` says nothing that depends on
    hidden checks.
    """
    with speaking(homework.tongue):
        return _for_otter(homework, grade)


def _for_otter(homework: Homework, grade: Grade) -> dict[str, Any]:
    lines = []
    for exercise in grade.exercises:
        said = (
            say(Status.WAITING.value)
            if exercise.waiting
            else say("withheld: a check of ours broke")
            if exercise.share is None
            else say(
                "{points:g} of {possible:g}", points=exercise.points, possible=exercise.possible
            )
        )
        lines.append(
            f"{exercise.name}: {said}" + "".join(f" ({d.name})" for d in exercise.diagnosis[:1])
        )
    seen = [report(e.name, e.seen(homework.choices(e.name))) for e in grade.exercises]
    return {
        "verdicts": {e.name: case_verdicts(homework, e) for e in grade.exercises},
        "points": {e.name: e.points for e in grade.exercises},
        "right": [e.name for e in grade.exercises if e.points == e.possible],
        "public": "\n\n".join([*grade.notes, *seen]),
        "report": "\n".join([*grade.notes, *lines]),
    }


def _case(sentence: str, verdict: Verdict | None, otherwise: tuple[bool, str]) -> tuple[bool, str]:
    if verdict is None:
        return otherwise[0], f"{sentence} {otherwise[1]}".rstrip()
    said = say(BROKE) if verdict.status is Status.GRADER_FAULT else verdict.shown
    hint = "\n" + say("Hint: {hint}", hint=verdict.hint) if verdict.hint else ""
    return (
        verdict.passed,
        f"{MARKS[verdict.status]} {sentence}" + (f"\n{said}" if said else "") + hint,
    )
