"""Code that two submissions share beyond what was handed out, as pairs to look at.

By copydetect's fingerprints (winnowing, as Moss does it): names and layout do not count. A pair is
a reason to look, never a verdict: short exercises have few right solutions.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from graders.bulk.handed_in import WHOLE
from graders.grading.source import definition
from graders.review.state import Review

# Characters of a fingerprint, and how many fingerprints one is chosen from.
GRAM, WINDOW = 25, 10
# Pairs that share less of the smaller one are not shown, nor are more than so many.
SHARE, MOST = 0.6, 50


@dataclass(frozen=True)
class Pair:
    """Two submissions, and how much of the one with less code of its own stands in the other."""

    one: str
    other: str
    share: float


def alike(review: Review) -> list[Pair]:
    """The pairs that share most, first."""
    handed_out = "\n".join(
        definition(entry.exercise.stub) for entry in review.homework.entries if entry.exercise.stub
    )
    known = _prints(handed_out)
    of = {name: _prints(code) - known for name, code in review.decisions.texts(WHOLE).items()}
    # What most of a class writes is how the exercise is solved.
    counts = Counter(mark for marks in of.values() for mark in marks)
    usual = {mark for mark, count in counts.items() if count > max(3, len(of) / 4)}
    own = {name: marks - usual for name, marks in of.items() if len(marks - usual) >= WINDOW}
    pairs = [
        Pair(a, b, len(own[a] & own[b]) / min(len(own[a]), len(own[b])))
        for a, b in itertools.combinations(sorted(own), 2)
    ]
    near = sorted((p for p in pairs if p.share >= SHARE), key=lambda p: (-p.share, p.one, p.other))
    return near[:MOST]


def side_by_side(review: Review, one: str, other: str) -> tuple[Markup, Markup]:
    """The code of both, with the lines that stand in the other one marked."""
    codes = [review.decisions.text(name, WHOLE) for name in (one, other)]
    lines = [{_squeezed(line) for line in code.splitlines()} for code in codes]
    first, second = (_marked(code, lines[1 - i]) for i, code in enumerate(codes))
    return first, second


def _marked(code: str, others: set[str]) -> Markup:
    shown = []
    for line in code.splitlines():
        same = len(_squeezed(line)) > 8 and _squeezed(line) in others
        shown.append(Markup("<mark>{}</mark>").format(line) if same else escape(line))
    return Markup("\n").join(shown)


def _squeezed(line: str) -> str:
    return "".join(line.split())


@lru_cache(maxsize=4096)
def _prints(code: str) -> frozenset[int]:
    """The fingerprints of code without comments, layout, and names."""
    from copydetect.utils import filter_code, hashed_kgrams, winnow

    plain = str(filter_code(code, "submission.py", "python")[0])
    return frozenset(winnow(hashed_kgrams(plain, GRAM), WINDOW)[0].tolist())
