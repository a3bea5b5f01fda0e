"""What the two commands say, and the status they end with."""

import json
import subprocess
import zipfile

import pytest
from rich.console import Console

from graders.grading.catalogue import homework_names
from graders.packaging import assign, build, command, rehearsal
from graders.packaging.assign import AssignFailed, otter_assign
from graders.packaging.build import BuildFailed, Built
from graders.packaging.command import build_homeworks, run_gradescope
from graders.packaging.master import master_notebook
from graders.packaging.rehearsal import Rehearsal, RehearsalFailed, rehearse
from graders.packaging.results import document
from graders.packaging.rules import Rules
from graders.packaging.verdicts import VARIABLE, NoVerdicts, look_up


@pytest.fixture
def console():
    return Console(record=True, width=200)


def test_build_asks_for_a_name_and_knows_which_there_are(console, tmp_path):
    assert build_homeworks(console, [], False, tmp_path) == 2
    assert build_homeworks(console, ["nothing"], False, tmp_path) == 2
    said = console.export_text()
    assert (
        f"Which homework? Name one of {', '.join(homework_names())}" in said
        and "Cannot build: there is no homework 'nothing'" in said
    )


def test_build_goes_on_after_a_homework_that_fails_and_says_so_in_the_status(
    console, tmp_path, monkeypatch
):
    def pretend(homework, out):
        if homework.name == homework_names()[0]:
            raise BuildFailed("the zip gives the solutions 3 of 5 points")
        return Built(out / homework.name, out / "zip", 7.0)

    monkeypatch.setattr(command, "build", pretend)
    monkeypatch.setattr(command, "homework_names", lambda: [homework_names()[0]] * 2)
    assert build_homeworks(console, [], True, tmp_path) == 1
    assert (
        console.export_text().count("was not built: the zip gives the solutions 3 of 5 points") == 2
    )


def test_the_solutions_need_every_point_and_there_must_be_points(homework, monkeypatch, tmp_path):
    results = document(homework, Rules(), {})
    monkeypatch.setattr(
        build, "rehearse", lambda *_, **__: Rehearsal({**results, "score": 6.0}, "", 1.0)
    )
    with pytest.raises(BuildFailed, match="the zip gives the solutions 6 of 7 points"):
        build._full_marks(homework, tmp_path, tmp_path)
    nothing = type(homework)("none", "None", (), (), {}, right=homework.right)
    monkeypatch.setattr(
        build, "rehearse", lambda *_, **__: Rehearsal({**results, "score": 0.0}, "", 1.0)
    )
    with pytest.raises(BuildFailed, match="0 of 0 points"):
        build._full_marks(nothing, tmp_path, tmp_path)


@pytest.mark.parametrize(("code", "said"), [(1, "Traceback"), (0, "Skipping tests")])
def test_otter_assign_must_end_well_and_say_that_the_tests_passed(
    homework, monkeypatch, tmp_path, code, said
):
    monkeypatch.setattr(
        assign.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, code, said, "")
    )
    with pytest.raises(
        AssignFailed, match=f"otter assign failed on the solutions of mini:\n{said}"
    ):
        otter_assign(
            master_notebook(homework, build.place_of("student_template")), "mini", tmp_path, {}
        )


def test_otter_assign_must_end_at_all(homework, monkeypatch, tmp_path):
    def late(*_, **__):
        raise subprocess.TimeoutExpired("otter", 600)

    monkeypatch.setattr(assign.subprocess, "run", late)
    with pytest.raises(AssignFailed, match="did not end within 600 s"):
        otter_assign(
            master_notebook(homework, build.place_of("student_template")), "mini", tmp_path, {}
        )


def test_gradescope_shows_the_results_and_keeps_them(console, homework, tmp_path, monkeypatch):
    results = document(homework, Rules(), {})
    monkeypatch.setattr(
        command, "rehearse", lambda *_, **__: Rehearsal(results, "said by the grader", 2.5)
    )
    assert run_gradescope(console, tmp_path, tmp_path, None, False, tmp_path / "results.json") == 0
    assert json.loads((tmp_path / "results.json").read_text()) == results
    said = console.export_text()
    assert (
        "results.json: score 0, valid, after 2.5 s" in said
        and "kl_to_itself: hidden checks" in said
        and "said by the grader" in said
    )


def test_gradescope_says_what_is_not_there_and_what_is_no_zip(console, tmp_path):
    assert run_gradescope(console, tmp_path / "nowhere.zip", tmp_path, None, False, None) == 2
    (tmp_path / "text.zip").write_text("no zip")
    assert run_gradescope(console, tmp_path / "text.zip", tmp_path, None, False, None) == 1
    said = console.export_text()
    assert (
        "There is no" in said
        and "nowhere.zip" in said
        and "is neither a zip nor a folder: give the zip that `critic build` wrote" in said
    )


def zip_with(path, script):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("setup.sh", "#!/bin/sh\n")
        if script:
            archive.writestr("run_autograder", f"#!/bin/sh\n{script}\n")
    return path


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "has no run_autograder at its root, so Gradescope would refuse it"),
        ("echo oh; exit 3", "run_autograder ended with status 3:\noh"),
        ("echo hello", "there is no results.json:\nhello"),
        (
            "echo '{\"score\": 1}' > results/results.json",
            "does not fit Gradescope's format: .*'tests' is a required property",
        ),
        ("sleep 5", "run_autograder did not end within 1 s, which is all that Gradescope gives"),
    ],
)
def test_a_zip_that_gives_no_results_is_told_why(tmp_path, monkeypatch, script, said):
    monkeypatch.setattr(rehearsal, "SECONDS", 1)
    with pytest.raises(RehearsalFailed, match=said):
        rehearse(zip_with(tmp_path / "a.zip", script), tmp_path)


def test_setup_can_run_first(tmp_path):
    script = "cp source/made results/results.json"
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("setup.sh", 'echo \'{"score": 0, "tests": []}\' > made\n')
        file.writestr("run_autograder", f"#!/bin/sh\n{script}\n")
    with pytest.raises(RehearsalFailed, match=r"\$.tests"):
        rehearse(archive, tmp_path / "a.zip", setup=True)


def test_a_test_case_passes_and_fails_by_its_verdict_and_says_when_there_is_none(
    tmp_path, monkeypatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(NoVerdicts, match="in your own notebook the public checks run"):
        look_up("kl", 1)
    path = tmp_path / "verdicts.json"
    path.write_text(
        json.dumps({"verdicts": {"kl": [[True, ""], [False, "✗ It is right.\nwrong values"]]}})
    )
    monkeypatch.setenv(VARIABLE, str(path))
    look_up("kl", 1)
    with pytest.raises(AssertionError, match="wrong values"):
        look_up("kl", 2)


def test_the_folder_in_which_the_zip_lies_will_do(tmp_path):
    with zipfile.ZipFile(tmp_path / "vae-autograder.zip", "w") as file:
        for name in ("setup.sh", "run_autograder"):
            file.writestr(name, "")
    (tmp_path / "submission.ipynb").write_text("{}")
    rehearsal._lay_out(tmp_path / "root", tmp_path, tmp_path / "submission.ipynb", "{}")
    assert {path.name for path in (tmp_path / "root" / "source").iterdir()} == {
        "setup.sh",
        "run_autograder",
    }
