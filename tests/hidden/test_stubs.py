"""What nobody has written yet earns nothing: a check that a function leaves its arguments alone
passes for one that does nothing.
"""

import pytest

from graders.audit.command import _work, homework_names
from graders.core.engine import run_exercise
from graders.core.host import Host
from graders.core.verdict import Status
from graders.grading.catalogue import load_homework

FUNCTIONS = [
    (homework, name)
    for homework, name in _work(homework_names())
    if load_homework(homework).entry(name).exercise.kind == "F"
]


@pytest.mark.parametrize(("homework", "exercise"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
def test_the_stub_as_handed_out_passes_no_check(homework, exercise):
    entry, right = load_homework(homework).entry(exercise), load_homework(homework).right
    stub = Host({exercise: entry.exercise.stub})
    verdicts = run_exercise(entry.public, stub, key="stub", public=True) + run_exercise(
        entry.hidden, stub, key="stub", public=False, right=right
    )
    assert [v.check for v in verdicts if v.status is Status.PASSED] == []
