"""Every homework of the course, from the build to the score: the student's round trip and
Gradescope's.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient
from rich.console import Console

from graders.grading.catalogue import homework_names, load_homework
from graders.grading.source import definition, needed
from graders.packaging.command import build_homeworks
from graders.packaging.rehearsal import rehearse


def said(notebook, folder):
    """What each check cell of a notebook prints when the notebook is executed in a folder."""
    book = nbformat.read(notebook, as_version=4)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    cells = [
        c for c in book.cells if c.cell_type == "code" and c.source.startswith("grader.check(")
    ]
    return {c.source.split('"')[1]: "".join(o.get("text", "") for o in c.outputs) for c in cells}


def handed_out_lines(homework):
    """What the homework gives on purpose: functions of the reference, line by line, with what they
    need.
    """
    code = [
        part
        for entry in homework.given
        for part in (*needed(entry.solution), definition(entry.solution))
    ]
    return {line.strip() for part in code for line in part.splitlines()} | {
        entry.name for entry in homework.given
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", homework_names())
def test_students_get_sentences_and_the_solutions_get_all_points(
    name, tmp_path, monkeypatch, private_words, leaks
):
    homework = load_homework(name)
    assert build_homeworks(Console(quiet=True), [name], False, tmp_path / "dist") == 0
    student, instructor = (tmp_path / "dist" / name / kind for kind in ("student", "instructor"))
    assert (
        leaks(
            student, set().union(*map(private_words, homework.topics)) - handed_out_lines(homework)
        )
        == []
    )
    archive = tmp_path / "dist" / name / "autograder" / f"{name}-autograder.zip"
    solved, empty = (
        rehearse(archive, instructor).results,
        rehearse(archive, student / f"{name}.ipynb").results,
    )
    points = sum(homework.points[entry.name] for entry in homework.graded)
    assert sum(t["max_score"] for t in solved["tests"] if "max_score" in t) == points
    assert (solved["score"], empty["score"]) == (points, 0)
    monkeypatch.setenv("PYTHONPATH", "")
    handed_out = said(student / f"{name}.ipynb", student)
    # Whoever has solved everything has the file of the experiment beside the notebook, where there
    # is one.
    solved_in = shutil.copytree(student, tmp_path / "solved")
    shutil.copytree(instructor, solved_in, dirs_exist_ok=True)
    right = said(solved_in / f"{name}.ipynb", solved_in)
    assert handed_out.keys() == right.keys() == {entry.name for entry in homework.graded}
    assert not [text for text in (*handed_out.values(), *right.values()) if "Traceback" in text]
    assert not [text for text in handed_out.values() if "✗" not in text]
    assert not [text for text in right.values() if "✗" in text or "✓" not in text]
