"""The command on a class with known mistakes, and on an inbox with every kind of trouble."""

import csv
import json
import shutil
import time
from pathlib import Path

import pytest
from rich.console import Console

from graders.bulk.command import grade_folder

SAMPLES = Path(__file__).parent.parent / "samples"
FOUR = ("reparameterize", "kl_standard_normal", "elbo", "iwae_bound")
# What the samples call their mistakes, and the misconception or the sentence that must name each.
NAMED = {
    "kl_batch_sum": "batch_sum",
    "kl_sign": "negated",
    "kl_mean_latent": "mean_over_latents",
    "detached": "drawn_not_reparameterized",
    "logvar_as_std": "logvar_as_std",
    "rand_not_randn": "uniform_noise",
    "exp_logvar_no_half": "variance_as_std",
}
SAID = {
    "not_attempted_q4": "returned nothing (None)",
    "exception_q2": "your code raised AttributeError",
    "syntax_error_q3": "SyntaxError",
}


def run(folder, out, jobs=2):
    started = time.monotonic()
    key = out.parent / "course.key"
    key.write_text("test")
    status = grade_folder(Console(quiet=True), "vae", folder, out, jobs, (), key, False)
    rows = {row["submission"]: row for row in csv.DictReader((out / "grades.csv").open())}
    return status, rows, time.monotonic() - started


@pytest.fixture(scope="module")
def graded_class(once):
    said, folder = once("class", lambda folder: run(SAMPLES / "class", folder / "out"))
    return said, folder / "out"


@pytest.fixture(scope="module")
def graded_trouble(once):
    said, folder = once("trouble", lambda folder: run(SAMPLES / "trouble", folder / "out"))
    return said, folder / "out"


def expected():
    return list(csv.DictReader((SAMPLES / "expected.csv").open()))


def test_all_eighty_cells_are_as_expected(graded_class):
    (status, rows, _), _ = graded_class
    wrong = []
    for row in expected():
        for name in FOUR:
            share = float(rows[row["file"]][name])
            if (share == 1.0) != (row[name] == "right") or 0.5 < share < 1:
                wrong.append((row["file"], row["what"], name, share))
    assert (status, wrong) == (0, [])


@pytest.mark.parametrize(
    "row", [r for r in expected() if r["what"] != "all right"], ids=lambda r: r["what"]
)
def test_every_mistake_is_named(graded_class, row):
    _, out = graded_class
    record = json.loads((out / "records" / f"{row['file']}.json").read_text())
    wrong = next(name for name in FOUR if row[name] == "wrong")
    exercise = next(e for e in record["exercises"] if e["name"] == wrong)
    if row["what"] in SAID:
        said = " ".join([*record["notes"], *(v["message"] for v in exercise["verdicts"])])
        assert SAID[row["what"]] in said
    else:
        assert len(exercise["diagnosis"]) == 1 and any(
            v["hint"] == exercise["diagnosis"][0]["hint"] for v in exercise["verdicts"]
        )
        assert exercise["diagnosis"][0]["name"] == NAMED.get(
            row["what"], exercise["diagnosis"][0]["name"]
        )
        page = (out / "feedback" / f"{row['file']}.html").read_text()
        assert 'class="hint"' in page


def test_trouble_gets_the_credit_that_can_honestly_be_given(graded_trouble):
    (status, rows, seconds), _ = graded_trouble
    four_right = {name: [1.0] * 4 for name in rows}
    four_right["redefines.ipynb"][1] = None
    four_right["old_format.ipynb"] = [0.0, 1.0, 0.0, 0.0]
    for name in ("empty.ipynb", "truncated.ipynb", "not_a_notebook.ipynb", "syntax_error.py"):
        four_right[name] = [0.0] * 4
    for name, shares in four_right.items():
        got = [float(rows[name][exercise]) for exercise in FOUR]
        assert [g for g, w in zip(got, shares) if w is not None] == [
            w for w in shares if w is not None
        ], name
    assert float(rows["redefines.ipynb"]["kl_standard_normal"]) <= 0.5
    assert status == 0 and len(rows) == 15
    assert seconds < 90


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.ipynb", "is empty"),
        ("truncated.ipynb", "not a complete notebook"),
        ("not_a_notebook.ipynb", "is not a text file"),
        ("endless_cell.ipynb", "cell 3 was stopped after 10 s: it did not end"),
        ("exits.ipynb", "ended the process; the rest counts"),
        ("needs_missing_package.ipynb", "raised ModuleNotFoundError"),
        ("syntax_error.py", "raised SyntaxError in line 1"),
    ],
)
def test_trouble_is_explained_to_the_student(graded_trouble, name, sentence):
    _, out = graded_trouble
    assert any(
        sentence in note
        for note in json.loads((out / "records" / f"{name}.json").read_text())["notes"]
    )
    assert sentence.replace("'", "&#39;") in (out / "feedback" / f"{name}.html").read_text()


def test_a_second_run_takes_every_result_from_the_first(graded_class, tmp_path):
    (_, rows, first), out = graded_class
    shutil.copytree(out, tmp_path / "out")
    status, again, second = run(SAMPLES / "class", tmp_path / "out")
    assert (status, again) == (0, rows) and second < first / 2


@pytest.mark.slow
def test_another_number_of_jobs_gives_the_same_grades_and_seeds(graded_class, tmp_path):
    (_, rows, _), out = graded_class
    some = sorted((SAMPLES / "class").iterdir())[::4]
    (tmp_path / "in").mkdir()
    for file in some:
        shutil.copy(file, tmp_path / "in")
    _, again, _ = run(tmp_path / "in", tmp_path / "out", jobs=1)
    assert again == {file.name: rows[file.name] for file in some}

    def seeds(folder, path):
        return [
            v["seed"]
            for e in json.loads((folder / "records" / path.name).read_text())["exercises"]
            for v in e["verdicts"]
        ]

    for path in (tmp_path / "out" / "records").iterdir():
        assert seeds(out, path) == seeds(tmp_path / "out", path)


def test_feedback_shows_nothing_of_a_hidden_check_but_sentence_class_and_hint(graded_class):
    """Law 7: the full message of a failed hidden check is in the record, nowhere in the page."""
    _, out = graded_class
    seen = 0
    for path in sorted((out / "records").iterdir()):
        page = (out / "feedback" / f"{path.stem}.html").read_text()
        verdicts = [v for e in json.loads(path.read_text())["exercises"] for v in e["verdicts"]]
        said = " ".join(v["message"] for v in verdicts if v["public"])
        for verdict in verdicts:
            secret = verdict["message"].split(": ", 1)[-1]
            if (
                not verdict["public"]
                and verdict["status"] in ("failed", "student error")
                and verdict["problem"] != "missing"
                and secret not in said
            ):
                seen += 1
                assert secret not in page
    assert seen >= 15
