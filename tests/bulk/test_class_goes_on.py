"""Nothing in a folder ends the run of a class: an honest submission beside any hostile item is
graded, and the item has a row or a note.
"""

import csv
import io
import json
import os
import socket
import subprocess
import tarfile
import time
import zipfile

import pytest
from rich.console import Console

from graders.bulk import command, desk, outputs, pool
from graders.bulk.command import Options, grade_folder
from graders.bulk.handed_in import code_of

COURSE = """
[quick]
title = "Quick"
topics = ["kl", "elbo"]
[quick.points]
kl_to_itself = 2
elbo_proof = 4
"""


def notebook(code, text=""):
    cells = [
        {"cell_type": "markdown", "source": "### elbo_proof", "metadata": {}},
        {"cell_type": "markdown", "source": text, "metadata": {}},
        {"cell_type": "code", "source": code, "metadata": {}, "outputs": []},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


CELL = b'{"cell_type":"code","source":"1/0","metadata":{},"outputs":[]}'
HONEST = notebook("kl_to_itself = 0.0")


def corrupt(kind, header=0):
    def write(folder):
        path = folder / f"corrupt_{kind}.zip"
        with zipfile.ZipFile(path, "w", kind) as archive:
            archive.writestr("a.py", os.urandom(50).hex() * 50)
        content = bytearray(path.read_bytes())
        at = 34 + header
        content[at : at + 40] = bytes(255 - c for c in content[at : at + 40])
        path.write_bytes(content)

    return write


def put(name, content):
    def write(folder):
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    return write


def zipped(name, members):
    def write(folder):
        (folder / name).parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)

    return write


def folder_as_unpacked(folder):
    put(b"eve/.x.zip.unpacked/a.py", b"x = 1")(folder)
    zipped("eve/x.zip", {"a.py": "x = 1"})(folder)


def deep(folder):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def listening(folder):
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(folder)  # the path of a socket has 108 bytes
        server.bind("sock.ipynb")
        os.chdir(here)


def sparse(folder):
    with open(folder / "sparse.ipynb", "wb") as file:
        file.truncate(2**40)


def bomb_in_a_bomb(folder):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(2**26))
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(9):
            archive.writestr(f"{index}.zip", inner.getvalue())


