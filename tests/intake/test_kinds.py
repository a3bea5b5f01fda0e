"""Files that are called like no code are looked at where there is no other, and what stands in the
place of a file is named.
"""

import json

import pytest

from graders.intake.find import files_below, of_files, plain
from tests.field.conftest import notebook

BOOK, SCRIPT = json.dumps(notebook("x = 1")), "import math\n\n\ndef f(x):\n    return x\n"


def put(folder, files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize("name", ["hw.ipnyb", "hw.ipynb.crdownload", "hw.ipynb.bak", "hw", "a b "])
def test_a_notebook_is_found_under_any_name(tmp_path, name):
    folder = put(tmp_path / "ada", {name: BOOK, "notes.txt": "def is a word, x = 1"})
    assert of_files("ada", files_below(folder), ["f"]).main == name


@pytest.mark.parametrize("name", ["hw.txt", "hw", "hw.pyw"])
def test_a_script_is_found_in_a_text(tmp_path, name):
    folder = put(tmp_path / "ada", {name: SCRIPT, "notes.txt": "nothing"})
    assert of_files("ada", files_below(folder), ["f"]).main == name


def test_a_backup_beside_its_file_is_nobodys(tmp_path):
    names = ("ada.ipynb", "ada.ipynb.bak", "ada.ipynb~", "eve.ipynb.bak")
    inbox = plain(put(tmp_path / "class", dict.fromkeys(names, BOOK)))
    assert [found.name for found in inbox.found] == ["ada.ipynb", "eve.ipynb.bak"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".hw.ipynb.icloud", "what iCloud leaves in the place of a file that was not downloaded"),
        ("Re: hw.eml", "Re: hw.eml is a mail"),
        ("hw.lnk", "hw.lnk is a link"),
        ("hw.ipynb.gz", "hw.ipynb.gz is a compressed file"),
    ],
)
def test_what_stands_in_the_place_of_a_file_is_named(tmp_path, name, said):
    folder = put(tmp_path / "ada", {name: "bplist00"})
    assert said in of_files("ada", files_below(folder), ["f"]).problem
