"""What is wrong with the tables of a `homeworks.toml`, all of it, in sentences."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from graders.course.choices import KEYS as CHOICES
from graders.course.choices import LISTS, TABLES

RESERVED = "course"
# What the table of a homework may hold; what is called otherwise would have no effect, silently.
KEYS = (
    "title", "topics", "points", "given", "answers", "due", "late", "published", "exceptions",
    "gradescope", "environment", "conventions",
    "exercises", "language", "texts", "variants",
)  # fmt: skip
COURSE_KEYS = ("title", "drop_lowest")
LATE_KEYS = ("grace_minutes", "percent_per_day", "days")
GRADESCOPE_KEYS = ("public", "hidden", "submissions_per_day")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
# A number of days or minutes that dates can be moved by.
MOST = 1e6


def wrong_in(name: str, table: Any) -> Iterator[str]:
    """What is wrong with one table of the file: that of a homework, or `[course]`."""
    if name == RESERVED:
        yield from _wrong_course(table)
    elif (
        not isinstance(table, dict)
        or not isinstance(table.get("points"), dict)
        or not isinstance(table.get("topics"), list)
        or "title" not in table
    ):
        yield (
            f"the homework {name!r} needs `title`, `topics` (a list) and a table [{name}.points]"
        )
    else:
        if not name.replace("-", "_").isidentifier():
            yield f"{name!r} is no name of a homework: take letters, digits, - and _"
        yield from unknown(name, table, KEYS)
        yield from _wrong_texts(name, table)
        yield from _wrong_points(name, table["points"])
        yield from _wrong_tables(name, table)
        yield from _wrong_times(name, table)
        yield from _wrong_choices(name, table.get("exercises", {}), table["points"])
        if not any(table["points"].values()):
            yield f"[{name}.points] gives no exercise any points"


def unknown(where: str, table: Iterable[str], known: tuple[str, ...]) -> Iterator[str]:
    """A sentence for each key that has no effect, with the nearest that has one."""
    for key in table:
        if key not in known:
            yield f"[{where}] does not know {key!r}{near(key, known, 'it knows')}"


def near(name: str, known: Iterable[str], there: str = "there are") -> str:
    """The end of a sentence about a name that there is not."""
    names = list(known)
    close = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; {there} {', '.join(names)}"


def number(value: Any, most: float = math.inf) -> bool:
    """Whether a value is a number, 0 or more."""
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return real and 0 <= value <= most and math.isfinite(value)


def _wrong_course(table: Any) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"[{RESERVED}] is a table"
        return
    yield from unknown(RESERVED, table, COURSE_KEYS)
    drop = table.get("drop_lowest", 0)
    if not number(drop) or not isinstance(drop, int):
        yield "`drop_lowest` in [course] is a whole number, 0 or more"


def _wrong_texts(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(table["title"], str) or not table["title"].strip():
        yield f"`title` of {name!r} is a text"
    topics = table["topics"]
    if not topics or not _names(topics) or len(set(topics)) < len(topics):
        yield f"`topics` of {name!r} is a list of different names of topics"
    else:
        yield from (
            f"`topics` of {name!r} holds {topic!r}, which is no name of a module"
            for topic in topics
            if not topic.isidentifier()
        )
    if not isinstance(table.get("language", ""), str):
        yield f'`language` of {name!r} is the code of a language, such as "de"'
    texts = table.get("texts", {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        yield f"[{name}.texts] gives texts of ours (in English) other texts"
    variants = table.get("variants", False)
    if not isinstance(variants, bool) and not _names(variants):
        yield f"`variants` of {name!r} is true, or a list of names of exercises"
    if not _names(table.get("given", [])):
        yield f"`given` of {name!r} is a list of names of exercises"


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _wrong_points(name: str, points: Mapping[str, Any]) -> Iterator[str]:
    wrong = [e for e, value in points.items() if not number(value, MOST)]
    if wrong:
        yield (
            f"the points of {', '.join(wrong)} in [{name}.points] must be numbers, 0 or more and"
            f" at most {MOST:,.0f}"
        )


def _wrong_tables(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    for key in ("late", "answers", "gradescope", "environment", "conventions"):
        if not isinstance(table.get(key, {}), dict):
            yield f"[{name}.{key}] is a table"
    gradescope = table.get("gradescope", {})
    if isinstance(gradescope, dict):
        yield from _wrong_gradescope(name, gradescope)
    conventions = table.get("conventions", {})
    for key, value in conventions.items() if isinstance(conventions, dict) else ():
        if not _names(value) or not value:
            yield f"{key!r} in [{name}.conventions] is a list of the exercises that follow it"
    late = table.get("late", {})
    if isinstance(late, dict):
        yield from unknown(f"{name}.late", late, LATE_KEYS)
        yield from (
            f"`{key}` in [{name}.late] must be a number, 0 or more and at most {MOST:,.0f}"
            for key in LATE_KEYS
            if key in late and not number(late[key], MOST)
        )


def _wrong_gradescope(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    where = f"{name}.gradescope"
    yield from unknown(where, table, GRADESCOPE_KEYS)
    for key in GRADESCOPE_KEYS[:2]:
        if table.get(key, VISIBILITIES[0]) not in VISIBILITIES:
            yield f"{key} in [{where}] must be one of {', '.join(VISIBILITIES)}"
    times = table.get("submissions_per_day", 0)
    if not number(times) or not isinstance(times, int):
        yield f"submissions_per_day in [{where}] is a whole number, 0 (no limit) or more"


def _wrong_times(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    due = table.get("due")
    if due is not None and not (isinstance(due, datetime) and due.tzinfo):
        yield (
            f"`due` of {name!r} needs date, time and the offset of your time zone, such as"
            " 2026-10-12T23:59:00+02:00"
        )
    for key in ("published", "exceptions"):
        if not isinstance(table.get(key, True), bool):
            yield f"`{key}` of {name!r} is true or false"


def _wrong_choices(homework: str, table: Any, points: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the table `exercises` by itself, in sentences."""
    if not isinstance(table, dict):
        yield f"[{homework}.exercises] is a table with one for each exercise"
        return
    for name, chosen in table.items():
        where = f"{homework}.exercises.{name}"
        if name not in points:
            yield f"[{where}] names no exercise of [{homework}.points]{near(name, points)}"
        elif not isinstance(chosen, dict):
            yield f"[{where}] is a table"
        else:
            yield from unknown(where, chosen, CHOICES)
            yield from _wrong_choice(where, chosen)


def _wrong_choice(where: str, chosen: Mapping[str, Any]) -> Iterator[str]:
    for key in LISTS:
        names = chosen.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            yield f"`{key}` in [{where}] is a list of names of checks"
    weights, hints = (chosen.get(key, {}) for key in TABLES)
    if not isinstance(weights, dict) or not all(map(number, weights.values())):
        yield f"`weights` in [{where}] gives names of checks numbers, 0 or more"
    if not isinstance(hints, dict) or not all(isinstance(hint, str) for hint in hints.values()):
        yield f"`hints` in [{where}] gives names of mistakes texts"
    if not isinstance(chosen.get("all_or_nothing", False), bool):
        yield f"`all_or_nothing` in [{where}] is true or false"
    if "tolerance" in chosen and not number(chosen["tolerance"]):
        yield f"`tolerance` in [{where}] is a number, 0 or more"
