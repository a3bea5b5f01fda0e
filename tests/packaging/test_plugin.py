"""The Otter plugin by itself: what it moves, what it leaves to Otter, and when it refuses to call
something a result.
"""

import json
import os
import stat
import subprocess
import tempfile
from types import SimpleNamespace

import nbformat
import pytest
from otter.run.run_autograder.utils import OtterRuntimeError
from otter.test_files import GradingResults
from otter.test_files.abstract_test import TestCase
from otter.test_files.exception_test import ExceptionTestFile

from graders.packaging import plugin as module
from graders.packaging.plugin import CriticPlugin, empty_submission, give, grade_in, lay_out


@pytest.fixture
def tree(tmp_path):
    """A submission as Otter has laid it out, beside the zip's folder."""
    for name in ("submission", "source", "closed"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "otter_config.json").write_text("{}")
    (tmp_path / "submission" / "vae.ipynb").write_text("{}")
    return tmp_path


@pytest.fixture
def plugin(tmp_path):
    made = CriticPlugin(str(tmp_path / "submission" / "vae.ipynb"), {}, {"homework": "vae"})
    made._closed = tempfile.TemporaryDirectory(dir=tmp_path)
    made._graded = {
        "points": {"kl": 1.5},
        "right": [],
        "public": "kl: 1 of 2 checks pass",
        "report": "kl: 1.5 of 4 (negated)",
    }
    return made


def test_everything_but_otters_tests_is_moved_away_and_links_are_not_followed(tree):
    submission = tree / "submission"
    (submission / "tests").mkdir()
    (submission / ".OTTER_LOG").write_bytes(b"pickle")
    (submission / "otter.py").touch()
    os.symlink("/etc/passwd", submission / "link.ipynb")
    lay_out(submission, tree / "source", {"id": 1}, tree / "closed")
    assert [p.name for p in submission.iterdir()] == ["tests"]
    assert sorted(p.name for p in (tree / "closed" / "submission").iterdir()) == [
        ".OTTER_LOG",
        "link.ipynb",
        "otter.py",
        "vae.ipynb",
    ]
    assert (tree / "closed" / "submission" / "link.ipynb").is_symlink()
    assert json.loads((tree / "closed" / "submission_metadata.json").read_text()) == {"id": 1}


def test_a_link_in_the_place_of_the_tests_is_moved_too(tree):
    os.symlink("/etc", tree / "submission" / "tests")
    lay_out(tree / "submission", tree / "source", {}, tree / "closed")
    assert list((tree / "submission").iterdir()) == []


@pytest.mark.parametrize("name", ["vae.ipynb", "vae.py"])
def test_otter_gets_a_file_without_code_under_the_same_name(tmp_path, name):
    path = tmp_path / name
    path.write_text("import this")
    empty_submission(path)
    assert "this" not in path.read_text()
    assert name.endswith(".py") or not any(
        cell.source for cell in nbformat.read(path, as_version=4).cells
    )


def test_whatever_otter_has_read_it_runs_nothing(plugin):
    hostile = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os; os.abort()")])
    assert [cell.source for cell in plugin.before_execution(hostile).cells] == [""]


def results(names):
    files = {name: SimpleNamespace(score=None) for name in names}
    made = GradingResults([])
    made.results = files
    made.update_score = lambda name, score: setattr(files[name], "score", score)
    return made


def test_the_points_are_ours_and_the_closed_folder_is_gone(plugin):
    got = results(["kl"])
    closed = plugin._closed.name
    plugin.after_grading(got)
    assert (
        got.results["kl"].score == 1.5
        and got.output == "kl: 1 of 2 checks pass"
        and not os.path.exists(closed)
    )
    assert plugin.generate_report() == "kl: 1.5 of 4 (negated)"


@pytest.mark.parametrize("points", [0.1, 0.7, 1, 2.5, 3, 10])
@pytest.mark.parametrize("checks", range(1, 25))
def test_a_right_solution_has_what_otter_adds_up_whatever_its_checks(points, checks):
    cases = [TestCase("", "", False, None, "", "") for _ in range(checks)]
    files = [
        ExceptionTestFile(name, "", ExceptionTestFile.resolve_test_file_points(points, cases))
        for name in ("kl", "elbo", "iwae")
    ]
    got = GradingResults(files)
    give(got, dict.fromkeys(("kl", "elbo", "iwae"), points), ["kl", "elbo", "iwae"])
    assert got.total == got.possible
    give(got, {"kl": points / 2}, ["elbo"])
    assert got.total == pytest.approx(2.5 * points)


@pytest.mark.parametrize(
    ("got", "points", "said"),
    [
        (lambda: results([]), {"kl": 1.5}, "no test file for kl"),
        (lambda: results([]), {}, "no test file for any exercise"),
        (
            lambda: GradingResults.without_results(RuntimeError("the kernel died")),
            {"kl": 1.5},
            "the kernel died",
        ),
    ],
)
def test_a_run_without_every_test_case_is_no_result(plugin, got, points, said):
    plugin._graded["points"] = points
    with pytest.raises(
        OtterRuntimeError, match=f"Otter did not run every test case, so there is no score: {said}"
    ):
        plugin.after_grading(got())


def test_a_grader_that_fails_withholds_the_score_and_is_quoted(tree, monkeypatch):
    monkeypatch.setattr(
        module.subprocess,
        "run",
        lambda *a, **k: subprocess.CompletedProcess(
            a, 1, "Nothing was graded: the grader itself failed."
        ),
    )
    with pytest.raises(OtterRuntimeError, match=r"Nothing was graded: the grader itself failed\."):
        grade_in(tree)


def test_the_grader_of_the_zip_knows_its_own_course_and_key(tree, monkeypatch):
    (tree / "closed").mkdir(exist_ok=True)
    (tree / "verdicts.json").write_text('{"points": {}}')
    seen = {}
    monkeypatch.setattr(
        module.subprocess,
        "run",
        lambda *a, **k: seen.update(k["env"]) or subprocess.CompletedProcess(a, 0, ""),
    )
    assert grade_in(tree) == {"points": {}}
    assert (
        seen["PYTHONPATH"] == str(tree / "closed")
        and seen["CRITIC_COURSE"] == ""
        and seen["CRITIC_COURSE_KEY_FILE"] == str(tree / "closed" / "course.key")
    )


def test_the_settings_that_would_read_the_submission_are_off(plugin, tree, monkeypatch):
    monkeypatch.setattr(
        module, "grade_in", lambda root: {"points": {}, "root": stat.S_IMODE(root.stat().st_mode)}
    )
    plugin.submission_path = str(tree / "submission" / "vae.ipynb")
    config = SimpleNamespace(pdf=True, token="secret", grade_from_log=True)
    plugin.before_grading(config)
    assert (config.pdf, config.token, config.grade_from_log) == (False, None, False)
    assert plugin._graded["root"] == 0o700 and [
        p.name for p in (tree / "submission").iterdir()
    ] == ["vae.ipynb"]
