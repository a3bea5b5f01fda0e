"""Zips and wheels: equal whenever their contents are, installable, and private."""

import io
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

from graders.grading.record import zipped
from graders.packaging.archive import (
    EXECUTABLE,
    KEY,
    WHEELS,
    distribution,
    place_of,
    tree,
    unpack_grader,
    wheel,
)

FILES = {"b.txt": b"2", "a/c.txt": b"1", "setup.sh": b"#!/bin/sh"}


def test_the_same_files_give_the_same_bytes_in_any_order():
    assert zipped(FILES, EXECUTABLE) == zipped(dict(reversed(FILES.items())), EXECUTABLE)


def test_entries_are_sorted_without_times_and_scripts_can_be_run():
    with zipfile.ZipFile(io.BytesIO(zipped(FILES, EXECUTABLE))) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(FILES) and {e.date_time for e in entries} == {
        (1980, 1, 1, 0, 0, 0)
    }
    assert [stat.S_IMODE(e.external_attr >> 16) for e in entries] == [0o644, 0o644, 0o755]


def test_a_tree_leaves_out_what_python_leaves_behind(tmp_path):
    for name in ("a.py", "__pycache__/a.cpython-311.pyc", ".github/w.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert sorted(tree(tmp_path)) == [".github/w.yml", "a.py"]


def test_the_wheel_is_reproducible_and_pip_installs_it(tmp_path):
    name, content = wheel({KEY: b"secret\n"})
    assert wheel({KEY: b"secret\n"}) == (name, content)
    (tmp_path / name).write_bytes(content)
    target = tmp_path / "closed"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
        "--target",
        target,
        tmp_path / name,
    ]
    subprocess.run(command, check=True)
    assert (target / KEY).read_text() == "secret\n" and (
        target / "graders" / "packaging" / "templates" / "setup.sh"
    ).exists()
    code = (
        "import reference.kl, graders.core, graders.packaging.archive as a;"
        " print(reference.kl.__file__, a.place_of('graders'))"
    )
    environment = {**os.environ, "PYTHONPATH": str(target)}
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [f"{target}/reference/kl.py", f"{target}/graders"]


def test_requirements_come_along():
    name, version, requirements = distribution()
    assert (
        name == "critic"
        and version[0].isdigit()
        and any(r.startswith("torch") for r in requirements)
    )
    assert not any("extra ==" in r for r in requirements)


def test_our_packages_are_found():
    assert all(
        place_of(name).is_dir()
        for name in ("assignments", "reference", "graders", "student_template")
    )


def test_the_grader_is_unpacked_for_its_owner_alone(tmp_path):
    name, content = wheel({KEY: b"secret\n"})
    (tmp_path / WHEELS).mkdir()
    Path(tmp_path, WHEELS, name).write_bytes(content)
    unpack_grader(tmp_path, tmp_path / "closed")
    assert (
        stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700
        and (tmp_path / "closed" / KEY).exists()
    )
