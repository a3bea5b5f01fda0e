"""A right solution of ten exercises keeps all ten, whatever stands around it and however it comes:
by the folder of a class, by the zip, and at home.
"""

import pytest

from graders.grading.catalogue import load_homework
from graders.grading.one import read_in, taken_from
from graders.intake.inbox import open_inbox
from graders.packaging.intake import choose, take_in, to_check
from tests.field import everywhere, outsider
from tests.field.conftest import right

NAMES = [entry.name for entry in load_homework("vae").graded]
ONE_FILE = {
    kind: (name, *case)
    for name, cases in (
        ("hw.ipynb", everywhere.NOTEBOOKS | outsider.NOTEBOOKS),
        ("hw.py", everywhere.SCRIPTS | outsider.SCRIPTS),
        ("hw.md", {"myst": everywhere.SCRIPTS["myst"]}),
    )
    for kind, case in cases.items()
}
SEVERAL = {kind: (*case, None) for kind, case in (everywhere.FILES | outsider.FILES).items()}
CASES = {**ONE_FILE, **SEVERAL}
# One of each repair that the kinds asked for; `make test-all` runs them all.
OFTEN = {
    "an export of cells that measure", "imports at the very end",
    "a notebook that runs a notebook", "functions that read and import when they are called",
    "an exercise takes its own name as its result", "a helper that needs a missing library",
    "one module for each",
}  # fmt: skip
assert set(CASES) > OFTEN
KINDS = [pytest.param(kind, marks=() if kind in OFTEN else pytest.mark.slow) for kind in CASES]


def hand_in(folder, name, content):
    """A file, or a folder of files by their path in it."""
    for path, part in ({name: content} if not isinstance(content, dict) else content).items():
        place = folder / path if not isinstance(content, dict) else folder / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(part if isinstance(part, bytes) else part.encode())
    return folder / name


@pytest.mark.parametrize("kind", KINDS)
def test_all_ten_keep_their_points(judged, tmp_path, kind):
    name, content, said = CASES[kind]
    item = hand_in(tmp_path / "class", name, content)
    by_folder, *more = open_inbox(item.parent, tmp_path / "unpacked", exercises=NAMES).found
    (tmp_path / "closed").mkdir()
    by_zip = choose(tmp_path / "closed", name, NAMES, take_in(item, tmp_path / "closed"))
    assert more == []
    read, other = read_in(by_folder), read_in(by_zip)
    assert (read.cells, read.notes) == (other.cells, other.notes) and not read.problem
    (tmp_path / "home").mkdir()
    at_home = to_check(item, tmp_path / "home", NAMES)
    more = tuple(map(taken_from, at_home.joined))
    for found in (by_folder, by_zip)[: 1 if read.beside == other.beside else 2]:
        grade, notes = judged(found, everywhere.TEN, at_home.file, more)
        assert right(grade) == set(everywhere.TEN), (grade.notes, notes)
        if said is not None:
            assert any(said in note for note in grade.notes) if said else not grade.notes
            assert any(said in note for note in notes) if said else not notes
