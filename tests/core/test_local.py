"""What a student runs at home: the public checks of a file, from a folder that holds nothing
private.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graders.core.local import UnknownExercise, check_exercise, exercises
from graders.core.notebook import check

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "tests" / "samples"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The two folders that ship, and nothing else of ours."""
    folder = tmp_path_factory.mktemp("bundle")
    for name in ("core", "public"):
        shutil.copytree(
            ROOT / "graders" / name,
            folder / "graders" / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return folder


def run(bundle, *arguments):
    # -I would drop the bundle from the path; an empty PYTHONPATH and the bundle as working folder
    # do what a student does.
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "graders.core", *map(str, arguments)],
        cwd=bundle,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_right_notebook_passes(bundle):
    done = run(bundle, SAMPLES / "class" / "student_3001039.ipynb")
    assert (
        done.returncode == 0 and "4 of 4 exercises pass all their public checks." in done.stdout
    ), done.stdout
    assert done.stderr == ""


def test_a_wrong_one_is_told_what_and_why(bundle):
    done = run(bundle, SAMPLES / "class" / "student_3001075.ipynb")
    assert (
        done.returncode == 1
        and "Hint: Your values have the opposite sign: a divergence is never negative."
        in done.stdout
    )


def test_unreadable_files_and_wrong_calls_get_a_sentence(bundle):
    assert (
        "nothing was checked: truncated.ipynb is not a complete notebook"
        in run(bundle, SAMPLES / "trouble" / "truncated.ipynb").stdout
    )
    assert "there is no file nowhere.ipynb" in run(bundle, "nowhere.ipynb").stdout
    assert (
        run(bundle).returncode == 2
        and "usage: python -m graders.core FILE" in run(bundle, "--help").stdout
    )


def test_a_cell_that_raises_is_reported_and_the_rest_counts(bundle, tmp_path):
    script = tmp_path / "s.py"
    script.write_text("1 / 0\nkl_to_itself = 'zero'\n")
    done = run(bundle, script)
    assert "! cell 1 raised ZeroDivisionError in line 1: division by zero" in done.stdout
    assert "kl_to_itself: wants a number, got 'zero'" in done.stdout and done.returncode == 1


def test_a_file_without_exercises_says_so(bundle, tmp_path):
    script = tmp_path / "s.py"
    script.write_text("x = 1\n")
    assert "No exercise is defined in this file yet." in run(bundle, script).stdout


def test_the_order_is_that_of_the_notebook_and_written_exercises_are_named(bundle, tmp_path):
    library = "from torch.nn.functional import kl_div as kl_gaussians"
    (tmp_path / "s.py").write_text(f"kl_to_itself = 0\n{library}\ndivergence_axioms = {{1}}\n")
    named = r"^\W (\w+):"
    assert re.findall(named, run(bundle, tmp_path / "s.py").stdout, re.MULTILINE) == [
        "kl_to_itself",
        "divergence_axioms",
    ]
    homework = bundle / "graders" / "public" / "homework.json"
    homework.write_text('{"exercises": ["elbo_proof", "divergence_axioms", "kl_to_itself"]}')
    said = run(bundle, tmp_path / "s.py").stdout
    homework.unlink()
    assert re.findall(named, said, re.MULTILINE) == [
        "elbo_proof",
        "divergence_axioms",
        "kl_to_itself",
    ]
    assert "of 2 exercises pass" in said


def test_an_answer_is_judged_by_its_form_only():
    assert check_exercise("kl_to_itself", {"kl_to_itself": 17})[0].passed


def test_every_function_exercise_has_a_public_check_and_every_stub_fails_it():
    for name, (exercise, checks) in exercises().items():
        # A test of courses of one's own may have added a topic that lies elsewhere.
        if exercise.kind == "F" and Path(exercise.stub.__code__.co_filename).is_relative_to(ROOT):
            assert checks, f"{name} has no public check"
            verdicts = check_exercise(name, {name: exercise.stub})
            assert not verdicts[0].passed and verdicts[0].status.value != "grader fault", (
                f"the empty stub of {name}: {verdicts[0]}"
            )


def test_in_a_notebook_one_call_prints_the_report(capsys):
    globals()["kl_to_itself"] = 0
    check("kl_to_itself")
    assert "● kl_to_itself: answered" in capsys.readouterr().out
    check("kl_to_itsself")
    assert (
        "there is no exercise `kl_to_itsself`; did you mean `kl_to_itself`?"
        in capsys.readouterr().out
    )


def test_an_unknown_exercise_lists_those_that_exist():
    with pytest.raises(UnknownExercise, match="kl_standard_normal"):
        check_exercise("nothing", {})


def test_check_cells_do_nothing_while_a_file_is_read(bundle, tmp_path):
    script = tmp_path / "s.py"
    script.write_text(
        "from graders.core import notebook as grader\nkl_to_itself ="
        " 0.0\ngrader.check('kl_to_itself')\nimport otter\notter.Notebook('x').check('q')\n"
    )
    done = run(bundle, script)
    assert (
        done.stdout.count("kl_to_itself: answered") == 1
        and "raised" not in done.stdout
        and done.returncode == 0
    )
