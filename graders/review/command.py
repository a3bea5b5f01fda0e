"""`critic review`: opens the gradebook, serves the pages on loopback, and opens the browser."""

from __future__ import annotations

import secrets
import signal
import socket
import tempfile
import webbrowser
from contextlib import suppress
from pathlib import Path

import uvicorn
from rich.console import Console

from graders.bulk.bookkeeping import existing, explained, no_results
from graders.bulk.command import OK, BadOption, Options
from graders.bulk.gradebook import Gradebook
from graders.grading.catalogue import load_homework
from graders.review.again import Again
from graders.review.app import make_app
from graders.review.state import Review

HOST = "127.0.0.1"


@explained
def serve(
    console: Console, homework: str, out: Path, options: Options, port: int, browser: bool
) -> int:
    """Serve the review of a homework until it is interrupted. Returns the exit status."""
    known = load_homework(homework)
    with Gradebook(existing(options.book(out))) as book, _listening(port) as listener:
        review, again = Review(book, known, out), Again()
        if not book.rows(homework):
            raise no_results(book, homework)
        token = secrets.token_urlsafe(16)
        address = f"http://{HOST}:{listener.getsockname()[1]}/{token}/"
        console.print(
            f"Review of {homework}: {address}\nOnly this machine can open it. Everything you"
            f" click is in the gradebook at once; end with Ctrl-C, then `{review.export}` writes"
            " all files again.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        config = uvicorn.Config(
            make_app(review, token, again), log_level="warning", access_log=False
        )
        door = _door(book.path.parent, address) if browser else None
        # The server ends in good order, and then lets the signal through.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            again.stop()
            if door:
                door.unlink(missing_ok=True)
    return OK


def _door(folder: Path, address: str) -> Path:
    """Open the browser by a file that only its owner can read and that leads to the address: the
    arguments of a program can be read by everybody on the machine, and the address holds the token.
    """
    handle, name = tempfile.mkstemp(dir=folder.resolve(), prefix=".review-", suffix=".html")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={address}">')
    webbrowser.open(Path(name).as_uri())
    return Path(name)


def _listening(port: int) -> socket.socket:
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        why = f"port {port} cannot be had: {error.strerror}; --port 0 takes a free one"
        raise BadOption(why) from None
    listener.set_inheritable(False)
    return listener
