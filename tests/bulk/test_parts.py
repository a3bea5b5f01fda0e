"""Finding submissions, the course key, records, grades.csv, feedback pages and the made-up
class.
"""

import json
from concurrent.futures.process import BrokenProcessPool

import nbformat
import numpy as np
import pytest
from rich.console import Console

from graders.bulk import command
from graders.bulk.command import grade_folder
from graders.bulk.demo import Pretend, notebook, pretend_class, write_class
from graders.bulk.feedback import WITHHELD, feedback_page
from graders.bulk.summary import troubles
from graders.bulk.written import written_answers
from graders.core.arrays import read_artefacts
from graders.core.verdict import Status, Verdict
from graders.course.key import course_key, fingerprint
from graders.grading import record
from graders.grading.catalogue import load_homework
from graders.grading.grade import Diagnosed, ExerciseGrade, Grade
from graders.intake.find import Found, NoSubmissions, find, plain
from graders.isolation.faults import GroundFault, Refused

HOMEWORK = load_homework("vae")


def verdict(status=Status.PASSED, public=False, **more):
    return Verdict("kl_to_itself", "right_answer", "The answer is right.", status, public, **more)


def grade(name="a.ipynb", share=1.0, verdicts=None, **more):
    exercise = ExerciseGrade("kl_to_itself", tuple(verdicts or [verdict()]), share, 2.0, **more)
    return Grade(name, "vae", (exercise,), ("cell 3 was stopped",), {"checks": 0.1})


def test_files_and_folders_are_found_and_other_files_are_not(tmp_path):
    for name in ("b.ipynb", "a.py", "notes.txt", ".hidden.ipynb"):
        (tmp_path / name).write_text("x")
    (tmp_path / "carol" / "deep").mkdir(parents=True)
    (tmp_path / "carol" / "deep" / "hw.ipynb").write_text("x")
    (tmp_path / "carol" / "helper.py").write_text("x")
    (tmp_path / "dave").mkdir()
    found = find(tmp_path)
    assert [f.name for f in found] == ["a.py", "b.ipynb", "carol", "dave"]
    assert found[2].file.name == "hw.ipynb" and found[3].file is None


def test_a_folder_without_submissions_says_what_was_looked_for(tmp_path):
    with pytest.raises(NoSubmissions, match=r"\*\.ipynb and \*\.py files"):
        find(tmp_path)
    with pytest.raises(NoSubmissions, match="is not a folder"):
        find(tmp_path / "nowhere")


def test_wrong_calls_get_a_sentence_and_status_2(tmp_path, capsys):
    console = Console(width=300)
    assert grade_folder(console, "nothing", tmp_path, tmp_path / "out", 1, (), None, False) == 2
    assert (
        grade_folder(console, "vae", tmp_path, tmp_path / "out", 1, ("nothing",), None, False) == 2
    )
    assert grade_folder(console, "vae", tmp_path, tmp_path / "out", 1, (), None, False) == 2
    said = capsys.readouterr().out
    assert (
        "there is no homework 'nothing'" in said
        and "has no exercise 'nothing'" in said
        and "holds no submission" in said
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            GroundFault("the process that starts the workers is gone"),
            "A process of the grader ended: the process that starts the workers is gone",
        ),
        (BrokenProcessPool("terminated abruptly"), "What is graded is kept in"),
        (Refused("no [layer] holds"), "Hidden checks are refused: no [layer] holds"),
        (KeyboardInterrupt(), "Interrupted. What is graded is kept in"),
    ],
)
def test_a_run_that_cannot_go_on_says_so_and_ends_with_status_1(
    tmp_path, capsys, monkeypatch, error, sentence
):
    def fail(*_):
        raise error

    monkeypatch.setattr(command, "grade_class", fail)
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "key").write_text("k")
    assert (
        grade_folder(
            Console(width=300), "vae", tmp_path, tmp_path / "out", 1, (), tmp_path / "key", False
        )
        == 1
    )
    assert sentence in capsys.readouterr().out


