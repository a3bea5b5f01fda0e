"""Deadlines, lateness and publication of a homework, as `homeworks.toml` states them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graders.course.homeworks import BadCourse, course_table, homeworks

LATE_KEYS = ("grace_minutes", "percent_per_day", "days")


@dataclass(frozen=True)
class Policy:
    """When a homework is due, what lateness costs, and whether students may see what hidden checks
    found.

    percent_per_day: of the points earned, for each day begun. days: later than that many, nothing
    counts.
    """

    due: datetime | None = None
    grace: timedelta = timedelta(0)
    percent_per_day: float = 0.0
    days: float = math.inf
    published: bool = True

    def days_late(self, submitted: datetime | None, extra_days: float = 0.0) -> int:
        """Days begun after the deadline, the grace period and a student's own extra days; 0 when
        either time is unknown.
        """
        if self.due is None or submitted is None:
            return 0
        over = submitted - (self.due + timedelta(days=extra_days))
        return 0 if over <= self.grace else math.ceil(over / timedelta(days=1))

    def factor(self, days_late: int) -> float:
        """What part of the points earned counts."""
        if days_late > self.days:
            return 0.0
        return max(0.0, 1 - days_late * self.percent_per_day / 100)


def policy_of(homework: str) -> Policy:
    """The rules of a homework. Raises BadCourse for one that makes no sense."""
    table = homeworks()[homework]
    late = table.get("late", {})
    if unknown := [key for key in late if key not in LATE_KEYS]:
        raise BadCourse(
            f"homeworks.toml: [{homework}.late] does not know {', '.join(unknown)}; it knows"
            f" {', '.join(LATE_KEYS)}"
        )
    numbers = {key: _number(homework, key, value) for key, value in late.items()}
    due = table.get("due")
    if due is not None and not (isinstance(due, datetime) and due.tzinfo):
        raise BadCourse(
            f"homeworks.toml: `due` of {homework!r} needs date, time and the offset of your time"
            " zone, such as 2026-10-12T23:59:00+02:00"
        )
    published = table.get("published", True)
    if not isinstance(published, bool):
        raise BadCourse(f"homeworks.toml: `published` of {homework!r} is true or false")
    grace = timedelta(minutes=numbers.get("grace_minutes", 0.0))
    return Policy(
        due, grace, numbers.get("percent_per_day", 0.0), numbers.get("days", math.inf), published
    )


def drop_lowest() -> int:
    """How many homeworks of a student do not count towards the total. Raises BadCourse."""
    number = course_table().get("drop_lowest", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise BadCourse("homeworks.toml: `drop_lowest` in [course] is a whole number, 0 or more")
    return number


def _number(homework: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadCourse(f"homeworks.toml: `{key}` in [{homework}.late] must be a number, 0 or more")
    return float(value)
