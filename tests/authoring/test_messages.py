"""docs/messages.md holds every text that a student can meet, is up to date, and what stands on it
keeps the house rules.
"""

import re
from pathlib import Path

import pytest

from graders.authoring.messages import PLACES, page, problems, sentences, topics
from graders.grading.catalogue import load_topic

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "messages.md"
REFRESH = (
    "refresh it, and read what is new: python -m graders.authoring.messages > docs/messages.md"
)
PAGE = page()
ENTRIES = [entry for topic in topics() for entry in load_topic(topic)]
# What raises or builds text that only instructors see, or none at all.
NOT_SHOWN = {
    "core/attach.py",
    "core/draw.py",
    "core/evidence.py",
    "core/exercise.py",
    "core/fixtures.py",
    "core/__init__.py",
    "core/hints.py",
    "core/layers.py",
    "core/narrow.py",
    "core/notebook.py",
    "core/page.py",
    "core/pictures.py",
    "core/worth.py",
    "core/again.py",
    "core/elsewhere.py",
    "core/cells.py",
    "core/inert.py",
    "core/inside.py",
    "core/magics.py",
    "core/syntax.py",
    "core/timers.py",
    "core/ipython.py",
    "core/state.py",
    "core/statements.py",
    "core/text.py",
    "core/inputs.py",
    "core/contract.py",
    "core/module.py",
    "core/beside.py",
    "core/adapted.py",
    "core/convention.py",
    "core/given.py",
    "core/language.py",
}


def test_the_page_is_up_to_date():
    assert DOCUMENT.read_text() == PAGE, REFRESH


def test_every_file_of_core_is_on_the_page_or_says_nothing():
    files = {f"core/{path.name}" for path in (ROOT / "graders/core").glob("*.py")}
    assert files - {file for place in PLACES.values() for file in place} <= NOT_SHOWN


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_sentence_and_hint_is_on_the_page_and_reads_as_one(entry):
    texts = [
        *(check.sentence for check in (*entry.public, *entry.hidden)),
        *(mistake.hint for mistake in entry.misconceptions),
    ]
    for text in texts:
        assert text in PAGE and text[-1] in ".?:" and "\n" not in text and text == text.strip()


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if e.misconceptions], ids=lambda entry: entry.name
)
def test_no_hint_blames_or_shows_code(entry):
    unkind = re.compile(
        r"\b(stupid|obviously|simply|just|trivial|wrong answer|should know)\b", re.IGNORECASE
    )
    # A call with its arguments is the fix, not the idea.
    code = re.compile(r"torch\.\w+\(|\.\w+\(\w*\)|`[^`]*=[^`]*`")
    assert [
        m.hint for m in entry.misconceptions if unkind.search(m.hint) or code.search(m.hint)
    ] == []


def test_sentences_are_found_with_what_is_filled_in():
    source = (
        '"""Doc string of three words."""\nx = 1\ndef f(y):\n    """Also not this one."""\n   '
        ' raise E(f"{y} is too large" + "short one", "and a third text")\n'
    )
    assert sentences(source) == ["{…} is too large", "and a third text"]


def test_classes_of_errors_are_found():
    assert problems(
        'raise Failure("not a pair", s, "got 3")\nexpect.true(x, "a gap", subject=s,'
        ' detail="d")\ntrue(x)\n'
    ) == ["a gap", "not a pair"]
