"""What students hand in: exported zips, folders, renamed files; and zips that were made to do
harm.
"""

import io
import os
import zipfile

import pytest

from graders.intake.archives import Room
from graders.packaging import intake
from graders.packaging.intake import Unusable, choose, take_in


def zip_of(path, files, links=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for name, target in links:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, target)
    return path


@pytest.fixture
def closed(tmp_path):
    (tmp_path / "closed").mkdir()
    return tmp_path / "closed"


def chosen(source, closed, exercises=()):
    said = take_in(source, closed)
    found = choose(closed, source.name, exercises, said)
    return found, " ".join(found.notes)


def test_an_export_of_otter_a_renamed_notebook_a_folder_and_a_script_are_accepted(tmp_path, closed):
    export = zip_of(
        tmp_path / "vae_2026.zip",
        {"my vae (1).ipynb": "{}", ".OTTER_LOG": b"x", "__zip_filename__": "x", "tests/q1.py": ""},
    )
    found, note = chosen(export, closed)
    assert found.file.name == "my vae (1).ipynb" and found.name == "vae_2026.zip" and note == ""


def test_a_notebook_in_a_folder_of_a_zip_in_a_folder(tmp_path, closed):
    folder = tmp_path / "submission"
    folder.mkdir()
    zip_of(
        folder / "hand_in.zip",
        {
            "student/work/vae.ipynb": "{}",
            "__MACOSX/student/._vae.ipynb": "x",
            "student/.ipynb_checkpoints/vae.ipynb": "{}",
        },
    )
    found, note = chosen(folder, closed)
    assert (
        found.file.relative_to(closed).as_posix() == "hand_in/student/work/vae.ipynb" and note == ""
    )


def test_of_several_files_the_newest_notebook_counts_and_the_student_is_told(tmp_path, closed):
    folder = tmp_path / "submission"
    (folder / "graders" / "core").mkdir(parents=True)
    for date, name in enumerate(
        ("__init__.py", "graders/core/expect.py", "script.py", "vae.ipynb", "a.ipynb")
    ):
        (folder / name).write_text("{}")
        os.utime(folder / name, (10**9 + date % 4, 10**9 + date % 4))
    found, note = chosen(folder, closed)
    assert (
        found.file.name == "vae.ipynb"
        and "vae.ipynb was, which answers the most exercises; a.ipynb was not. Hand in one" in note
    )


def test_a_script_alone_is_accepted_and_nothing_is_nothing(tmp_path, closed):
    script = tmp_path / "vae.py"
    script.write_text("x = 1")
    assert chosen(script, closed)[0].file.name == "vae.py"
    empty = tmp_path / "empty"
    empty.mkdir()
    (closed / "vae.py").unlink()
    assert chosen(empty, closed)[0].file is None


def test_paths_that_lead_out_and_links_are_left_behind(tmp_path, closed):
    hostile = zip_of(
        tmp_path / "x.zip",
        {
            "../escaped.py": "1",
            "/absolute.py": "1",
            "..\\windows.py": "1",
            "a/../../up.py": "1",
            "good.ipynb": "{}",
        },
        links=[("link.ipynb", "/etc/passwd"), ("folder", "/")],
    )
    assert chosen(hostile, closed)[0].file.name == "good.ipynb"
    assert sorted(
        p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()
    ) == ["closed/x.zip", "closed/x/good.ipynb", "x.zip"]


def test_links_and_pipes_in_a_folder_are_left_behind(tmp_path, closed):
    folder = tmp_path / "submission"
    folder.mkdir()
    os.symlink("/etc/passwd", folder / "vae.ipynb")
    os.symlink("/etc", folder / "etc")
    os.mkfifo(folder / "pipe.py")
    (folder / "real.py").write_text("x = 1")
    assert chosen(folder, closed)[0].file.name == "real.py"
    assert [p.name for p in closed.rglob("*")] == ["real.py"]


def test_a_zip_bomb_is_stopped_by_what_it_unpacks_to_not_by_what_it_claims(
    tmp_path, closed, monkeypatch
):
    monkeypatch.setattr("graders.packaging.intake.Room", lambda: Room(2**20, 9))
    bomb = zip_of(tmp_path / "bomb.zip", {"vae.ipynb": b"0" * 2**22})
    data = bytearray(bomb.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(signature) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(bytes(data))
    for name in ("bomb.zip", "liar.zip"):
        assert any("hand in the notebook" in said for said in take_in(tmp_path / name, closed))
    assert sum(p.stat().st_size for p in closed.rglob("*.ipynb")) <= 2**21


def test_too_many_files_are_too_many(tmp_path, closed, monkeypatch):
    monkeypatch.setattr(intake, "FILES", 10)
    for number in range(11):
        (tmp_path / "submission").mkdir(exist_ok=True)
        (tmp_path / "submission" / f"{number}.py").touch()
    with pytest.raises(Unusable, match="more than 10 files or 256 MB"):
        take_in(tmp_path / "submission", closed)


@pytest.mark.parametrize("damage", ["cut", "password"])
def test_a_zip_that_cannot_be_unpacked_gets_a_sentence(tmp_path, closed, damage):
    archive = zip_of(tmp_path / "vae.zip", {"vae.ipynb": os.urandom(4000)})
    data = bytearray(archive.read_bytes())
    if damage == "cut":
        data[200:300] = b"\0" * 100
    else:
        at = data.find(b"PK\x01\x02")
        data[at + 8] |= 1
        data[6] |= 1
    archive.write_bytes(bytes(data))
    found, _ = chosen(archive, closed)
    assert found.file is None and "hand in the file itself" in found.problem
    assert ("CRC" if damage == "cut" else "locked with a password") in found.problem


def test_archives_in_archives_are_opened_to_a_depth(tmp_path, closed):
    content, name = b"x = 1", "work.py"
    for level in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
            archive.writestr(f"level{level}.txt", "")
        content, name = buffer.getvalue(), f"in{level}.zip"
    (tmp_path / "outer.zip").write_bytes(content)
    assert chosen(tmp_path / "outer.zip", closed)[0].file is None
    assert len(list(closed.rglob("level*.txt"))) == 4
