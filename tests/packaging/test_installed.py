"""What other people run is what was tested: the tests of core, from the built wheel and from what
students receive.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from graders.grading.catalogue import homework_names, load_homework
from graders.packaging.bundle import shipped

ROOT = Path(__file__).parents[2]
RIGHT = (
    "def kl_standard_normal(mu, logvar):\n    return 0.5 * (logvar.exp() + mu.square() - 1 -"
    " logvar).sum(-1)\n"
)


def run(python, folder, *arguments, **variables):
    environment = {**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def core_alone(folder):
    """A folder that holds the tests of core and nothing of ours beside them. `test_local.py` makes
    a bundle from the clone itself.
    """
    shutil.copytree(
        ROOT / "tests" / "core",
        folder / "tests" / "core",
        ignore=shutil.ignore_patterns("__pycache__", "test_local.py"),
    )
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n"
    )
    return folder


@pytest.mark.slow
def test_the_wheel_is_complete(tmp_path):
    run(
        sys.executable,
        ROOT,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        tmp_path,
        ".",
    )
    (wheel,) = tmp_path.glob("critic-*.whl")
    run(sys.executable, tmp_path, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(
        run(
            python, tmp_path, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
        ).strip()
    )
    # The libraries of this environment, without what its own `.pth` files add: there may be a clone
    # of ours among them.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(
        sys.executable,
        tmp_path,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        wheel,
    )
    folder = core_alone(tmp_path)
    assert run(
        python, folder, "-c", "import graders.core; print(graders.core.__file__)"
    ).startswith(str(site))
    assert " passed" in run(python, folder, "-m", "pytest", "tests")
    (folder / "right.py").write_text(RIGHT)
    said = run(site.parents[2] / "bin" / "critic", folder, "check", "right.py")
    assert re.search(r"kl_standard_normal: (\d+) of \1 checks pass", said)


@pytest.mark.slow
def test_what_students_receive_passes_the_core_alone(tmp_path):
    for name in homework_names():
        for path, content in shipped(load_homework(name)).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
    folder = core_alone(tmp_path)
    place = run(
        sys.executable,
        folder,
        "-c",
        "import graders.core; print(graders.core.__file__)",
        PYTHONPATH=str(folder),
    )
    assert place.startswith(str(folder))
    assert " passed" in run(sys.executable, folder, "-m", "pytest", "tests", PYTHONPATH=str(folder))
