"""A made-up class in a gradebook, without grading: verdicts as the engine writes them, notebooks
with written answers.
"""

import base64
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from graders.bulk.decisions import Decisions
from graders.bulk.gradebook import Gradebook, Stamp
from graders.bulk.handed_in import read_handed_in
from graders.core.verdict import Status, Verdict
from graders.course.people import Person
from graders.grading.catalogue import load_homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.intake.find import Found

# One white pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="
)
HOSTILE = "<img src=x onerror=\"document.title='reached'\">"
SCRIPT = "<script>document.title='reached'</script>"
PROOF = (
    "By Jensen, $\\log p(x) \\ge \\mathbb{E}_q[\\log p(x, z) - \\log q(z)]$.\n\n"
    "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\n\n![proof](attachment:proof.png)"
)
CODE = "import torch\n\n\ndef kl_standard_normal(mu, logvar):\n    return {} * mu.sum(-1)\n"
WRONG = {"exercise": "kl_standard_normal", "status": Status.FAILED, "public": False}


def wrong_by(factor):
    """The grade of somebody whose values are so many times the right ones."""
    message = f"kl_standard_normal(mu, logvar): got {1.5 * factor:.4f}, wanted 1.5000"
    failed = Verdict(
        check=load_homework("vae").entry("kl_standard_normal").hidden[0].name,
        sentence="It equals the closed form.",
        problem="wrong values",
        message=message,
        seed=7,
        **WRONG,
    )
    shape = Verdict(
        "kl_standard_normal", "one_value", "One value per example.", Status.PASSED, True
    )
    return ExerciseGrade("kl_standard_normal", (shape, failed), 0.25, 4.0)


def right():
    """The grade of somebody whose function is right."""
    passed = Verdict(
        "kl_standard_normal", "closed_form", "It equals the closed form.", Status.PASSED, False
    )
    return ExerciseGrade("kl_standard_normal", (passed,), 1.0, 4.0)


def notebook(path, answer, factor):
    """A notebook with one proof, a pasted picture and one function."""
    proof = new_markdown_cell(answer)
    proof["attachments"] = {"proof.png": {"image/png": base64.b64encode(PIXEL).decode()}}
    cells = [
        new_markdown_cell("### elbo_proof (4 points)"),
        proof,
        new_markdown_cell("## kl_standard_normal"),
        new_code_cell(CODE.format(factor)),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path


def fill(folder: Path, students: int, answer=PROOF, factor=lambda i: 2.0) -> Path:
    """A gradebook with so many students; every third one's function is right."""
    homework = load_homework("vae")
    path = folder / "gradebook.sqlite"
    with Gradebook(path) as book:
        run = book.begin("vae", {"course_key": "abc"}, "code")
        found = [
            Found(
                f"student_{i:03}",
                notebook(folder / f"student_{i:03}.ipynb", answer, factor(i)),
                (Person(id=f"{1000 + i}", name=f"Student {i}"),),
            )
            for i in range(students)
        ]
        book.register(run, "vae", [(item, f"hash {i}") for i, item in enumerate(found)], [])
        decisions = Decisions(book, "vae")
        stamp = Stamp("c", "e", "k", "abc", False)
        for i, item in enumerate(found):
            exercise = right() if i % 3 == 2 else wrong_by(factor(i))
            book.add(run, Grade(item.name, "vae", (exercise,)), {exercise.name: stamp}, [])
            decisions.keep(item.name, read_handed_in(homework, item))
        book.finish(run)
    return path


@pytest.fixture
def gradebook(tmp_path):
    return fill(tmp_path, 20)
