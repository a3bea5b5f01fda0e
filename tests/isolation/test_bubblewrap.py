"""bubblewrap, where a user may not make namespaces: found only when it works, given the right
words, and enough for hidden checks.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graders.isolation import bubblewrap
from graders.isolation.mounts import arrange
from graders.isolation.supervise import WAYS_OUT

MACHINES = Path(__file__).parents[1] / "hostile" / "machines.py"


def planted(folder, text):
    folder.mkdir()
    (folder / "bwrap").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bwrap").chmod(0o755)
    return str(folder)


def test_only_a_bwrap_that_works_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bubblewrap.find() is None
    monkeypatch.setenv(
        "PATH",
        planted(
            tmp_path / "denied", "echo bwrap: No permissions to create new namespace >&2; exit 1"
        ),
    )
    assert bubblewrap.find() is None
    monkeypatch.setenv("PATH", planted(tmp_path / "works", "exit 0"))
    assert bubblewrap.find() == str(tmp_path / "works" / "bwrap")


def test_a_bwrap_that_hangs_is_not_waited_for(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", planted(tmp_path / "hangs", "while true; do :; done"))
    monkeypatch.setattr(bubblewrap, "SECONDS", 0.1)
    assert bubblewrap.find() is None


def test_folders_are_emptied_before_what_is_kept_comes_back_and_nobody_may_fill_them(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(bubblewrap, "TEMPORARY", {})
    for name in ("home/python/private", "home/course", "base"):
        (tmp_path / name).mkdir(parents=True)
    home, python, base = (str(tmp_path / name) for name in ("home", "home/python", "base"))
    words = bubblewrap.command("/usr/bin/bwrap", [home, f"{python}/private"], [python], base)
    order = [words.index(word) for word in (home, python, f"{python}/private", "--remount-ro")]
    assert order == sorted(order) and words[words.index(f"{python}/private") - 1] == "--tmpfs"
    assert (
        words[words.index(python) - 1] == "--ro-bind" and words[words.index(base) - 1] == "--bind"
    )
    writable = {words[i + 1] for i, word in enumerate(words) if word == "--tmpfs"} - {
        words[i + 1] for i, word in enumerate(words) if word == "--remount-ro"
    }
    assert writable == set() and words[-1] == "--"


def test_a_private_file_is_emptied_too(monkeypatch, tmp_path):
    monkeypatch.setattr(bubblewrap, "TEMPORARY", {})
    (tmp_path / "key").write_text("secret")
    words = bubblewrap.command("bwrap", [str(tmp_path / "key")], [], str(tmp_path / "base"))
    place = words.index(str(tmp_path / "key"))
    assert words[place - 2 : place] == ["--ro-bind", "/dev/null"]


def test_links_and_what_is_not_there_are_not_emptied(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert arrange([str(tmp_path / "link"), str(tmp_path / "nothing")], [], str(tmp_path)) == (
        [],
        [],
        [],
    )


def test_the_ways_out_name_it():
    assert (
        "or with bubblewrap installed (and `bwrap --unshare-pid --ro-bind / / true` permitted)"
        in WAYS_OUT
    )


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to imitate another machine")
@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_the_doctor_finds_enough_where_only_bubblewrap_may_make_namespaces(open_secret):
    words = [
        sys.executable,
        str(MACHINES),
        "user-bubblewrap",
        "-m",
        "graders.isolation.doctor",
        str(open_secret),
    ]
    said = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert said.returncode == 0 and said.stdout.rstrip().endswith("hidden checks run here"), (
        said.stdout + said.stderr
    )
    for layer in bubblewrap.PROVIDES:
        assert f"        on  {layer} (by bubblewrap)" in said.stdout
    assert (
        "off  landlock (this kernel has no Landlock)" in said.stdout
        and "UNPROTECTED" not in said.stdout
    )
