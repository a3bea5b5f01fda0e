"""What a right exercise gives in its public checks beside stand-ins: the table with which a student
is told at home what an exercise is worth by itself. `python -m graders.audit.worth` renews it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

from graders.audit.trials import every_entry
from graders.core.engine import run_check
from graders.core.hints import alike, folders
from graders.core.local import KEY
from graders.core.worth import (
    FOLDER,
    Known,
    Outcome,
    label,
    outcome,
    outcomes,
    replacement,
    stand_ins,
)
from graders.grading.catalogue import Entry, Homework, homework_names, load_homework, required


def tables() -> dict[str, Known]:
    """By topic, every exercise that calls others which have stand-ins."""
    found: dict[str, Known] = {}
    for name in homework_names():
        homework = load_homework(name)
        for entry in homework.entries:
            known = found.setdefault(entry.topic, {})
            if entry.exercise.kind == "F" and entry.name not in known:
                known[entry.name] = {
                    label(names): _of(entry, homework, names) for names in _sets(entry)
                }
    full = {
        topic: {name: kept for name, kept in known.items() if kept}
        for topic, known in found.items()
    }
    return {topic: known for topic, known in full.items() if known}


def as_text(known: Known) -> str:
    """JSON with one line for each check."""
    return json.dumps(known, indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Renew the tables that ship."""
    folder = folders()[0].parent / FOLDER
    folder.mkdir(exist_ok=True)
    for topic, known in tables().items():
        (folder / f"{topic}.json").write_text(as_text(known))
    outcomes.cache_clear()


def _of(entry: Entry, homework: Homework, replaced: tuple[str, ...]) -> dict[str, Outcome]:
    """What each public check gives, where it is the same whatever is drawn."""
    right = homework.right.replacing({name: replacement(name) for name in replaced})
    found = {}
    for check in entry.public:
        first, second = (
            outcome(run_check(check, right.host(), key=key, public=True))
            for key in (KEY, f"{KEY} again")
        )
        found[check.name] = first if alike(first, second) else None
    return found


def _sets(entry: Entry) -> Iterator[tuple[str, ...]]:
    """Every set of prerequisites that may fail together."""
    names = {e.name for e in required(entry.exercise.requires, every_entry().__getitem__)}
    able = sorted(names & set(stand_ins()))
    for size in range(1, len(able) + 1):
        yield from combinations(able, size)


if __name__ == "__main__":
    write()
