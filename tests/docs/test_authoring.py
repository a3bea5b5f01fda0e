"""docs/authoring.md, word for word: from an empty folder to a graded class, and, slowly, to a built
homework.
"""

import re

import pytest
from pages import ROOT, Command, Shell, Written, steps

from graders.core.layers import KINDS

PAGE = (ROOT / "docs" / "authoring.md").read_text()
STEPS = steps(PAGE)
BUILD = next(
    i
    for i, step in enumerate(STEPS)
    if isinstance(step, Command) and step.line.startswith("critic build")
)
OURS = [
    step for step in STEPS if isinstance(step, Written) and not step.name.startswith("submissions/")
]


def follow(folder, planned):
    folder.mkdir()
    shell = Shell(folder)
    for step in planned:
        shell.follow(step)
    return shell


@pytest.mark.parametrize("topic", ["hinge", "jitter", "gap", "coder", "facts"])
def test_an_exercise_of_each_kind_is_less_than_60_lines(topic):
    written = [step for step in OURS if re.search(rf"\b{topic}\.", step.name)]
    lines = [line for step in written for line in step.text.splitlines() if line.strip()]
    assert len(written) == 4 and 0 < len(lines) < 60


@pytest.mark.slow
def test_the_page_leads_from_an_empty_folder_to_grades(tmp_path):
    shell = follow(tmp_path / "empty", STEPS[:BUILD])
    assert (shell.folder / "out" / "feedback" / "ben.py.html").exists()


@pytest.mark.slow
def test_the_page_leads_to_an_exercise_of_each_other_kind(tmp_path):
    shell = follow(tmp_path / "empty", [*STEPS[:2], *STEPS[BUILD + 1 :]])
    assert (shell.folder / "graders/hidden/jitter.py").exists()


@pytest.mark.slow
def test_the_page_leads_to_a_built_homework(tmp_path):
    # The steps before it are those of the test above; the grades, which the build does not need,
    # are left out.
    build = [
        step
        for step in STEPS[: BUILD + 1]
        if not isinstance(step, Command) or ("grade" not in step.line and "cat" not in step.line)
    ]
    shell = follow(tmp_path / "empty", build)
    assert (shell.folder / "dist/hinge/autograder/hinge-autograder.zip").exists() and (
        shell.folder / "dist/hinge/student/hinge.ipynb"
    ).exists()


def test_the_networks_of_the_page_are_as_it_says_and_every_layer_is_on_it():
    section = PAGE.split("## Networks, and what may cross")[1]
    block, *_ = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    made = {}
    exec(block, made)
    assert made["energy"](made["x"]).shape == (5,)
    assert made["score"](made["x"], made["draw"].uniform(0.1, 1, 5)).shape == (5, 3)
    assert set(KINDS) <= set(re.findall(r"`\(\"(\w+)\"", section))
