"""What students receive, and how the first cell of the notebook finds it."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from graders.grading.record import zipped
from graders.packaging import bundle as module
from graders.packaging.archive import place_of
from graders.packaging.bundle import shipped, write_bundle
from graders.packaging.master import render

TEMPLATE = place_of("student_template")
COLAB = """\
import sys, types
from pathlib import Path
google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
colab.files = types.SimpleNamespace(upload=lambda: {"homework.zip": Path("homework.zip").read_bytes()})
google.colab = colab
sys.modules.update({"google": google, "google.colab": colab, "google.colab.files": colab.files})
"""


# Where the project is installed for development, a `.pth` file puts `graders` on the path of every
# interpreter.
ELSEWHERE = """\
import sys
from pathlib import Path
sys.path[:] = [place for place in sys.path if not Path(place or ".", "graders", "core").exists()] + [""]
"""


def run(folder, code):
    code = ELSEWHERE + code
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


def test_only_core_and_the_topics_of_the_homework_ship(homework):
    names = shipped(homework)
    assert {name for name in names if not name.startswith("graders/core/")} == {
        "graders/public/__init__.py",
        "graders/public/kl.py",
        "graders/public/homework.json",
        "graders/public/hints/kl.json",
    }
    assert json.loads(names["graders/public/homework.json"]) == {
        "name": "mini",
        "libraries": [],
        "exercises": list(homework.points),
        "seconds": {},
    }


def test_topics_that_a_public_module_imports_come_along(homework, monkeypatch, tmp_path):
    (tmp_path / "kl.py").write_text("from graders.public.elbo import elbo\n")
    for name in ("elbo", "__init__", "gan"):
        (tmp_path / f"{name}.py").touch()
    monkeypatch.setattr(module.graders.public, "__path__", [str(tmp_path)])
    assert {name for name in shipped(homework) if name.startswith("graders/public/")} == {
        f"graders/public/{n}" for n in ("__init__.py", "kl.py", "elbo.py", "homework.json")
    }


def test_the_template_is_completed(homework, tmp_path):
    write_bundle(homework, nbformat.v4.new_notebook(), TEMPLATE, tmp_path)
    assert (
        "# Two topics" in (tmp_path / "README.md").read_text()
        and "python -m graders.core mini.ipynb" in (tmp_path / "README.md").read_text()
    )
    assert (
        "python -m graders.core mini.ipynb"
        in (tmp_path / ".github" / "workflows" / "checks.yml").read_text()
    )
    assert (
        "torch" in (tmp_path / "requirements.txt").read_text()
        and (tmp_path / "mini.ipynb").exists()
    )


def test_on_colab_the_first_cell_asks_for_the_zip_and_finds_it_in_any_folder(homework, tmp_path):
    (tmp_path / "homework.zip").write_bytes(
        zipped({f"mini-main/{name}": data for name, data in shipped(homework).items()})
    )
    said = run(
        tmp_path,
        COLAB
        + (TEMPLATE / "first_cell.py").read_text()
        + "\nkl_to_itself = 0\ngrader.check('kl_to_itself')",
    )
    assert (
        said.startswith("Choose the zip file of this homework.")
        and "kl_to_itself: answered" in said
    )
    again = run(tmp_path, COLAB + (TEMPLATE / "first_cell.py").read_text())
    assert again.startswith("Ready: ")  # a restarted kernel asks for nothing


@pytest.mark.slow
def test_on_colab_the_first_cell_works_in_a_kernel(homework, tmp_path):
    (tmp_path / "homework.zip").write_bytes(
        zipped({f"mini-main/{name}": data for name, data in shipped(homework).items()})
    )
    cells = [
        ELSEWHERE + COLAB + (TEMPLATE / "first_cell.py").read_text(),
        "kl_to_itself = 0\ngrader.check('kl_to_itself')",
    ]
    manager, client = start_new_kernel(cwd=str(tmp_path), kernel_name="python3")
    said = []
    try:
        for cell in cells:
            client.execute_interactive(cell, timeout=120, output_hook=said.append)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    shown = [m["content"]["data"] for m in said if m["msg_type"] == "display_data"]
    assert not [m for m in said if m["msg_type"] == "error"]
    assert [word in page["text/html"] for word, page in zip(("Ready", "answered"), shown)] == [
        True
    ] * 2


def test_the_reader_of_the_bundle_learns_of_the_cpu_build_and_the_pythons(homework):
    text = render(TEMPLATE / "README.md", homework=homework)
    assert "Python 3.10 to 3.13" in text and "${TORCH_INDEX:-" in text and "/whl/cpu}" in text


def test_elsewhere_it_says_which_folder_is_missing(tmp_path):
    said = run(tmp_path, (TEMPLATE / "first_cell.py").read_text())
    assert (
        said
        == "The folder `graders` of this homework is missing: put it beside this notebook, then"
        " restart the kernel.\n"
    )
