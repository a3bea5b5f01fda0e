"""The gradebook: one SQLite file with every verdict of every run, written as each result ends."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from graders.bulk.held import holders
from graders.core.verdict import Verdict
from graders.course.people import Person
from graders.grading import codec
from graders.grading.listed import Exercises
from graders.grading.outcome import ExerciseGrade, Grade
from graders.intake.find import Found

VERSION = 3
# From each earlier version to the next one. Scores were given for what is handed in: nothing told
# versions apart.
MIGRATIONS = {
    1: "ALTER TABLE result ADD COLUMN as_handed_in TEXT NOT NULL DEFAULT '[]'",
    2: """
        CREATE TABLE given (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, homework TEXT NOT NULL,
            submission TEXT NOT NULL, exercise TEXT NOT NULL, content TEXT NOT NULL, points REAL,
            comment TEXT NOT NULL);
        CREATE INDEX given_to ON given (homework, submission, exercise, id);
        INSERT INTO given (run, homework, submission, exercise, content, points, comment)
            SELECT coalesce(run, 0), score.homework, score.submission, exercise,
                coalesce(content, ''), points, comment
            FROM score LEFT JOIN submission ON submission.homework = score.homework
                AND name = score.submission;
        DROP TABLE score""",
}
# The exercise of a verdict is that of its result.
COLUMNS = tuple(name for name in codec.names(Verdict) if name != "exercise")


# Every transaction of ours takes milliseconds: whoever holds a gradebook for seconds is another
# program. A command that has graded for an hour still waits for it, and says so.
OPENING, SOON, WAIT = 10, 2, 60
LOCKED = "database is locked"


class BadGradebook(Exception):
    """A gradebook that cannot be used; the text says why."""


class Stamp(NamedTuple):
    """What a result depends on. Equal stamps: the result still stands."""

    content: str
    engine: str
    checks: str
    course_key: str
    trusted: bool


@dataclass(frozen=True)
class Row:
    """A submission as the gradebook knows it: as found, with the notes and times of its last
    grading.
    """

    found: Found
    content: str
    notes: tuple[str, ...]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Score:
    """What a person gave for an exercise."""

    points: float
    comment: str = ""


class Gradebook:
    """Open it with `with`. Raises BadGradebook when the file is none, or comes from a later version
    of this program.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Nobody else's: SQLite gives the files beside it the same rights.
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=OPENING, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise BadGradebook(
                f"{path} cannot be opened or made ({error}): name another file with --gradebook"
            ) from None
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            # Whoever copies the file while a review runs has everything that was decided.
            self._db.execute("PRAGMA wal_autocheckpoint = 1")
            self._prepare()
            self._db.execute(f"PRAGMA busy_timeout = {1000 * WAIT}")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if str(error) == LOCKED:
                raise self._held(OPENING) from None
            raise BadGradebook(
                f"{path} is not a gradebook of this program ({error}): name another file, or move"
                " this one away"
            ) from None

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @property
    def database(self) -> sqlite3.Connection:
        """The open connection, for tables that other modules keep in this file."""
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one, a part of that."""
        if self._db.in_transaction:
            yield
            return
        if not self._begins(SOON):
            said = f"{self.path} is locked by {holders(self.path)}: waiting for up to {WAIT} s"
            print(said, file=sys.stderr, flush=True)
            if not self._begins(WAIT):
                raise self._held(WAIT)
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _begins(self, seconds: int) -> bool:
        """Begin a transaction; False where another program holds the file for so long."""
        try:
            self._db.execute(f"PRAGMA busy_timeout = {1000 * seconds}")
            self._db.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            if str(error) != LOCKED:
                raise
            return False
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {1000 * WAIT}")

    def _held(self, seconds: int) -> BadGradebook:
        return BadGradebook(
            f"{self.path} has been locked for {seconds} s by {holders(self.path)}: close it"
            " there, or wait until that has ended, and give the command again"
        )

    @contextmanager
    def grading(self) -> Iterator[None]:
        """Hold the gradebook for one grading run. Raises BadGradebook when another one is at it."""
        with self.path.with_name(f"{self.path.name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadGradebook(
                    f"another run is grading into {self.path}: wait until it has ended, or end it"
                ) from None
            yield

    def begin(self, homework: str, settings: Mapping[str, Any], code: str) -> int:
        """A new run; or, when the last one was broken off and asked for the same, that one
        again.
        """
        text = json.dumps(settings, sort_keys=True)
        last = self._one(
            "SELECT id, finished, settings, code FROM run WHERE homework = ? ORDER BY id DESC"
            " LIMIT 1",
            homework,
        )
        if last and last[1] is None and last[2:] == (text, code):
            return last[0]
        return self._db.execute(
            "INSERT INTO run (homework, started, settings, code) VALUES (?, ?, ?, ?)",
            (homework, _now(), text, code),
        ).lastrowid

    def finish(self, run: int) -> None:
        self._db.execute("UPDATE run SET finished = ? WHERE id = ?", (_now(), run))

    def register(
        self, run: int, homework: str, found: Sequence[tuple[Found, str]], notes: Sequence[str]
    ) -> None:
        """What this run found, each with the hash of its content; and what it left out."""
        with self.transaction():
            self._db.execute("DELETE FROM note WHERE run = ?", (run,))
            self._db.executemany("INSERT INTO note VALUES (?, ?)", [(run, note) for note in notes])
            self._db.executemany(
                "INSERT INTO submission (homework, name, run, content, people, handle, submitted,"
                " marked_late, attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET run = excluded.run, content = excluded.content, people = excluded.people,"
                " handle = excluded.handle, submitted = excluded.submitted, marked_late ="
                " excluded.marked_late, attempt = excluded.attempt",
                [
                    (
                        homework,
                        f.name,
                        run,
                        content,
                        _people(f),
                        f.handle,
                        f.submitted and f.submitted.isoformat(),
                        f.marked_late,
                        json.dumps(f.attempt),
                    )
                    for f, content in found
                ],
            )

    def stamps(self, homework: str, name: str) -> dict[str, Stamp]:
        """For every exercise of a submission that has a result: what that result depends on.
        Withheld ones have none.
        """
        rows = self._db.execute(
            "SELECT exercise, share, content, engine, checks, course_key, trusted FROM"
            f" {_STANDING}",
            (homework, name),
        )
        return {row[0]: Stamp(*row[2:6], bool(row[6])) for row in rows if row[1] is not None}

    def add(
        self,
        run: int,
        grade: Grade,
        stamps: Mapping[str, Stamp],
        layers: Sequence[Mapping[str, Any]],
    ) -> None:
        """Commit the result of one submission: every exercise that has a stamp, with its
        verdicts.
        """
        with self.transaction():
            if layers:  # a submission that could not be graded tells of none
                self._db.execute(
                    "UPDATE run SET layers = ? WHERE id = ?", (json.dumps(layers), run)
                )
            where = (
                json.dumps(grade.notes),
                json.dumps(grade.seconds),
                grade.homework,
                grade.submission,
            )
            self._db.execute(
                "UPDATE submission SET notes = ?, seconds = ? WHERE homework = ? AND name = ?",
                where,
            )
            for exercise in grade.exercises:
                if exercise.name in stamps:
                    self._add_exercise(run, grade, exercise, stamps[exercise.name])

    def rows(self, homework: str) -> list[Row]:
        """The submissions that the last run of a homework found, by name."""
        rows = self._db.execute(
            "SELECT name, people, submitted, attempt, marked_late, handle, content, notes, seconds"
            " FROM submission WHERE homework = ?1 AND run = (SELECT max(id) FROM run WHERE homework"
            " = ?1) ORDER BY name",
            (homework,),
        )
        return [_row(*row) for row in rows]

    def grade(self, homework: Exercises[Any], row: Row, until: int | None = None) -> Grade:
        """The results of a submission that stand, in the order of the homework; `until` a run,
        those that stood then.
        """
        results = self._db.execute(
            "SELECT exercise, id, share, note, diagnosis, as_handed_in FROM result WHERE id IN"
            " (SELECT max(id) FROM result WHERE homework = ? AND submission = ? AND run <= ?"
            " GROUP BY exercise)",
            (homework.name, row.found.name, until or 2**62),
        )
        by_name = {result[0]: result[1:] for result in results}
        exercises = [
            self._exercise(homework, entry.name, *by_name[entry.name])
            for entry in homework.graded
            if entry.name in by_name
        ]
        return Grade(row.found.name, homework.name, tuple(exercises), row.notes, row.seconds)

    def standing(
        self, homework: str, until: int
    ) -> dict[tuple[str, str], tuple[float | None, Stamp, dict[str, str]]]:
        """For every submission and exercise as of a run: share, stamp, and the status of each
        check.
        """
        newest = (
            "SELECT max(id) FROM result WHERE homework = ? AND run <= ? GROUP BY submission,"
            " exercise"
        )
        results = self._db.execute(
            "SELECT id, submission, exercise, share, content, engine, checks, course_key, trusted"
            f" FROM result WHERE id IN ({newest})",
            (homework, until),
        ).fetchall()
        checks: dict[int, dict[str, str]] = {}
        for result, check, status in self._db.execute(
            f'SELECT result, "check", status FROM verdict WHERE result IN ({newest}) ORDER BY'
            " position",
            (homework, until),
        ):
            checks.setdefault(result, {})[check] = status
        return {
            (r[1], r[2]): (r[3], Stamp(*r[4:8], bool(r[8])), checks.get(r[0], {})) for r in results
        }

    def points_at(self, homework: str, run: int) -> dict[str, float]:
        """What each exercise was worth in a run; nothing where that was not kept."""
        settings = self._one(
            "SELECT settings FROM run WHERE homework = ? AND id = ?", homework, run
        )
        return dict(json.loads(settings[0]).get("worth", {})) if settings else {}

    def runs(self, homework: str) -> list[int]:
        """The runs of a homework, oldest first."""
        return [
            row[0]
            for row in self._db.execute(
                "SELECT id FROM run WHERE homework = ? ORDER BY id", (homework,)
            )
        ]

    def standing_at(self, homework: str) -> tuple[Any, ...] | None:
        """Changes whenever a run has added a result of a homework, or found other submissions."""
        return self._one(
            "SELECT max(result.id), max(run.id), max(run.finished) FROM run LEFT JOIN result ON"
            " result.run = run.id WHERE run.homework = ?",
            homework,
        )

    def regrade(self, homework: str, submission: str) -> None:
        """Have the next run grade all of a submission again: its results depend on nothing that it
        could still find.
        """
        self._db.execute(
            "UPDATE result SET engine = '' WHERE homework = ? AND submission = ?",
            (homework, submission),
        )

    def about(self, homework: str) -> dict[str, Any]:
        """Under which conditions the last run of a homework graded; nothing when there is none."""
        last = self._one(
            "SELECT code, settings, layers FROM run WHERE homework = ? ORDER BY id DESC LIMIT 1",
            homework,
        )
        if last is None:
            return {}
        code, settings, layers = last
        return {"code": code, **json.loads(settings), "layers": json.loads(layers or "[]")}

    def homeworks(self) -> list[str]:
        """The homeworks that have been graded."""
        return [
            row[0]
            for row in self._db.execute("SELECT DISTINCT homework FROM run ORDER BY homework")
        ]

    def notes(self, homework: str) -> list[str]:
        """What the last run of a homework found and did not grade."""
        return [
            row[0]
            for row in self._db.execute(
                "SELECT text FROM note WHERE run = (SELECT max(id) FROM run WHERE homework = ?)"
                " ORDER BY rowid",
                (homework,),
            )
        ]

    def version(self, homework: str, submission: str) -> str:
        """What is handed in now: the SHA-256 of the file; empty, when it is not known."""
        row = self._db.execute(
            "SELECT content FROM submission WHERE homework = ? AND name = ?", (homework, submission)
        ).fetchone()
        return str(row[0]) if row else ""

    def version_scored(self, homework: str, submission: str, exercise: str) -> str | None:
        """For which version somebody gave or took back points last; None: nobody has."""
        row = self._db.execute(
            "SELECT content FROM given WHERE homework = ? AND submission = ? AND exercise = ?"
            " ORDER BY id DESC LIMIT 1",
            (homework, submission, exercise),
        ).fetchone()
        return row and str(row[0])

    def set_scores(
        self,
        homework: str,
        scores: Mapping[tuple[str, str], Score | None],
        version: str | None = None,
    ) -> None:
        """Write what a person gave, by submission and exercise, for the version of the submission
        that was found last, or for the one that is named; None takes it back.
        """
        with self.transaction():
            for (name, exercise), score in scores.items():
                points, comment = (score.points, score.comment) if score else (None, "")
                self._db.execute(
                    "INSERT INTO given (run, homework, submission, exercise, content, points,"
                    " comment) SELECT coalesce(max(run), 0), ?1, ?2, ?3,"
                    " coalesce(?6, max(content), ''), ?4, ?5 FROM submission"
                    " WHERE homework = ?1 AND name = ?2",
                    (homework, name, exercise, points, comment, version),
                )

    def scores(self, homework: str) -> dict[str, dict[str, Score]]:
        """What a person gave for the submissions as they are now, by submission and exercise."""
        return self._given(homework, "given.content = coalesce(submission.content, '')")

    def earlier_scores(self, homework: str) -> dict[str, dict[str, Score]]:
        """What a person gave for an earlier version of what is handed in now: it counts no more."""
        return self._given(homework, "given.content <> coalesce(submission.content, '')")

    def scores_at(self, homework: str, until: int) -> dict[tuple[str, str], tuple[str, Score]]:
        """What a person had given before the next run after this one, with the version that it is
        for.
        """
        return {
            (name, exercise): (content, Score(points, comment))
            for name, exercise, content, points, comment in self._db.execute(
                "SELECT submission, exercise, content, points, comment FROM given WHERE points IS"
                " NOT NULL AND id IN (SELECT max(id) FROM given WHERE homework = ? AND run <= ?"
                " GROUP BY submission, exercise)",
                (homework, until),
            )
        }

    def _given(self, homework: str, which: str) -> dict[str, dict[str, Score]]:
        found: dict[str, dict[str, Score]] = {}
        for name, exercise, points, comment in self._db.execute(
            "SELECT submission, exercise, points, comment FROM given LEFT JOIN submission ON"
            " submission.homework = given.homework AND name = submission WHERE points IS NOT NULL"
            f" AND {which} AND given.id IN (SELECT max(id) FROM given WHERE homework = ?"
            " GROUP BY submission, exercise) ORDER BY submission, exercise",
            (homework,),
        ):
            found.setdefault(name, {})[exercise] = Score(points, comment)
        return found

    def _add_exercise(self, run: int, grade: Grade, e: ExerciseGrade, stamp: Stamp) -> None:
        values = (
            run,
            grade.homework,
            grade.submission,
            e.name,
            *stamp,
            e.share,
            e.note,
            json.dumps(codec.plain(e.diagnosis)),
            json.dumps(codec.plain(e.as_handed_in)),
        )
        result = self._db.execute(
            "INSERT INTO result (run, homework, submission, exercise, content, engine, checks,"
            " course_key, trusted, share, note, diagnosis, as_handed_in) VALUES (?, ?, ?, ?, ?, ?,"
            " ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        # SQLite's integers have 64 bits with a sign: a seed is kept as text.
        rows = [
            (result, i, *({**plain, "seed": str(plain["seed"])}[name] for name in COLUMNS))
            for i, plain in enumerate(codec.plain(e.verdicts))
        ]
        self._db.executemany(
            "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    def _exercise(
        self,
        homework: Exercises[Any],
        name: str,
        result: int,
        share: float | None,
        note: str,
        diagnosis: str,
        as_handed_in: str,
    ) -> ExerciseGrade:
        columns = ", ".join(f'"{column}"' for column in COLUMNS)
        verdicts = [
            {**dict(zip(COLUMNS, row)), "exercise": name}
            for row in self._db.execute(
                f"SELECT {columns} FROM verdict WHERE result = ? ORDER BY position", (result,)
            )
        ]
        data = {
            "name": name,
            "verdicts": [{**verdict, "seed": int(verdict["seed"])} for verdict in verdicts],
            "share": share,
            "possible": homework.points[name],
            "diagnosis": json.loads(diagnosis),
            "note": note,
            "as_handed_in": json.loads(as_handed_in),
        }
        return codec.built(ExerciseGrade, data)

    def _prepare(self) -> None:
        if (
            self._one("PRAGMA user_version")[0] == 0
            and not self._one("SELECT count(*) FROM sqlite_master")[0]
        ):
            schema = Path(__file__).with_name("schema.sql").read_text()
            try:
                self._db.executescript(
                    f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {VERSION}; COMMIT;"
                )
            except sqlite3.OperationalError:
                # Another process has made the tables in this moment: what counts is the version
                # below.
                self._db.execute("ROLLBACK")
        version = self._one("PRAGMA user_version")[0]
        for step in range(version, VERSION):
            if step in MIGRATIONS:
                self._db.executescript(
                    f"BEGIN IMMEDIATE; {MIGRATIONS[step]}; PRAGMA user_version = {step + 1};"
                    " COMMIT;"
                )
                version = step + 1
        if version != VERSION:
            raise sqlite3.DatabaseError(f"its version is {version}, this program's is {VERSION}")

    def _one(self, query: str, *values: Any) -> tuple | None:
        return self._db.execute(query, values).fetchone()


_STANDING = (
    "result WHERE id IN (SELECT max(id) FROM result WHERE homework = ? AND submission = ? GROUP BY"
    " exercise)"
)


def _row(
    name: str,
    people: str,
    submitted: str | None,
    attempt: str,
    marked_late: int,
    handle: str,
    content: str,
    notes: str,
    seconds: str,
) -> Row:
    persons = tuple(Person(**person) for person in json.loads(people))
    found = Found(
        name,
        None,
        persons,
        submitted and datetime.fromisoformat(submitted),
        tuple(json.loads(attempt)),
        bool(marked_late),
        handle,
    )
    return Row(found, content, tuple(json.loads(notes)), json.loads(seconds))


def _people(found: Found) -> str:
    return json.dumps([asdict(person) for person in found.people])


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
