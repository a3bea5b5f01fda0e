"""What ends by no limit of its own, at home: code that stays in a library, or that ends the
process.
"""

import re

import pytest

from graders.core.outside import check_file

KL = """
def kl_standard_normal(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1) / 2
"""
# Waits in C with every signal blocked, as a library that computes for ever does.
STUCK = """
import signal, threading
def stuck():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGPROF})
    threading.Event().wait()
"""
SHORT = {"cell": 1.0, "call": 1.0, "total": 20.0, "guard": 1.0}
SWALLOWS = """
def kl_gaussians(*_):
    while True:
        try:
            while True: pass
        except BaseException: pass
"""


ALL = r"(\d+) of \1 checks pass"


def checked(folder, *parts):
    """The reports as text without line breaks, and the sentences."""
    (folder / "hw.py").write_text("\n".join(("import torch", *parts)))
    found = check_file(folder / "hw.py", SHORT)
    return " ".join("\n".join(report.text for report in found.reports).split()), found.notes


def test_what_hangs_or_ends_the_process_costs_itself(tmp_path):
    dies = "def kl_equal_variance(*_):\n    import ctypes\n    ctypes.string_at(0)\n"
    said, notes = checked(tmp_path, STUCK, "# %%\nstuck()", KL, dies)
    assert re.search(f"kl_standard_normal: {ALL}", said)
    assert "the process that ran the code ended" in said
    assert any("was ended after 2.5 s: it could not be stopped; the rest" in n for n in notes)


@pytest.mark.slow
def test_every_other_way_to_hang(tmp_path):
    said, _ = checked(tmp_path, STUCK, KL, "def kl_gaussians(*_):\n    stuck()\n")
    assert re.search(ALL, said) and "did not answer within 1 s and was ended" in said
    said, _ = checked(tmp_path, KL, SWALLOWS)
    assert re.search(ALL, said) and "no answer in time" in said
    said, _ = checked(tmp_path, KL, "def kl_gaussians(*_):\n    while True: pass\n")
    assert re.search(ALL, said) and "more than 1 s of CPU time" in said
    said, notes = checked(tmp_path, "import os", "os._exit(0)", KL)
    assert notes == ["cell 1 ended the process; the rest counts"] and re.search(ALL, said)


@pytest.mark.slow
def test_files_named_like_libraries_are_nobodys_library(tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("raise SystemExit")
    (tmp_path / "hw.py").write_text(f"import torch, random\n{KL}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert check_file(tmp_path / "hw.py").reports[0].state == "passes"
