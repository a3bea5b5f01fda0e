"""No value of a submission breaks a check of ours: whoever returns junk fails, and is never
withheld.
"""

from dataclasses import replace

import pytest
import torch

from graders.audit.command import _work
from graders.audit.fuzz import AFTER, faults
from graders.core import expect
from graders.core.exercise import check
from graders.grading.catalogue import homework_names, load_homework

WORK = [
    (homework, name)
    for homework, name in _work(homework_names())
    if load_homework(homework).entry(name).exercise.kind == "F"
]


# A check that trains takes a second for each kind of junk.
LONG = {"train_aevb", "train_wake_sleep"}


@pytest.mark.parametrize(
    ("homework", "name"),
    [
        pytest.param(*work, id=work[1], marks=[pytest.mark.slow] if work[1] in LONG else [])
        for work in WORK
    ],
)
def test_late_junk_breaks_no_check(homework, name):
    """After seven right calls, where most checks are in the middle; `critic audit` tries others."""
    homework = load_homework(homework)
    assert faults(homework.entry(name), homework, after=(0,) if name in LONG else (7,)) == []


def test_the_fuzz_finds_a_check_that_breaks_whatever_it_gets():
    homework = load_homework("vae")
    entry = homework.entry("kl_standard_normal")

    @check(entry.name, "It breaks.")
    def breaks(student, right):
        student.kl_standard_normal(torch.zeros(1, 1), torch.zeros(1, 1))
        raise ZeroDivisionError

    @check(entry.name, "It holds.")
    def holds(student, right):
        got = student.kl_standard_normal(torch.zeros(1, 1), torch.zeros(1, 1))
        expect.tensor(got + 0, shape=(1,), dtype=None, subject="kl")

    assert faults(replace(entry, hidden=(holds,)), homework, after=(0,)) == []
    found = faults(replace(entry, hidden=(breaks,)), homework, after=AFTER[:1])
    assert any("breaks breaks: ZeroDivisionError" in sentence for sentence in found)
