"""The table of diagnoses: as stored, and of what stands in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from graders.audit import diagnosis
from graders.audit.wrong import load

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "tests" / "diagnosis"


@pytest.fixture(scope="module")
def cases():
    known = diagnosis.stored(FOLDER / "told.jsonl")
    reviews = json.loads((FOLDER / "reviewed.json").read_text())
    every = [case for file in sorted(FOLDER.glob("wrong/*.py")) for case in load(file)]
    found = [
        diagnosis.judged(c, known[c.name], reviews.get(c.name, {}))
        for c in every
        if c.name in known
    ]
    return found, len(every)


def test_the_page_is_up_to_date(cases):
    """`python -m graders.audit.diagnosis tests/diagnosis > docs/diagnosis.md` renews it."""
    assert diagnosis.page(*cases) + "\n" == (ROOT / "docs" / "diagnosis.md").read_text()


def test_most_mistakes_are_named_and_no_hint_misleads(cases):
    found, _ = cases
    for half in (True, False):
        verdicts = [case.verdict for case in found if case.tuned is half]
        assert verdicts.count(diagnosis.RIGHT) >= 0.8 * len(verdicts)
        assert diagnosis.MISLEADING not in verdicts


def test_a_hint_that_nobody_reviewed_counts_as_misleading(cases):
    case = next(case for case in cases[0] if case.verdict == diagnosis.RIGHT)
    other = replace(case.told, hints=["Something else."])
    assert diagnosis.judged(case.case, other, {}).verdict == diagnosis.MISLEADING
