"""How long `critic review` takes to start, and each of its pages to answer, for a made-up class.

    python benchmarks/review_speed.py [STUDENTS]

Each page is asked for 31 times after the first; the median and the slowest are printed, in
milliseconds. Aims: start below 3 s, median below 100 ms, for 300 students.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.review.conftest import fill

PAGES = (
    "",
    "exercise/elbo_proof",
    "exercise/elbo_proof?at=student_007",
    "waiting/elbo_proof?after=student_007",
    "student/student_007",
    "page/student_007",
    "mistakes",
    "alike",
)
TIMES = 31


def main(students: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = fill(Path(folder), students, factor=lambda i: 2.0 + i % 10)
        started = time.perf_counter()
        command = [sys.executable, "-m", "graders.cli", "review", "vae", "--no-browser"]
        review = subprocess.Popen(
            [*command, "--gradebook", str(book)], stdout=subprocess.PIPE, text=True
        )
        try:
            address = ""
            while not address:
                found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/", review.stdout.readline())
                address = found[0] if found else ""
            seconds(address)
            print(f"{students} students; started, first page there: {since(started):.2f} s")
            for page in PAGES:
                first, *times = (1000 * seconds(address + page) for _ in range(TIMES + 1))
                print(
                    f"{page or 'the class':<40} median {statistics.median(times):6.1f} ms,"
                    f" slowest {max(times):6.1f}, first {first:6.1f}"
                )
        finally:
            review.terminate()
            review.wait()


def since(started: float) -> float:
    return time.perf_counter() - started


def seconds(address: str) -> float:
    """One request, answered in full."""
    started = time.perf_counter()
    with urllib.request.urlopen(address) as answer:
        answer.read()
    return since(started)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
