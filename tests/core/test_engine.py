"""The engine: every way in which a check can end, and what a student sees of it."""

from dataclasses import replace

import pytest
import torch

from graders.core import expect
from graders.core.engine import run_check, run_exercise
from graders.core.exercise import check, exercise, members, misconception, wrong_answer
from graders.core.host import Host
from graders.core.verdict import Died, Status, StudentError, TimedOut


@check("f", "It returns one.")
def returns_one(student):
    expect.number(student.f(), 1.0, subject="f()")


@check("f", "It returns one again.", after=("returns_one",))
def returns_one_again(student, draw):
    expect.number(student.f(seed=draw.seed()), 1.0, subject="f()")


@check("f", "Our own check is broken.")
def broken(student):
    raise ZeroDivisionError("ours")


def verdict(function, *, public=True, which=returns_one):
    return run_check(which, Host({"f": function}), key="test", public=public)


def raising(error):
    def f():
        raise error

    return f


@pytest.mark.parametrize(
    ("function", "status", "problem"),
    [
        (lambda: 1, Status.PASSED, ""),
        (lambda: 2, Status.FAILED, "wrong values"),
        (lambda: None, Status.FAILED, "not a number"),
        (raising(KeyError("x")), Status.STUDENT_ERROR, "your code raised KeyError"),
        (raising(SystemExit(1)), Status.STUDENT_ERROR, "your code raised an error"),
        (lambda: iter([]), Status.STUDENT_ERROR, "returned something that is not plain data"),
        (raising(TimedOut("no answer after 10 s")), Status.TIMED_OUT, "no answer in time"),
        (raising(Died("ended")), Status.STUDENT_ERROR, "the process that ran your code ended"),
    ],
)
def test_blame_is_in_the_status(function, status, problem):
    found = verdict(function)
    assert (found.status, found.problem) == (status, problem)


def test_an_error_of_ours_is_a_grader_fault():
    found = verdict(lambda: 1, which=broken)
    assert found.status is Status.GRADER_FAULT and found.message == "ZeroDivisionError: ours"


def test_of_a_hidden_check_the_student_sees_the_class_of_the_error_only():
    secret = verdict(lambda: 2, public=False)
    assert secret.shown == "wrong values" and "got 2" in secret.message
    assert verdict(lambda: 2).shown == "f(): got 2, wanted 1"


def test_of_a_hidden_check_that_ran_out_of_time_the_student_sees_the_limit():
    assert (
        verdict(raising(TimedOut("the call used more than 10 s")), public=False).shown
        == "the call used more than 10 s"
    )


def test_an_error_class_of_the_submissions_own_making_is_not_shown():
    smuggler = type("Input_was_7", (ValueError,), {})
    assert verdict(raising(smuggler()), public=False).shown == "your code raised ValueError"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ModuleNotFoundError, "ImportError"),
        (RecursionError, "RuntimeError"),
        (UnboundLocalError, "NameError"),
        (BufferError, "an error"),
        (UnicodeWarning, "an error"),
        (type("KeyError", (BufferError,), {}), "KeyError"),
    ],
)
def test_errors_have_one_of_ten_names_or_none(error, shown):
    assert verdict(raising(error()), public=False).shown == f"your code raised {shown}"


def test_a_check_is_skipped_until_what_it_needs_passes():
    _, second = run_exercise(
        [returns_one, returns_one_again], Host({"f": lambda: 2}), key="test", public=True
    )
    assert (
        second.status is Status.SKIPPED
        and second.message == 'skipped until "It returns one." passes'
    )


def test_nothing_else_is_tried_when_the_function_is_missing():
    first, second = run_exercise(
        [returns_one, returns_one_again], Host({}), key="test", public=True
    )
    assert (
        first.message.startswith("there is no function named `f`")
        and second.status is Status.SKIPPED
        and second.message == "there is nothing to check yet"
    )


def test_equal_keys_draw_equal_inputs():
    seen = []

    @check("f", "It sees its input.")
    def sees(student, draw):
        seen.append(draw.normal(3))

    for key in ("a", "a", "b"):
        run_check(sees, Host({}), key=key, public=True)
    assert torch.equal(seen[0], seen[1]) and not torch.equal(seen[0], seen[2])


def test_members_are_found_by_kind_in_order_and_named():
    import types

    module = types.ModuleType("topic")
    module.f = exercise(covers=("X-1",))(lambda x: ...)
    module.mistake = wrong_answer("f", 3, hint="Think.")
    module.other = misconception("f", hint="Think.", caught_by="returns_one")(lambda: 2)
    module.returns_one = returns_one
    assert [m.name for m in members(module, type(module.mistake))] == ["mistake", "<lambda>"]
    assert members(module, type(returns_one)) == [returns_one]


def test_student_error_without_text_is_its_name():
    assert str(StudentError(("KeyError",), "")) == "KeyError"


def test_a_dtype_is_the_claim_of_one_check_and_gates_nothing():
    """float32 for float64 fails where the dtype is asked for; elsewhere the values count."""

    @check("f", "It is twice x.")
    def doubles(student):
        x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        got = student.f(x)
        expect.close(got, 2 * x, subject="f(x)")
        expect.gradients(got, [x], [torch.full_like(x, 2.0)], names=["x"], subject="f(x)")

    free = replace(doubles, any_dtype=True)
    for factor, passes in ((2, True), (3, False)):
        host = Host({"f": lambda x, factor=factor: (factor * x).float()})
        strict = run_check(doubles, host, key="k", public=False)
        assert strict.problem == "wrong dtype"
        found = run_check(free, host, key="k", public=False)
        assert found.passed == passes and found.problem == ("" if passes else "wrong values")
