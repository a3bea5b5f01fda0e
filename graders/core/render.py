"""Verdicts as text that a student reads: what holds, what does not, what was got and wanted, and a
hint.
"""

from __future__ import annotations

from collections.abc import Sequence

from graders.core.language import say, to_say
from graders.core.verdict import Status, Verdict

MARKS = {
    Status.PASSED: "✓",
    Status.FAILED: "✗",
    Status.SKIPPED: "·",
    Status.STUDENT_ERROR: "✗",
    Status.TIMED_OUT: "✗",
    Status.GRADER_FAULT: "!",
    Status.WAITING: "…",
}

BROKE = to_say("This check itself broke; that is not your fault. Please tell your instructor.")


def lines(verdicts: Sequence[Verdict]) -> list[str]:
    """One line per check, and below a failed one what happened and the hint."""
    text = []
    for verdict in verdicts:
        text.append(f"  {MARKS[verdict.status]} {verdict.sentence}")
        if verdict.status is Status.GRADER_FAULT:
            text.append(f"      {say(BROKE)}")
        elif not verdict.passed and verdict.shown:
            text.append(f"      {verdict.shown}")
        if verdict.hint:
            text.append("      " + say("Hint: {hint}", hint=verdict.hint))
    return text


def report(name: str, verdicts: Sequence[Verdict]) -> str:
    """The result of one exercise's public checks: a heading and a line per check."""
    passed = sum(v.passed for v in verdicts)
    heading = (
        say(
            "{name}: {passed} of {number} checks pass",
            name=name,
            passed=passed,
            number=len(verdicts),
        )
        if verdicts
        else say("{name}: no public checks; it is checked after you hand in", name=name)
    )
    return "\n".join([heading, *lines(verdicts)])
