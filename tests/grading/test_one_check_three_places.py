"""Law 3: a hidden check reaches the same verdict with the same message on a local function and in an isolated worker."""

import pytest

from graders.core.engine import run_check
from graders.core.host import Host
from graders.grading.catalogue import load_homework, private_folders
from graders.grading.source import IMPORTS, standalone
from graders.isolation.supervise import Grounds

HOMEWORK = load_homework("vae")
CASES = [(entry, "reference", entry.solution) for entry in HOMEWORK.graded] + [(entry, m.name, m.value) for entry in HOMEWORK.graded for m in entry.misconceptions]


@pytest.fixture(scope="module")
def grounds():
    with Grounds(private=private_folders()) as grounds:
        yield grounds


def verdicts(entry, host):
    found = [run_check(check, host, key="three places", public=False, right=HOMEWORK.right) for check in entry.hidden]
    return [(v.check, v.status, v.problem, _without_line(v.message)) for v in found]


def _without_line(message):
    """An error message without the place in the student's file, which differs between a cell and a module."""
    return message.split(" (line ")[0]


@pytest.mark.parametrize(("entry", "value"), [(e, v) for e, _, v in CASES], ids=[f"{e.name}-{name}" for e, name, _ in CASES])
def test_local_and_remote_agree(grounds, entry, value):
    code = standalone(value, entry.name)
    namespace = {}
    exec(IMPORTS + "\n" + code, namespace)
    with grounds.open([IMPORTS, code]) as submission, submission.branch() as host:
        assert [cell.status for cell in submission.cells] == ["ok", "ok"]
        assert verdicts(entry, host) == verdicts(entry, Host(namespace))
