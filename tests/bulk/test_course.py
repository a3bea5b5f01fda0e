"""A course of one's own: its folder, key, rules, answers and topics; and every sentence about a
mistake in them.
"""

import os
from datetime import datetime, timedelta, timezone

import pytest
from rich.console import Console

from graders.bulk.bookkeeping import make_course
from graders.course import homeworks
from graders.course.carried import course_files
from graders.course.homeworks import BadCourse, UnknownName, topic_text
from graders.course.initial import CannotInit, homework_text, init_course
from graders.course.key import course_key, enter_course
from graders.course.policy import Policy, drop_lowest, policy_of
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.private import private_folders

SPARE = '[h]\ntitle = "H"\ntopics = ["kl"]\n'
TOPIC = {
    "assignments/{name}.md": "# Mine\n\n## mine_{name}\n\nIs it?\n",
    "reference/{name}.py": "mine_{name} = True\n",
    "graders/public/{name}.py": (
        "from graders.core.exercise import answer\nfrom graders.core.forms import"
        " Bool\n\nmine_{name} = answer(Bool(), covers=())\n"
    ),
    "graders/hidden/{name}.py": "",
}


def write_topic(course, name):
    for path, text in TOPIC.items():
        file = course / path.format(name=name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(name=name))


def test_init_makes_a_course_of_the_homeworks_named(tmp_path, monkeypatch):
    files = init_course(tmp_path / "mine", ["vae"], "Lecture")
    assert {f.name for f in files} == {
        "homeworks.toml",
        "roster.csv",
        "README.md",
        ".gitignore",
        "course.key",
    }
    assert "course.key" in (tmp_path / "mine" / ".gitignore").read_text()
    built_in = load_homework("vae")
    monkeypatch.setenv(homeworks.VARIABLE, str(tmp_path / "mine"))
    assert homework_names() == ["vae"] and load_homework("vae").points == built_in.points
    assert policy_of("vae") == Policy() and drop_lowest() == 0
    assert course_key() == (tmp_path / "mine" / "course.key").read_text().strip()
    assert (tmp_path / "mine" / "course.key").stat().st_mode & 0o077 == 0


def test_the_rules_that_init_writes_as_comments_are_valid(tmp_path, monkeypatch):
    init_course(tmp_path / "mine", ["vae"])
    file = tmp_path / "mine" / "homeworks.toml"
    lines = [
        (
            line[2:]
            if line.startswith(
                ("# due", "# published", "# [vae.late", "# grace", "# percent", "# days", "# drop")
            )
            else line
        )
        for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(lines))
    monkeypatch.setenv(homeworks.VARIABLE, str(tmp_path / "mine"))
    policy = policy_of("vae")
    assert (
        (policy.percent_per_day, policy.days, policy.grace, policy.published)
        == (10, 3, timedelta(minutes=15), False)
        and policy.due
        and drop_lowest() == 1
    )


def test_init_takes_over_every_setting_of_a_homework():
    table = {
        "title": 'A "title"',
        "topics": ["kl"],
        "points": {"kl_to_itself": 1.5},
        "published": False,
        "given": ["a", "b"],
        "gradescope": {"hidden": "visible"},
    }
    assert homeworks.tomllib.loads(homework_text("h", table)) == {"h": table}


def test_init_refuses_a_course_that_is_there_and_homeworks_that_are_not(tmp_path):
    init_course(tmp_path / "mine", ["vae"])
    with pytest.raises(CannotInit, match="is a course already: edit"):
        init_course(tmp_path / "mine")
    with pytest.raises(UnknownName, match="there is no homework 'nothing'; there are vae"):
        init_course(tmp_path / "other", ["nothing"])
    assert not (tmp_path / "other").exists()


def test_the_command_says_what_it_wrote_and_what_is_wrong(tmp_path, capsys):
    assert make_course(Console(width=300), tmp_path / "mine", ["vae"], "") == 0
    assert make_course(Console(width=300), tmp_path / "mine", [], "") == 2
    said = capsys.readouterr().out
    assert (
        f"wrote {tmp_path / 'mine' / 'homeworks.toml'}" in said
        and "Next: edit" in said
        and "Cannot do that:" in said
    )


