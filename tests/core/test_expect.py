"""Each check word: what it lets pass, and the message that a person gets when it does not."""

import math

import pytest
import torch

from graders.core import expect
from graders.core.fixtures import Observed
from graders.core.forms import Number
from graders.core.verdict import Failure, StudentError

ONES = torch.ones(3, dtype=torch.float64)


def failure(action):
    with pytest.raises(Failure) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("got", "problem", "message"),
    [
        (
            None,
            "not a tensor",
            (
                "f(x): the function returned nothing (None): is its `return` missing, or not"
                " written yet?"
            ),
        ),
        (1.5, "not a tensor", "f(x): got 1.5, wanted a torch.Tensor of shape (3,)"),
        (torch.ones(3, 1), "wrong shape", "f(x): got shape (3, 1), wanted (3,)"),
        (
            torch.ones(3),
            "wrong dtype",
            "f(x): got dtype torch.float32, wanted torch.float64, that of the input",
        ),
    ],
)
def test_tensor_says_what_it_got(got, problem, message):
    found = failure(lambda: expect.tensor(got, shape=(3,), subject="f(x)"))
    assert (found.problem, str(found)) == (problem, message)


def test_close_names_the_worst_entry_and_the_tolerance():
    found = failure(
        lambda: expect.close(
            torch.tensor([1.0, 1.1, 3.0], dtype=torch.float64), ONES, subject="f(x)"
        )
    )
    assert (
        str(found)
        == "f(x): 2 of 3 values differ; the worst at [2]: got 3, wanted 1 (tolerance 1e-12 + 1e-06"
        " relative)"
    )


def test_a_constant_in_float32_is_right_and_an_error_of_1e_5_is_not():
    bound, log_k = torch.tensor([-7.25], dtype=torch.float64), torch.log(torch.tensor(7.0))
    wanted = bound - math.log(7)
    assert abs(bound - log_k - wanted) > 1e-9
    expect.close(bound - log_k, wanted, subject="f(x)")
    expect.close_to_any(
        bound - log_k - wanted, [ONES, torch.zeros(1, dtype=torch.float64)], subject="f(x)"
    )
    assert (
        failure(lambda: expect.close(wanted * (1 + 1e-5), wanted, subject="f(x)")).problem
        == "wrong values"
    )


def test_gradients_are_compared_on_the_scale_of_the_largest_entry():
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    slopes, wanted = (
        torch.tensor([100.0, 1e-6], dtype=torch.float64),
        torch.tensor([100.0, 2e-6], dtype=torch.float64),
    )
    expect.gradients(slopes @ x, [x], [wanted], names=("x",), subject="f(x)")
    wanted[1] = 1e-3
    assert (
        failure(
            lambda: expect.gradients(slopes @ x, [x], [wanted], names=("x",), subject="f(x)")
        ).problem
        == "wrong values"
    )


def test_close_of_a_single_value_shows_both():
    found = failure(
        lambda: expect.close(
            torch.tensor(0.5, dtype=torch.float64), 0.25, subject="f(x)", inputs="x = 1"
        )
    )
    assert str(found) == "f(x): got 0.5, wanted 0.25, for x = 1"


@pytest.mark.parametrize(
    ("value", "problem"), [(math.nan, "NaN"), (math.inf, "infinite values"), (2.0, "wrong values")]
)
def test_close_tells_nan_and_infinities_from_wrong_values(value, problem):
    got = ONES.clone()
    got[1] = value
    assert failure(lambda: expect.close(got, ONES, subject="f")).problem == problem


def test_close_accepts_an_infinity_where_one_is_wanted_and_no_nan_where_nan_is_wanted():
    infinite = torch.tensor([math.inf, -math.inf], dtype=torch.float64)
    expect.close(infinite, infinite, subject="f")
    nan = torch.tensor([math.nan], dtype=torch.float64)
    assert failure(lambda: expect.close(nan, nan, subject="f")).problem == "NaN"


def test_close_carries_the_hint_of_the_mistake_that_fits():
    found = failure(
        lambda: expect.close(
            2 * ONES, ONES, subject="f", mistakes=((3 * ONES, "three"), (2 * ONES, "two"))
        )
    )
    assert found.hint == "two"


def test_close_carries_the_hint_of_the_nearest_of_several_mistakes_that_fit():
    mistakes = ((1.4, "far"), (1.52, "near"), (1.55, "beside"))
    got, near = torch.tensor(1.5).double(), {"atol": 0.2, "mistakes": mistakes}
    found = failure(lambda: expect.close(got, 2.0, subject="f", **near))
    assert found.hint == "near"


