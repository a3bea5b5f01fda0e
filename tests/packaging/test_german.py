"""The homework `vae` in German: its notebook, its checks at home, and the page with feedback hold
no English sentence.
"""

import ast
import html
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from graders.authoring.catalogues import texts
from graders.bulk.by_hand import write_by_hand
from graders.bulk.feedback import feedback_page
from graders.bulk.gradebook import Row, Score
from graders.bulk.report import report
from graders.bulk.scores import Result
from graders.bulk.written import written_answers
from graders.core.engine import run_exercise
from graders.core.home import report_all, report_on
from graders.core.host import Host
from graders.core.language import say, speaking
from graders.course.homeworks import homeworks
from graders.course.policy import Policy
from graders.course.texts import tongue_of
from graders.grading.arguments import READ
from graders.grading.catalogue import homework_of
from graders.grading.causes import INSIDE
from graders.grading.grade import Grade, nothing_found
from graders.grading.hints import hint, told
from graders.grading.outcome import ExerciseGrade
from graders.grading.prompts import prompt_of, read_topic
from graders.grading.relations import BATCH, DIVIDED, SIGN
from graders.grading.weights import WEIGHT
from graders.intake.find import Found, plain
from graders.packaging.archive import place_of
from graders.packaging.bundle import shipped
from graders.packaging.master import master_notebook, render

TABLE = {**homeworks()["vae"], "language": "de"}
# Words that no German sentence of ours has.
ENGLISH = re.compile(
    r"\b(the|your|you|and|which|with|that|this|are|does|what|how|values?|checks?|wanted|from)\b"
)
CODE = re.compile(r"```.*?```|`[^`]*`|\$\$?[^$]*\$\$?|https?://\S+|<[^>]*>", re.DOTALL)
WRONG = {
    "reparameterize": lambda mu, logvar: mu,
    "kl_standard_normal": lambda mu, logvar: (mu**2 + logvar.exp() - 1 - logvar).sum(-1),
}


@pytest.fixture(scope="module")
def homework():
    return homework_of("vae", TABLE)


def english(text: str) -> list[str]:
    """The lines of a text in which an English word stands outside code and formulas."""
    prose = CODE.sub(" ", html.unescape(text))
    return [line for line in prose.splitlines() if ENGLISH.search(line)]


def test_the_notebook_of_students_is_german(homework):
    with speaking(homework.tongue):
        book = master_notebook(homework, place_of("student_template"))
        readme = render(place_of("student_template") / "README.md", homework=homework)
    cells = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    asked = [text for text in cells if not text.startswith("**Solution**")]
    assert [line for text in (*asked, readme) for line in english(text)] == []
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    with speaking(homework.tongue):
        assert all(
            say(line.strip()) in code
            for entry in homework.entries
            if entry.exercise.stub
            for line in [entry.exercise.stub.__doc__.splitlines()[0]]
            if say(line) != line
        )


def test_a_report_at_home_is_german(homework):
    with speaking(homework.tongue):
        said = [str(report_on(name, WRONG)) for name in WRONG] + [str(report_all(WRONG))]
    assert "Hinweis" in "".join(said) and [line for text in said for line in english(text)] == []


@pytest.mark.slow
def test_what_is_handed_out_speaks_german(homework, tmp_path):
    folder = tmp_path / "handed out"
    for name, data in shipped(homework).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    private = " ".join(str(path) for path in folder.rglob("*.mo"))
    assert "hidden" not in private and "grading" not in private
    script = folder / "vae.py"
    script.write_text(
        "import torch\ndef reparameterize(mu, logvar):\n    return mu\n"
        "def kl_standard_normal(mu, logvar):\n"
        "    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "graders.core", "vae.py"],
        cwd=folder, capture_output=True, text=True, timeout=120,
        env={"PATH": "", "PYTHONPATH": str(folder)},
    )  # fmt: skip
    shutil.rmtree(folder)
    assert "Hinweis" in ran.stdout and "reparameterize" in ran.stdout, ran.stderr
    assert english(ran.stdout) == []


@pytest.fixture(scope="module")
def grade(homework):
    """Two exercises half right, all others missing, as their checks judge them."""
    with speaking(homework.tongue):
        exercises = tuple(_graded(homework, entry) for entry in homework.graded)
    return Grade("ada", "vae", exercises, ())


def _graded(homework, entry):
    possible = homework.points[entry.name]
    if entry.name not in WRONG:
        return ExerciseGrade(entry.name, nothing_found(entry), 0.0, possible)
    host, right = Host({entry.name: WRONG[entry.name]}), homework.right
    public = run_exercise(entry.public, host, key="de", public=True)
    hidden = run_exercise(entry.hidden[:3], host, key="de", public=False, right=right)
    hidden = [replace(v, hint=m.hint) for v, m in zip(hidden, entry.misconceptions)]
    # Hints are said where a grade is put together.
    public, hidden = ([replace(v, hint=say(v.hint)) for v in every] for every in (public, hidden))
    return ExerciseGrade(entry.name, (*public, *hidden), 0.25, possible)