def test_the_course_key_is_made_once_and_kept_private(tmp_path, monkeypatch):
    monkeypatch.setenv("CRITIC_COURSE_KEY_FILE", str(tmp_path / "deep" / "course.key"))
    key = course_key()
    assert course_key() == key and len(key) == 64
    assert (tmp_path / "deep" / "course.key").stat().st_mode & 0o077 == 0
    assert key not in fingerprint(key) and len(fingerprint(key)) == 16


def test_a_record_comes_back_as_it_was():
    original = grade(
        share=0.5,
        verdicts=[verdict(Status.FAILED, problem="p", message="m", hint="h", seed=7)],
        diagnosis=(Diagnosed("one", "h"),),
        note="n",
    )
    assert (
        record.from_json(json.loads(record.dumps(record.to_json(original, code="x")))) == original
    )


def test_feedback_says_what_is_missing_wrong_or_withheld_and_escapes_what_students_wrote():
    missing = verdict(
        Status.STUDENT_ERROR, problem="missing", message="nothing is assigned to `kl_to_itself`"
    )
    assert "nothing is assigned to `kl_to_itself`" in feedback_page(
        grade(share=0.0, verdicts=[missing]), HOMEWORK
    )
    wrong = verdict(Status.FAILED, problem="wrong values", message="got 7, wanted 9", hint="Think.")
    skipped = feedback_page(grade(share=0.0, verdicts=[verdict(Status.SKIPPED)]), HOMEWORK)
    assert 'class="skipped"' in skipped
    page = feedback_page(grade("<script>.ipynb", 0.5, [wrong]), HOMEWORK)
    assert (
        "wrong values" in page
        and "Think." in page
        and "got 7" not in page
        and "<script>" not in page
    )
    withheld = feedback_page(grade(share=None, verdicts=[verdict(Status.GRADER_FAULT)]), HOMEWORK)
    assert WITHHELD in withheld and "not graded yet" in withheld
    assert "Judged with" in feedback_page(grade(note="Judged with our own."), HOMEWORK)


def test_troubles_put_withheld_grades_first():
    sentences = troubles([grade("a"), grade("b", None)])
    assert (
        sentences[0].startswith("b: the grade of kl_to_itself is withheld")
        and "a: cell 3 was stopped" in sentences
    )


def test_the_made_up_class_is_known_and_every_notebook_runs(tmp_path):
    students = pretend_class(HOMEWORK)
    assert (
        students == pretend_class(HOMEWORK)
        and len(students) == 24
        and sum(not s.wrong for s in students) >= 8
    )
    write_class(HOMEWORK, students, tmp_path / "submissions")
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth.keys() == {p.stem for p in (tmp_path / "submissions").iterdir()}
    book = notebook(HOMEWORK, students[0])
    nbformat.validate(book)
    namespace = {}
    exec("\n".join(cell.source for cell in book.cells if cell.cell_type == "code"), namespace)
    asked = {entry.name for entry in HOMEWORK.entries if entry.exercise.kind == "W"}
    found = Found("student_01", tmp_path / "submissions" / "student_01.ipynb")
    assert written_answers(HOMEWORK, found).keys() == asked
    assert all(entry.name in namespace for entry in HOMEWORK.graded)


def test_the_made_up_class_hands_in_experiments_beside_its_notebooks(tmp_path):
    homework = load_homework("helmholtz")
    wrong = next(m for m in homework.entry("bound_history").misconceptions)
    students = [Pretend("ada"), Pretend("bo", (wrong,), ("manifold",))]
    write_class(homework, students, tmp_path / "submissions")
    ada, bo = (read_artefacts(tmp_path / "submissions" / f"{s.name}.npz") for s in students)
    assert ada.keys() - bo.keys() == {"manifold"} and "parameters" in bo
    assert any(
        not np.array_equal(ada["bound_history"].get(key), bo["bound_history"].get(key))
        for key in ada["bound_history"]
    )
    assert [f.name for f in find(tmp_path / "submissions")] == [
        "ada.ipynb",
        "bo.ipynb",
    ] and not plain(tmp_path / "submissions").notes
