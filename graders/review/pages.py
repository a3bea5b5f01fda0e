"""The pages of a review: one method per address."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from graders.bulk.decisions import EXTENSION, Decisions
from graders.bulk.feedback import feedback_page
from graders.bulk.pictures import Scan, kind_of
from graders.bulk.report import exercise_lines, mistake_lines, open_points, possible_of
from graders.bulk.written import TOO_LONG
from graders.core.language import say
from graders.grading.markdown import as_html
from graders.review.again import Again
from graders.review.alike import alike, side_by_side
from graders.review.guard import HEADERS
from graders.review.state import Review

TEMPLATES = Path(__file__).parent / "templates"
MOST_CODE = 100_000
KEYS = (
    ("1 … 9", "gives or takes back a part of the rubric"),
    ("a", "all points"),
    ("0", "none"),
    ("x", "the answer waits again"),
    ("p", "a sum of your own"),
    ("c", "a comment for the student; Esc leaves the field"),
    ("⇧ 1 … 9", "one of your earlier comments on this exercise"),
    ("Enter", "the next answer that waits"),
    ("← →", "the one before, the one after"),
    ("u", "takes your last decision back"),
    ("h", "hides or shows names"),
    ("?", "shows this"),
)


class Pages:
    """Each takes a request and answers with a page, or with JSON for our own script."""

    def __init__(self, review: Review, token: str, again: Again):
        self.review, self.base, self.runs = review, f"/{token}", again
        loader = jinja2.FileSystemLoader(TEMPLATES)
        self.templates = jinja2.Environment(
            loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.filters["shortened"] = _shortened
        self.templates.globals["version"] = review.version
        self.templates.globals.update(
            base=self.base, homework=review.homework, export=review.export, keys=KEYS
        )

    def render(self, name: str, request: Request, **shown: Any) -> HTMLResponse:
        hidden = _hidden(request)
        page = self.templates.get_template(name)
        label = self.review.labels(hidden).__getitem__
        at = partial(self.review.address, hidden=hidden)
        return HTMLResponse(page.render(hidden=hidden, label=label, at=at, **shown))

    async def not_found(self, request: Request, error: Exception) -> Response:
        said = "Nothing has this address: the last run of critic grade may have left something out."
        return self._error(request, "There is nothing here", said, 404)

    async def failed(self, request: Request, error: Exception) -> Response:
        said = (
            f"This is a fault of critic ({type(error).__name__}): its reason stands where"
            " critic review runs. What you decided is kept."
        )
        return self._error(request, "This page could not be made", said, 500)

    def _error(self, request: Request, heading: str, said: str, status: int) -> Response:
        if request.method != "GET":
            return JSONResponse({"error": f"{heading}. {said}"}, status, HEADERS)
        page = self.templates.get_template("error.html")
        hidden = _hidden(request)
        return HTMLResponse(page.render(heading=heading, said=said, hidden=hidden), status, HEADERS)

    async def of_class(self, request: Request) -> Response:
        results = self.review.results()
        progress = {name: self.review.progress(name, results) for name in self.review.questions}
        lines = exercise_lines(results)
        totals, possible = [r.total for r in results], possible_of(results)
        wait_of = {name: found.answers - found.graded for name, found in progress.items()}
        return self.render(
            "class.html",
            request,
            results=results,
            possible=possible,
            mean=statistics.fmean(totals),
            median=statistics.median(totals),
            open=open_points(results),
            late=any(r.days_late for r in results),
            notes=self.review.book.notes(self.review.homework.name),
            complete=sum(r.complete for r in results),
            progress=progress,
            questions=self.review.questions,
            wait_of=wait_of,
            waiting=sum(wait_of.values()),
            next=next((name for name, number in wait_of.items() if number), ""),
            silent=next((name for name, found in progress.items() if found.silent), ""),
            exercises=lines,
            mistakes=mistake_lines(results)[:8],
            bars=_bars(totals, possible),
        )

    async def exercise(self, request: Request) -> Response:
        name = request.path_params["exercise"]
        question = _found(self.review.questions, name)
        answer = _there(lambda: self.review.answer(name, self._asked(request, "at")))
        return self.render(
            "exercise.html",
            request,
            question=question,
            answer=answer,
            text=as_html(answer.text),
            progress=self.review.progress(name),
            remarks=self.review.decisions.remarks(name),
            scans=self._scans(answer.result.name),
        )

    async def waiting(self, request: Request) -> Response:
        name = request.path_params["exercise"]
        _found(self.review.questions, name)
        found = self.review.waiting(name, self._asked(request, "after"))
        silent = len(self.review.progress(name).silent)
        return JSONResponse({"at": self.review.address(found, _hidden(request)), "silent": silent})

    async def student(self, request: Request) -> Response:
        result = _there(lambda: self.review.result(request.path_params["name"]))
        decisions = self.review.decisions
        names = [entry.name for entry in self.review.homework.entries]
        everybody = [r.name for r in self.review.results()]
        place = everybody.index(result.name)
        return self.render(
            "student.html",
            request,
            result=result,
            before=everybody[place - 1] if place else "",
            after=everybody[place + 1] if place + 1 < len(everybody) else "",
            scans=self._scans(result.name),
            check_code=self.review.check_code,
            run=self.runs.state(),
            names=self.review.labels(),
            code={name: decisions.text(result.name, name) for name in names},
            kinds={e.name: e.exercise.kind for e in self.review.homework.entries},
            seen=Seen(decisions, result.name),
            extended=decisions.newest(result.name, "", EXTENSION) or {},
            grades={e.name: e for e in result.grade.exercises},
            as_html=as_html,
        )

    def _scans(self, name: str) -> list[Scan]:
        """What lies beside the code of a submission."""
        return [Scan.of(*scan) for scan in self.review.decisions.scans(name).items()]

    async def scan(self, request: Request) -> Response:
        of, scans = self._asked(request, "of"), self.review.decisions
        name = self.review.meant(request.query_params.get("name", ""), scans.scans(of))
        data = _there(lambda: scans.scan(of, name))
        if kind := kind_of(data):
            return Response(data, media_type=kind)
        # Nothing that a browser would open: it is saved, whatever it says that it is.
        saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(Path(name).name)}"}
        return Response(data, media_type="application/octet-stream", headers=saved)

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
            made_by=self.review.made_by(),
            lines=mistake_lines(self.review.results()),
        )

    async def alike(self, request: Request) -> Response:
        one, other = (self._asked(request, part) for part in ("one", "other"))
        pairs = alike(self.review)
        known = self.review.labels()
        shown = side_by_side(self.review, one, other) if {one, other} <= known.keys() else None
        return self.render("alike.html", request, pairs=pairs, shown=shown, one=one, other=other)

    def _asked(self, request: Request, part: str) -> str:
        """The submission that an address is about, by its name or by what stands for it."""
        return self.review.meant(request.query_params.get(part, ""))

    async def grading(self, request: Request) -> Response:
        state = self.runs.state()
        labels = self.review.labels(_hidden(request))
        return JSONResponse({**state, "submission": labels.get(str(state["submission"]), "")})


class Seen:
    """Which version of each matter of a submission a page shows, by exercise and kind."""

    def __init__(self, decisions: Decisions, submission: str):
        self.decisions, self.submission = decisions, submission

    def __getitem__(self, about: tuple[str, str]) -> int:
        return self.decisions.latest(self.submission, *about)


def _bars(totals: Sequence[float], possible: float) -> list[tuple[int, int, float]]:
    """How many submissions have which part of the points, in ten classes: number, height in per
    cent, and where the class begins.
    """
    counts = np.histogram(totals, bins=10, range=(0, max(possible, *totals, 1e-9)))
    most = max(1, *counts[0])
    return [(int(n), round(100 * n / most), float(at)) for n, at in zip(*counts)]


def _shortened(code: str) -> str:
    """As much code as a page can show."""
    return code if len(code) <= MOST_CODE else f"{code[:MOST_CODE]}\n\n{say(TOO_LONG)}"


def _hidden(request: Request) -> bool:
    return bool(request.cookies.get("hide") == "1")


def _found(known: dict[str, Any], name: str) -> Any:
    if name not in known:
        raise HTTPException(404)
    return known[name]


def _there(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except (KeyError, IndexError):
        raise HTTPException(404) from None
