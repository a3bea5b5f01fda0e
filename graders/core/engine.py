"""Runs checks. One rule for every place: a check function, a student, and a verdict with the blame
in its type.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import torch

from graders.core import expect
from graders.core.draw import Draw, derive_seed
from graders.core.evidence import kept
from graders.core.exercise import Check
from graders.core.forms import describe, in_words
from graders.core.language import say, to_say
from graders.core.student import Hosting, Student
from graders.core.values import CannotPass
from graders.core.verdict import (
    SKIPPED,
    Died,
    Failure,
    Missing,
    NeedsPerson,
    Status,
    StudentError,
    TimedOut,
    TooMuch,
    Unacceptable,
    Verdict,
)

# A function that hangs, ends its process or returns gigabytes does so in every check: the second
# time is taken as proof.
PATIENCE = 2
ENDED = to_say("the process that ran your code ended")
NO_ANSWERS = to_say("skipped, because checks before it had no answer")
TOO_MUCH = to_say("returned more than may be returned")
# The errors that have a name in what students read of hidden checks.
ERRORS = frozenset(
    {
        "AssertionError",
        "AttributeError",
        "ImportError",
        "IndexError",
        "KeyError",
        "NameError",
        "NotImplementedError",
        "RuntimeError",
        "TypeError",
        "ValueError",
        "ZeroDivisionError",
    }
)


def run_exercise(
    checks: Sequence[Check],
    host: Hosting | Callable[[], Hosting],
    *,
    key: str,
    public: bool,
    right: Any = None,
) -> list[Verdict]:
    """Run the checks of one exercise in order. `key` seeds every draw; `right` is the reference,
    for hidden checks.

    A check whose `after` did not pass is skipped, and so is everything that follows a missing
    function or two checks without an answer. A callable `host` is asked before each check
    for the host to use.
    """
    return in_order(
        checks,
        lambda check: run_check(
            check, host() if callable(host) else host, key=key, public=public, right=right
        ),
        public=public,
    )


def in_order(
    checks: Sequence[Check], judge: Callable[[Check], Verdict], *, public: bool
) -> list[Verdict]:
    """The verdicts of the checks of one exercise, skipping those that would say nothing."""
    verdicts: dict[str, Verdict] = {}
    for check in checks:
        reason = _reason_to_skip(check, verdicts)
        if reason:
            verdicts[check.name] = Verdict(
                check.exercise,
                check.name,
                say(check.sentence),
                Status.SKIPPED,
                public,
                message=reason,
            )
        else:
            verdicts[check.name] = judge(check)
    return list(verdicts.values())


def unanswered(verdict: Verdict) -> bool:
    """Whether nothing came back: the function took too long, ended its process, or returned more
    than any check may look at.
    """
    return verdict.status is Status.TIMED_OUT or verdict.problem in (ENDED, TOO_MUCH)


def enough(before: Collection[Verdict]) -> str:
    """Why no further check of the exercise is run, or nothing."""
    if any(verdict.problem == "missing" for verdict in before):
        return say("there is nothing to check yet")
    if sum(map(unanswered, before)) >= PATIENCE:
        return say(NO_ANSWERS)
    return ""


def _reason_to_skip(check: Check, before: dict[str, Verdict]) -> str:
    if reason := enough(before.values()):
        return reason
    blocker = next((before[name].sentence for name in check.after if not before[name].passed), None)
    return say(SKIPPED, blocker=blocker) if blocker else ""


def run_check(check: Check, host: Hosting, *, key: str, public: bool, right: Any = None) -> Verdict:
    """Run one check. Whatever happens becomes a verdict; an error of our own is a grader fault,
    never a fail.

    An error is our own when it comes before the first value of the submission, or when the
    reference meets one too (`right.host()` runs it). Else the value is of a kind that the check
    has no word for, and so the check fails.
    """
    seed = derive_seed(key, check.exercise, check.name)
    student = Student(host, seed)
    started = time.perf_counter()
    status, problem, message, hint, evidence = _judge(lambda: _run(check, student, seed, right))
    failed = status in (Status.FAILED, Status.STUDENT_ERROR)
    if failed and check.any_dtype and (problem == "wrong dtype" or student.clashed):
        student = Student(host, seed, any_dtype=True)
        with expect.digits_of(torch.float32):
            status, problem, message, hint, evidence = _judge(
                lambda: _run(check, student, seed, right)
            )
    last = None if isinstance(evidence, CannotPass) else student.last
    if status is Status.GRADER_FAULT and last and not _breaks_alone(check, seed, right):
        failure = _unexpected(last, evidence)
        status, problem, message, evidence = (
            Status.FAILED, failure.problem, str(failure), failure,
        )  # fmt: skip
    failed = status is Status.FAILED
    restated = getattr(host, "restated", None)
    if isinstance(evidence, Failure) and restated:
        evidence.restated = restated(evidence)
        message = str(evidence.restated or evidence)
    recorded = student.recorded.calls if failed else ()
    heard = student.recorded.heard if not check.law else ()
    return Verdict(
        check.exercise, check.name, say(check.sentence), status, public, problem, message, hint,
        seed, time.perf_counter() - started, student.count, kept(evidence), recorded,
        heard,
    )  # fmt: skip


def _run(check: Check, student: Student, seed: int, right: Any) -> str | None:
    given = {"student": student, "draw": Draw(seed), "right": right}
    wanted = {name: given[name] for name in inspect.signature(check.function).parameters}
    said: str | None = check.function(**wanted)
    return said


def _breaks_alone(check: Check, seed: int, right: Any) -> bool:
    """Whether a check breaks on the reference too. Without a reference, as at home, it is taken
    not to.
    """
    if right is None:
        return False
    status = _judge(lambda: _run(check, Student(right.host(), seed), seed, right))[0]
    return status is Status.GRADER_FAULT


def _unexpected(last: tuple[str, Any], error: Exception) -> Failure:
    """The failure of a check that could not go on with the value of this call."""
    call, value = last
    got, shown = describe(value), in_words(value)
    if isinstance(value, (torch.Tensor, np.ndarray)):
        kind = tuple(value.shape), str(value.dtype).removeprefix("torch.")
        got += " of shape {} and dtype {}".format(*kind)
        shown = say(
            "{got} of shape {shape} and dtype {dtype}", got=shown, shape=kind[0], dtype=kind[1]
        )
    return Failure(
        "a value of another kind than the exercise asks for",
        call,
        say(
            "returned {got}, with which this check cannot go on ({error})",
            got=shown,
            error=type(error).__name__,
        ),
        got=got,
    )


def _judge(run: Callable[[], str | None]) -> tuple[Status, str, str, str, Any]:
    try:
        note = run()
    except Failure as failure:
        return Status.FAILED, failure.problem, str(failure), failure.hint, failure
    except Missing as error:
        return Status.STUDENT_ERROR, "missing", str(error), "", error
    except TooMuch as error:
        return Status.STUDENT_ERROR, TOO_MUCH, _tried(error), "", error
    except Unacceptable as error:
        return (
            Status.STUDENT_ERROR,
            to_say("returned something that is not plain data"),
            _tried(error),
            "",
            error,
        )
    except StudentError as error:
        return (
            Status.STUDENT_ERROR,
            f"your code raised {_shown(error.kinds)}",
            _tried(error),
            "",
            error,
        )
    except Died as error:
        return Status.STUDENT_ERROR, ENDED, str(error), "", error
    except TimedOut as error:
        return Status.TIMED_OUT, to_say("no answer in time"), str(error), "", error
    except NeedsPerson as error:
        return Status.WAITING, Status.WAITING.value, str(error), "", error
    except Exception as error:
        return Status.GRADER_FAULT, "grader fault", f"{type(error).__name__}: {error}", "", error
    return Status.PASSED, "", note or "", "", None


def _tried(error: StudentError) -> str:
    """What happened, and the call in which it did."""
    if not error.call:
        return error.happened
    return say("{text}; it was called as {call}", text=error.happened, call=error.call)


def _shown(kinds: tuple[str, ...]) -> str:
    """The first name of the fixed list: another one, the submission's own or a rare one of Python,
    could carry a hidden input.
    """
    return next((kind for kind in kinds if kind in ERRORS), "an error")
