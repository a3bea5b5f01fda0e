"""The same right work with an everyday trouble around it: other files beside it, several files,
archives. By folder (`critic grade`) and as a zip of ours takes it in, with the same points.
"""

import gzip
import io
import json
import os
import tarfile
import zipfile
from dataclasses import replace

import pytest

from graders.grading.catalogue import load_homework
from graders.grading.one import grade_file
from graders.grading.private import private_folders
from graders.intake.inbox import open_inbox
from graders.isolation.supervise import Grounds
from graders.packaging.intake import choose, take_in

NAMES = ("kl_standard_normal", "kl_equal_variance", "kl_to_itself")
HOMEWORK = load_homework("vae")
KL = """import torch
def kl_standard_normal(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1) / 2
"""
EQUAL = "def kl_equal_variance(mu_q, mu_p, sigma):\n    return ((mu_q - mu_p) / sigma) ** 2 / 2\n"
ANSWER = "kl_to_itself = 0\n"
ALL = KL + EQUAL + ANSWER
STUB = "def kl_standard_normal(mu, logvar):\n    '''The KL.'''\n    raise NotImplementedError\n"
REST = EQUAL + ANSWER


def book(*cells):
    code = [{"cell_type": "code", "metadata": {}, "source": c, "outputs": []} for c in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files, mode):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return data.getvalue()


def undated(files):
    """A zip with month 0, which some programs write."""
    data = bytearray(zipped(files))
    for signature, offset in ((b"PK\x01\x02", 14), (b"PK\x03\x04", 12)):
        at = data.find(signature) + offset
        data[at : at + 2] = b"\0\0"
    return bytes(data)


USES = book("from utils import kl_standard_normal", REST)
CASES = {
    "a helper module": {"hw.ipynb": USES, "utils.py": KL},
    "a package without __init__": {
        "hw.ipynb": book("from lib.deep.ops import *", REST),
        "lib/deep/ops.py": KL,
    },
    "a relative import in a package": {
        "hw.py": "from lib import *\n" + REST,
        "lib/__init__.py": "from .ops import kl_standard_normal",
        "lib/ops.py": KL,
    },
    "a script that was run as part of its package": {
        "hw/main.py": "from .ops import *\nfrom . import more\n"
        + EQUAL
        + "kl_to_itself = more.zero\n",
        "hw/ops.py": KL,
        "hw/more.py": "zero = 0\n",
        "hw/__init__.py": "",
    },
    "a helper that asks the script for its settings": {
        "hw.py": "HALF = 2\nfrom utils import kl_standard_normal\n" + REST,
        "utils.py": KL.replace("/ 2", "/ half()")
        + "def half():\n    import __main__\n    return __main__.HALF\n",
    },
    "a script whose name is no text": {"h\udcff.py": "print(__file__)\n" + ALL},
    "names in other scripts": {
        "Übung 1.ipynb": book("from größe import *", REST),
        "größe.py": KL,
    },
    "a zip with names of Windows": {"Übung.zip": zipped({"Übung/größe.py": KL + REST})},
    "a helper named like a module of Python's tests": {
        "hw.ipynb": book("from test import *", REST),
        "test.py": KL,
    },
    "data in a folder": {
        "hw.ipynb": book(
            "half = float(open('data/half.txt').read())", ALL.replace("/ 2", "* half")
        ),
        "data/half.txt": "0.5",
    },
    "a notebook in a folder, data above it": {
        "work/hw.ipynb": book("half = float(open('../half.txt').read())", ALL),
        "half.txt": "0.5",
    },
    "modules at the top, the notebook below": {"nb/hw.ipynb": USES, "utils.py": KL},
    "files named like libraries": {
        "hw.ipynb": book(ALL),
        "torch.py": "raise SystemExit",
        "random.py": "raise SystemExit",
        "graders/core/host.py": "raise SystemExit",
    },
    "a module that a cell writes": {
        "hw.ipynb": book("%%writefile mine.py\n" + KL, "from mine import *", REST)
    },
    "%run of a script": {"hw.ipynb": book("%run parts.py", REST), "parts.py": KL},
    "two notebooks": {"hw.ipynb": book(ALL), "z_scratch.ipynb": book("x = 1")},
    "stubs beside the work": {"z_template.ipynb": book(STUB, REST), "hw.ipynb": book(ALL)},
    "a script and an empty notebook": {"hw.py": ALL, "untitled.ipynb": book("")},
    "a notebook that takes all from a script": {
        "hw.ipynb": book("from work import *", ANSWER),
        "work.py": KL + EQUAL,
    },
    "scripts that together are one": {"a.py": KL, "b.py": REST},
    "scripts in folders": {"one/kl.py": KL, "two/rest.py": "import torch\n" + REST},
    ".IPYNB": {"HW.IPYNB": book(ALL)},
    ".ipynb.txt": {"hw.ipynb.txt": book(ALL)},
    "a zip": {"hw.zip": zipped({"hw.ipynb": USES, "utils.py": KL})},
    ".ZIP": {"HW.ZIP": zipped({"hw/hw.ipynb": USES, "hw/utils.py": KL})},
    "a zip in a zip": {"a.zip": zipped({"b.zip": zipped({"hw.ipynb": USES, "utils.py": KL})})},
    "a tar.gz": {"hw.tar.gz": tarred({"hw.ipynb": USES, "utils.py": KL}, "w:gz")},
    "a tgz": {"hw.tgz": tarred({"./hw.ipynb": USES, "./utils.py": KL}, "w:gz")},
    "a tar.xz": {"hw.tar.xz": tarred({"hw.ipynb": USES, "utils.py": KL}, "w:xz")},
    "an impossible date": {"hw.zip": undated({"hw.ipynb": book(ALL)})},
    "a data archive beside": {"hw.ipynb": book(ALL), "data.rar": b"Rar!\x1a\x07\x00 x"},
    "compressed data beside": {"hw.ipynb": book(ALL), "x.gz": gzip.compress(b"x")},
    "a name of too many bytes in a zip": {
        "hw.zip": zipped({"hw.ipynb": book(ALL), "ä" * 200 + ".txt": "x"})
    },
}
NOTHING = {
    "a PDF": ({"hw.pdf": b"%PDF-1.7"}, "hw.pdf is a PDF, which holds no code"),
    "a document": ({"hw.docx": b"PK"}, "hw.docx is a text document"),
    "7z": ({"hw.7z": b"7z\xbc\xaf\x27\x1c 00"}, "is a 7z archive, which cannot be opened here"),
    "RAR": ({"hw.rar": b"Rar!\x1a\x07\x01\x00"}, "is a RAR archive, which cannot be opened here"),
    "a damaged zip": ({"hw.zip": b"PK\x03\x04 cut"}, "hw.zip cannot be unpacked"),
    "no code": ({"data.csv": "1"}, "holds no notebook and no script"),
}


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(private=private_folders(), seed=seed) as grounds:
        yield grounds


