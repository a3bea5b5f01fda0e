"""results.json: valid, complete from the start, and silent about hidden checks where students can
see it.
"""

import json
import stat
from dataclasses import replace
from datetime import datetime

import pytest

from graders.core.verdict import Status, Verdict
from graders.course.policy import Policy
from graders.grading.grade import Diagnosed, ExerciseGrade, Grade, nothing_found
from graders.packaging import rules as rules_module
from graders.packaging.autograder import execution_time
from graders.packaging.judge import case_verdicts, for_otter
from graders.packaging.rehearsal import RehearsalFailed, validate
from graders.packaging.results import PENDING, clean, document, given_by_hand, write_closed
from graders.packaging.rules import Late, Rules, earlier_result, lateness, read_metadata, rules_of


def verdict(check, public, status=Status.PASSED, **more):
    return Verdict(check.exercise, check.name, check.sentence, status, public, **more)


def graded(homework, name, share, hidden=Status.PASSED, **more):
    entry = homework.entry(name)
    verdicts = (
        *(verdict(c, True) for c in entry.public),
        *(verdict(c, False, hidden, **more) for c in entry.hidden),
    )
    return ExerciseGrade(name, verdicts, share, homework.points[name])


def all_graded(homework, share, hidden=Status.PASSED, **more):
    return {e.name: graded(homework, e.name, share, hidden, **more) for e in homework.graded}


def seen_at_once(results):
    """What Gradescope shows to a student before publication. With a test that is not visible it
    shows no total.
    """
    visible = [t for t in results["tests"] if t["visibility"] == "visible"]
    assert len(visible) < len(results["tests"])
    return {
        "tests": visible,
        **{k: v for k, v in results.items() if k not in ("tests", "score", "extra_data")},
    }


def test_everything_is_there_and_pending_from_the_start(homework):
    results = document(homework, Rules(), {})
    validate(results)
    assert results["score"] == 0 and len(results["tests"]) == 2 * len(homework.graded)
    assert all(
        t["output"] == PENDING and "pending" in t["tags"] and "status" not in t
        for t in results["tests"]
    )
    assert [t["number"] for t in results["tests"]] == ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"]


def test_points_are_those_of_the_grade_and_come_with_the_hidden_checks(homework):
    results = document(
        homework,
        Rules(),
        {
            **all_graded(homework, 1.0),
            "kl_properties": graded(
                homework, "kl_properties", 0.5, Status.FAILED, problem="wrong values"
            ),
        },
    )
    validate(results)
    assert results["score"] == 6.0
    assert (
        sum(t["score"] for t in results["tests"] if "score" in t) == 6.0
        and sum(t["max_score"] for t in results["tests"] if "score" in t) == 7.0
    )
    assert all("score" not in t for t in results["tests"] if t["visibility"] == "visible")
    assert results["stdout_visibility"] == "hidden" and "leaderboard" not in results


def test_before_publication_right_and_wrong_look_alike(homework):
    """Law 7: no score, order, time or length of output depends on hidden checks."""
    right = document(homework, Rules(), all_graded(homework, 1.0))
    wrong = document(
        homework,
        Rules(),
        all_graded(
            homework,
            0.3,
            Status.FAILED,
            problem="wrong values",
            message="got 0.123456",
            hint="think",
        ),
    )
    broken = document(
        homework, Rules(), all_graded(homework, None, Status.GRADER_FAULT, message="KeyError")
    )
    assert seen_at_once(right) == seen_at_once(wrong) == seen_at_once(broken)
    assert "0.123456" not in json.dumps(wrong["tests"])


def test_before_publication_stand_ins_do_not_show(homework):
    plain = graded(homework, "kl_standard_normal", 0.3, Status.FAILED)
    with_stand_ins = replace(
        plain,
        share=1.0,
        verdicts=tuple(v for v in plain.verdicts if not v.public),
        note="Judged with our own",
        as_handed_in=plain.verdicts,
    )
    views = [
        seen_at_once(document(homework, Rules(), {"kl_standard_normal": e}))
        for e in (plain, with_stand_ins)
    ]
    assert views[0] == views[1]


