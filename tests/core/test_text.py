"""The door for text: whatever a submission chose can be encoded, and acts on nothing."""

import os

from hypothesis import given
from hypothesis import strategies as st

from graders.core.text import file_name, line, name, plain

ANY = st.text(st.characters(codec=None), max_size=300)
BYTES = st.binary(min_size=1, max_size=255).filter(lambda b: b"/" not in b and b"\0" not in b)


@given(ANY)
def test_text_can_be_encoded_and_moves_no_cursor(text):
    for safe in (plain(text), line(text), name(text), file_name(text, ".html")):
        safe.encode("utf-8")
        assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 for c in safe)
        assert not any(c in safe for c in "\u202e\u2066\u200f\u2028")
    assert "\n" not in line(text) and "\n" not in name(text)


@given(BYTES, BYTES)
def test_different_names_stay_different(one, other):
    same = name(os.fsdecode(one)) == name(os.fsdecode(other))
    assert same == (one == other)
    assert (file_name(os.fsdecode(one)) == file_name(os.fsdecode(other))) == (one == other)


@given(BYTES)
def test_a_name_becomes_one_part_of_a_path(tmp_path_factory, raw):
    folder = tmp_path_factory.getbasetemp()
    path = folder / file_name(os.fsdecode(raw), ".html")
    assert path.parent == folder and len(path.name.encode()) <= 200
    path.touch()
    assert path.is_file()
    path.unlink()


def test_ordinary_names_are_left_alone():
    for text in ("ada.ipynb", "Zoë Müller_102_", "李雷 (1).ipynb", "علی\u200cرضا.py", "a  b.zip"):
        assert name(text) == file_name(text) == text
