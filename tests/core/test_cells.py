"""What the cells of a submission leave: which function a name means, what is tried again, and what
is said about it. No process and no check: what comes of it is tried in tests/field.
"""

import sys
from pathlib import Path

import pytest

from graders.core.beside import working_in
from graders.core.cells import Cells
from graders.core.troubles import sentences


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """`ran(cell, ...)`: the cells after they ran in a folder with data/Half.txt, and sentences."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Half.txt").write_text("0.5")
    monkeypatch.chdir(tmp_path)

    def run(*codes):
        cells = Cells()
        leave = cells.enter()
        for number, code in enumerate(codes, 1):
            cells.start(code, number).go()
        leave()
        return cells, sentences(cells.troubles)

    return run


def test_a_function_is_itself_when_a_later_cell_takes_its_name(ran):
    cells, said = ran("def f(x):\n    return x\ndef g(x):\n    return f(x)", "f = f(1)\ng = 2")
    assert set(cells.meanings.meant("g")) == {"f", "g"}
    assert [text[:29] for text in said] == [
        "cell 2 uses the name `f` for ",
        "cell 2 uses the name `g` for ",
    ]


@pytest.mark.parametrize("later", ["f = 0", "def f(x):\n    return 2", "f = max"])
def test_a_stub_and_a_new_function_are_no_other_use(ran, later):
    cells, said = ran(
        "def f(x):\n    ..." if later == "f = 0" else "def f(x):\n    return x", later
    )
    assert cells.meanings.meant("f") == {} and said == []


@pytest.mark.parametrize(
    "path", ["Data/half.TXT", "/content/drive/My Drive/hw/half.txt", r"C:\Users\a\data\half.txt"]
)
def test_a_file_is_found_below_the_end_of_its_path(ran, path):
    cells, said = ran(f"PATH = {path!r}\nx = open(PATH).read()")
    assert cells.namespace.get("x") == (None if "drive" in path else "0.5")
    assert len(said) == 1 and path in said[0]


def test_nothing_is_written_under_the_end_of_a_path(ran):
    _, said = ran("open('/nowhere/data/Half.txt', 'w').write('x')")
    assert Path("data/Half.txt").read_text() == "0.5" and "cannot be found" in said[0]


def test_a_missing_library_takes_from_a_class_what_it_says_about_it(ran):
    cells, said = ran(
        "import hurz as h",
        "class A(h.Base):\n    @h.mark\n    def f(self, x=h.one):\n        return 7",
    )
    assert cells.namespace["A"]().f() == 7 and len(said) == 1


def test_helpers_lose_a_missing_library_only_and_say_so(ran):
    with open("helper_x.py", "w") as file:
        file.write("import hurz\nimport math\nfrom .other_x import two\n")
    with open("other_x.py", "w") as file:
        file.write("two = 2\n")
    with working_in(Path.cwd()):
        cells, said = ran("from helper_x import two", "kl = two")
    assert cells.namespace["kl"] == 2 and cells.defined(["two"]) == ["two"]
    assert said == [text for text in said if "`hurz` is not installed here" in text] != []


def test_an_emptied_path_is_filled_again(ran):
    before = [entry for entry in sys.path if entry]
    _, said = ran("import sys\nsys.path.clear()\nsys.meta_path.pop(0)", "x = 1")
    assert said == [] and sys.path == before
