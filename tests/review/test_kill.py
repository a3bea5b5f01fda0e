"""A review that is killed in the middle has lost nothing that was clicked; one that is ended leaves
nothing behind.
"""

import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import psutil

from graders.bulk.called import keep_call
from graders.bulk.gradebook import Gradebook
from tests.review.test_changes import ask, score


def started(gradebook):
    """A review as a process of its own: it, its port, and its token."""
    command = [sys.executable, "-m", "graders.cli", "review", "vae", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--gradebook", str(gradebook)], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/([\w-]+)/", line):
            return process, ("127.0.0.1", int(found[1])), found[2]
    raise AssertionError(f"no address; status {process.wait()}")


def test_a_kill_in_the_middle_loses_nothing_that_was_clicked(gradebook):
    process, address, token = started(gradebook)
    kept = {}

    def click():
        for i in range(2_000):
            name = f"student_{i % 20:03}"
            points = (i % 9) / 2
            body = score(submission=name, points=points, seen=i // 20, comment=f"click {i}")
            try:
                status, _, _ = ask(address, f"/{token}/score", body)
            except (OSError, http.client.HTTPException):
                return
            assert status == 200
            kept[name] = (points, f"click {i}")

    clicking = threading.Thread(target=click)
    clicking.start()
    deadline = time.monotonic() + 30
    while len(kept) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    clicking.join()
    assert len(kept) == 20
    with sqlite3.connect(gradebook) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Gradebook(gradebook) as book:
        found = {n: of["elbo_proof"] for n, of in book.scores("vae").items()}
    # At most the click that was under way has been kept without an answer.
    differ = [n for n, g in found.items() if (g.points, g.comment) != kept[n]]
    assert found.keys() == kept.keys() and len(differ) <= 1


def test_a_review_that_is_ended_ends_what_it_started(gradebook, tmp_path):
    with Gradebook(gradebook) as book:
        # A pipe that nobody writes to: reading the submissions goes on for ever.
        os.mkfifo(tmp_path / "roster.csv")
        keep_call(book, "vae", tmp_path, {"roster": tmp_path / "roster.csv", "out": tmp_path})
    process, address, token = started(gradebook)
    assert ask(address, f"/{token}/again", {"submission": "student_000"})[0] == 200
    (run,) = psutil.Process(process.pid).children()
    process.terminate()
    assert process.wait() == 0
    process.stdout.close()
    assert not run.is_running() or run.status() == psutil.STATUS_ZOMBIE
