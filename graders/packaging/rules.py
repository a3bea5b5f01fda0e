"""What a homework asks of Gradescope: who sees what and when, attempts, late days. From its tables
in homeworks.toml.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from graders.core.language import say
from graders.course.people import Person
from graders.course.policy import Policy
from graders.grading.catalogue import settings


@dataclass(frozen=True)
class Rules:
    """`[HOMEWORK.gradescope]`. public, hidden: visibility of the two kinds of checks. Hidden ones
    carry the points, so Gradescope shows no total before. submissions_per_day: how many are graded
    within 24 hours; 0 is no limit.
    """

    public: str = "visible"
    hidden: str = "after_published"
    submissions_per_day: int = 0


@dataclass(frozen=True)
class Late:
    """Late days begun, and which part of the points is kept."""

    days: int
    kept: float


ON_TIME = Late(0, 1.0)


def rules_of(homework: str) -> Rules:
    """The rules of a homework."""
    return Rules(**settings(homework, "gradescope"))


def read_metadata(path: Path) -> dict[str, Any]:
    """What Gradescope says about a submission. Otter's image holds an empty file, which becomes
    `{}`.

    The file lists the results of earlier submissions, hidden checks included: nobody but the grader
    may read it.
    """
    if not path.exists() or not path.read_text().strip():
        path.write_text("{}")
    path.chmod(0o600)
    return json.loads(path.read_text())


def submitters(metadata: dict[str, Any]) -> tuple[Person, ...]:
    """Who handed in, as Gradescope knows them."""
    return tuple(
        Person(*(str(user.get(key) or "") for key in ("sid", "name", "email")))
        for user in metadata.get("users", [])
    )


def lateness(metadata: dict[str, Any], policy: Policy) -> Late:
    """How late a submission is by the course's late policy. The latest due date that Gradescope
    gives for the assignment or one of its submitters, who may have an extension, goes before the
    course's own."""
    assignments = [
        metadata.get("assignment"),
        *(user.get("assignment") for user in metadata.get("users", [])),
    ]
    due = [time for time in (_time((a or {}).get("due_date")) for a in assignments) if time]
    days = replace(policy, due=max(due, default=policy.due)).days_late(
        _time(metadata.get("created_at"))
    )
    return Late(days, policy.factor(days))


def earlier_result(metadata: dict[str, Any], rules: Rules) -> dict[str, Any] | None:
    """The results that stand when there were too many submissions within 24 hours; None when this
    one is to be graded.
    """
    now = _time(metadata.get("created_at"))
    earlier = metadata.get("previous_submissions", [])
    if not rules.submissions_per_day or now is None:
        return None
    recent = [
        s
        for s in earlier
        if (time := _time(s.get("submission_time"))) and now - time < timedelta(days=1)
    ]
    graded = [s["results"] for s in earlier if s.get("results", {}).get("tests")]
    if len(recent) < rules.submissions_per_day or not graded:
        return None
    said = say(
        "Not graded: {submissions_per_day} submissions are graded within 24 hours."
        " Your last result stands.",
        submissions_per_day=rules.submissions_per_day,
    )
    return {**graded[-1], "output": said}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
