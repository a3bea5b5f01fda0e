"""What breaks in an author's code is a line each, and nothing else of the audit is lost."""

import re
from dataclasses import replace

import pytest
from rich.console import Console

from graders.audit import command
from graders.audit.audit import idle
from graders.audit.broken import sentence, without_broken
from graders.core.exercise import check
from graders.grading.catalogue import UnknownName, load_homework

HOMEWORK = load_homework("vae")
ENTRY = HOMEWORK.entry("kl_equal_variance")


@check(ENTRY.name, "Broken.")
def broken(student):
    raise ZeroDivisionError("on purpose")


def test_a_broken_check_is_one_line_and_the_others_stay():
    entry, said = without_broken(replace(ENTRY, hidden=(broken, *ENTRY.hidden)), HOMEWORK)
    assert entry == ENTRY
    assert said == ["broken broke: ZeroDivisionError: on purpose"]


def test_the_line_names_the_file_and_the_line_of_the_topic():
    first = next(c for c in ENTRY.hidden if not c.general)
    said = sentence(ENTRY, first.name, ValueError("of no place of ours"))
    assert re.match(rf"\S*kl_equal_variance\.py, line \d+: {first.name} broke: ValueError: ", said)
    try:
        first.function(**dict.fromkeys(("student", "draw", "right")))
    except Exception as error:
        said = sentence(ENTRY, first.name, error)
    assert re.search(r"kl_equal_variance\.py, line \d+: ", said)


def test_a_check_that_catches_nothing_is_named():
    assert list(idle(ENTRY, [])) == [
        f"the check {c.name} catches no misconception" for c in ENTRY.hidden if not c.general
    ]


def test_only_some_exercises_are_audited_and_others_are_refused(capsys):
    work = [("vae", "elbo"), ("vae", "kl_gaussians")]
    assert command._chosen(work, []) == work
    assert command._chosen(work, ["kl_gaussians"]) == [("vae", "kl_gaussians")]
    with pytest.raises(UnknownName, match="no exercise 'iwae' here; there are elbo, kl_gaussians"):
        command._chosen(work, ["iwae"])
    said = command.audit_homeworks(Console(width=200), ["vae"], False, 1, 1, only=["nothing"])
    assert said == 2 and "Cannot audit: there is no exercise 'nothing'" in capsys.readouterr().out
