"""`kill -9` of `critic grade` at random moments, again and again, then once to the end: is every
output that of a run that nobody killed?

    python benchmarks/killed_class.py [--kills N] [--submissions N]

Compared byte by byte: grades.csv, the exports, feedback and by_hand pages, and records without the
seconds that they tell.
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
topics = ["reparameterization", "kl", "elbo", "likelihood"]
[small.points]
reparameterize = 1
kl_standard_normal = 0.7
kl_to_itself = 2
elbo_proof = 4
"""
RIGHT = """import torch
def reparameterize(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--submissions", type=int, default=16)
    chosen = parser.parse_args()
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for folder in ("in", "course"):
            (top / folder).mkdir()
        (top / "course" / "homeworks.toml").write_text(COURSE)
        (top / "course" / "course.key").write_text("key")
        for index in range(chosen.submissions):
            text = RIGHT.format(factor=0.5 if index % 3 else 1.0)
            (top / "in" / f"student_{index:02d}.py").write_text(f"{text}# {index}\n")
        started = time.perf_counter()
        status = start(top, "whole").wait()
        whole = time.perf_counter() - started
        print(f"undisturbed: status {status}, {whole:.0f} s", flush=True)
        killed = 0
        while killed < chosen.kills:
            run = start(top, "killed")
            try:
                run.wait(timeout=chance.uniform(0.05, 0.7) * whole)
                (top / "killed" / "g.sqlite").unlink(missing_ok=True)  # it was done: begin again
            except subprocess.TimeoutExpired:
                os.kill(run.pid, signal.SIGKILL)
                run.wait()
                killed += 1
        print(f"{killed} kills; then to the end: status {start(top, 'killed').wait()}", flush=True)
        first, second = outputs(top / "whole"), outputs(top / "killed")
        different = sorted({k for k in {*first, *second} if first.get(k) != second.get(k)})
        print(f"{len(first)} files, {len(different)} differ {different[:5]}")
        sys.exit(bool(different))


if __name__ == "__main__":
    main()
