"""What may be changed through a review: JSON in, JSON out, or one sentence why not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.bulk.called import last_call
from graders.bulk.decisions import EXCUSE, EXTENSION, SCORE, Conflict
from graders.grading.catalogue import UnknownName
from graders.review.again import Again
from graders.review.state import Review

# What a browser may send at most: a comment, a hint.
LONGEST = 100_000


Handler = Callable[[Request], Awaitable[Response]]
Change = Callable[[dict[str, Any]], dict[str, Any]]


class Changes:
    """One method per change: it takes what the page asks for, and returns what the page shows."""

    def __init__(self, review: Review, again: Again):
        self.review, self.runs = review, again

    @property
    def by_name(self) -> dict[str, Change]:
        """Every change by its address."""
        every = (self.score, self.undo, self.excuse, self.extend, self.again, self.name)
        return {change.__name__: change for change in every}

    def score(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        comment = str(asked.get("comment") or "").strip()
        value = None
        if asked.get("points") is not None:
            items = [int(i) for i in asked.get("items", ())]
            points = _points(asked["points"], self.review.homework.points[exercise])
            value = {"points": points, "comment": comment, "items": items}
        seen = self._decide(asked, name, exercise, SCORE, value)
        if asked.get("done"):
            self.review.decisions.remember(exercise, comment)
        return {"seen": seen, "points": value and value["points"]}

    def undo(self, asked: dict[str, Any]) -> dict[str, Any]:
        last = self.review.decisions.undo(_who(asked))
        if last is None:
            return {"undone": None}
        return {"undone": last.kind, "submission": last.submission, "exercise": last.exercise}

    def excuse(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        reason = str(asked.get("reason") or "").strip() or None
        self._decide(asked, name, exercise, EXCUSE, reason)
        return {"excused": reason}

    def extend(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self.review.result(asked["submission"]).name
        days = float(asked["days"])
        if not 0 <= days <= 366:
            raise ValueError("give a number of days from 0 to 366")
        value = {"days": days, "reason": str(asked.get("reason") or "")} if days else None
        self._decide(asked, name, "", EXTENSION, value)
        return {"days": days}

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
        return {"reached": self.review.name_group(exercise, marks, name, hint)}

    def _decide(self, asked: dict[str, Any], name: str, exercise: str, kind: str, to: Any) -> int:
        """A decision by whoever asks; it must say which version of the matter it saw."""
        return self.review.decisions.decide(
            name, exercise, kind, to, int(asked["seen"]), _who(asked)
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
            asked = json.loads(body) if len(body) <= LONGEST else None
            if not isinstance(asked, dict):
                raise ValueError("this is no change that the page makes")
            return JSONResponse(make(asked))
        except Conflict as conflict:
            return JSONResponse({"error": f"{conflict}. Load the page again."}, 409)
        except sqlite3.Error as error:
            why = f"the gradebook cannot be written ({error}): nothing was changed; try again"
            return JSONResponse({"error": why}, 503)
        except KeyError as missing:
            return JSONResponse({"error": f"there is no {missing} here, or none was given"}, 400)
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
