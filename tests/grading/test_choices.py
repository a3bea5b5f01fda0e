"""What a course decides about single exercises and checks, without a fork of them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from graders.bulk.publication import may_leave
from graders.bulk.scores import Result
from graders.course.homeworks import UnknownName, homeworks, tomllib
from graders.course.policy import Policy
from graders.course.wrong import wrong_in
from graders.grading.catalogue import homework_of
from graders.grading.grade import grade
from graders.grading.outcome import Grade
from graders.packaging.judge import UNSEEN, case_verdicts
from graders.packaging.results import document
from graders.packaging.rules import Rules
from tests.grading.here import Here

TABLE = {"title": "T", "topics": ["kl"], "points": {"kl_equal_variance": 2, "kl_to_itself": 1}}
NAME = "kl_equal_variance"


def homework(exercise=NAME, **choices):
    return homework_of("h", {**TABLE, "exercises": {exercise: choices}})


def right(mu_q, mu_p, sigma):
    return (mu_q - mu_p).square() / (2 * sigma**2)


def detached(mu_q, mu_p, sigma):
    return right(mu_q, mu_p, sigma).detach()


def doubled(mu_q, mu_p, sigma):
    return 2 * right(mu_q, mu_p, sigma)


def graded(function, name=NAME, **choices):
    course = homework(name, **choices)
    submission = Here({name: function})
    return course, grade(course, submission, course_key="choices", only=(name,))[0]


def bent(mu_q, mu_p, sigma):
    return right(mu_q, mu_p, sigma) + (mu_q - mu_p).abs() ** 3


def failed(exercise):
    return [v.check for v in exercise.verdicts if not v.passed]


def test_a_check_that_is_left_out_is_run_nowhere_and_nothing_waits_for_it():
    _, before = graded(detached)
    lacking = failed(before)
    assert lacking and before.share < 1.0
    course, after = graded(detached, without=lacking)
    assert after.share == 1.0 and not set(lacking) & {v.check for v in after.verdicts}
    entry = course.entry(NAME)
    names = {check.name for check in (*entry.public, *entry.hidden)}
    assert all(set(check.after) <= names for check in (*entry.public, *entry.hidden))
    assert all(not m.caught_by or m.caught_by in names for m in entry.misconceptions)


def test_weights_of_checks_count_in_what_is_not_right_and_all_or_nothing_leaves_0():
    _, before = graded(detached)
    passed = [v.check for v in before.verdicts if v.passed]
    _, heavier = graded(detached, weights=dict.fromkeys(failed(before), 50))
    assert 0 < heavier.share < before.share
    assert graded(detached, weights=dict.fromkeys(passed, 0))[1].share == 0.0
    assert graded(detached, all_or_nothing=True)[1].share == 0.0
    assert graded(right, all_or_nothing=True)[1].share == 1.0


def test_a_hint_is_that_of_the_course():
    _, before = graded(doubled)
    (found,) = before.diagnosis
    _, after = graded(doubled, hints={found.name: "Look at the lecture of week 3."})
    assert after.diagnosis[0].hint == "Look at the lecture of week 3." != found.hint
    assert "Look at the lecture of week 3." in {v.hint for v in after.verdicts}


def test_a_number_may_be_as_far_from_the_right_one_as_the_course_says():
    assert graded(0.02, "kl_to_itself")[1].share == 0.0
    assert graded(0.02, "kl_to_itself", tolerance=0.05)[1].share == 1.0
    assert graded(0.0005, "kl_to_itself", tolerance=0)[1].share == 0.0


@dataclass(frozen=True)
class Row:
    seconds: dict


def leaving(course, exercise, published):
    grade_of = Grade("ada", "h", (exercise,))
    result = Result(Row({}), grade_of, course, Policy(published=published), {})
    return may_leave(result).grade.exercises[0].verdicts


def left(course, exercise, published):
    return {v.check for v in leaving(course, exercise, published)}


def test_what_is_visible_is_seen_before_publication_and_what_is_unseen_never():
    entry = homework().entry(NAME)
    early, never = entry.hidden[0].name, entry.hidden[-1].name
    course, exercise = graded(doubled, visible=[early], unseen=[never])
    public = {check.name for check in entry.public}
    every = {check.name for check in (*entry.public, *entry.hidden)}
    assert left(course, exercise, published=False) == {*public, early}
    assert left(course, exercise, published=True) == every - {never}
    assert left(*graded(doubled), published=False) == public
    at_once, later = document(course, Rules(), {NAME: exercise})["tests"][:2]
    sentences = {check.name: check.sentence for check in entry.hidden}
    assert f"✗ {sentences[early]}" in at_once["output"]
    assert f"✗ {sentences[early]}" not in later["output"]
    assert sentences[never] not in at_once["output"] + later["output"]
    cases = case_verdicts(course, exercise)
    assert cases[-1][1] == UNSEEN and sentences[early] in cases[len(entry.public)][1]


def test_a_failure_that_nobody_foresaw_says_after_publication_how_values_differ():
    early = homework().entry(NAME).hidden[0].name
    course, exercise = graded(bent, visible=[early])
    assert not exercise.diagnosis
    hints = {v.check: v.hint for v in leaving(course, exercise, published=True) if not v.public}
    told = [hint for hint in hints.values() if hint]
    assert "Too large" in hints[early]
    assert len(set(told)) == len(told)
    assert not any(v.hint for v in leaving(course, exercise, published=False) if not v.public)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"without": ["law_value"]}, "names 'law_value', which is no check of it; did you mean"),
        ({"weights": {"law_valuess": 2}}, "which is no check of it; did you mean 'law_values'?"),
        ({"visible": ["worked_example_equal_variance"]}, "which is no hidden check of it"),
        ({"unseen": ["nothing like it"]}, "which is no check of it; there are"),
        ({"hints": {"twicee": "Why?"}}, "which is no mistake of it"),
        ({"tolerance": 0.1}, "is for answers with numbers, and it is none"),
    ],
)
def test_what_names_nothing_is_refused_with_what_is_nearest(choices, said):
    with pytest.raises(UnknownName) as refused:
        homework(**choices)
    assert said in str(refused.value) and "[h.exercises.kl_equal_variance]" in str(refused.value)


@pytest.mark.parametrize(
    ("exercise", "choices", "said"),
    [
        ("kl_equal_varianc", {}, "names no exercise of [h.points]; did you mean 'kl_equal_"),
        (NAME, {"wihtout": []}, "does not know 'wihtout'; did you mean 'without'?"),
        (NAME, {"without": "law_values"}, "`without` in [h.exercises.kl_equal_variance] is a list"),
        (NAME, {"weights": {"law_values": -1}}, "numbers, 0 or more"),
        (NAME, {"hints": {"a": 1}}, "gives names of mistakes texts"),
        (NAME, {"all_or_nothing": "yes"}, "is true or false"),
        (NAME, {"tolerance": "1"}, "is a number, 0 or more"),
        (NAME, 3, "is a table"),
    ],
)
def test_a_table_of_another_form_is_refused(exercise, choices, said):
    found = list(wrong_in("h", {**TABLE, "exercises": {exercise: choices}}))
    assert len(found) == 1 and said in found[0]


def test_an_answer_has_no_parts_to_weigh():
    with pytest.raises(UnknownName, match="an answer is right or not"):
        homework("kl_to_itself", all_or_nothing=True)


def test_the_tables_of_the_page_are_taken_as_they_stand():
    page = (Path(__file__).parents[2] / "docs" / "running_a_course.md").read_text()
    (choices,) = re.findall(r"```toml\n(\[vae\.exercises.*?)```", page, re.DOTALL)
    (conventions,) = re.findall(r"```toml\n(\[vae\.conventions.*?)```", page, re.DOTALL)
    table = homeworks()["vae"] | tomllib.loads(choices + conventions)["vae"]
    assert list(wrong_in("vae", table)) == []
    course = homework_of("vae", table)
    assert course.choices("elbo").all_or_nothing and set(course.conventions) >= {"elbo"}