def test_a_broken_check_neither_costs_nor_gives(homework):
    results = document(
        homework,
        Rules(),
        {
            **all_graded(homework, 1.0),
            "kl_to_itself": graded(homework, "kl_to_itself", None, Status.GRADER_FAULT),
        },
    )
    validate(results)
    hidden = next(t for t in results["tests"] if t["name"] == "kl_to_itself: hidden checks")
    assert (
        "score" not in hidden
        and "status" not in hidden
        and "This check itself broke" in hidden["output"]
    )
    assert results["extra_data"]["withheld"] == ["kl_to_itself"]


def test_what_a_submission_says_is_plain_text():
    assert clean("a\x1b[31m\x00b\nc\u202e") == "a[31mb\nc" and len(clean("x" * 10**6)) == 20_000


def test_the_time_is_that_of_the_cells_only():
    assert (
        execution_time(Grade("s", "mini", (), seconds={"spawn and cells": 1.26, "checks": 99.0}))
        == 1.3
    )


def test_results_are_replaced_at_one_stroke_and_closed(tmp_path):
    path = tmp_path / "results.json"
    write_closed(path, {"score": 1})
    write_closed(path, {"score": 2})
    assert (
        json.loads(path.read_text()) == {"score": 2} and stat.S_IMODE(path.stat().st_mode) == 0o600
    )
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": "7"}, r"\$\.score"),
        ({"tests": []}, r"\$\.tests"),
        ({"leaderboard": []}, "leaderboard"),
    ],
)
def test_what_gradescope_would_not_take_is_refused(homework, change, said):
    with pytest.raises(RehearsalFailed, match=f"does not fit Gradescope's format: .*{said}"):
        validate({**document(homework, Rules(), {}), **change})


# Rules and metadata


def test_rules_are_read(monkeypatch):
    table = {"hidden": "after_due_date", "submissions_per_day": 3}
    monkeypatch.setattr(rules_module, "settings", lambda homework, name: table)
    assert rules_of("vae") == Rules(hidden="after_due_date", submissions_per_day=3)


def metadata(created, due="2026-11-01T12:00:00-07:00", extended=None, earlier=()):
    users = [{"assignment": {"due_date": extended}}] if extended else []
    return {
        "created_at": created,
        "assignment": {"due_date": due},
        "users": users,
        "previous_submissions": list(earlier),
    }


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({}, 0),
        (metadata("2026-11-01T11:59:59-07:00"), 0),
        (metadata("2026-11-01T19:00:01Z"), 1),
        (metadata("2026-11-03T12:00:00-07:00"), 2),
        (metadata("2026-11-03T12:00:00-07:00", extended="2026-11-04T12:00:00-07:00"), 0),
        (metadata("2026-11-03T12:00:00-07:00", due=None), 1),
    ],
)
def test_late_days_are_days_begun_after_the_latest_due_date_on_gradescope_else_the_courses_own(
    given, days
):
    course = Policy(due=datetime.fromisoformat("2026-11-03T00:00:00-07:00"), percent_per_day=20)
    assert lateness(given, course) == Late(days, 1 - 0.2 * days)


def test_late_days_take_points_off_by_the_policy_of_the_course(homework):
    two_days = metadata("2026-11-03T12:00:00-07:00")
    results = document(
        homework,
        Rules(),
        all_graded(homework, 1.0),
        late=lateness(two_days, Policy(percent_per_day=20)),
    )
    assert (
        results["score"] == pytest.approx(7 * 0.6)
        and "Handed in 2 days late: 40% of the points are taken off." in results["output"]
    )
    assert (
        document(homework, Rules(), all_graded(homework, 1.0), late=lateness(two_days, Policy()))[
            "score"
        ]
        == 7
    )
    assert (
        document(
            homework, Rules(), all_graded(homework, 1.0), late=lateness(two_days, Policy(days=1))
        )["score"]
        == 0
    )


def test_too_many_submissions_in_a_day_leave_the_last_result(homework):
    before = {
        "submission_time": "2026-11-01T10:00:00-07:00",
        "score": 3.0,
        "results": document(homework, Rules(), {}),
    }
    given = metadata("2026-11-01T11:00:00-07:00", earlier=[before, before])
    stands = earlier_result(given, Rules(submissions_per_day=2))
    validate(stands)
    assert stands["tests"] == before["results"]["tests"] and stands["output"].startswith(
        "Not graded: 2 submissions are graded within 24 hours."
    )
    assert (
        earlier_result(given, Rules(submissions_per_day=3)) is None
        and earlier_result(given, Rules()) is None
    )
    old = {**before, "submission_time": "2026-10-31T10:00:00-07:00"}
    assert (
        earlier_result(
            metadata("2026-11-01T11:00:00-07:00", earlier=[old, before]),
            Rules(submissions_per_day=2),
        )
        is None
    )


