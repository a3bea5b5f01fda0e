"""Rubrics as lists of points: they add up to what their exercise is worth."""

import pytest

from graders.grading.catalogue import homework_names, load_homework
from graders.grading.prompts import prompt_of, read_topic
from graders.grading.rubric import BadRubric, read_rubric

WRITTEN = [
    pytest.param(name, entry, id=f"{name}-{entry.name}")
    for name in homework_names()
    for entry in load_homework(name).entries
    if entry.exercise.kind == "W"
]


@pytest.mark.parametrize("homework, entry", WRITTEN)
def test_the_points_of_a_rubric_add_up_to_those_of_its_exercise(homework, entry):
    points = load_homework(homework).points[entry.name]
    text = prompt_of(entry, read_topic(entry.topic)).rubric
    rubric = read_rubric(text, points, entry.name)
    assert sum(item.points for item in rubric.items) == pytest.approx(points, abs=1e-12)
    assert all(item.points > 0 and item.text for item in rubric.items)


def test_weights_may_be_parts_or_points_on_either_side():
    parts = read_rubric("| 25 % | a |\n|---|---|\n| 3/4 | b \\| c |\n\nThen.", 4, "x")
    assert [(i.points, i.text) for i in parts.items] == [(1.0, "a"), (3.0, "b | c")]
    assert parts.remarks == "Then."
    right = read_rubric("| for | points |\n|---|---|\n| a | 1 |\n| b | 2 |", 1, "x")
    assert [i.points for i in right.items] == [0.35, 0.65]


@pytest.mark.parametrize(
    "text, why", [("no table", "has no table"), ("| 20 % | a |\n| 20 % | b |", "add up to 0.4")]
)
def test_a_rubric_that_cannot_be_used_says_so(text, why):
    with pytest.raises(BadRubric, match=why):
        read_rubric(text, 1, "x")
