"""Whatever lies in a folder, however it is called: the class's one honest submission is found,
under its own name, with its own code; and every name is text that can be written anywhere.
"""

import io
import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graders.course.people import BadRoster, Person, read_roster
from graders.grading.one import read_in
from graders.intake.inbox import open_inbox

FAST = settings(
    max_examples=25, phases=[Phase.generate], deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
HONEST = "kl_to_itself = 0.0"
EXERCISES = ("kl_to_itself",)
MARK = "_assignsubmission_file_"

WORDS = st.sampled_from(
    ["a", "CON", "nul", "..", "~", "-rf", "--help", "=1+1", "$(x)", "`x`", "\u202e", "\x1b[2J",
     "\n", "\r", "\t", " ", ".", "é", "e\u0301", "\u2028", "＝", ";", "|", "%", "'", '"', "\\",
     "experiment", "submission_metadata", "ada", "Ada_101", MARK, "_103_", "LATE", "1_2_3", "\xff",
     "\udcff", "\ud800", "__MACOSX", ".git", "x" * 120, "\U0001f600"]
)  # fmt: skip
SUFFIXES = st.sampled_from(
    ["", ".ipynb", ".py", ".zip", ".tar.gz", ".7z", ".npz", ".pdf", ".IPYNB", ".ipynb.txt", ".yml",
     ".py.", ".py "]
)  # fmt: skip
NAMES = st.builds(lambda parts, end: "".join(parts) + end, st.lists(WORDS, max_size=4), SUFFIXES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["cells", "source", "cell_type", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
NOTEBOOKS = st.builds(
    lambda cells, duplicate: json.dumps({"cells": cells, "nbformat": 4})[: -duplicate or None],
    st.lists(
        JSON | st.fixed_dictionaries(
            {"cell_type": st.sampled_from(["code", "markdown", 5]), "source": JSON}
        ),
        max_size=4,
    ),
    st.sampled_from([0, 0, 1, 9]),
).map(lambda text: text.encode("utf-8", "surrogatepass"))  # fmt: skip
CONTENTS = st.one_of(
    NOTEBOOKS,
    st.binary(max_size=40),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF", b"\x00" * 9, b"x = 1\0", b"9" * 5000,
                     b"[" * 5000, b"def f(:", HONEST.encode()]),
)  # fmt: skip


def zipped(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(safe(name)), data)
    return content.getvalue()


def tarred(members):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for index, (name, data) in enumerate(members):
            info = tarfile.TarInfo(safe(name))
            info.size, info.type = len(data), [tarfile.REGTYPE, tarfile.CHRTYPE][index % 2]
            archive.addfile(info, io.BytesIO(data))
    return content.getvalue()


def safe(name):
    return name.encode("utf-8", "replace").decode().replace("\0", "") or "x"


MEMBERS = st.lists(st.tuples(NAMES, CONTENTS), max_size=3)
ARCHIVES = MEMBERS.map(zipped) | MEMBERS.map(tarred)
FILES = st.tuples(NAMES, CONTENTS | ARCHIVES | ARCHIVES.map(lambda a: zipped([("in.zip", a)])))
TREES = st.lists(st.tuples(st.lists(NAMES, max_size=2), FILES), max_size=6)


def lay(folder, tree):
    """Write a tree as far as the file system takes it; the honest names are taken already."""
    for parts, (name, content) in tree:
        names = [part.replace("/", "_").replace("\0", "_") or "x" for part in (*parts, name)]
        path = os.path.join(
            os.fsencode(folder), *(n.encode("utf-8", "surrogatepass") for n in names)
        )
        if names[0].startswith(("ada", "Ada_101", "submission_metadata.yml")) or ".." in names:
            continue
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not os.path.lexists(path):
                with open(path, "wb") as file:
                    file.write(content)
        except (OSError, ValueError):
            continue


def fresh(tmp_path):
    for name in ("in", "unpacked"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def honest_is_found(tmp_path, name, roster=()):
    inbox = open_inbox(tmp_path / "in", tmp_path / "unpacked", roster, exercises=EXERCISES)
    (mine,) = [item for item in inbox.found if item.name == name]
    assert read_in(mine).cells == (HONEST,) and not read_in(mine).problem
    names = [item.name for item in inbox.found]
    assert len(set(names)) == len(names)
    for text in (*names, *inbox.notes, *(n for item in inbox.found for n in read_in(item).notes)):
        assert text.encode() and text.isprintable(), text
    return mine


@FAST
@given(TREES)
def test_in_a_flat_folder(tmp_path, tree):
    folder = fresh(tmp_path)
    (folder / "ada.py").write_text(HONEST)
    lay(folder, tree)
    honest_is_found(tmp_path, "ada.py")


@FAST
@given(TREES)
def test_among_moodle_s_names(tmp_path, tree):
    folder = fresh(tmp_path)
    mine = f"Ada_101{MARK}hw.py"
    (folder / mine).write_text(HONEST)
    for index in range(8):
        (folder / f"Alan_{200 + index}{MARK}hw.py").write_text(f"x = {index}")
    lay(folder, tree)
    assert honest_is_found(tmp_path, mine).handle == "Participant 101"


@FAST
@given(TREES, st.lists(st.tuples(*[st.text(max_size=9)] * 3), max_size=5))
def test_whoever_else_is_in_the_roster(tmp_path, tree, others):
    folder = fresh(tmp_path)
    (folder / "ada.py").write_text(HONEST)
    lay(folder, tree)
    roster = [Person(id="4711", login="ada", name="Ada"), *(Person(*other) for other in others)]
    honest_is_found(tmp_path, "ada.py", [person for person in roster if person.key])


@FAST
@given(
    st.lists(st.lists(st.text(max_size=9) | WORDS, max_size=5), max_size=5), st.binary(max_size=9)
)
def test_a_roster_is_read_or_refused_with_a_sentence(tmp_path, rows, noise):
    file = tmp_path / "roster.csv"
    text = "id,name\n" + "\n".join(",".join(row) for row in rows)
    file.write_bytes(text.encode("utf-8", "replace") + noise)
    try:
        read_roster(file)
    except BadRoster as error:
        assert str(file) in str(error)


@FAST
@given(NOTEBOOKS | CONTENTS)
def test_a_notebook_is_read_or_has_a_sentence(tmp_path, content):
    from graders.intake.find import Found

    file = Path(tmp_path, "x.ipynb")
    file.write_bytes(content)
    found = read_in(Found("x.ipynb", file))
    assert found.problem or all(isinstance(cell, str) for cell in found.cells)
