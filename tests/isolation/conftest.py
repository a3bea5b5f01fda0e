"""One warm zygote for all tests of isolation: what they find in it must not depend on the tests before."""

from pathlib import Path

import pytest
import torch

import graders.core
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
    with Grounds(private=[private, *(p for p in (ROOT / "reference", ROOT / "graders" / "hidden") if p.exists())]) as grounds:
        yield grounds