def put(folder, files):
    for number, (name, content) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (10**9 + number, 10**9 + number))
    return folder


def by_folder(tmp_path, files):
    put(tmp_path / "in" / "ada", files)
    (tmp_path / "in" / "other.py").write_text("x = 1")
    found = open_inbox(tmp_path / "in", tmp_path / "unpacked", exercises=NAMES).found
    return next(item for item in found if item.name == "ada")


def by_zip_of_ours(tmp_path, files):
    closed = tmp_path / "closed"
    closed.mkdir()
    said = take_in(put(tmp_path / "submission", files), closed)
    return choose(closed, "ada", NAMES, said)


ROUTES = (by_folder, by_zip_of_ours)


@pytest.mark.parametrize("name", CASES)
def test_right_work_keeps_its_points(grounds, tmp_path, name):
    grades = [
        grade_file(route(tmp_path, CASES[name]), HOMEWORK, grounds, "key", NAMES)
        for route in ROUTES
    ]
    for grade in grades:
        assert [e.share for e in grade.exercises] == [1.0] * 3, grade.notes
    assert grades[0].notes == grades[1].notes


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("route", ROUTES)
def test_what_holds_no_code_is_named_to_its_student(tmp_path, grounds, name, route):
    files, said = NOTHING[name]
    grade = grade_file(route(tmp_path, files), HOMEWORK, grounds, "key", NAMES)
    assert grade.points == 0 and said in " ".join(grade.notes)


def test_a_note_names_the_other_files(tmp_path):
    item = by_folder(tmp_path, CASES["two notebooks"])
    assert item.main == "hw.ipynb" and "z_scratch.ipynb was not" in item.notes[0]
    assert by_zip_of_ours(tmp_path, CASES["two notebooks"]).notes == item.notes


def test_nothing_of_another_submission_is_beside(tmp_path, grounds):
    put(tmp_path / "in" / "bob", {"utils.py": KL, "hw.py": "x = 1"})
    item = by_folder(tmp_path, {"hw.ipynb": USES})
    grade = grade_file(item, HOMEWORK, grounds, "key", NAMES)
    assert [e.share for e in grade.exercises] == [0.0, 1.0, 1.0]


def test_too_much_beside_is_left_out_with_a_note(tmp_path, grounds, monkeypatch):
    monkeypatch.setattr("graders.grading.beside.BESIDE_BYTES", 2_000)
    item = by_folder(tmp_path, {"hw.ipynb": USES, "utils.py": KL, "big.bin": b"0" * 3_000})
    grade = grade_file(replace(item), HOMEWORK, grounds, "key", NAMES)
    assert grade.points and "big.bin was not there when the code ran" in " ".join(grade.notes)
