"""The entry point of the zip: what is left behind when something goes wrong, and what stands while
it runs.
"""

import json

import pytest

from graders.course.policy import Policy
from graders.grading.grade import ExerciseGrade, Grade, nothing_found
from graders.isolation.faults import Refused
from graders.packaging import autograder
from graders.packaging.judge import Judged
from graders.packaging.rehearsal import validate
from graders.packaging.rules import Rules


@pytest.fixture
def root(tmp_path, homework, monkeypatch):
    """Gradescope's tree, for the small homework."""
    for name in ("source", "submission", "results"):
        (tmp_path / name).mkdir(mode=0o755)
    (tmp_path / "source" / "otter_config.json").write_text(
        json.dumps({"plugins": [{"graders.packaging.plugin.CriticPlugin": {"homework": "mini"}}]})
    )
    monkeypatch.setattr(autograder, "load_homework", lambda name: homework)
    monkeypatch.setattr(autograder, "rules_of", lambda name: Rules(submissions_per_day=1))
    monkeypatch.setattr(autograder, "policy_of", lambda name: Policy())
    monkeypatch.setattr(autograder, "course_key", lambda: "key")
    return tmp_path


def grades(homework, share):
    return [
        ExerciseGrade(e.name, nothing_found(e), share, homework.points[e.name])
        for e in homework.graded
    ]


def judging(homework, share, seen, path):
    """A judge that looks at results.json before it begins and after each exercise."""

    def judge(*_, tell=lambda exercise: None, **__):
        def look():
            seen.append(json.loads(path.read_text()) if path.exists() else None)

        look()
        for exercise in grades(homework, share):
            tell(exercise)
            look()
        return Judged(
            Grade(
                "submission", "mini", tuple(grades(homework, share)), notes=("cell 1 was stopped",)
            ),
            {"code": "c"},
        )

    return judge


def test_results_are_there_at_once_and_grow_and_are_valid_at_any_time(root, homework, monkeypatch):
    seen, path = [], root / "results" / "results.json"
    monkeypatch.setattr(autograder, "judge", judging(homework, 1.0, seen, path))
    assert autograder.main(root) == 0
    for results in [*seen, json.loads(path.read_text())]:
        validate(results)
    assert [sum("pending" in t["tags"] for t in results["tests"]) for results in seen] == [
        6,
        4,
        2,
        0,
    ]
    final = json.loads(path.read_text())
    assert (
        final["score"] == 7
        and "cell 1 was stopped" in final["output"]
        and final["extra_data"]["code"] == "c"
        and "execution_time" in final
    )


def test_where_anybody_may_write_results_come_when_the_submission_is_dead(
    root, homework, monkeypatch
):
    seen, path = [], root / "results" / "results.json"
    (root / "results").chmod(0o777)
    monkeypatch.setattr(autograder, "judge", judging(homework, 1.0, seen, path))
    assert autograder.main(root) == 0 and set(seen) == {None} and path.exists()


def test_a_broken_check_is_loud_to_the_instructor(root, homework, monkeypatch, capsys):
    monkeypatch.setattr(
        autograder, "judge", judging(homework, None, [], root / "results" / "results.json")
    )
    assert autograder.main(root) == 0
    assert (
        "A check of ours broke: the points of kl_standard_normal, kl_to_itself, kl_properties are"
        " withheld." in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            Refused("a submission could read /secret"),
            "Nothing was graded: hidden checks are refused here. a submission could read /secret",
        ),
        (
            KeyError("bug"),
            (
                "Nothing was graded: the grader itself failed. The student's grade is withheld"
                " until this is repaired.\nTraceback"
            ),
        ),
    ],
)
def test_without_a_result_that_can_be_trusted_there_is_none(
    root, homework, monkeypatch, capsys, error, said
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(autograder, "judge", fail)
    assert autograder.main(root) == 1 and not (root / "results" / "results.json").exists()
    assert said in capsys.readouterr().out


def test_an_earlier_result_stands_without_grading(root, homework, monkeypatch):
    earlier = autograder.document(homework, Rules(), {})
    before = {"submission_time": "2026-11-01T10:00:00+00:00", "results": earlier}
    (root / "submission_metadata.json").write_text(
        json.dumps({"created_at": "2026-11-01T11:00:00+00:00", "previous_submissions": [before]})
    )
    monkeypatch.setattr(autograder, "judge", None)
    assert autograder.main(root) == 0
    assert json.loads((root / "results" / "results.json").read_text())["output"].startswith(
        "Not graded: 1 submissions are graded"
    )


def test_verdicts_for_otter_are_written_where_it_asks(root, homework, monkeypatch):
    monkeypatch.setattr(
        autograder, "judge", judging(homework, 1.0, [], root / "results" / "results.json")
    )
    assert autograder.main(root, root / "verdicts.json") == 0
    assert set(json.loads((root / "verdicts.json").read_text())["verdicts"]) == {
        e.name for e in homework.graded
    }
