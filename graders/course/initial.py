"""`critic init`: the folder of a course of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graders.course.homeworks import (
    FILE,
    KEY,
    ROSTER,
    TOPIC_FOLDERS,
    UnknownName,
    homeworks,
)
from graders.course.key import new_key
from graders.course.wrong import RESERVED

HEADER = """\
# This file says what your course grades. It is private: answers and rules never reach students.
# A homework is a table: leave out exercises that you do not set, and change points as you like.

[{reserved}]
title = {title}
# drop_lowest = 1                       # homeworks that do not count, the worst ones first (`critic
# total`)
"""
RULES = """\
# due = 2026-10-12T23:59:00+02:00       # with the offset of your time zone
# published = false                     # before publication, feedback pages show public checks only
# exceptions = true                     # once nothing can be handed in any more, they show the text
# of a student's own exceptions too

# [{name}.late]
# grace_minutes = 15                    # lateness that nobody minds
# percent_per_day = 10                  # of the points earned, for each day begun
# days = 3                              # later than that, nothing counts

# [{name}.answers]
# EXERCISE = ...                        # the right answer, where your lecture's convention differs
# from ours

# [{name}.environment]
# libraries = ["einops>=0.7"]           # that submissions may import, as pip takes them
# files = ["helper.py", "data"]         # of this folder, given to every submission and to students
# cell_seconds = 20                     # of CPU time, for a cell, a call and all of a submission
# call_seconds = 20
# total_seconds = 240

# [{name}.gradescope]
# hidden = "after_published"            # when students see hidden checks: visible, hidden,
# after_due_date, after_published
"""
README = """\
# {title}

- `homeworks.toml`: exercises, points, deadlines, late policy, answers. Private.
- `course.key`: all hidden inputs follow from it. Private; keep a copy, because a regrade needs it.
- `roster.csv`: who takes the course (see the comments in `docs/running_a_course.md`).
- `gradebook.sqlite`: every verdict of every run, made by `critic grade`.
- Topics of your own: `assignments/NAME.md`, `reference/NAME.py`, `graders/public/NAME.py`, `graders/hidden/NAME.py`;
  `critic new-exercise TOPIC NAME` writes them, and `docs/authoring.md` walks through one.

In this folder: `critic build HOMEWORK`, `critic grade HOMEWORK SUBMISSIONS --out OUT`, `critic audit HOMEWORK`.
"""
ROSTER_HEAD = "id,name,email,login,section,extra_days\n"


class CannotInit(Exception):
    """A folder that cannot become a course; the text says why."""


def init_course(folder: Path, names: Sequence[str] = (), title: str = "") -> list[Path]:
    """Make a course of the homeworks named, or of all; returns the files written. Raises
    CannotInit, UnknownName.
    """
    if (folder / FILE).exists():
        raise CannotInit(f"{folder} is a course already: edit {folder / FILE}")
    known = homeworks()
    missing = [name for name in names if name not in known]
    if missing:
        raise UnknownName(f"there is no homework {missing[0]!r}; there are {', '.join(known)}")
    for place in ("assignments", *TOPIC_FOLDERS):
        (folder / place).mkdir(parents=True, exist_ok=True)
    title = title or folder.resolve().name
    text = HEADER.format(reserved=RESERVED, title=json.dumps(title))
    chosen = {name: known[name] for name in names or known}
    files = {
        FILE: "\n".join([text, *(homework_text(name, table) for name, table in chosen.items())]),
        ROSTER: ROSTER_HEAD,
        "README.md": README.format(title=title),
        ".gitignore": f"{KEY}\n{ROSTER}\ngradebook.sqlite*\n",
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    new_key(folder / KEY)
    return [folder / name for name in (*files, KEY)]


def homework_text(name: str, table: Mapping[str, Any]) -> str:
    """The table of a homework as TOML, with the rules that a course may add as comments."""
    others = {
        key: value for key, value in table.items() if key not in ("title", "topics", "points")
    }
    lines = [
        f"[{name}]",
        f"title = {json.dumps(table['title'])}",
        f"topics = {json.dumps(table['topics'])}",
    ]
    # JSON's texts, numbers, truth values and lists are TOML's too.
    lines += [
        f"{key} = {json.dumps(value)}"
        for key, value in others.items()
        if not isinstance(value, dict)
    ]
    lines += RULES.format(name=name).splitlines()
    tables = {
        **{key: value for key, value in others.items() if isinstance(value, dict)},
        "points": table["points"],
    }
    for key, values in tables.items():
        lines += [
            "",
            f"[{name}.{key}]",
            *(f"{inner} = {json.dumps(value)}" for inner, value in values.items()),
        ]
    return "\n".join([*lines, ""])
