"""The addresses of a review."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from graders.review.again import Again
from graders.review.changes import Changes, handler
from graders.review.guard import Guard
from graders.review.pages import Pages
from graders.review.state import Review

STATIC = Path(__file__).parent / "static"


def make_app(review: Review, token: str, again: Again | None = None) -> Starlette:
    """The application. Every address begins with the token; whoever does not know it finds
    nothing. `again`: what grades a submission again.
    """
    again = again or Again()
    pages, changes = Pages(review, token, again), Changes(review, again)
    routes = [
        Route("/", pages.of_class),
        Route("/exercise/{exercise}", pages.exercise),
        Route("/waiting/{exercise}", pages.waiting),
        Route("/student/{name:path}", pages.student),
        Route("/page/{name:path}", pages.seen_by_student),
        Route("/scan", pages.scan),
        Route("/mistakes", pages.mistakes),
        Route("/alike", pages.alike),
        Route("/grading", pages.grading),
        *(Route(f"/{n}", handler(c), methods=["POST"]) for n, c in changes.by_name.items()),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    guarded = Mount("/{token}", routes=routes)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app = Starlette(routes=[guarded], middleware=[hosts, Middleware(Guard, token=token)])
    app.add_exception_handler(404, pages.not_found)
    app.add_exception_handler(Exception, pages.failed)
    return app
