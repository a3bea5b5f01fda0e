"""One warm zygote for all tests of isolation: what they find in it must not depend on the tests
before.
"""

import os
from pathlib import Path

import pytest
import torch

import graders.core
from graders.isolation.cleanup import remove_tree
from graders.isolation.supervise import Grounds

ROOT = Path(graders.core.__path__[0]).parents[1]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def private(tmp_path_factory):
    """A private package that only the grader may see, beside the real private folders."""
    folder = tmp_path_factory.mktemp("grader") / "sentinels"
    folder.mkdir()
    (folder / "__init__.py").write_text("SENTINEL = 'violet-otter-7301'\n")
    return folder


@pytest.fixture(scope="session")
def grounds(private):
    with Grounds(
        private=[
            private,
            *(p for p in (ROOT / "reference", ROOT / "graders" / "hidden") if p.exists()),
        ]
    ) as grounds:
        yield grounds


@pytest.fixture
def open_secret(tmp_path):
    """A private folder that every user may read: only a layer can hide it."""
    folder = Path("/var/tmp") / f"critic-test-{os.getpid()}"
    folder.mkdir()
    (folder / "hidden.py").write_text("ANSWER = 1\n")
    folder.chmod(0o755)
    yield folder
    remove_tree(str(folder))
