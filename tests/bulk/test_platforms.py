"""What goes back to the platforms, read as they read it."""

import io
import json
import zipfile
from dataclasses import replace

import pytest

from graders.bulk.decisions import EXCUSE, Decisions
from graders.bulk.gradebook import Score
from graders.bulk.platforms import (
    FILES,
    canvas_comments,
    gradescope_written,
    moodle_feedback,
    write_platforms,
)
from graders.bulk.publication import may_leave
from graders.bulk.scores import results_of
from graders.course.people import Person
from graders.intake.find import Found

COMMENT = "Say *why* $q$ is normal; <script>alert(1)</script>"
MOODLE = "Ada Lovelace_502_assignsubmission_file"


@pytest.fixture
def results(book, small, make):
    """Ada by Moodle, Alan by Canvas, a group by Gradescope, and somebody who waits for a person."""
    found = {
        MOODLE: Found(MOODLE, None, (make.ada,), handle="Participant 502"),
        "turingalan_41_9_hw.py": Found(
            "turingalan_41_9_hw.py", None, (replace(make.alan, canvas="41"),), handle="41"
        ),
        "submission_77": Found("submission_77", None, (make.ada, make.alan), handle="77"),
        "waits": Found("waits", None, (Person(name="W. Aits"),), handle="Participant 9"),
    }
    make.fill(book, [make.grade(name) for name in found], found)
    given = {name: Score(3.5, COMMENT) for name in found if name != "waits"}
    book.set_scores("small", {(name, "elbo_proof"): score for name, score in given.items()})
    Decisions(book, "small").decide("submission_77", "kl_to_itself", EXCUSE, "was ill")
    return results_of(book, small)


def as_moodle_reads(path):
    """Participant and file by the rule of Moodle's importer (assign/feedback/file), which goes
    through the parts of a path until one holds name, number, kind and plugin between underscores.
    """
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[2] == "assignsubmission":
            return int(info[1]), "/".join([*info[4:5], *parts]).lstrip("/")
    return None


def test_moodle_gives_each_page_to_its_participant(results):
    archive = zipfile.ZipFile(io.BytesIO(moodle_feedback(results)))
    assert archive.namelist() == [f"{MOODLE}/feedback.html"]
    assert as_moodle_reads(archive.namelist()[0]) == (502, "feedback.html")
    page = archive.read(archive.namelist()[0]).decode()
    assert "3.5" in page and "<em>why</em>" in page and "<math" in page and "<script" not in page


@pytest.mark.parametrize(
    "name", ["a/b_c", "../../x", "Zoë O'Hara-Ng", "", "_._", "Ada_7_assignsubmission_file_x.py"]
)
def test_moodle_finds_the_participant_whatever_the_name(results, name):
    (ada,) = [r for r in results if r.name == MOODLE]
    found = replace(ada.row.found, name="files of x", people=(Person(name=name),))
    renamed = replace(ada, row=replace(ada.row, found=found))
    (path,) = zipfile.ZipFile(io.BytesIO(moodle_feedback([renamed]))).namelist()
    assert as_moodle_reads(path) == (502, "feedback.html") and not path.startswith(("/", "."))


def test_canvas_takes_a_comment_for_each_person_it_can_name(results):
    data = json.loads(canvas_comments(results))["grade_data"]
    assert set(data) == {"sis_user_id:3001", "41", "sis_user_id:3002"}
    assert data["41"] == {"text_comment": f"elbo_proof: 3.5 of 4 points. {COMMENT}"}
    assert "kl_to_itself: does not count (was ill)." in data["sis_user_id:3002"]["text_comment"]


def test_gradescope_gets_what_was_given_by_the_number_of_the_submission(results):
    given = json.loads(gradescope_written(results))["77"]
    assert given["elbo_proof"] == {"points": 3.5, "comment": COMMENT}
    assert given["kl_to_itself"] == {"points": None, "comment": "was ill"}


def test_nothing_is_there_before_publication_and_old_files_go(results, tmp_path):
    write_platforms(tmp_path / "out", list(map(may_leave, results)))
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    early = [replace(r, policy=replace(r.policy, published=False)) for r in results]
    write_platforms(tmp_path / "out", list(map(may_leave, early)))
    assert list((tmp_path / "out").iterdir()) == []
