"""The order in which `setup.sh` installs, with a Python that only writes down what it is asked."""

import os
import subprocess

import pytest

from graders.packaging.build import TEMPLATES

# Makes a virtual environment of itself; knows the modules that make one.
PRETENDS = """#!/bin/sh
echo "$@" >> "$ASKED"
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
for word in "$@"; do if [ "$last" = --target ]; then mkdir -p "$word"; fi; last=$word; done
"""


@pytest.fixture
def asked(tmp_path):
    """What pip was asked to install: `asked(libraries, index)`."""
    source = tmp_path / "source"
    (source / "requirements.wheels").mkdir(parents=True)
    (source / "requirements.wheels" / "critic-0.1.0-py3-none-any.whl").touch()
    (source / "requirements.txt").write_text("torch==2\n")
    (source / "setup.sh").write_bytes((TEMPLATES / "setup.sh").read_bytes())
    python = tmp_path / "python"
    python.write_text(PRETENDS)
    python.chmod(0o755)

    def ask(libraries, **variables):
        (source / "libraries.txt").write_text(libraries)
        given = {"PYTHON": str(python), "ASKED": str(tmp_path / "asked"), **variables}
        subprocess.run(["bash", "setup.sh"], cwd=source, env={**os.environ, **given}, check=True)
        lines = (tmp_path / "asked").read_text().splitlines()
        return [line for line in lines if " install " in f"{line} "]

    return ask


def test_libraries_come_after_torch_under_the_same_constraints(asked):
    lines = asked("einops>=0.7\n", TORCH_INDEX="where/torch/is")
    torch, grader, libraries, ours = lines
    assert torch.endswith("--index-url where/torch/is torch") and ".whl" in grader
    assert "--extra-index-url where/torch/is --requirement" in libraries
    assert libraries.endswith("libraries.txt") and "--constraint" in libraries
    assert "--target" in ours


def test_without_libraries_and_without_an_index_nothing_more_is_asked(asked):
    lines = asked("", TORCH_INDEX="")
    assert len(lines) == 3
    assert not any("index-url" in line or "libraries.txt" in line for line in lines)


def test_offline_libraries_come_from_the_wheels_too(asked, tmp_path):
    (tmp_path / "source" / "requirements.wheels" / "torch-2.whl").touch()
    lines = asked("einops\n")
    assert all("--no-index --find-links" in line for line in lines) and "libraries.txt" in lines[2]