def test_close_to_any_accepts_each_candidate_and_reports_the_first():
    assert expect.close_to_any(2 * ONES, [ONES, 2 * ONES], subject="f") == 1
    assert "wanted 1" in str(
        failure(lambda: expect.close_to_any(3 * ONES, [ONES, 2 * ONES], subject="f"))
    )


def test_number_takes_numbers_and_scalars_but_not_truth_values():
    expect.number(0.5, 0.5, subject="f")
    expect.number(torch.tensor(0.5), 0.5, subject="f")
    assert (
        str(failure(lambda: expect.number(True, 1.0, subject="f")))
        == "f: got True, wanted a number"
    )
    assert str(failure(lambda: expect.number(None, 1.0, subject="f"))).startswith(
        "f: the function returned nothing"
    )


def test_gradients_names_everything_that_no_gradient_reaches():
    a, b = ONES.clone().requires_grad_(), ONES.clone().requires_grad_()
    found = failure(
        lambda: expect.gradients(3 * a, [a, b], [3 * ONES, ONES], names=("a", "b"), subject="f")
    )
    assert str(found).startswith("the gradient of f: no gradient arrives at b: is the graph cut")
    found = failure(lambda: expect.gradients(3 * a, [a], [ONES], names=("a",), subject="f"))
    assert "with respect to a: 3 of 3 values differ" in str(found)
    found = failure(lambda: expect.gradients(3 * a, [a], [None], names=("a",), subject="f"))
    assert found.problem == "a gradient where none belongs"


def test_gradients_counts_a_missing_gradient_as_zero():
    a = ONES.clone().requires_grad_()
    expect.gradients(ONES, [a], [torch.zeros(3, dtype=torch.float64)], names=("a",), subject="f")
    expect.gradients(0 * a, [a], [None], names=("a",), subject="f")


def test_finite_names_the_first_entry():
    found = failure(
        lambda: expect.finite(torch.tensor([1.0, math.inf]), subject="f", inputs="x = 9")
    )
    assert str(found) == "f: 1 of 2 values are not finite, the first at [1]: inf, for x = 9"


def test_at_most_fails_for_larger_values_and_for_nan():
    assert "got 2, wanted at most 1" in str(
        failure(lambda: expect.at_most(2 * ONES, ONES, subject="f"))
    )
    failure(lambda: expect.at_most(torch.tensor(math.nan), torch.tensor(1.0), subject="f"))
    expect.at_most(ONES, ONES, subject="f")


def test_differs_fails_for_equal_values():
    expect.differs(ONES, 2 * ONES, subject="f")
    assert (
        str(failure(lambda: expect.differs(ONES, ONES, subject="f")))
        == "f: two calls gave the same values, wanted fresh ones"
    )


def test_unchanged_names_the_argument():
    observed = Observed(None, [ONES, 2 * ONES])
    expect.unchanged(observed, (ONES, 2 * ONES), names=("a", "b"), subject="f")
    found = failure(lambda: expect.unchanged(observed, (ONES, ONES), names=("a", "b"), subject="f"))
    assert str(found) == "f: the call changed its argument b; work on a copy"


def raising(*kinds):
    def call():
        raise StudentError(kinds, "bad input")

    return call


def test_raises_accepts_descendants_of_the_wanted_error():
    expect.raises("ValueError", raising("LinAlgError", "ValueError", "Exception"), subject="f")
    assert (
        str(
            failure(
                lambda: expect.raises("ValueError", raising("KeyError", "LookupError"), subject="f")
            )
        )
        == "f: raised KeyError: bad input, wanted a ValueError"
    )
    assert (
        str(failure(lambda: expect.raises("ValueError", lambda: 3, subject="f")))
        == "f: returned 3, wanted a ValueError"
    )


def test_form_reports_what_was_asked_for():
    assert expect.form(1, Number(), subject="answer") == 1.0
    assert (
        str(failure(lambda: expect.form("one", Number(), subject="answer")))
        == "answer: wants a number, got 'one'"
    )


def test_same_evidence_compares_values_shapes_and_texts():
    assert expect.same_evidence(ONES, ONES + 1e-12)
    assert not expect.same_evidence(ONES, ONES.float())
    assert not expect.same_evidence(ONES, torch.ones(3, 1, dtype=torch.float64))
    assert not expect.same_evidence(ONES, 1.0)
    assert expect.same_evidence("none", "none")
