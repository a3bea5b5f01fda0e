"""Who may ask the pages for anything: whoever knows the token, from this machine; and change
anything: our own page alone.
"""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
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

NO_TOKEN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not found</title><style>:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 1rem; }
</style><h1>This address opens no review</h1>
<p>Every start of <code>critic review</code> makes an address of its own, which ends with it.
Open the one that stands where it runs, or start it again. What was decided is in the gradebook.</p>
"""


class Guard:
    """The token, the headers of every answer, and that a change comes from our own page."""

    def __init__(self, app: Any, token: str):
        self.app, self.token = app, token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.url.path.split("/")[1]
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            await HTMLResponse(NO_TOKEN, 404, HEADERS)(scope, receive, send)
            return
        if request.method != "GET" and not _own(request):
            error = {"error": "this change does not come from the page: load it again"}
            await JSONResponse(error, 403, HEADERS)(scope, receive, send)
            return

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
    ours = f"{request.url.scheme}://{request.url.netloc}"
    return origin == ours and site == "same-origin" and json_only
