"""The calls of an exercise, and of a submission, take no longer together than they may."""

import os
import subprocess
import sys
import time

import pytest

from graders.core.student import Student
from graders.core.verdict import TimedOut, TooMuch
from graders.isolation.activity import Effort, ran
from graders.isolation.allowance import Allowance, WallTimedOut
from graders.isolation.limits import Limits

SMALL = Limits(call_seconds=1.0, guard=1.0)  # 2 s for an exercise, 3 s in all


def spend(allowance, exercise, seconds):
    """A call that would take so long."""
    with allowance.spending(exercise) as share:
        share.seconds = min(seconds, share.cpu)
        if seconds > share.cpu:
            raise TimedOut("the call")
        return share


def test_an_exercise_that_used_its_time_up_is_called_no_more_and_others_are():
    allowance = Allowance(SMALL)
    spend(allowance, "slow", 0.9)
    spend(allowance, "slow", 0.9)
    for _ in range(2):
        with pytest.raises(TimedOut, match=r"of this exercise took more than 2 s together"):
            spend(allowance, "slow", 0.9)
    spend(allowance, "quick", 0.1)
    for name in ("another", "third"):
        with pytest.raises(TimedOut, match=r"of all exercises took more than 3 s together"):
            spend(allowance, name, 0.95)


def test_after_a_call_that_did_not_end_the_next_ones_of_its_exercise_have_less():
    allowance = Allowance(SMALL)
    with pytest.raises(TimedOut):
        spend(allowance, "hangs", 2.0)
    assert spend(allowance, "hangs", 0.01).cpu == pytest.approx(0.1)
    # Half of what is left of the 2 s for calls that do not end: who is slow has time, too.
    assert spend(allowance, "other", 0.4).cpu == pytest.approx(0.5)


def test_a_submission_that_hangs_everywhere_is_soon_done_and_what_is_right_in_it_still_counts():
    allowance, took = Allowance(SMALL), 0.0
    for exercise in map(str, range(20)):
        for _ in range(2):
            with pytest.raises(TimedOut), allowance.spending(exercise) as share:
                share.seconds = share.cpu
                took += share.cpu
                raise TimedOut(share.too_long())
    assert took < 2.5
    with pytest.raises(TimedOut, match="did not end took more than 2 s together, so no more of"):
        spend(allowance, "19", 0.01)
    assert spend(allowance, "right", 0.01).cpu == SMALL.hung_least
    told = r"0\.025 s of CPU .*; calls before it used \d\.\d+ s"
    with pytest.raises(TimedOut, match=told), allowance.spending("slow") as share:
        raise TimedOut(share.too_long())


def test_what_met_the_wall_of_a_busy_machine_is_given_all_of_its_time_again():
    allowance = Allowance(SMALL)
    for _ in range(5):
        with pytest.raises(WallTimedOut), allowance.spending("slow") as share:
            share.effort.begin()
            share.seconds = 2.0
            raise WallTimedOut("the call")
    assert spend(allowance, "slow", 0.01).cpu == 1.0


def test_where_the_kernel_does_not_count_the_wall_does():
    allowance = Allowance(SMALL)
    with pytest.raises(WallTimedOut), allowance.spending("slow") as share:
        share.seconds = 1.95
        raise WallTimedOut("the call")
    assert spend(allowance, "slow", 0.01).cpu == pytest.approx(0.05)


def test_a_submission_that_sleeps_is_stopped_and_not_run_again_alone(grounds):
    code = "import time\ndef f():\n    time.sleep(30)\n    return 1.0\ndef g():\n    return 2.0"
    if ran([1]) is None:
        pytest.skip("this kernel does not count")
    with grounds.open([code], Limits(call_seconds=1.0)) as submission:
        started = time.perf_counter()
        for _ in range(2):
            with submission.branch("sleeps") as host:
                with pytest.raises(TimedOut, match="without computing") as caught:
                    Student(host).f()
                assert not isinstance(caught.value, WallTimedOut)
        assert time.perf_counter() - started < 4  # the wall guard of one call alone is 2 s
        with submission.branch("honest") as host:
            assert Student(host).g() == 2.0


