"""What a check keeps of what a submission returned is little, and enough to recognise a mistake."""

import gc
import time
import weakref

import numpy as np
import pytest
import torch

from graders.core import expect
from graders.core.engine import run_check
from graders.core.evidence import MOST, kept, size_of
from graders.core.exercise import check
from graders.core.fixtures import as_samples, network
from graders.core.host import Host
from graders.core.student import Student
from graders.core.values import MAX_CHECK_BYTES
from graders.core.verdict import Failure


@check("f", "It returns zeros.")
def returns_zeros(student):
    got = student.f(torch.zeros(1))
    expect.true(bool((got == 0).all()), "wrong values", subject="f", detail="", got=got)


@check("f", "It decodes.")
def decodes(student, draw):
    decoder = network(draw, (3, 4, 2), record=True)
    student.f(decoder)
    expect.true(False, "wrong values", subject="f", detail="")


def judged(function, which=returns_zeros):
    return run_check(which, Host({"f": function}), key="test", public=True)


def ones(count, **changed):
    def f(x):
        values = torch.ones(count)
        for place, value in changed.items():
            values[int(place[1:])] = value
        return values

    return f


def test_what_is_large_is_kept_as_a_digest_by_which_equal_values_are_known():
    same, again, other = (judged(f).evidence for f in (ones(MOST), ones(MOST), ones(MOST, _7=2.0)))
    assert size_of(same.got) < 200
    assert expect.same_evidence(same.got, again.got)
    assert not expect.same_evidence(same.got, other.got)


def test_what_is_small_is_kept_as_it_is():
    assert torch.equal(judged(ones(5)).evidence.got, torch.ones(5))


def test_a_small_part_of_a_large_value_does_not_keep_the_whole():
    large = torch.ones(MOST)
    gone = weakref.ref(large.untyped_storage())
    failure = kept(Failure("wrong", "f", "", got=[large[:1], np.ones(MOST)[:1]]))
    del large
    gc.collect()
    assert gone() is None and failure.got[1].base is None


def test_no_frame_of_a_check_lives_on_in_its_verdict():
    assert judged(ones(5)).evidence.__traceback__ is None


def test_records_are_kept_of_what_failed_until_they_are_too_many():
    few = judged(lambda net: net(torch.ones(7, 3)) and None, decodes)
    many = judged(lambda net: net(torch.ones(MOST, 3)) and None, decodes)
    assert size_of(few.recorded) and not many.recorded


def test_the_calls_of_one_check_return_no_more_than_fits():
    @check("f", "It returns much.")
    def returns_much(student):
        for _ in range(20):
            student.f()

    found = judged(lambda: torch.ones(2**22), returns_much)
    assert found.problem == "returned more than may be returned"
    assert f"more than {MAX_CHECK_BYTES // 2**20} MB together, up to f()" in found.message


@pytest.mark.parametrize("equal", [True, False])
def test_thousands_of_records_are_compared_in_linear_time(equal):
    calls = [torch.full((50, 3), 0.0 if equal else float(i)) for i in range(4000)]
    started = time.perf_counter()
    assert (as_samples(calls, 1, 50, 3) != []) is equal
    assert time.perf_counter() - started < 2


def test_an_artefact_of_too_many_numbers_is_refused_before_it_is_converted():
    from graders.core.artefacts import ArtefactHost
    from graders.public.experiments import MOST_NUMBERS, artefact, per_algorithm

    many = np.broadcast_to(np.zeros(1), (10**12, 2))  # as float64 that would be 16 terabytes
    student = Student(ArtefactHost({"latent_means": {"aevb": many, "wake_sleep": many}}))
    with pytest.raises(Failure, match=f"at most {MOST_NUMBERS:,} numbers"):
        artefact(student, "latent_means", per_algorithm(None, 2))
