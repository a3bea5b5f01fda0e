"""The addresses of a review, and what may be changed through them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from graders.bulk.decisions import EXCUSE, EXTENSION, SCORE, Conflict
from graders.bulk.feedback import feedback_page
from graders.bulk.plots import histogram
from graders.bulk.report import exercise_lines, mistake_lines
from graders.grading.catalogue import UnknownName
from graders.grading.markdown import as_html
from graders.review.alike import alike, side_by_side
from graders.review.state import Review

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # The address holds the token.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
# What a browser may send at most: a comment, a hint.
LONGEST = 100_000

Handler = Callable[[Request], Awaitable[Response]]


def make_app(review: Review, token: str) -> Starlette:
    """The application. Every address begins with the token; whoever does not know it finds
    nothing.
    """
    pages = _Pages(review, token)
    changes = ("score", "undo", "excuse", "extend", "again", "name")
    routes = [
        Route("/", pages.of_class),
        Route("/exercise/{exercise}", pages.exercise),
        Route("/waiting/{exercise}", pages.waiting),
        Route("/student/{name:path}", pages.student),
        Route("/page/{name:path}", pages.seen_by_student),
        Route("/mistakes", pages.mistakes),
        Route("/alike", pages.alike),
        *(Route(f"/{n}", pages.change(getattr(pages, n)), methods=["POST"]) for n in changes),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    guarded = Mount("/{token}", routes=routes)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app = Starlette(routes=[guarded], middleware=[hosts, Middleware(_Guard, token=token)])
    app.add_exception_handler(404, _not_found)
    return app


class _Guard:
    """The token, the headers of every answer, and that a change comes from our own page."""

    def __init__(self, app: Any, token: str):
        self.app, self.token = app, token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        given = request.url.path.split("/")[1]
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return await Response("Not found", 404, HEADERS)(scope, receive, send)
        if request.method != "GET" and not _own(request):
            return await Response("Not from this page", 403, HEADERS)(scope, receive, send)

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                ours = [(n.lower().encode(), v.encode()) for n, v in HEADERS.items()]
                message["headers"] = [*message["headers"], *ours]
            await send(message)

        await self.app(scope, receive, answer)


def _own(request: Request) -> bool:
    """A change is JSON from a page of the same origin: no other page of the browser can send it."""
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    json_only = request.headers.get("content-type", "").startswith("application/json")
    return urlsplit(origin).netloc == request.url.netloc and site == "same-origin" and json_only


async def _not_found(request: Request, error: Exception) -> Response:
    return Response("There is nothing here: go back to the class.", 404)


class _Pages:
    """One method per address."""

    def __init__(self, review: Review, token: str):
        self.review, self.base = review, f"/{token}"
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self.templates = jinja2.Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.globals.update(base=self.base, homework=review.homework)

    def render(self, name: str, request: Request, **shown: Any) -> HTMLResponse:
        hidden = request.cookies.get("hide") == "1"
        page = self.templates.get_template(name)
        return HTMLResponse(page.render(hidden=hidden, label=_labels(hidden), **shown))

    # --- pages --------------------------------------------------------------------------------

    async def of_class(self, request: Request) -> Response:
        results = self.review.results()
        known = [line for line in exercise_lines(results) if line.mean is not None]
        possible = sum(self.review.homework.points[line.name] for line in known)
        totals = [r.total for r in results]
        return self.render(
            "class.html",
            request,
            results=results,
            possible=possible,
            progress=self.review.progress(),
            questions=self.review.questions,
            exercises=exercise_lines(results),
            mistakes=mistake_lines(results)[:8],
            histogram=histogram(totals, possible) if possible else "",
        )

    async def exercise(self, request: Request) -> Response:
        name = request.path_params["exercise"]
        question = _found(self.review.questions, name)
        answer = _there(lambda: self.review.answer(name, request.query_params.get("at", "")))
        return self.render(
            "exercise.html",
            request,
            question=question,
            answer=answer,
            text=as_html(answer.text),
            progress=self.review.progress()[name],
            remarks=self.review.decisions.remarks(name),
        )

    async def waiting(self, request: Request) -> Response:
        name = request.path_params["exercise"]
        _found(self.review.questions, name)
        found = self.review.waiting(name, request.query_params.get("after", ""))
        return JSONResponse({"at": found})

    async def student(self, request: Request) -> Response:
        result = _there(lambda: self.review.result(request.path_params["name"]))
        decisions = self.review.decisions
        names = [entry.name for entry in self.review.homework.entries]
        return self.render(
            "student.html",
            request,
            result=result,
            code={name: decisions.text(result.name, name) for name in names},
            kinds={e.name: e.exercise.kind for e in self.review.homework.entries},
            seen={name: decisions.latest(result.name, name, SCORE) for name in names},
            grades={e.name: e for e in result.grade.exercises},
            as_html=as_html,
        )

    async def seen_by_student(self, request: Request) -> Response:
        result = _there(lambda: self.review.result(request.path_params["name"]))
        return HTMLResponse(feedback_page(result.grade, result.homework, result))

    async def mistakes(self, request: Request) -> Response:
        groups, decisions = self.review.groups(), self.review.decisions
        code = {id(g): decisions.text(g.members[0], g.exercise) for g in groups}
        return self.render(
            "mistakes.html",
            request,
            groups=groups,
            code=lambda group: code[id(group)],
            named=self.review.named(),
            lines=mistake_lines(self.review.results()),
        )

    async def alike(self, request: Request) -> Response:
        one, other = (request.query_params.get(n, "") for n in ("one", "other"))
        pairs = alike(self.review)
        shown = side_by_side(self.review, one, other) if one and other else None
        return self.render("alike.html", request, pairs=pairs, shown=shown, one=one, other=other)

    # --- changes ------------------------------------------------------------------------------

    def change(self, make: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
        """An address that takes JSON and answers with JSON, or with one sentence why not."""

        async def handler(request: Request) -> Response:
            body = await request.body()
            try:
                asked = json.loads(body) if len(body) <= LONGEST else None
                if not isinstance(asked, dict):
                    raise ValueError("this is no change that the page makes")
                return JSONResponse(make(asked))
            except Conflict as conflict:
                return JSONResponse({"error": f"{conflict}. Load the page again."}, 409)
            except (ValueError, KeyError, TypeError, UnknownName) as error:
                return JSONResponse({"error": str(error)}, 400)

        return handler

    def score(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        comment = str(asked.get("comment") or "").strip()
        value = None
        if asked.get("points") is not None:
            items = [int(i) for i in asked.get("items", ())]
            points = _points(asked["points"], self.review.homework.points[exercise])
            value = {"points": points, "comment": comment, "items": items}
        seen = self.review.decisions.decide(name, exercise, SCORE, value, int(asked["seen"]))
        if asked.get("done"):
            self.review.decisions.remember(exercise, comment)
        return {"seen": seen, "points": value and value["points"]}

    def undo(self, asked: dict[str, Any]) -> dict[str, Any]:
        last = self.review.decisions.undo()
        if last is None:
            return {"undone": None}
        return {"undone": last.kind, "submission": last.submission, "exercise": last.exercise}

    def excuse(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, exercise = self._about(asked)
        reason = str(asked.get("reason") or "").strip() or None
        self.review.decisions.decide(name, exercise, EXCUSE, reason)
        return {"excused": reason}

    def extend(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self.review.result(asked["submission"]).name
        days = float(asked["days"])
        if not 0 <= days <= 366:
            raise ValueError("give a number of days from 0 to 366")
        value = {"days": days, "reason": str(asked.get("reason") or "")} if days else None
        self.review.decisions.decide(name, "", EXTENSION, value)
        return {"days": days}

    def again(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = self.review.result(asked["submission"]).name
        self.review.book.regrade(self.review.homework.name, name)
        return {"again": name}

    def name(self, asked: dict[str, Any]) -> dict[str, Any]:
        exercise, marks = asked["exercise"], [str(mark) for mark in asked["prints"]]
        self.review.homework.entry(exercise)
        name, hint = (str(asked.get(part) or "").strip() for part in ("name", "hint"))
        if not name or not hint:
            raise ValueError("a mistake needs a name, for you, and a hint, for the students")
        return {"reached": self.review.name_group(exercise, marks, name, hint)}

    def _about(self, asked: dict[str, Any]) -> tuple[str, str]:
        return self.review.result(asked["submission"]).name, self.review.homework.entry(
            asked["exercise"]
        ).name


def _labels(hidden: bool) -> Callable[[Any], str]:
    """How a submission is called on a page: by its people, or by nothing that names them."""

    def label(result: Any, place: int = 0) -> str:
        if hidden:
            return f"Submission {place + 1}"
        return ", ".join(p.name or p.id for p in result.people if p.name or p.id) or result.name

    return label


def _points(given: Any, possible: float) -> float:
    points = float(given)
    if not 0 <= points <= possible:
        raise ValueError(f"{points:g} points, but there are 0 to {possible:g}")
    return points


def _found(known: dict[str, Any], name: str) -> Any:
    if name not in known:
        raise HTTPException(404)
    return known[name]


def _there(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except (KeyError, IndexError):
        raise HTTPException(404) from None
