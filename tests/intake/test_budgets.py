"""What one submission may make the grader read, unpack and write down is bounded by what it is."""

import json
import zipfile

import pytest

from graders.core.submission import MAX_CELLS, Unreadable, read
from graders.core.text import few
from graders.intake.archives import BASE, Room
from graders.intake.inbox import open_inbox


def notebook(count):
    cells = [{"cell_type": "code", "source": "1 / 0", "metadata": {}, "outputs": []}] * count
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize("name", ["many.ipynb", "many.py"])
def test_more_cells_than_anybody_writes_are_not_run(tmp_path, name):
    file = tmp_path / name
    text = notebook(MAX_CELLS + 1) if name.endswith("ipynb") else "# %%\nx = 1\n" * (MAX_CELLS + 1)
    file.write_text(text)
    with pytest.raises(Unreadable, match="3,001 cells of code, and at most 3,000 are run"):
        read(file)


def test_as_many_cells_as_are_run_are_read(tmp_path):
    (tmp_path / "many.ipynb").write_text(notebook(MAX_CELLS))
    assert len(read(tmp_path / "many.ipynb").cells) == MAX_CELLS


def bomb(path, size, members=1):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", "x = 1")
        for index in range(members):
            archive.writestr(f"zeros{index}.bin", bytes(size // members))


def test_what_a_folder_unpacks_to_is_bounded_by_what_it_holds(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ada.py").write_text("x = 1")
    for name in ("eve", "mal", "sam"):
        bomb(folder / f"{name}.zip", 4 * BASE, members=16)
    inbox = open_inbox(folder, tmp_path / "unpacked")
    packed = sum(path.stat().st_size for path in folder.iterdir())
    unpacked = sum(p.stat().st_size for p in (tmp_path / "unpacked").rglob("*") if p.is_file())
    assert unpacked <= 3 * BASE + 50 * packed
    assert sum("unpacks to more than" in note for note in inbox.notes) == 3


def test_nested_archives_share_the_room_of_their_submission(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(6):
        bomb(tmp_path / f"{index}.zip", BASE // 2)
    with zipfile.ZipFile(folder / "eve.zip", "w") as archive:
        for index in range(6):
            archive.write(tmp_path / f"{index}.zip", f"{index}.zip")
    (folder / "ada.py").write_text("x = 1")
    open_inbox(folder, tmp_path / "unpacked")
    unpacked = sum(p.stat().st_size for p in (tmp_path / "unpacked").rglob("*") if p.is_file())
    assert unpacked <= Room.of((folder / "eve.zip").stat().st_size).limit + 2**20


def test_a_thousand_links_in_a_zip_are_a_few_notes(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "eve.zip", "w") as archive:
        archive.writestr("a.py", "x = 1")
        for index in range(1000):
            archive.writestr(f"../{index}.py", "x = 1")
    inbox = open_inbox(folder, tmp_path / "unpacked")
    (item,) = inbox.found
    assert len(inbox.notes) == len(item.notes) == 21
    assert item.notes[-1] == "and 980 more like these"


def test_few_sentences_are_all_said():
    assert few(["a", "b"], 2) == ["a", "b"] and few(["a", "b", "c"], 2)[-1].startswith("and 1 more")


@pytest.mark.parametrize("beside", ["a.zip", "b.py"])
def test_a_file_that_claims_a_terabyte_is_neither_copied_nor_read_whole(tmp_path, beside):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ada.py").write_text("x = 1")
    bomb(folder / beside, 10) if beside == "a.zip" else (folder / beside).write_text("y = 1")
    with open(folder / "eve.ipynb", "wb") as file:
        file.truncate(2**40)
    inbox = open_inbox(folder, tmp_path / "unpacked")
    assert "ada.py" in {item.name for item in inbox.found}
    places = [*tmp_path.rglob("*")]
    assert sum(p.stat().st_blocks * 512 for p in places if p.is_file()) < 2**20