def test_the_page_with_feedback_is_german(homework, grade):
    page = feedback_page(grade, homework)
    assert '<html lang="de">' in page
    body = page.partition("<body>")[2]
    shown = [text for text in body.splitlines() if text.strip()]
    assert [line for text in shown for line in english(text)] == []
    # And none of our texts stands there as it is in English.
    ours = [text for found in texts().values() for text in found if isinstance(text, str)]
    with speaking(homework.tongue):
        untouched = [t for t in ours if len(t.split()) > 3 and "{" not in t and t in body]
        assert [text for text in untouched if say(text) != text] == []


def test_what_a_diagnosis_puts_together_is_german():
    hints = (
        (*hint(SIGN), *hint(DIVIDED, size="N * K")),
        (*hint(INSIDE, name="elbo"), *hint(BATCH)),
        hint(READ, what="its half", name="logvar"),
        hint(WEIGHT, term="The divergence"),
    )
    with speaking(tongue_of("vae", TABLE)):
        assert [text for parts in hints for text in english(told(parts))] == []
        assert told(hints[3]) == "Die Divergenz hat ein Gewicht, das nicht das eigene ist."


def answered(homework):
    """The notebook of a student who answered one question, with the part on handing in."""
    with speaking(homework.tongue):
        master = master_notebook(homework, place_of("student_template"))
        question = homework.entry("elbo_proof")
        prompt = prompt_of(question, read_topic(question.topic)).text
    texts = [f"### elbo_proof (4 Punkte)\n\n{prompt}", "Mit Jensen.", master.cells[-2].source]
    return new_notebook(cells=[new_markdown_cell(text) for text in texts])


def test_the_report_and_the_pages_for_grading_by_hand_are_german(homework, grade, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "ada.ipynb").write_text(nbformat.writes(answered(homework)))
    (work / "notes.md").write_text("x")
    with speaking(homework.tongue):
        inbox = plain(work)
        answers = written_answers(homework, Found("ada", work / "ada.ipynb"))
    assert answers == {"elbo_proof": "Mit Jensen."}
    row = Row(Found("ada", work / "ada.ipynb"), "", (), {})
    results = [Result(row, grade, homework, Policy(), {"elbo_proof": Score(1.5, "Gut.")})]
    write_by_hand(tmp_path, results, {"ada": row.found})
    pages = [
        report(results, inbox.notes),
        *((tmp_path / "by_hand" / name).read_text() for name in ("index.html", "ada.html")),
    ]
    shown = [re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL) for text in pages]
    said = [line for text in shown for line in english(text.partition("<body>")[2])]
    assert said == [] and all('<html lang="de">' in text for text in pages)
    assert "Punkte von 98" in pages[0] and "kein Notebook" in pages[0]


def test_two_homeworks_in_two_languages_stand_side_by_side(homework, grade):
    ours = homework_of("vae", homeworks()["vae"])
    with speaking(ours.tongue):
        english_page = feedback_page(
            Grade("ada", "vae", tuple(_graded(ours, e) for e in ours.graded[:2]), ()), ours
        )
    assert '<html lang="en">' in english_page
    assert "checks pass" in english_page and "checks pass" not in feedback_page(grade, homework)


def test_a_course_says_single_texts_otherwise_and_is_told_what_there_is_not(homework):
    sentence = homework.entry("kl_standard_normal").public[0].sentence
    own = homework_of("vae", {**TABLE, "texts": {sentence: "Mit sich selbst: 0."}})
    with speaking(own.tongue):
        assert say(sentence) == "Mit sich selbst: 0."
    hint = homework.entry("kl_standard_normal").misconceptions[0].hint
    both = homework_of("vae", {**TABLE, "texts": {hint: "Tipp."}})
    with speaking(both.tongue):
        assert say(hint) == "Tipp."
    with pytest.raises(Exception, match="is no text of ours; did you mean"):
        homework_of("vae", {**TABLE, "texts": {sentence[:-3]: "x"}})
    with pytest.raises(Exception, match="filled into"):
        homework_of("vae", {**TABLE, "texts": {"got {got}, wanted {wanted}": "bekam {got}"}})
    with pytest.raises(Exception, match="there are de, en"):
        homework_of("vae", {**TABLE, "language": "fr"})


def test_what_stays_with_the_grader_does_not_ship_when_a_course_says_it_otherwise(homework):
    entry = homework.entry("kl_standard_normal")
    hidden = entry.hidden[0].sentence
    own = homework_of("vae", {**TABLE, "texts": {hidden: "Verborgenes Wort."}})
    assert not any(b"Verborgenes Wort" in data for data in shipped(own).values())
    with speaking(own.tongue):
        assert say(hidden) == "Verborgenes Wort."


def test_the_first_cell_does_the_same_in_both_languages():
    def code(path):
        tree = ast.parse((place_of("student_template") / path).read_text())
        texts = [node for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.Raise))]
        for constant in (
            c for node in texts for c in ast.walk(node) if isinstance(c, ast.Constant)
        ):
            constant.value = ""
        return ast.dump(tree)

    assert code("de/first_cell.py") == code("first_cell.py")
