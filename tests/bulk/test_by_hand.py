"""The page for whoever grades written questions."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

import reference
from graders.bulk.by_hand import by_hand_page, plots
from graders.bulk.classroom import content_of
from graders.bulk.written import written_answers
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import load_homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.grading.prompts import prompt_of, read_topic
from graders.intake.find import Found

STORED = Path(reference.__path__[0], "experiments.npz")
ARTEFACTS = ("bound_history", "loss_history", "reconstructions", "latent_means", "manifold")


def notebook(folder, *texts):
    """A notebook of text cells."""
    path = folder / "ada.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(text) for text in texts]), path)
    return path


def graded(*right):
    """A grade in which the public check of these exercises passes, and that of the others fails."""
    verdicts = {
        name: Verdict(
            name,
            "check",
            "A sentence.",
            Status.PASSED if name in right else Status.FAILED,
            public=True,
        )
        for name in ARTEFACTS
    }
    return Grade(
        "ada",
        "helmholtz",
        tuple(ExerciseGrade(name, (verdict,), 1.0, 1.0) for name, verdict in verdicts.items()),
    )


def result(homework):
    return SimpleNamespace(
        name="ada",
        homework=load_homework(homework),
        grade=graded(*ARTEFACTS),
        given={},
        people=(),
    )


def prompt(name):
    homework = load_homework("helmholtz")
    entry = homework.entry(name)
    return prompt_of(entry, read_topic(entry.topic)).text


def answers(file):
    return written_answers(load_homework("helmholtz"), Found("ada", file))


def test_an_answer_is_the_text_between_its_heading_and_the_next(tmp_path):
    file = notebook(
        tmp_path,
        "# Title",
        f"### comparison (4 points)\n\n{prompt('comparison')}",
        "AEVB, by epoch 47.",
        "More.\n<!-- END QUESTION -->",
        "## Hand in",
        "Save.",
    )
    assert answers(file)["comparison"] == "AEVB, by epoch 47.\n\nMore."


@pytest.mark.parametrize(
    "text", ["_Type your answer here, replacing this text._", "", "<!-- END QUESTION -->"]
)
def test_what_was_handed_out_is_no_answer(tmp_path, text):
    question = f"### comparison (4 points)\n\n{prompt('comparison')}"
    assert answers(notebook(tmp_path, question, text)) == {}
    assert answers(notebook(tmp_path, "### comparison (4 points)", text)) == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"cells": [{}]}',
        '{"cells": 3}',
        '{"cells": [{"cell_type": "markdown", "source": 3}]}',
    ],
)
def test_a_notebook_that_cannot_be_read_has_no_answers(tmp_path, content):
    (tmp_path / "ada.ipynb").write_text(content)
    assert answers(tmp_path / "ada.ipynb") == {}
    assert answers(None) == answers(tmp_path / "missing.ipynb") == {}


def test_the_page_has_the_answer_as_text_the_rubric_and_every_plot(tmp_path):
    file = notebook(tmp_path, "### comparison (4 points)", "<script>alert(1)</script>")
    shutil.copy(STORED, tmp_path / "experiment.npz")
    page = by_hand_page(result("helmholtz"), Found("ada", file))
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page
    assert (
        "the claim follows from the student" in page and page.count("data:image/png;base64,") == 5
    )


def test_a_homework_without_written_questions_has_no_page(tmp_path):
    homework = SimpleNamespace(entries=[SimpleNamespace(kind="F")])
    assert by_hand_page(SimpleNamespace(homework=homework), None) == ""


def test_only_what_passes_its_public_checks_is_drawn(tmp_path):
    np.savez(
        tmp_path / "experiment.npz",
        **{"bound_history/aevb": np.zeros((3, 3)), "manifold/aevb": np.zeros(1)},
    )
    drawn = plots(load_homework("helmholtz"), graded(), tmp_path / "experiment.npz")
    assert [plot.exercise for plot in drawn] == list(ARTEFACTS) and not any(
        plot.image for plot in drawn
    )
    shutil.copy(STORED, tmp_path / "experiment.npz")
    drawn = plots(load_homework("helmholtz"), graded("latent_means"), tmp_path / "experiment.npz")
    assert [plot.exercise for plot in drawn if plot.image] == ["latent_means"]


def test_images_that_are_no_squares_are_not_drawn_and_end_nothing(tmp_path):
    np.savez(
        tmp_path / "experiment.npz",
        **{f"manifold/{name}": np.zeros((20, 20, 65)) for name in ("aevb", "wake_sleep")},
    )
    assert not any(
        plot.image
        for plot in plots(
            load_homework("helmholtz"), graded("manifold"), tmp_path / "experiment.npz"
        )
    )


def test_another_experiment_is_another_submission(tmp_path):
    file = notebook(tmp_path, "# Title")
    without = content_of(Found("ada", file))
    shutil.copy(STORED, tmp_path / "ada.npz")
    assert content_of(Found("ada", file)) != without