def test_an_exercise_that_waited_its_time_up_is_called_no_more_and_others_are():
    allowance = Allowance(SMALL)

    def wait(exercise, seconds):
        with pytest.raises(TimedOut, match="the call"), allowance.spending(exercise) as share:
            share.effort.idle = seconds
            raise TimedOut("the call")

    wait("sleeps", SMALL.idle_seconds)
    with pytest.raises(TimedOut, match=r"waited for more than 0\.5 s .* no more are made"):
        spend(allowance, "sleeps", 0.01)
    wait("naps", SMALL.idle_in_all)  # from here on nobody has time to wait
    spend(allowance, "honest", 0.01)
    spend(allowance, "honest", 0.01)


def test_who_waits_a_little_in_every_call_is_seen_to_wait(grounds):
    code = "import time\ndef f():\n    time.sleep(0.1)\n    return 1.0\ndef g():\n    return 2.0"
    if ran([1]) is None:
        pytest.skip("this kernel does not count")
    with grounds.open([code], Limits(call_seconds=1.0)) as submission:
        said = r"waited for more than 0\.5 s .* no more are made"
        with submission.branch("naps") as host, pytest.raises(TimedOut, match=said):
            for _ in range(20):
                assert Student(host).f() == 1.0
        with submission.branch("honest") as host:
            assert [Student(host).g() for _ in range(20)] == [2.0] * 20


def test_a_busy_machine_costs_no_call(grounds):
    """It takes longer than the wall guard, since others have the processors."""
    if ran([1]) is None:
        pytest.skip("this kernel does not count")
    code = (
        "import time\ndef f():\n    ends = time.process_time() + 0.5\n"
        "    while time.process_time() < ends: pass\n    return 2.0"
    )
    with grounds.open([code], Limits(call_seconds=1.0, guard=0.6)) as submission:
        others = [
            subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in "2468"
        ]
        try:
            with submission.branch("busy") as host:
                assert Student(host).f() == 2.0
        finally:
            for other in others:
                other.kill()
                other.wait()


def test_computing_counts_as_that_however_busy_the_machine_is():
    effort = Effort(lambda: [0])
    assert ran([0]) is None and effort.look() is None and effort.idle == 0
    effort = Effort(lambda: [os.getpid()])
    effort.look()
    ends = time.process_time() + 0.2
    while time.process_time() < ends:
        pass
    effort.look()
    assert effort.computed == pytest.approx(0.2, abs=0.1) and effort.idle < 0.1
    time.sleep(0.2)
    effort.look()
    assert effort.idle > 0.1


def test_answers_of_an_exercise_and_of_a_submission_have_room_together():
    allowance = Allowance(Limits(answers_of_one_mb=2, answers_in_all_mb=3))

    def answer(exercise, tensors, notes=0):
        with allowance.spending(exercise) as share:
            share.read(tensors, notes)

    for _ in range(3):
        answer("large", 2**20)
    with pytest.raises(TooMuch, match=r"of this exercise returned more than 2 MB together"):
        answer("large", 1)
    answer("many", 0, notes=2**11)  # each item is looked at, which takes longer than its bytes
    with pytest.raises(TooMuch, match=r"of all exercises returned more than 3 MB together"):
        answer("other", 1)


def test_who_returns_megabytes_in_every_call_is_asked_no_more(grounds):
    code = (
        "import torch\ndef f():\n    return torch.zeros(2**17)\ndef g():\n    return [0.0] * 2000"
    )
    with grounds.open([code], Limits(answers_of_one_mb=2)) as submission:
        for name in "fg":
            with submission.branch(name) as host, pytest.raises(TooMuch, match="this exercise"):
                for _ in range(20):
                    getattr(Student(host), name)()