def locked(folder):
    """A zip whose one member says that it is encrypted."""
    zipped("locked.zip", {"a.py": "x = 1"})(folder)
    content = bytearray((folder / "locked.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    (folder / "locked.zip").write_bytes(content)


def of_more_than_4_gb(folder):
    """A zip64 that claims sizes that it has not."""
    with (
        zipfile.ZipFile(folder / "zip64.zip", "w") as archive,
        archive.open("a.py", "w", force_zip64=True) as member,
    ):
        member.write(b"x = 1")
    content = (folder / "zip64.zip").read_bytes()
    size = (5).to_bytes(8, "little") * 2
    (folder / "zip64.zip").write_bytes(content.replace(size, (2**60).to_bytes(8, "little") * 2))


def devices(folder):
    with tarfile.open(folder / "devices.tar.gz", "w:gz") as archive:
        for name, kind in (("null.py", tarfile.CHRTYPE), ("pipe.py", tarfile.FIFOTYPE),
                           ("hard.py", tarfile.LNKTYPE), ("soft.py", tarfile.SYMTYPE)):  # fmt: skip
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)


def twins(folder):
    """Two names that look the same: one composed, one not."""
    put("l\u00f6ve.ipynb".encode(), HONEST)(folder)
    put("lo\u0308ve.ipynb".encode(), HONEST)(folder)


TALKS = """
import os
for number in range(3, 40):
    try:
        os.write(number, b"x" * 99)
    except OSError:
        pass
"""
ITEMS = {
    "ends the grader": put(b"parent.ipynb", notebook("import os\nos.kill(os.getppid(), 9)")),
    "ends everybody": put(b"all.ipynb", notebook("import os\nos.kill(-1, 9)")),
    "talks out of turn": put(b"turn.ipynb", notebook(TALKS)),
    "socket": listening,
    "sparse": sparse,
    "bomb in a bomb": bomb_in_a_bomb,
    "encrypted": locked,
    "zip64": of_more_than_4_gb,
    "devices": devices,
    "twins": twins,
    "a hundred thousand cells": put(
        b"cells.ipynb", b'{"cells":[' + b",".join([CELL] * 100_000) + b"]}"
    ),
    "no number": put(b"nan.ipynb", b'{"cells":[{"cell_type":"code","source":NaN}],"x":Infinity}'),
    "a key twice": put(
        b"twice.ipynb", b'{"cells":[{"cell_type":"code","source":"kl_to_itself=0.0"}],"cells":5}'
    ),
    "names of devices": put(b"CON.ipynb", HONEST),
    "ends in a dot": put(b"dot.ipynb.", HONEST),
    "ends in a space": put(b"space.ipynb ", HONEST),
    "dashes": put(b"-rf.ipynb", HONEST),
    "only a suffix": put(b" .ipynb", HONEST),
    "a loop of links": lambda folder: [
        (folder / f"loop{i}").symlink_to(folder / f"loop{1 - i}") for i in range(2)
    ],
    "a folder that is its own child": lambda folder: (
        (folder / "child").mkdir(),
        (folder / "child" / "up").symlink_to(folder),
    ),
    "long name": put(b"a" * 249 + b".ipynb", HONEST),
    "half a character": put(b"eve.ipynb", notebook("kl_to_itself = 0.0", "\ud800")),
    "byte in the name of a pdf": put(b"y\xff.pdf", b"%PDF"),
    "byte in the name of an empty one": put(b"x\xff.ipynb", b""),
    "folder called a notebook": lambda folder: (folder / "f.ipynb").mkdir(),
    "escape sequences": put(b"\x1b]0;owned\x07\x1b[2J.ipynb", HONEST),
    "newlines": put(b"a\nb\r.ipynb", HONEST),
    "right to left": put("\u202egpj.ipynb".encode(), HONEST),
    "option": put(b"--help.ipynb", HONEST),
    "deep JSON": put(b"deep.ipynb", b'{"cells":' + b"[" * 100_000),
    "huge number": put(b"n.ipynb", b'{"cells":' + b"9" * 10_000 + b"}"),
    "cells of no kind": put(b"k.ipynb", b'{"cells":[1,null,{"cell_type":"code","source":5}]}'),
    "null byte in code": put(b"nul.py", b"x = 1\0"),
    "folder named as unpacked": folder_as_unpacked,
    "long name of a zip": zipped("z" * 250 + ".zip", {"a.py": "x = 1"}),
    "corrupt deflate": corrupt(zipfile.ZIP_DEFLATED),
    "corrupt lzma": corrupt(zipfile.ZIP_LZMA, 9),
    "corrupt bzip2": corrupt(zipfile.ZIP_BZIP2),
    "deep folders": deep,
    "deep path in a zip": zipped("p.zip", {"d/" * 1000 + "a.py": "x = 1"}),
    "long name in a zip": zipped("q.zip", {"n" * 300 + ".py": "x = 1"}),
    "no zip": put(b"x.zip", b"PK\x03\x04no"),
    "pipe": lambda folder: os.mkfifo(folder / "pipe.ipynb"),
    "link to itself": lambda folder: (folder / "l.ipynb").symlink_to(folder / "l.ipynb"),
    "link away": lambda folder: (folder / "passwd.ipynb").symlink_to("/etc/passwd"),
}


@pytest.fixture
def graded(quick, tmp_path):
    def run(*items):
        folder, out = tmp_path / "in", tmp_path / "out"
        folder.mkdir()
        for index in range(2):
            (folder / f"ada{index}.ipynb").write_bytes(HONEST)
        for item in items:
            item(folder)
        with open(tmp_path / "said", "w", encoding="utf-8") as said:
            console = Console(file=said, width=250)
            options = Options(gradebook=out / "g.sqlite")
            status = grade_folder(console, "quick", folder, out, 1, (), None, False, options)
        return status, out, (tmp_path / "said").read_text()

    yield run
    # Deeper than Python's own removal goes: pytest's clean-up would break at it later.
    subprocess.run(["rm", "-rf", tmp_path / "in", tmp_path / "out"], check=True)


def rows(out):
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def test_all_of_them_at_once_cost_nobody_a_grade(graded):
    status, out, said = graded(*ITEMS.values())
    assert status == 0, said
    found = rows(out)
    assert [found[f"ada{i}.ipynb"]["kl_to_itself"] for i in range(2)] == ["1", "1"]
    text = said + " ".join(found)
    for part in ("aaaaaaaa", "eve", "y\\xff.pdf", "x\\xff.ipynb", "f.ipynb", "owned", "a\\u000ab",
                 "gpj", "--help", "deep.ipynb", "n.ipynb", "k.ipynb", "nul.py", "corrupt_8.zip",
                 "corrupt_14.zip", "corrupt_12.zip", "x.zip", "pipe.ipynb", "l.ipynb",
                 "passwd.ipynb", "sock.ipynb", "sparse.ipynb", "bomb.zip", "locked.zip",
                 "zip64.zip", "devices.tar.gz", "l\u00f6ve", "lo\u0308ve", "cells.ipynb",
                 "nan.ipynb", "twice.ipynb", "CON.ipynb", "dot.ipynb.", "space.ipynb ", "-rf.ipynb",
                 "parent.ipynb", "all.ipynb", "turn.ipynb",
                 " .ipynb", "loop0", "loop1", "child"):  # fmt: skip
        assert part in text, part
    assert "\x1b" not in said and not any("\x1b" in name or "\n" in name for name in found)


@pytest.mark.slow
def test_a_fault_of_ours_at_one_submission_withholds_that_one_alone(graded, monkeypatch):
    real = desk.grade_handed_in

    def grade(handed_in, *rest, **named):
        if handed_in.name == "eve.ipynb":
            raise KeyError("of ours")
        return real(handed_in, *rest, **named)

    monkeypatch.setattr(desk, "grade_handed_in", grade)
    status, out, said = graded(put(b"eve.ipynb", HONEST))
    assert status == 1 and "eve.ipynb: the grade of kl_to_itself is withheld" in said
    found = rows(out)
    assert found["ada0.ipynb"]["kl_to_itself"] == "1" and found["eve.ipynb"]["kl_to_itself"] == ""


@pytest.mark.parametrize(
    ("module", "function"), [(outputs, "feedback_page"), (command, "write_by_hand")]
)
def test_what_cannot_be_written_of_one_is_said(graded, monkeypatch, module, function):
    from graders.bulk import by_hand

    module, function = (by_hand, "by_hand_page") if module is command else (module, function)
    real = getattr(module, function)

    def write(first, *rest):
        if getattr(first, "submission", getattr(first, "name", "")) == "eve.ipynb":
            raise ValueError("of ours")
        return real(first, *rest)

    monkeypatch.setattr(module, function, write)
    status, out, said = graded(put(b"eve.ipynb", HONEST))
    assert status == 0 and "eve.ipynb: its" in said and "could not be written" in said
    assert len(rows(out)) == 3 and (out / "report.html").exists()


def test_code_of_many_statements_is_split_once_and_not_for_each():
    many = "x = 1\n" * 30_000  # two minutes, when all of it was split for each
    started = time.perf_counter()
    assert code_of(["y", "f"], [f"{many}y = [1,\n 'ä']; z = 2\r\ndef f():\n    return 2\n"]) == {
        "y": "y = [1,\n 'ä']",
        "f": "def f():\n    return 2",
    }
    assert time.perf_counter() - started < 10


def test_a_submission_that_takes_long_keeps_nobody_waiting(monkeypatch):
    monkeypatch.setattr(pool.time, "monotonic", lambda: 100.0)
    assert pool.has_place(2, [99.0]) and not pool.has_place(2, [99.0, 98.0])
    assert pool.has_place(2, [50.0, 99.0]) and pool.has_place(2, [50.0, 60.0])
    assert not pool.has_place(2, [50.0, 60.0, 99.0])  # each needs memory of its own
