"""What a person decides about a class: points, excuses, extensions. Each decision is kept with what
stood before, so that it can be undone, and two people do not overwrite each other unseen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graders.bulk.gradebook import Gradebook, Score

SCORE, EXCUSE, EXTENSION, NAME = "score", "excuse", "extension", "name"
TABLES = {"handed_in", "scan", "decision", "remark"}
COLUMNS = "PRAGMA table_info(decision)"
NO_SCANS: Mapping[str, bytes] = MappingProxyType({})


class Conflict(Exception):
    """Somebody else has decided since the page was read; nothing was changed."""


@dataclass(frozen=True)
class Decision:
    """One change. `about`: submission and exercise (empty: the submission as a whole)."""

    id: int
    submission: str
    exercise: str
    kind: str
    before: Any
    after: Any

    @property
    def together(self) -> str:
        """What decisions that were made at once have in common; nothing for one of its own."""
        return str(self.after.get("together", "")) if isinstance(self.after, dict) else ""


class Decisions:
    """The decisions on one homework in a gradebook that is open."""

    def __init__(self, book: Gradebook, homework: str):
        self._book, self._db, self.homework = book, book.database, homework
        self._prepare()

    # --- what was handed in -----------------------------------------------------------------------

    def keep(
        self, submission: str, texts: Mapping[str, str], scans: Mapping[str, bytes] = NO_SCANS
    ) -> None:
        """Keep answers, code and scans of a submission, in place of what an earlier version of it
        had.
        """
        about = (self.homework, submission)
        with self._book.transaction():
            for table, rows in (("handed_in", texts), ("scan", scans)):
                self._db.execute(
                    f"DELETE FROM {table} WHERE homework = ? AND submission = ?", about
                )
                self._db.executemany(
                    f"INSERT INTO {table} VALUES (?, ?, ?, ?)",
                    [(*about, name, content) for name, content in rows.items()],
                )

    def scans(self, submission: str) -> dict[str, bytes]:
        """The first bytes of every scan, by name, which tell its kind; none: it was empty, or too
        large to be kept.
        """
        return dict(
            self._db.execute(
                "SELECT name, coalesce(substr(data, 1, 16), x'') FROM scan"
                " WHERE homework = ? AND submission = ? ORDER BY name",
                (self.homework, submission),
            )
        )

    def scan(self, submission: str, name: str) -> bytes:
        """A scan. Raises KeyError."""
        row = self._db.execute(
            "SELECT data FROM scan WHERE homework = ? AND submission = ? AND name = ?",
            (self.homework, submission, name),
        ).fetchone()
        if row is None:
            raise KeyError(name)
        return bytes(row[0])

    def text(self, submission: str, exercise: str) -> str:
        """The answer or code of one exercise; nothing when there is none."""
        return self.texts(exercise, submission).get(submission, "")

    def texts(self, exercise: str, submission: str = "") -> dict[str, str]:
        """The answers or code of one exercise, by submission; of one of them where it is named."""
        return dict(
            self._db.execute(
                "SELECT submission, text FROM handed_in WHERE homework = ? AND exercise = ?"
                " AND ? IN ('', submission)",
                (self.homework, exercise, submission),
            )
        )

    def answered(self, exercise: str) -> set[str]:
        """Whose work holds something to read for an exercise: a text, or a file beside the code."""
        found = self._db.execute(
            "SELECT submission FROM handed_in WHERE homework = ?1 AND exercise = ?2"
            " UNION SELECT submission FROM scan WHERE homework = ?1",
            (self.homework, exercise),
        )
        return {name for (name,) in found}

    # --- deciding -----------------------------------------------------------------------------

    def decide(
        self,
        submission: str,
        exercise: str,
        kind: str,
        after: Any,
        seen: int | None = None,
        who: str = "",
        version: str | None = None,
    ) -> int:
        """Make a decision; returns what `latest` is then. What stands already is not decided once
        more. `seen`: what it was when the person read the page; `version`: what was handed in then.
        `who`: whose undo takes it back. Raises Conflict when either is another one now.
        """
        with self._book.transaction():
            if version not in (None, self._book.version(self.homework, submission)):
                raise Conflict(f"{submission} is another version than the one on this page")
            if seen is not None and self.latest(submission, exercise, kind) != seen:
                raise Conflict(f"somebody else has decided on {submission}, {exercise or 'all'}")
            about = (self.homework, submission, exercise, kind)
            before = self._standing(submission, exercise, kind)
            if self._stands(before, after, self.newest(submission, exercise, kind)):
                return self.latest(submission, exercise, kind)
            self._apply(submission, exercise, kind, after)
            self._db.execute(
                'INSERT INTO decision (at, who, homework, submission, exercise, kind, "before",'
                ' "after") VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                (_now(), who, *about, *map(_dump, (before, after))),
            )
            return self.latest(submission, exercise, kind)

    def undo(self, who: str = "") -> list[Decision]:
        """Take back the last decision of somebody that has not been, and what was decided together
        with it; returns them, the last one first. Raises Conflict when somebody else has decided on
        the same matter since.
        """
        with self._book.transaction():
            undone = self._last_of(who)
            if undone and not self._on_top(undone[0]):
                what = f"{undone[0].submission}, {undone[0].exercise or 'all'}"
                raise Conflict(f"somebody else has decided on {what} since")
            for decision in undone:
                if self._on_top(decision):
                    about = (decision.submission, decision.exercise)
                    # What stood before was for the version that was read then.
                    version = self._book.version_scored(self.homework, *about)
                    self._apply(*about, decision.kind, decision.before, version)
                self._db.execute("UPDATE decision SET undone = 1 WHERE id = ?", (decision.id,))
        return undone

    def _last_of(self, who: str) -> list[Decision]:
        """The last decision of somebody, and those before it that were made together with it."""
        rows = self._db.execute(
            'SELECT id, submission, exercise, kind, "before", "after" FROM decision'
            " WHERE homework = ? AND who = ? AND NOT undone ORDER BY id DESC",
            (self.homework, who),
        )
        found = (Decision(*row[:4], *map(_load, row[4:])) for row in rows)
        last = next(found, None)
        if last is None:
            return []
        return [last, *takewhile(lambda d: last.together and d.together == last.together, found)]

    def _on_top(self, decision: Decision) -> bool:
        about = (decision.submission, decision.exercise, decision.kind)
        return bool(self._newest("id", *about) == decision.id)

    def latest(self, submission: str, exercise: str, kind: str) -> int:
        """How often a matter has been decided or undone: grows with every change."""
        (number,) = self._db.execute(
            "SELECT count(*) + coalesce(sum(undone), 0) FROM decision WHERE homework = ? AND"
            " submission = ? AND exercise = ? AND kind = ?",
            (self.homework, submission, exercise, kind),
        ).fetchone()
        return int(number)

    def newest(self, submission: str, exercise: str, kind: str) -> Any:
        """What the last decision on a matter that was not undone says; nothing without one."""
        return _load(self._newest('"after"', submission, exercise, kind))

    def _newest(self, column: str, submission: str, exercise: str, kind: str) -> Any:
        row = self._db.execute(
            f"SELECT {column} FROM decision WHERE homework = ? AND submission = ? AND exercise = ?"
            " AND kind = ? AND NOT undone ORDER BY id DESC LIMIT 1",
            (self.homework, submission, exercise, kind),
        ).fetchone()
        return row[0] if row else None

    def excused(self) -> dict[str, dict[str, str]]:
        """By submission and exercise, why it does not count."""
        found: dict[str, dict[str, str]] = {}
        for (name, exercise), reason in self._all(EXCUSE).items():
            found.setdefault(name, {})[exercise] = reason
        return found

    def extensions(self) -> dict[str, float]:
        """By submission, days beyond those of the roster."""
        return {name: float(found["days"]) for (name, _), found in self._all(EXTENSION).items()}

    # --- comments that are offered again --------------------------------------------------------

    def remember(self, exercise: str, text: str) -> None:
        """Keep a comment, to be offered again."""
        if text.strip():
            self._db.execute(
                "INSERT INTO remark VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET used = used + 1",
                (self.homework, exercise, text.strip()),
            )

    def remarks(self, exercise: str) -> list[str]:
        """The comments on an exercise, those used most first."""
        return [
            text
            for (text,) in self._db.execute(
                "SELECT text FROM remark WHERE homework = ? AND exercise = ?"
                " ORDER BY used DESC, text LIMIT 9",
                (self.homework, exercise),
            )
        ]

    # --- inside -----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """The tables, in a gradebook that lacks some; those of before get what is new."""
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        if not tables >= TABLES:
            # It ends a transaction: nothing may be under way.
            self._db.executescript(Path(__file__).with_name("decisions.sql").read_text())
        if not any(column[1] == "who" for column in self._db.execute(COLUMNS)):
            self._db.execute("ALTER TABLE decision ADD COLUMN who TEXT NOT NULL DEFAULT ''")

    def _all(self, kind: str) -> dict[tuple[str, str], Any]:
        """What stands of one kind, by submission and exercise."""
        standing: dict[tuple[str, str], Any] = {}
        for name, exercise, after in self._db.execute(
            'SELECT submission, exercise, "after" FROM decision WHERE homework = ? AND kind = ?'
            " AND NOT undone ORDER BY id",
            (self.homework, kind),
        ):
            standing[name, exercise] = _load(after)
        return {about: found for about, found in standing.items() if found is not None}

    def _standing(self, submission: str, exercise: str, kind: str) -> Any:
        if kind != SCORE:
            return self._all(kind).get((submission, exercise))
        score = self._book.scores(self.homework).get(submission, {}).get(exercise)
        return asdict(score) if score else None

    @staticmethod
    def _stands(before: Any, after: Any, decided: Any) -> bool:
        """Whether a decision changes nothing: what stands is what was decided last, and is this."""
        if before is None or after is None:
            return before is after
        if isinstance(before, dict) and isinstance(after, dict):
            return bool(decided == after and before.items() <= after.items())
        return bool(before == after)

    def _apply(
        self, submission: str, exercise: str, kind: str, value: Any, version: str | None = None
    ) -> None:
        """Scores have a table of their own; everything else stands in the decisions."""
        if kind == SCORE:
            score = Score(value["points"], value.get("comment", "")) if value else None
            self._book.set_scores(self.homework, {(submission, exercise): score}, version)


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _load(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
