"""The page of ten mistakes is what a student reads today, and each is told something useful."""

from pathlib import Path

import pytest

from graders.audit.read_at_home import MISTAKES, page, report_of
from graders.core.report import FAILS

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "mistakes.md"
REFRESH = "run `python -m graders.audit.read_at_home > docs/mistakes.md`"


def test_the_page_is_up_to_date():
    assert DOCUMENT.read_text() == page(), REFRESH


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_each_mistake_is_found_at_home(mistake):
    assert report_of(mistake).state == FAILS


def test_nobody_whose_noise_is_scaled_wrongly_is_told_that_there_is_none():
    found = report_of(next(m for m in MISTAKES if m.title.startswith("The log variance")))
    assert "two calls gave the same values" not in str(found)
