"""What the pages of a review show: one homework of a gradebook, as it stands at this moment."""

from __future__ import annotations

import secrets
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from graders.bulk import mistakes
from graders.bulk.by_hand import Question, questions_of
from graders.bulk.decisions import NAME, SCORE, Conflict, Decision, Decisions
from graders.bulk.gradebook import Gradebook
from graders.bulk.handed_in import WHOLE
from graders.bulk.mistakes import Group, Named
from graders.bulk.scores import Result, decided, graded, known_as
from graders.grading.catalogue import Homework
from graders.grading.source import check_code


@dataclass(frozen=True)
class Answer:
    """One student's work on one exercise, as it is graded. `seen`: the version that a change must
    name. `items`: which parts of the rubric were given.
    """

    result: Result
    text: str
    points: float | None
    comment: str
    items: tuple[int, ...]
    seen: int
    place: int
    count: int
    before: str
    after: str


@dataclass(frozen=True)
class Progress:
    """How far the reading of a written exercise is. `answers`: how many hold something to read, and
    `graded` of them have points; `silent`: who wrote nothing, and has no points yet.
    """

    answers: int
    graded: int
    silent: tuple[str, ...]

    def __str__(self) -> str:
        said = f"{self.graded} of {self.answers} answers graded"
        nothing = "1 student wrote nothing" if len(self.silent) == 1 else ""
        nothing = nothing or f"{len(self.silent)} students wrote nothing"
        return f"{said}, {nothing}" if self.silent else said