def test_empty_metadata_becomes_an_empty_object_that_only_the_grader_reads(tmp_path):
    path = tmp_path / "submission_metadata.json"
    assert read_metadata(path) == {}
    path.write_text("")
    assert (
        read_metadata(path) == {}
        and path.read_text() == "{}"
        and stat.S_IMODE(path.stat().st_mode) == 0o600
    )


# What Otter gets


def test_every_check_has_a_verdict_and_hidden_ones_say_little(homework):
    wrong = graded(
        homework,
        "kl_standard_normal",
        0.3,
        Status.FAILED,
        problem="wrong values",
        message="got 0.123456",
        hint="the idea",
    )
    cases = case_verdicts(homework, wrong)
    entry = homework.entry("kl_standard_normal")
    assert [passed for passed, _ in cases] == [True] * len(entry.public) + [False] * len(
        entry.hidden
    )
    assert cases[-1][1] == f"✗ {entry.hidden[-1].sentence}\nwrong values\nHint: the idea"


def test_checks_that_stand_ins_left_out_count_as_the_exercise_does(homework):
    entry = homework.entry("kl_standard_normal")
    judged = ExerciseGrade(
        entry.name, (verdict(entry.hidden[1], False),), 1.0, 4, note="Judged with our own."
    )
    assert all(passed for passed, _ in case_verdicts(homework, judged))


def test_the_report_for_the_instructor_names_what_was_recognised_and_the_text_for_students_does_not(
    homework,
):
    wrong = replace(
        graded(homework, "kl_to_itself", 0.0, Status.FAILED, problem="not the right answer"),
        diagnosis=(Diagnosed("believes_one", "hint"),),
    )
    withheld = graded(homework, "kl_properties", None, Status.GRADER_FAULT)
    told = for_otter(homework, Grade("s", "mini", (wrong, withheld), notes=("cell 3 was stopped",)))
    assert (
        told["report"]
        == "cell 3 was stopped\nkl_to_itself: 0 of 1 (believes_one)\nkl_properties: withheld: a"
        " check of ours broke"
    )
    assert (
        "believes_one" not in told["public"]
        and "not the right answer" not in told["public"]
        and told["public"].startswith("cell 3 was stopped")
    )
    assert told["points"] == {"kl_to_itself": 0.0, "kl_properties": 0.0}


def test_a_submission_without_the_exercise_is_told_so_at_once(homework):
    entry = homework.entry("kl_to_itself")
    results = document(
        homework, Rules(), {entry.name: ExerciseGrade(entry.name, nothing_found(entry), 0.0, 1)}
    )
    public = next(t for t in results["tests"] if t["name"] == "kl_to_itself: public checks")
    assert (
        public["status"] == "failed" and "nothing is assigned to `kl_to_itself`" in public["output"]
    )


def test_what_a_person_gave_is_in_the_results_and_in_the_score(homework, tmp_path):
    """The file that `critic export` writes: by submission and exercise, points and a comment."""
    first, second, *_ = (entry.name for entry in homework.graded)
    given = {
        first: {"points": 1.25, "comment": "Argued *well*.\x00"},
        second: {"points": None, "comment": "was ill"},
    }
    file = tmp_path / "gradescope_written.json"
    file.write_text(json.dumps({"77": given}))
    assert given_by_hand(file, "78") == given_by_hand(tmp_path / "none", "77") == {}
    done = all_graded(homework, 1.0)
    results = document(homework, Rules(), done, given=given_by_hand(file, "77"))
    validate(results)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    carried = {t["name"]: t.get("score") for t in results["tests"]}
    assert carried[f"{first}: hidden checks"] is carried[f"{second}: hidden checks"] is None
    assert carried[f"{first}: read by your instructor"] == 1.25
    read = [t for t in results["tests"] if "by hand" in t["tags"]]
    assert [t["output_format"] for t in read] == ["md", "md"]
    assert "Argued *well*." in read[0]["output"] and "\x00" not in read[0]["output"]
    others = sum(homework.points[name] for name in done if name not in (first, second))
    assert results["score"] == pytest.approx(1.25 + others)
    assert {t["visibility"] for t in read} == {Rules().hidden}
