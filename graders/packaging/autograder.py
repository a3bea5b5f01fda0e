"""What `run_autograder` of the zip runs, on Gradescope and in the image of `otter grade`: one
submission to results.json.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from graders.core.language import speaking
from graders.course.key import course_key
from graders.course.policy import policy_of
from graders.grading.catalogue import Homework, load_homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.isolation.faults import Refused
from graders.packaging.judge import for_otter, judge
from graders.packaging.results import document, given_by_hand, write_closed
from graders.packaging.rules import (
    earlier_result,
    lateness,
    read_metadata,
    rules_of,
    submitters,
)

# What a person gave, as `critic export` writes it, put into the zip.
WRITTEN = "gradescope_written.json"


def main(root: Path, verdicts: Path | None = None) -> int:
    """Grade `root/submission`. Without a result that can be trusted there is no results.json, and
    the status is not 0.

    `verdicts`: where to write what Otter's test cases look up. What is printed is for the
    instructor alone.
    """
    results = root / "results" / "results.json"
    try:
        graded = run(root, results)
    except Refused as error:
        results.unlink(missing_ok=True)
        print(f"Nothing was graded: hidden checks are refused here. {error}")
        return 1
    except Exception:
        # Whatever it is, the grade is withheld, and the instructor has to see why.
        results.unlink(missing_ok=True)
        print(
            "Nothing was graded: the grader itself failed. The student's grade is withheld until"
            " this is repaired."
        )
        traceback.print_exc(file=sys.stdout)
        return 1
    if graded:
        _for_otter(*graded, root, verdicts)
        if withheld := graded[1].withheld:
            print(
                f"A check of ours broke: the points of {', '.join(withheld)} are withheld. Repair"
                " it and grade again."
            )
    return 0


def run(root: Path, results: Path) -> tuple[Homework, Grade] | None:
    """Write results.json, first with everything pending. None when an earlier result stands."""
    homework = load_homework(homework_name(root / "source"))
    with speaking(homework.tongue):
        return _run(homework, root, results)


def _run(homework: Homework, root: Path, results: Path) -> tuple[Homework, Grade] | None:
    rules = rules_of(homework.name)
    metadata = read_metadata(root / "submission_metadata.json")
    if earlier := earlier_result(metadata, rules):
        write_closed(results, earlier)
        return None
    late = lateness(metadata, policy_of(homework.name))
    # Of one version of a submission, by its number: a later version has not been read.
    by_hand = root / "source" / WRITTEN
    given = given_by_hand(by_hand, str(metadata.get("id", "")))
    private = [root / "submission_metadata.json", *filter(Path.exists, [by_hand])]
    done: dict[str, ExerciseGrade] = {}

    def tell(exercise: ExerciseGrade) -> None:
        done[exercise.name] = exercise
        write_closed(results, document(homework, rules, done, late=late, given=given))

    # While the submission is alive, results are written only into a folder that nobody else may
    # write to.
    early = not results.parent.stat().st_mode & 0o022
    if early:
        write_closed(results, document(homework, rules, done, late=late, given=given))
        private.append(results)
    with tempfile.TemporaryDirectory(prefix="critic-closed-") as closed:
        heard = {"tell": tell} if early else {}
        judged = judge(
            homework,
            root / "submission",
            Path(closed),
            course_key(),
            private=private,
            name="submission",
            people=submitters(metadata),
            **heard,
        )
    final = document(
        homework,
        rules,
        {e.name: e for e in judged.grade.exercises},
        late=late,
        notes=judged.grade.notes,
        given=given,
        **judged.conditions,
    )
    write_closed(results, {**final, "execution_time": execution_time(judged.grade)})
    return homework, judged.grade


def _for_otter(homework: Homework, grade: Grade, root: Path, verdicts: Path | None) -> None:
    """What Otter reads: verdicts for its test cases, or, in the image of `otter grade`, its own
    pickle.
    """
    if verdicts:
        write_closed(verdicts, for_otter(homework, grade))
    pickled = root / "results" / "results.pkl"
    if pickled.exists():
        from graders.packaging.otter_pickle import pickled_for_otter

        pickled.write_bytes(pickled_for_otter(homework, grade, root / "source" / "tests"))


def homework_name(source: Path) -> str:
    """The homework that a zip is for, from the settings that `otter assign` wrote into it."""
    plugins: list[dict[str, Any]] = json.loads((source / "otter_config.json").read_text())[
        "plugins"
    ]
    return next(iter(plugins[0].values()))["homework"]


def execution_time(grade: Grade) -> float:
    """Seconds that the cells of the submission took: the time of hidden checks would tell something
    about them.
    """
    return round(grade.seconds.get("spawn and cells", 0.0), 1)


if __name__ == "__main__":
    root, *option = sys.argv[1:]
    sys.exit(main(Path(root), Path(option[1]) if option[:1] == ["--verdicts"] else None))
