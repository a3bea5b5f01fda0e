"""What `autograder.py` leaves for Classroom 50: the fields that its collector refuses a result
without, whole points, and none above what there is.
"""

import json
import re
from datetime import datetime, timezone

import pytest

from graders.core import classroom50
from graders.core.outside import Found, Told

SAID = {
    "CLASSROOM": "dgm", "ASSIGNMENT": "vae", "OWNER": "ada", "SUBMISSION_TAG": "submit/x-1",
    "COMMIT_URL": "c", "RELEASE_URL": "r", "ASSIGNMENT_TYPE": "", "REVIEW_URL": "",
}  # fmt: skip
FOUND = Found(
    [
        Told("kl_standard_normal", "✗ kl_standard_normal: 1 of 3 checks pass", "fails", 1, 3),
        Told("kl_to_itself", "● kl_to_itself: answered", "answered", 1, 1),
        Told("elbo_proof", "✎ elbo_proof: read by a person", "read by a person", 0, 0),
    ],
    ["cell 1 raised ImportError"],
)
TEXTS = (
    "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release",
    "review", "datetime",
)  # fmt: skip


WHOLE = {"kl_gaussians": 4, "kl_standard_normal": 3, "kl_to_itself": 1}


@pytest.mark.parametrize(
    "found",
    [FOUND, Found(), Found(FOUND.reports, [], WHOLE), Found([], [], WHOLE)],
    ids=["work", "nothing", "a part of a homework", "nothing of a homework"],
)
def test_a_result_has_every_field_and_adds_up(found):
    result = classroom50.result_of(found, SAID, datetime(2026, 11, 2, 9, 5, tzinfo=timezone.utc))
    assert result["schema"] == "classroom50/result/v1" and all(result[name] for name in TEXTS)
    assert set(result) == {"schema", *TEXTS, "score", "max-score", "tests"}
    assert result["assignment_type"] == "individual" and result["review"] == result["commit"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["datetime"])
    for test in (*result["tests"], result):
        assert type(test["score"]) is int and type(test["max-score"]) is int
        assert 0 <= test["score"] <= test["max-score"]
    assert not found.whole or result["max-score"] == 8
    assert result["max-score"] == sum(test["max-score"] for test in result["tests"]) > 0


def test_it_writes_what_the_runner_reads(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(classroom50, "check_file", lambda path: FOUND)
    for name, value in {**SAID, "GITHUB_OUTPUT": str(tmp_path / "output")}.items():
        monkeypatch.setenv(name, value)
    assert classroom50.main("vae.ipynb") == 0
    assert json.loads((tmp_path / "result.json").read_text())["score"] == 0
    assert "there is no vae.ipynb in this repository" in capsys.readouterr().out
    (tmp_path / "vae.ipynb").touch()
    assert classroom50.main("vae.ipynb") == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert [test["passed"] for test in result["tests"]] == [False, True]
    assert "### 2 of 4 public checks pass" in (tmp_path / "release-body.md").read_text()
    assert (
        (tmp_path / "output")
        .read_text()
        .endswith("status=failure\nsummary=2 of 4 public checks pass\n")
    )
