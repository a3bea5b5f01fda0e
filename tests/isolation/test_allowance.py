"""The calls of an exercise, and of a submission, take no longer together than they may."""

import time

import pytest

from graders.core.student import Student
from graders.core.verdict import TimedOut
from graders.isolation.allowance import Allowance
from graders.isolation.limits import Limits
from graders.isolation.remote import WallTimedOut

ALL = Limits(call_seconds=0.05, total_seconds=0.4, guard=1.0)  # 0.3 s for an exercise


def spend(allowance, exercise, seconds):
    with allowance.spending(exercise, 1.0) as allowed:
        time.sleep(min(seconds, allowed))
        if seconds > allowed:
            raise WallTimedOut("the call")


def test_an_exercise_that_used_its_time_up_is_called_no_more_and_others_are():
    allowance = Allowance(ALL)
    spend(allowance, "slow", 0.2)
    with pytest.raises(TimedOut, match=r"this exercise took more than 0\.3 s together") as caught:
        spend(allowance, "slow", 0.2)
    assert not isinstance(caught.value, WallTimedOut)  # alone it would be no faster
    started = time.perf_counter()
    with pytest.raises(TimedOut, match=r"this exercise"):
        spend(allowance, "slow", 0.2)
    assert time.perf_counter() - started < 0.05
    spend(allowance, "quick", 0.0)
    with pytest.raises(TimedOut, match=r"all exercises took more than 0\.4 s together"):
        spend(allowance, "quick", 0.2)


def test_a_submission_that_sleeps_in_every_call_is_stopped(grounds):
    code = "import time\ndef f():\n    time.sleep(0.2)\n    return 1.0"
    limits = Limits(call_seconds=0.25, guard=1.0, total_seconds=5)
    started = time.perf_counter()
    with grounds.open([code], limits) as submission:
        calls = 0
        with pytest.raises(TimedOut, match=r"of this exercise took more than 1\.5 s together"):
            while True:
                with submission.branch("exercise") as host:
                    Student(host).f()
                calls += 1
    assert calls >= 3 and time.perf_counter() - started < 6
