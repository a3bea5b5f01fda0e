"""One codec for grades: whatever is in a grade comes back, from JSON and from the gradebook."""

import json
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from graders.core.verdict import Status, Verdict
from graders.grading import codec, record
from graders.grading.outcome import Diagnosed, ExerciseGrade, Grade

TEXT = st.text(max_size=20)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
VERDICTS = st.builds(
    Verdict,
    exercise=TEXT,
    check=TEXT,
    sentence=TEXT,
    status=st.sampled_from(Status),
    public=st.booleans(),
    problem=TEXT,
    message=TEXT,
    hint=TEXT,
    seed=st.integers(0, 2**63 - 1),
    seconds=FLOAT,
    calls=st.integers(0, 10**6),
)
EXERCISES = st.builds(
    ExerciseGrade,
    name=TEXT,
    verdicts=st.lists(VERDICTS, max_size=3).map(tuple),
    share=st.none() | FLOAT,
    possible=FLOAT,
    diagnosis=st.lists(st.builds(Diagnosed, TEXT, TEXT), max_size=2).map(tuple),
    note=TEXT,
    as_handed_in=st.lists(VERDICTS, max_size=3).map(tuple),
)
GRADES = st.builds(
    Grade,
    submission=TEXT,
    homework=TEXT,
    exercises=st.lists(EXERCISES, max_size=3).map(tuple),
    notes=st.lists(TEXT, max_size=2).map(tuple),
    seconds=st.dictionaries(TEXT, FLOAT, max_size=2),
)


@settings(derandomize=True, database=None, max_examples=60, deadline=None)
@given(GRADES)
def test_every_field_of_a_grade_survives(grade):
    data = record.to_json(grade, code="x")
    assert record.from_json(json.loads(json.dumps(data))) == grade


def test_the_strategies_above_leave_no_field_out():
    """A new field has to be drawn too, or the property says nothing about it."""
    for kind, strategy in ((Verdict, VERDICTS), (ExerciseGrade, EXERCISES), (Grade, GRADES)):
        drawn = set(strategy.wrapped_strategy.kwargs)
        assert {field.name for field in fields(kind) if field.compare} == drawn


def test_half_of_a_surrogate_pair_is_written_as_text():
    assert codec.plain("a\ud800") == "a\\ud800"
