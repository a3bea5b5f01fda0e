"""What a homework asks of Gradescope: who sees what and when, late days, attempts. From `[HOMEWORK.gradescope]` in homeworks.toml."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from graders.grading.catalogue import settings
from graders.packaging.prompts import BadAssignment

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")


@dataclass(frozen=True)
class Rules:
    """public, hidden: visibility of the two kinds of checks. Hidden ones carry the points, so Gradescope shows no total before.

    late_day_share: the share of the points that each late day begun takes off. submissions_per_day: how many are graded
    within 24 hours; 0 is no limit.
    """

    public: str = "visible"
    hidden: str = "after_published"
    late_day_share: float = 0.0
    submissions_per_day: int = 0


def rules_of(homework: str) -> Rules:
    """The rules of a homework. Raises BadAssignment for a setting that does not exist."""
    table = settings(homework, "gradescope")
    known = [field.name for field in fields(Rules)]
    if unknown := [name for name in table if name not in known]:
        raise BadAssignment(f"homeworks.toml: [{homework}.gradescope] does not know {', '.join(unknown)}; it knows {', '.join(known)}")
    rules = Rules(**table)
    for name in ("public", "hidden"):
        if getattr(rules, name) not in VISIBILITIES:
            raise BadAssignment(f"homeworks.toml: {name} in [{homework}.gradescope] must be one of {', '.join(VISIBILITIES)}")
    return rules


def read_metadata(path: Path) -> dict[str, Any]:
    """What Gradescope says about a submission. Otter's image holds an empty file, which becomes `{}`.

    The file lists the results of earlier submissions, hidden checks included: nobody but the grader may read it.
    """
    if not path.exists() or not path.read_text().strip():
        path.write_text("{}")
    path.chmod(0o600)
    return json.loads(path.read_text())


def days_late(metadata: dict[str, Any]) -> int:
    """Late days begun, counted from the latest due date that Gradescope gives for the assignment or its submitters."""
    submitted = _time(metadata.get("created_at"))
    assignments = [metadata.get("assignment"), *(user.get("assignment") for user in metadata.get("users", []))]
    due = [time for time in (_time((a or {}).get("due_date")) for a in assignments) if time]
    if submitted is None or not due or submitted <= max(due):
        return 0
    return math.ceil((submitted - max(due)) / timedelta(days=1))


def earlier_result(metadata: dict[str, Any], rules: Rules) -> dict[str, Any] | None:
    """The results that stand when there were too many submissions within 24 hours; None when this one is to be graded."""
    now = _time(metadata.get("created_at"))
    earlier = metadata.get("previous_submissions", [])
    if not rules.submissions_per_day or now is None:
        return None
    recent = [s for s in earlier if (time := _time(s.get("submission_time"))) and now - time < timedelta(days=1)]
    graded = [s["results"] for s in earlier if s.get("results", {}).get("tests")]
    if len(recent) < rules.submissions_per_day or not graded:
        return None
    said = f"Not graded: {rules.submissions_per_day} submissions are graded within 24 hours. Your last result stands."
    return {**graded[-1], "output": said}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
