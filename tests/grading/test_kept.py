"""What is kept between runs: found out once for each version, and again where the folder is of no
use.
"""

import os

import pytest

from graders.bulk.plots import histogram
from graders.grading import kept as module
from graders.grading.kept import kept


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "critic"


@pytest.fixture
def found():
    return []


def finding(found, value):
    def find():
        found.append(value)
        return value

    return find


def test_what_was_found_out_is_found_out_once_for_each_version(folder, found):
    for version in ("1", "1", "2", "1"):
        assert kept("things", version, finding(found, {"of": [version]})) == {"of": [version]}
    assert found == [{"of": ["1"]}, {"of": ["2"]}]
    assert (folder / "things").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "\udcff"])
def test_a_spoilt_file_is_replaced(folder, found, text):
    kept("things", 1, finding(found, 1))
    (file,) = (folder / "things").glob("*.json")
    file.write_bytes(text.encode(errors="surrogateescape"))
    assert [kept("things", 1, finding(found, 2)) for _ in range(2)] == [2, 2]
    assert found == [1, 2]


def test_a_folder_that_cannot_be_made_costs_time_only(folder, found):
    folder.write_text("a file in its place")
    assert [kept("things", 1, finding(found, 1)) for _ in range(2)] == [1, 1]
    assert found == [1, 1]


def test_the_newest_are_kept(folder, found, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    for version in range(3):
        kept("things", version, finding(found, version))
        (new,) = (f for f in (folder / "things").iterdir() if f.stat().st_mtime > 1_000)
        os.utime(new, (version, version))
    kept("things", 2, finding(found, 9))
    assert found == [0, 1, 2]
    assert len(list((folder / "things").glob("*.json"))) == 2


def test_a_plot_is_the_same_whether_it_is_drawn_or_kept(folder):
    drawn, again = histogram([0.0, 1.0, 1.0], 2), histogram([0.0, 1.0, 1.0], 2)
    assert drawn == again and "<svg" in drawn and "points of 2" in drawn
    assert histogram([0.0, 0.0, 1.0], 2) != drawn
    assert len(list((folder / "plots").iterdir())) == 2
