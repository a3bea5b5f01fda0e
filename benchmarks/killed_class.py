"""`kill -9` of `critic grade` at random moments, again and again, then once to the end: is every
output that of a run that nobody killed?

    python benchmarks/killed_class.py [--kills N] [--submissions N] [--work DIR] [--seconds S]

Compared byte by byte: grades.csv, the exports, feedback and by_hand pages, and records without the
seconds that they tell. With --work it goes on from where a run of it that --seconds ended was.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COURSE = """
[small]
title = "Small"
topics = ["kl", "elbo"]
[small.points]
kl_standard_normal = 0.7
kl_to_itself = 2
elbo_proof = 4
"""
RIGHT = """import torch
def kl_standard_normal(mu, logvar):
    return {factor} * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
kl_to_itself = 0.0
"""
SECONDS = re.compile(rb'"[\w -]+": [0-9.e-]+,?\n|"seconds": [0-9.e-]+')


def start(top: Path, out: str) -> subprocess.Popen:
    """`critic grade` in a process group of its own."""
    command = [sys.executable, "-m", "graders.cli", "grade", "small", str(top / "in"), "--out"]
    return subprocess.Popen(
        [*command, str(top / out), "--gradebook", str(top / out / "g.sqlite"), "--jobs", "2"],
        env={**os.environ, "CRITIC_COURSE": str(top / "course"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )


def outputs(out: Path) -> dict[str, bytes]:
    """Everything that was written, by its path."""
    found = {}
    for place in ("grades.csv", "exports", "feedback", "by_hand", "records"):
        paths = [out / place] if place.endswith(".csv") else sorted((out / place).rglob("*"))
        for path in (p for p in paths if p.is_file()):
            content = path.read_bytes()
            found[str(path.relative_to(out))] = SECONDS.sub(b"", content)
    return found


def prepare(top: Path, submissions: int) -> None:
    """The course and the class."""
    for folder in ("in", "course"):
        (top / folder).mkdir(parents=True)
    (top / "course" / "homeworks.toml").write_text(COURSE)
    (top / "course" / "course.key").write_text("key")
    for index in range(submissions):
        text = RIGHT.format(factor=0.5 if index % 3 else 1.0)
        (top / "in" / f"student_{index:03d}.py").write_text(f"{text}# {index}\n")


def undisturbed(top: Path) -> float:
    """Seconds of a run that nobody kills; made once."""
    kept = top / "seconds"
    if not kept.exists():
        started = time.perf_counter()
        if status := start(top, "whole").wait():
            raise SystemExit(f"critic grade ended with status {status}")
        kept.write_text(f"{time.perf_counter() - started:.1f}")
    return float(kept.read_text())


def kill_once(top: Path, moment: float) -> bool:
    """Whether the run was still at work at this moment, and was killed."""
    run = start(top, "killed")
    try:
        run.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        return True
    (top / "killed" / "g.sqlite").unlink(missing_ok=True)  # it was done: begin again
    return False


def killed(top: Path, wanted: int, whole: float, until: float) -> int:
    """How often it has been killed by now. Moments are random; a tenth of them fall into the
    first second, when it starts.
    """
    kept, chance = top / "kills", random.Random()
    count = int(kept.read_text()) if kept.exists() else 0
    while count < wanted and time.monotonic() < until:
        moment = chance.uniform(0.05, 0.4 * whole) if chance.random() < 0.9 else chance.random()
        count += kill_once(top, moment)
        kept.write_text(str(count))
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--seconds", type=float, default=1e9)
    chosen = parser.parse_args()
    until = time.monotonic() + chosen.seconds
    with tempfile.TemporaryDirectory() as name:
        top = chosen.work or Path(name)
        if not (top / "in").exists():
            prepare(top, chosen.submissions)
        whole = undisturbed(top)
        print(f"undisturbed: {whole:.0f} s", flush=True)
        count = killed(top, chosen.kills, whole, until)
        if count < chosen.kills:
            raise SystemExit(f"{count} kills so far; the same command goes on")
        print(f"{count} kills; then to the end: status {start(top, 'killed').wait()}", flush=True)
        first, second = outputs(top / "whole"), outputs(top / "killed")
        different = sorted({k for k in {*first, *second} if first.get(k) != second.get(k)})
        print(f"{len(first)} files, {len(different)} differ {different[:5]}")
        sys.exit(bool(different))


if __name__ == "__main__":
    main()
