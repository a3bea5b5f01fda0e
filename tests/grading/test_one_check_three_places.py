"""Law 3: a hidden check reaches the same verdict with the same message on a local function and in
an isolated worker.
"""

import pytest

from graders.core.engine import run_check
from graders.core.host import Host
from graders.grading.catalogue import load_homework
from graders.grading.private import private_folders
from graders.grading.source import IMPORTS, standalone
from graders.isolation.supervise import Grounds

# The other homeworks, and two of three mistakes, take minutes more: `make test-all` runs them.
EVERY = 3
HOMEWORKS = {
    "vae": [],
    "gan": [pytest.mark.slow],
    "wgan": [pytest.mark.slow],
    "helmholtz": [pytest.mark.slow],
}


def cases():
    for name, marks in HOMEWORKS.items():
        homework = load_homework(name)
        # What an experiment left is a file: its checks run no code of a submission anywhere.
        for entry in (entry for entry in homework.graded if entry.exercise.kind != "E"):
            for number, (label, value) in enumerate(
                [
                    ("reference", entry.solution),
                    *((m.name, m.value) for m in entry.misconceptions),
                ]
            ):
                late = [pytest.mark.slow] if number % EVERY else marks
                yield pytest.param(homework, entry, value, id=f"{entry.name}-{label}", marks=late)


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(private=private_folders(), seed=seed) as grounds:
        yield grounds


def verdicts(homework, entry, host):
    found = [
        run_check(check, host, key="three places", public=False, right=homework.right)
        for check in entry.hidden
    ]
    return [(v.check, v.status, v.problem, _without_line(v.message)) for v in found]


def _without_line(message):
    """An error message without the place in the student's file, which differs between a cell and a
    module.
    """
    return message.split(" (line ")[0]


@pytest.mark.parametrize(("homework", "entry", "value"), list(cases()))
def test_local_and_remote_agree(grounds, homework, entry, value):
    code = standalone(value, entry.name)
    namespace = {}
    exec(IMPORTS + "\n" + code, namespace)
    with grounds.open([IMPORTS, code]) as submission, submission.branch() as host:
        assert [cell.status for cell in submission.cells] == ["ok", "ok"]
        found = verdicts(homework, entry, host)
    assert found == verdicts(homework, entry, Host(namespace))
    # Both may agree because the text of the function is broken: a name of ours is missing in it.
    assert not [
        message for *_, message in found if "NameError" in message or "AttributeError" in message
    ]
