"""`experiment.npz` is read as plain arrays or refused with a sentence, whatever it holds."""

import zipfile

import numpy as np
import pytest

from graders.core.arrays import FILE, MAX_BYTES, Unusable, read_artefacts
from graders.core.artefacts import artefact_host
from graders.core.student import Student
from graders.core.verdict import Missing


def written(folder, **arrays):
    np.savez_compressed(
        folder / FILE, **{name.replace("__", "/"): value for name, value in arrays.items()}
    )
    return folder / FILE


def test_arrays_come_back_by_group_and_key(tmp_path):
    found = read_artefacts(
        written(
            tmp_path,
            bound_history__aevb=np.arange(3.0),
            bound_history__wake_sleep=np.arange(2),
            labels=np.ones(1, dtype=np.int32),
        )
    )
    assert {group: list(parts) for group, parts in found.items()} == {
        "bound_history": ["aevb", "wake_sleep"],
        "labels": [""],
    }
    np.testing.assert_array_equal(found["bound_history"]["aevb"], [0.0, 1.0, 2.0])


def test_a_student_asks_for_a_group_as_for_an_answer(tmp_path):
    written(tmp_path, manifold__aevb=np.zeros((2, 2)))
    student = Student(artefact_host(tmp_path / "ada.ipynb"))
    assert student.answer("manifold")["aevb"].shape == (2, 2)
    with pytest.raises(Missing, match="begins with `latent_means/`"):
        student.answer("latent_means")
    with pytest.raises(Missing, match="not a function"):
        student.manifold(1)


def test_no_file_is_a_missing_answer_with_the_reason(tmp_path):
    with pytest.raises(Missing, match=r"no experiment.npz beside the notebook"):
        Student(artefact_host(tmp_path / "ada.ipynb")).answer("manifold")


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([{"a": 1}], dtype=object), "not a plain array"),
        (np.array(["text"]), "wanted numbers"),
        (np.zeros(2, dtype=complex), "wanted numbers"),
        (np.zeros(2, dtype=[("a", float)]), "wanted numbers"),
    ],
)
def test_what_is_not_numbers_is_refused(tmp_path, array, said):
    with pytest.raises(Unusable, match=said):
        read_artefacts(written(tmp_path, manifold__aevb=array))


def test_a_pickle_is_refused_without_being_loaded(tmp_path):
    """The planted object would raise on loading; it never gets that far."""

    class Trap:
        def __reduce__(self):
            return exec, ("raise SystemExit('unpickled')",)

    with pytest.raises(Unusable):
        read_artefacts(written(tmp_path, manifold__aevb=np.array([Trap()], dtype=object)))


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"not a zip" * 100, b"\x93NUMPY"])
def test_what_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Unusable, match="cannot be read"):
        read_artefacts(tmp_path / FILE)


def test_a_damaged_file_is_refused(tmp_path):
    path = written(tmp_path, manifold__aevb=np.arange(1000.0))
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    with pytest.raises(Unusable):
        read_artefacts(path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path):
    path = written(tmp_path, manifold__aevb=np.zeros(MAX_BYTES // 8 + 1))
    assert path.stat().st_size < 2**20
    with pytest.raises(Unusable, match="32 MB"):
        read_artefacts(path)


def test_an_entry_that_is_not_an_array_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / FILE, "w") as archive:
        archive.writestr("manifold/aevb.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': 1e99}  ")
    with pytest.raises(Unusable, match="not a plain array"):
        read_artefacts(tmp_path / FILE)


def test_a_header_that_promises_more_than_there_is_is_refused(tmp_path):
    header = (
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }".ljust(117) + b"\n"
    )
    with zipfile.ZipFile(tmp_path / FILE, "w") as archive:
        archive.writestr(
            "manifold/aevb.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        )
    with pytest.raises(Unusable):
        read_artefacts(tmp_path / FILE)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FILE).symlink_to(written(tmp_path / "elsewhere", manifold__aevb=np.zeros(1)))
    with pytest.raises(Missing, match=r"no experiment.npz"):
        Student(artefact_host(tmp_path / "ada.ipynb")).answer("manifold")


def test_side_by_side_each_notebook_has_its_own_file(tmp_path):
    """One experiment.npz among several notebooks belongs to nobody."""
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    written(tmp_path, manifold__aevb=np.zeros(1)).rename(tmp_path / "ada.npz")
    written(tmp_path, manifold__aevb=np.ones(1))
    assert Student(artefact_host(tmp_path / "ada.ipynb")).answer("manifold")["aevb"] == 0
    with pytest.raises(Missing):
        Student(artefact_host(tmp_path / "bob.ipynb")).answer("manifold")