def test_the_current_folder_is_the_course_when_it_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv(homeworks.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    enter_course(None)
    assert homeworks.course_folder() is None
    (tmp_path / "homeworks.toml").write_text(SPARE + "[h.points]\n")
    enter_course(None)
    assert homeworks.course_folder() == tmp_path
    enter_course(tmp_path / "other")
    assert os.environ[homeworks.VARIABLE] == str(tmp_path / "other")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "holds no homeworks.toml: `critic init"),
        ("[h", "is not valid TOML"),
        ("h = 1", "the homework 'h' needs `title`, `topics`"),
        (
            SPARE + "[h.points]\nkl_to_itself = -1",
            "points of kl_to_itself in .* must be numbers, 0 or more",
        ),
        (SPARE + "[h.points]\nkl_to_itself = true", "points of kl_to_itself"),
        (SPARE + "[h.points]\nnothing = 1", "gives points in 'h' to nothing"),
        (
            SPARE.replace("kl", "no_topic") + "[h.points]\nkl_to_itself = 1",
            "names the topic 'no_topic', but there is no module",
        ),
        (
            SPARE + "[h.points]\nkl_to_itself = 1\n[h.answers]\nkl_standard_normal = 1",
            "which is no answer exercise",
        ),
        (
            SPARE + "[h.points]\nkl_to_itself = 1\n[h.answers]\nkl_to_itself = 'zero'",
            r"does not have the form asked for: it wants a number, got",
        ),
    ],
)
def test_mistakes_in_a_course_are_explained(course, text, sentence):
    file = course / "homeworks.toml"
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(UnknownName, match=sentence):
        load_homework("h")


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("due = 2026-10-12", "`due` of 'h' needs date, time and the offset"),
        ("due = 2026-10-12T23:59:00", "`due` of 'h' needs date, time and the offset"),
        ("published = 1", "`published` of 'h' is true or false"),
        (
            "late = {percent = 5}",
            "does not know 'percent'; did you mean 'percent_per_day'",
        ),
        ("late = {days = -1}", "`days` in .* must be a number, 0 or more"),
    ],
)
def test_mistakes_in_the_rules_are_explained(course, rule, sentence):
    (course / "homeworks.toml").write_text(SPARE + rule + "\n[h.points]\n")
    with pytest.raises(BadCourse, match=sentence):
        policy_of("h")


def test_a_drop_rule_that_makes_no_sense_is_explained(course):
    (course / "homeworks.toml").write_text("[course]\ndrop_lowest = -1\n")
    with pytest.raises(BadCourse, match="is a whole number, 0 or more"):
        drop_lowest()


def test_an_answer_of_the_course_replaces_ours_and_the_misconception_that_it_was(course):
    text = (
        '[h]\ntitle = "H"\ntopics = ["kl", "reparameterization"]\n[h.points]\nkl_to_itself ='
        " 1\nmodel_2 = 1\n"
    )
    (course / "homeworks.toml").write_text(text + "[h.answers]\nkl_to_itself = 1\n")
    homework = load_homework("h")
    entry = homework.entry("kl_to_itself")
    assert entry.solution == 1 and homework.right.answer("kl_to_itself") == 1
    assert 1 not in [m.value for m in entry.misconceptions]
    assert load_homework("h").entry("model_2").solution is not None


def test_late_days_are_counted_from_grace_and_extension():
    due = datetime(2026, 10, 12, 22, 0, tzinfo=timezone.utc)
    policy = Policy(due, timedelta(minutes=10), 10, 3)
    late = [
        policy.days_late(due + timedelta(minutes=m)) for m in (-5, 10, 11, 24 * 60, 24 * 60 + 1)
    ]
    assert late == [0, 0, 1, 1, 2]
    assert (
        policy.days_late(due + timedelta(days=3), extra_days=2) == 1 and policy.days_late(None) == 0
    )
    assert [policy.factor(d) for d in (0, 1, 3, 4)] == [1, 0.9, 0.7, 0] and Policy(
        percent_per_day=60
    ).factor(2) == 0


def test_a_topic_of_the_course_is_found_and_goes_along(course):
    write_topic(course, "tests_own_topic")
    text = '[h]\ntitle = "H"\ntopics = ["tests_own_topic"]\n[h.points]\nmine_tests_own_topic = 1\n'
    (course / "homeworks.toml").write_text(text)
    assert load_homework("h").entry("mine_tests_own_topic").solution is True
    assert (
        topic_text("tests_own_topic").read_text().startswith("# Mine")
        and topic_text("kl").parent == homeworks.ASSIGNMENTS
    )
    files = course_files()
    assert (
        files["assignments/homeworks.toml"].decode() == text
        and "reference/tests_own_topic.py" in files
        and "course.key" not in " ".join(files)
    )


def test_a_topic_with_a_name_of_ours_is_refused(course):
    write_topic(course, "kl")
    with pytest.raises(BadCourse, match=r"kl.py has the name of a topic that exists already"):
        load_homework("small")


def test_no_submission_sees_anything_of_a_course(course):
    assert course in private_folders()


def test_without_a_course_nothing_goes_along(monkeypatch):
    monkeypatch.delenv(homeworks.VARIABLE, raising=False)
    assert course_files() == {} and "vae" in homework_names()