class Review:
    """An open gradebook and the decisions on one homework of it.

    The grades are read once, and again when a run has added to them; what a person decides is read
    every time, so that two who work at once see each other.
    """

    def __init__(self, book: Gradebook, homework: Homework, out: Path | None = None):
        self.book, self.homework = book, homework
        where = f" --out {shlex.quote(str(out))}" if out else ""
        self.export = f"critic export {homework.name}{where}"
        self.decisions = Decisions(book, homework.name)
        self._secret = secrets.token_bytes(16)
        self._read: tuple[Any, list[Result]] = (None, [])

    def results(self) -> list[Result]:
        """The class, by name of the submission."""
        at = self.book.standing_at(self.homework.name), self.named_at()
        if self._read[0] != at:
            self._read = at, graded(self.book, self.homework)
        return decided(self.book, self.homework, self._read[1])

    def result(self, name: str) -> Result:
        """One submission, by its name or its address. Raises KeyError."""
        return {r.name: r for r in self.results()}[self.meant(name)]

    def address(self, name: str, hidden: bool) -> str:
        """What stands for a name in the address of a page: where names are hidden, nothing that
        tells it, for files are often named after who wrote them.
        """
        if not (hidden and name):
            return name
        return blake2b(name.encode("utf-8", "replace"), key=self._secret, digest_size=8).hexdigest()

    def meant(self, address: str, names: Iterable[str] | None = None) -> str:
        """The name, of a submission unless others are given, that an address stands for; itself
        when it is none of these.
        """
        known = [r.name for r in self.results()] if names is None else list(names)
        if address in known:
            return address
        return next((name for name in known if self.address(name, True) == address), address)

    def version(self, name: str) -> str:
        """What a page shows of a submission, and a change must name."""
        return self.book.version(self.homework.name, name)

    def labels(self, hidden: bool = False) -> dict[str, str]:
        """How each submission is called on a page: by its people, with its own name where that does
        not tell; or by nothing that names anybody.
        """
        results = self.results()
        if hidden:
            return {r.name: f"Submission {place}" for place, r in enumerate(results, 1)}
        people = {
            r.name: ", ".join(p.name or p.id for p in r.people if p.name or p.id) for r in results
        }
        often = Counter(people.values())
        return {
            name: who if who and often[who] == 1 else " · ".join(filter(None, [who, name]))
            for name, who in people.items()
        }

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The written exercises by name."""
        return {question.name: question for question in questions_of(self.homework)}

    def check_code(self, exercise: str, check: str) -> str:
        """The code that a check runs; nothing when this version has no such check."""
        entry = self.homework.entry(exercise)
        found = [c for c in (*entry.public, *entry.hidden) if c.name == check]
        return check_code(found[0].function) if found else ""

    def progress(self, exercise: str, results: Sequence[Result] = ()) -> Progress:
        """Of a written exercise; whom it does not count for is left out. `results`: where they are
        at hand.
        """
        answered = self.decisions.answered(exercise)
        counted = [r for r in results or self.results() if exercise not in r.excused]
        answers = [r for r in counted if r.name in answered]
        return Progress(
            len(answers),
            sum(exercise in r.given for r in answers),
            tuple(r.name for r in counted if r.name not in answered and exercise not in r.given),
        )

    def answer(self, exercise: str, name: str = "") -> Answer:
        """A student's answer to a written exercise; without a name, the first that waits. Raises
        KeyError.
        """
        results = self.results()
        name = name or next(iter(self._open(exercise)), results[0].name)
        names = [r.name for r in results]
        place = names.index(name) if name in names else -1
        if place < 0:
            raise KeyError(name)
        result = results[place]
        given = result.given.get(exercise)
        items = self.decisions.newest(name, exercise, SCORE)
        return Answer(
            result,
            self.decisions.text(name, exercise),
            given.points if given else None,
            given.comment if given else "",
            tuple(items.get("items", ())) if given and items else (),
            self.decisions.latest(name, exercise, SCORE),
            place,
            len(names),
            names[place - 1] if place else "",
            names[place + 1] if place + 1 < len(names) else "",
        )

    def waiting(self, exercise: str, after: str) -> str:
        """The next submission after this one whose answer has no points; empty: none is left."""
        open_ones = self._open(exercise)
        return next((n for n in open_ones if n > after), open_ones[0] if open_ones else "")

    def _open(self, exercise: str) -> list[str]:
        answered = self.decisions.answered(exercise)
        free = (r for r in self.results() if not {exercise} & {*r.given, *r.excused})
        return [r.name for r in free if r.name in answered]

    # --- mistakes -----------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where names of mistakes are kept: beside the gradebook, in the folder of the course."""
        return self.book.path.parent

    def named(self) -> list[Named]:
        """The mistakes that have been named."""
        return mistakes.read_named(self.folder)

    def named_at(self) -> float:
        """Changes when a mistake is named."""
        path = self.folder / mistakes.FILE
        return path.stat().st_mtime_ns if path.exists() else 0

    def made_by(self) -> dict[tuple[str, str], list[str]]:
        """By exercise and name of a mistake, the submissions that show it first of all."""
        found: dict[tuple[str, str], list[str]] = {}
        for result in self.results():
            for exercise in result.grade.exercises:
                for mistake in exercise.diagnosis[:1]:
                    found.setdefault((exercise.name, mistake.name), []).append(result.name)
        return found

    def groups(self) -> list[Group]:
        """Failures that nothing names, the most frequent first."""
        return mistakes.groups(r.grade for r in self.results())

    def undo(self, who: str) -> list[Decision]:
        """Take back what somebody decided last; of what was decided together, the last one first.
        Raises Conflict.
        """
        with self.book.transaction():
            undone = self.decisions.undo(who)
            for decision in undone:
                if decision.kind == NAME:
                    about = (decision.exercise, decision.after["name"])
                    where, marks = decision.after["where"], decision.after["prints"]
                    left = mistakes.without_name(self.named(), *about, where, marks)
                    mistakes.keep_named(self.folder, left)
        return undone

    def name_group(
        self, exercise: str, marks: Sequence[str], name: str, hint: str, who: str = ""
    ) -> int:
        """Name the failures with these prints; returns how many students it reaches. Raises
        Conflict where they have a name by now, ValueError for a name that has another hint.
        """
        # One at a time, whoever else has a review of this gradebook open.
        with self.book.transaction():
            return self._name_group(exercise, set(marks), name, hint, who)

    def _name_group(self, exercise: str, chosen: set[str], name: str, hint: str, who: str) -> int:
        group = [g for g in self.groups() if g.exercise == exercise and chosen & set(g.prints)]
        if not group:
            raise Conflict(f"somebody has named these failures of {exercise}, or graded them again")
        named = self.named()
        for known in named:
            if (known.exercise, known.name) == (exercise, name) and known.hint != hint:
                raise ValueError(
                    f"{name} is known already, with the hint {known.hint!r}: give this one the"
                    " same hint, or another name"
                )
        members = [member for g in group for member in g.members]
        about = Named(exercise, name, hint, self.decisions.text(members[0], WHOLE))
        where = known_as(self.book, self.homework.name)
        every = [mark for g in group for mark in g.prints]
        decided = {"name": name, "where": where, "prints": every}
        self.decisions.decide("", exercise, NAME, decided, None, who)
        mistakes.keep_named(self.folder, mistakes.with_name(named, about, where, every))
        return len(members)
