"""Deadlines, lateness and publication of a homework, as `homeworks.toml` states them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from graders.course.homeworks import course_table, homeworks


@dataclass(frozen=True)
class Policy:
    """When a homework is due, what lateness costs, and whether students may see what hidden checks
    found.

    percent_per_day: of the points earned, for each day begun. days: later than that many, nothing
    counts. exceptions: students may read the text of their own exceptions, once no submission
    counts any more.
    """

    due: datetime | None = None
    grace: timedelta = timedelta(0)
    percent_per_day: float = 0.0
    days: float = math.inf
    published: bool = True
    exceptions: bool = False

    def shows_exceptions(self, now: datetime) -> bool:
        """Whether students may read what their code raised: a submission could carry hidden inputs
        out in it, so not before the last moment at which one counts. Without a deadline the course
        says when that is.
        """
        if not (self.published and self.exceptions):
            return False
        if self.due is None or (self.percent_per_day == 0 and math.isinf(self.days)):
            return True
        days = min(self.days, 100 / self.percent_per_day if self.percent_per_day else math.inf)
        return now > self.due + self.grace + timedelta(days=days)

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
    """The rules of a homework. Raises BadCourse."""
    table = homeworks()[homework]
    numbers = {key: float(value) for key, value in table.get("late", {}).items()}
    due, published = table.get("due"), table.get("published", True)
    grace = timedelta(minutes=numbers.get("grace_minutes", 0.0))
    return Policy(
        due,
        grace,
        numbers.get("percent_per_day", 0.0),
        numbers.get("days", math.inf),
        published,
        table.get("exceptions", False),
    )


def drop_lowest() -> int:
    """How many homeworks of a student do not count towards the total. Raises BadCourse."""
    return int(course_table().get("drop_lowest", 0))
