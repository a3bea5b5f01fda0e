"""What may be changed through a review: JSON in, JSON out, or one sentence why not."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.bulk.called import last_call
from graders.bulk.decisions import EXCUSE, EXTENSION, NAME, SCORE, Conflict
from graders.grading.catalogue import UnknownName
from graders.review.again import Again
from graders.review.state import Review

# What a browser may send at most: a comment, a hint.
LONGEST = 100_000
# What a student reads beside the points of an answer that is not there.
NOTHING = "Nothing was written below the heading of this exercise."
# How what was decided is called.
WHAT = {
    SCORE: "the points",
    EXCUSE: "the excuse",
    EXTENSION: "the extension",
    NAME: "the name",
}

Handler = Callable[[Request], Awaitable[Response]]
Change = Callable[[dict[str, Any]], dict[str, Any]]


class Changes:
    """One method per change: it takes what the page asks for, and returns what the page shows."""

    def __init__(self, review: Review, again: Again):
        self.review, self.runs = review, again

    @property
    def by_name(self) -> dict[str, Change]:
        """Every change by its address."""
        every = (
            self.score,
            self.silent,
            self.undo,
            self.excuse,
            self.extend,
            self.again,
            self.name,
        )
        return {change.__name__: change for change in every}

    def score(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        comment = str(asked.get("comment") or "").strip()
        value = None
        if asked.get("points") is not None:
            items = [int(i) for i in asked.get("items", ())]
            points = _points(asked["points"], self.review.homework.points[exercise])
            value = {"points": points, "comment": comment, "items": items}
            if not comment and exercise not in self.review.questions:
                raise ValueError(
                    "say why: the reason stands beside the points, for the student too"
                )
        seen = self._decide(asked, name, exercise, SCORE, value)
        if asked.get("done"):
            self.review.decisions.remember(exercise, comment)
        found = {"seen": seen, "points": value and value["points"]}
        if exercise in self.review.questions:
            return {**found, "progress": str(self.review.progress(exercise))}
        said = f"{exercise}: {value['points']:g} points, kept" if value else f"{exercise}: as found"
        return {**found, "said": said}

    def silent(self, asked: dict[str, Any]) -> dict[str, Any]:
        """No points for everybody who wrote nothing for a written exercise, as one decision."""
        exercise = asked["exercise"]
        if exercise not in self.review.questions:
            raise ValueError(f"{exercise} is no written exercise")
        names = self.review.progress(exercise).silent
        value = {"points": 0.0, "comment": NOTHING, "items": [], "together": secrets.token_hex(8)}
        with self.review.book.transaction():
            for name in names:
                self.review.decisions.decide(name, exercise, SCORE, value, None, _who(asked))
        return {"given": len(names), "said": f"{exercise}: 0 points for {len(names)}, kept"}

    def undo(self, asked: dict[str, Any]) -> dict[str, Any]:
        undone = self.review.undo(_who(asked))
        if not undone:
            return {"undone": None}
        last = undone[0]
        whom = self.review.labels(bool(asked.get("hidden"))).get(last.submission, last.submission)
        whom = whom if len(undone) == 1 else f"{len(undone)} students"
        whom = last.after["name"] if last.kind == NAME else whom
        what = WHAT[last.kind]
        about = f" for {last.exercise}" if last.exercise else ""
        return {
            "undone": last.kind,
            "submission": self.review.address(last.submission, bool(asked.get("hidden"))),
            "exercise": last.exercise,
            "said": f"Taken back: {what} of {whom}{about}",
        }

    def excuse(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        reason = str(asked.get("reason") or "").strip() or None
        if not reason and exercise not in self.review.result(name).excused:
            raise ValueError("say why: the reason stands on the student's page")
        self._decide(asked, name, exercise, EXCUSE, reason)
        return {"excused": reason, "said": f"{exercise}: {'excused' if reason else 'counts'}, kept"}

    def extend(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self.review.result(asked["submission"]).name
        days = float(asked["days"])
        if not 0 <= days <= 366:
            raise ValueError("give a number of days from 0 to 366")
        value = {"days": days, "reason": str(asked.get("reason") or "")} if days else None
        self._decide(asked, name, "", EXTENSION, value)
        return {"days": days, "said": f"{days:g} days more, kept"}

    def again(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self.review.result(asked["submission"]).name
        homework = self.review.homework.name
        call = last_call(self.review.book, homework)
        if not call:
            self.review.book.regrade(homework, name)
        self.runs.start(name, [*call, f"--again={name}"] if call else [])
        return self.runs.state()

    def name(self, asked: dict[str, Any]) -> dict[str, Any]:
        exercise, marks = asked["exercise"], [str(mark) for mark in asked["prints"]]
        self.review.homework.entry(exercise)
        name, hint = (str(asked.get(part) or "").strip() for part in ("name", "hint"))
        if not name or not hint:
            raise ValueError("a mistake needs a name, for you, and a hint, for the students")
        return {"reached": self.review.name_group(exercise, marks, name, hint, _who(asked))}

    def _decide(self, asked: dict[str, Any], name: str, exercise: str, kind: str, to: Any) -> int:
        """A decision by whoever asks; it must say which version of the matter it saw."""
        return self.review.decisions.decide(
            name, exercise, kind, to, int(asked["seen"]), _who(asked), asked.get("version")
        )

    def _about(self, asked: dict[str, Any]) -> tuple[str, str]:
        return self.review.result(asked["submission"]).name, self.review.homework.entry(
            asked["exercise"]
        ).name


def handler(make: Change) -> Handler:
    """An address that takes JSON and answers with JSON, or with one sentence why not."""

    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            if len(body) > LONGEST:
                raise ValueError(f"this is too long: a comment has at most {LONGEST} bytes")
            asked = json.loads(body)
            if not isinstance(asked, dict):
                raise ValueError("this is no change that the page makes")
            return JSONResponse(make(asked))
        except Conflict as conflict:
            said = "somebody else has decided meanwhile" if asked.get("hidden") else str(conflict)
            return JSONResponse({"error": f"{said}. Load the page again."}, 409)
        except sqlite3.Error as error:
            why = f"the gradebook cannot be written ({error}): nothing was changed; try again"
            return JSONResponse({"error": why}, 503)
        except KeyError as missing:
            return JSONResponse({"error": f"there is no {missing} here, or none was given"}, 400)
        except RecursionError:
            return JSONResponse({"error": "this is no change that the page makes"}, 400)
        except (ValueError, TypeError, UnknownName) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


def _who(asked: dict[str, Any]) -> str:
    """The browser that asks: undo takes back its own decisions alone."""
    return str(asked.get("who") or "")[:64]


def _points(given: Any, possible: float) -> float:
    points = float(given)
    if not 0 <= points <= possible:
        raise ValueError(f"{points:g} points, but there are 0 to {possible:g}")
    return points
