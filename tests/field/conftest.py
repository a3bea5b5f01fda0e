"""One warm zygote for the grader's side and one warm process for the student's: every file is
judged by both.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from graders.core.outside import QUIET, Unusable, check_file
from graders.core.report import EMPTY
from graders.grading.catalogue import load_homework
from graders.grading.one import grade_file
from graders.grading.private import private_folders
from graders.intake.find import Found
from graders.isolation.supervise import Grounds

# Forks for every file, so that what one leaves behind is not there for the next.
AT_HOME = """
import json, os, sys, warnings
warnings.filterwarnings("ignore", message=".*fork.*")
from pathlib import Path
import torch
torch.set_num_threads(1)
TOLD = 77
from graders.core.home import report_file
from graders.core.submission import Unreadable
from graders.core.local import exercises
from graders.core.report import EMPTY
exercises()
for line in sys.stdin:
    path, more = json.loads(line)
    if not os.fork():
        out = os.fdopen(os.dup(1), "w")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what functions print
        try:
            reports, notes = report_file(Path(path), more=more)
            right = {
                r.name: r.passed == len(r.findings) and r.state != EMPTY for r in reports
            }
            found = [right, notes]
        except Unreadable as error:
            found = [{}, [str(error)]]
        out.write(json.dumps(found) + "\\n")
        out.flush()
        os._exit(TOLD)
    if os.waitstatus_to_exitcode(os.wait()[1]) != TOLD:
        print("null", flush=True)  # the code ended the process
"""


@pytest.fixture(scope="session")
def grounds(seed):
    with Grounds(private=private_folders(), seed=seed) as grounds:
        yield grounds


def ended(path, more):
    """What `critic check` says of a file whose code ends the process that runs it."""
    try:
        found = check_file(path, more=more)
    except Unusable as error:
        return {}, [str(error)]
    reports = {r.name: r.passed == r.checks and r.state != EMPTY for r in found.reports}
    return reports, found.notes


@pytest.fixture(scope="session")
def home():
    """`home(path, more)`: by exercise whether all its public checks pass, and the sentences."""
    with subprocess.Popen(
        [sys.executable, "-c", AT_HOME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **QUIET, "OMP_NUM_THREADS": "1"},
    ) as process:

        def ask(path, more=()):
            process.stdin.write(json.dumps([str(path), more]) + "\n")
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
            return ended(path, more) if found is None else found

        yield ask
        process.stdin.close()


@pytest.fixture(scope="session")
def judged(grounds, home):
    """`judged(handed_in, names, at_home, more)`: the grade of a file or of what was found, after
    both sides agreed on every public check. Of exercises that are named, only the first hidden
    check runs: what is at stake is the road there.
    """
    whole = load_homework("vae")
    short = replace(whole, entries=tuple(replace(e, hidden=e.hidden[:1]) for e in whole.entries))

    def judge(handed_in, names=(), at_home=None, more=()):
        homework = short if names else whole
        found = handed_in if isinstance(handed_in, Found) else Found(handed_in.name, handed_in)
        grade = grade_file(found, homework, grounds, "field", names)
        passed, notes = home(at_home or found.file, more)
        for exercise in grade.exercises:
            missing = exercise.verdicts[0].problem == "missing"
            if exercise.name in passed and not missing and exercise.public:
                here = all(verdict.passed for verdict in exercise.public)
                assert here == passed[exercise.name], (exercise.name, grade.notes, notes)
            elif exercise.public and not missing:
                assert not any(v.passed for v in exercise.public), (exercise.name, notes)
        return grade, notes

    return judge


def notebook(*cells, **metadata):
    return {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": metadata,
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells
        ],
    }


def write(folder, content, name=""):
    """Cells as a notebook, text or bytes as they are."""
    path = folder / (name or ("hw.ipynb" if isinstance(content, tuple) else "hw.py"))
    if isinstance(content, tuple):
        content = json.dumps(notebook(*content))
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def right(grade):
    return {exercise.name for exercise in grade.exercises if exercise.right}
