"""Whatever lies in the folder of a class is taken in with a row or a note, at once, and is read or
refused with a sentence; the honest are who they were.
"""

import importlib.util
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from graders.bulk.handed_in import code_of
from graders.core import submission as reader
from graders.core.text import name as plain_name
from graders.grading.markdown import as_html
from graders.intake.inbox import open_inbox

spec = importlib.util.spec_from_file_location("items", Path(__file__).parent / "items.py")
items = importlib.util.module_from_spec(spec)
spec.loader.exec_module(items)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "in"
    folder.mkdir()
    for index in range(20):
        (folder / f"ada{index}.ipynb").write_bytes(items.book(items.RIGHT, f"mine = {index}"))
    for write in items.MORE.values():
        write(folder)
    before = set(os.listdir("/tmp"))
    started = time.perf_counter()
    taken = open_inbox(folder, folder.parent / "unpacked", [], "latest", ["kl_to_itself"])
    assert time.perf_counter() - started < 30
    assert not {"critic-owned.py"} & (set(os.listdir("/tmp")) - before)
    yield taken
    subprocess.run(["rm", "-rf", folder.parent], check=True)


def test_every_item_has_a_row_or_a_note(inbox):
    text = " ".join([*(found.name for found in inbox.found), *inbox.notes])
    names = {item: plain_name(items.CALLED.get(item, item)) for item in items.SEEN}
    assert [item for item, name in names.items() if name not in text] == []
    assert not any(c in text for c in "\x1b\x7f\u2028\u202e\n")


def test_no_path_of_this_machine_is_told(inbox):
    assert [note for note in inbox.notes if "unpacked/" in note] == []


def test_the_honest_are_who_they_were(inbox):
    found = {item.name: item for item in inbox.found}
    for index in range(20):
        cells = json.loads(found[f"ada{index}.ipynb"].file.read_bytes())["cells"]
        assert cells[1]["source"] == f"mine = {index}"


@pytest.mark.parametrize("item", sorted(items.NOTEBOOKS))
def test_a_notebook_is_read_or_refused_with_a_sentence(tmp_path, item):
    (tmp_path / "hw.ipynb").write_bytes(items.NOTEBOOKS[item])
    try:
        cells = reader.read(tmp_path / "hw.ipynb").cells
    except reader.Unreadable as refusal:
        assert "hw.ipynb" in str(refusal)
    else:
        assert all(isinstance(cell, str) for cell in cells)
        if item != "many_lines":  # of its own kind in test_class_goes_on
            code_of(["kl_to_itself"], cells)


@pytest.mark.parametrize("item", sorted(items.WRITTEN))
def test_an_answer_is_shown_and_nothing_of_it_is_live(item):
    started = time.process_time()
    page = as_html(items.WRITTEN[item]).lower()
    assert time.process_time() - started < 5
    tags = [part.split(">")[0] for part in page.split("<")[1:]]
    assert not any(tag.startswith("script") or "onerror" in tag for tag in tags)
    assert 'href="javascript' not in page and 'src="file' not in page and 'src="/' not in page
