"""What resource attacks cost a class: the peak memory of the grader's own processes, and its time
beside that of the honest part alone.

    python benchmarks/class_under_attack.py [--honest N] [--jobs N]

Submissions that return, record, unpack, sleep, raise and allocate as much as they can lie among
honest copies of the references. Wanted: less than 1.5 GB, and less than twice the time. How many
times it is hangs on the size of the class: what fifteen attacks cost is the same in any.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil

from graders.grading.catalogue import load_homework
from graders.grading.source import IMPORTS, standalone
from graders.isolation.uids import FIRST, LAST

HOMEWORK = "vae"
MB = 2**20
ATTACKS = {
    "returns_100_mb": (
        "import torch\n{all} = [lambda *a, **k: torch.zeros(12_500_000).double()] * {n}"
    ),
    "returns_50_mb": (
        "import torch\n{all} = [lambda *a, **k: torch.zeros(6_250_000).double()] * {n}"
    ),
    "records_3900": (
        "import torch\ndef elbo(x, encoder, decoder, n_samples=1):\n"
        "    z = torch.zeros(len(x), 3)\n"
        "    for i in range(3900): decoder((z + i).to(x.dtype))\n    return torch.zeros(len(x))\n"
        "vae_loss = iwae_bound = elbo_sampled = elbo"
    ),
    "returns_99000_numbers": "{all} = [lambda *a, **k: [0.5] * 99_000] * {n}",
    "sleeps_15_s": (
        "import time\ndef kl_standard_normal(mu, logvar):\n    time.sleep(15)\n"
        "    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)"
    ),
    "hangs_everywhere": "def hang(*a, **k):\n    while True: pass\n{all} = [hang] * {n}",
    "sleeps_everywhere": "import time\n{all} = [lambda *a, **k: time.sleep(60)] * {n}",
    "ends_its_parent": "import os\n{all} = [lambda *a, **k: os.kill(os.getppid(), 9)] * {n}",
    "burns": (
        "import os\nfor _ in range(8):\n    if not os.fork():\n        while True: pass\n"
        "{all} = [lambda *a, **k: 0.0] * {n}"
    ),
    "fills_memory": (
        "import torch\nkept = []\ndef kl_standard_normal(mu, logvar):\n"
        "    while True: kept.append(torch.ones(2**24))"
    ),
    "fills_sockets": (
        "import os, socket, time\nfor _ in range(48):\n    if not os.fork():\n        kept = []\n"
        "        for _ in range(100):\n            pair = socket.socketpair()\n"
        "            for end in pair:\n                end.setblocking(False)\n"
        "                try:\n                    while True: end.send(b'x' * 65536)\n"
        "                except OSError: pass\n            kept.append(pair)\n"
        "        time.sleep(60)\n        os._exit(0)"
    ),
}


def source(entries: list) -> str:
    """A right submission."""
    return "\n\n\n".join([IMPORTS, *(standalone(e.solution, e.name) for e in entries)])


def write(folder: Path, honest: int, attacks: bool) -> None:
    """The class."""
    entries = [e for e in load_homework(HOMEWORK).graded if e.exercise.kind == "F"]
    right = source(entries)
    for index in range(honest):
        (folder / f"honest_{index:02d}.py").write_text(right)
    if not attacks:
        return
    names = [entry.name for entry in entries]
    for name, code in ATTACKS.items():
        text = code.replace("{all}", ", ".join(names)).replace("{n}", str(len(names)))
        (folder / f"{name}.py").write_text(text)
    cell = {"cell_type": "code", "source": "1 / 0", "metadata": {}, "outputs": []}
    for count in (3_000, 171_213):
        cells = {"cells": [cell] * count, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"raises_{count}.ipynb").write_text(json.dumps(cells))
    for index in range(3):
        with zipfile.ZipFile(folder / f"bomb{index}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.py", "x = 1")
            archive.writestr("zeros.bin", bytes(200 * MB))


def own_memory(pid: int) -> int:
    """Bytes of the grader's own processes; those of submissions have users of their own."""
    size = 0
    try:
        found = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    for process in found:
        try:
            if not FIRST <= process.uids().real <= LAST:
                size += process.memory_full_info().pss
        except psutil.Error:
            continue
    return size


def run(folder: Path, out: Path, jobs: int) -> tuple[float, int]:
    """Seconds, and the peak in bytes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "graders.cli", "grade", HOMEWORK, str(folder), "--out", str(out),
         "--jobs", str(jobs)], stdout=subprocess.DEVNULL,
    )  # fmt: skip
    peak, ended = 0, threading.Event()

    def look(memory: Callable[[int], int] = own_memory) -> None:
        nonlocal peak
        while not ended.wait(0.5):
            peak = max(peak, memory(process.pid))

    watch = threading.Thread(target=look)
    watch.start()
    status = process.wait()
    ended.set()
    watch.join()
    if status:
        raise SystemExit(f"critic grade ended with status {status}")
    return time.perf_counter() - started, peak


def print_attacks(out: Path) -> None:
    """What each attack earned, and how long it took."""
    for file in sorted((out / "records").glob("*.json")):
        if not file.name.startswith("honest"):
            grade = json.loads(file.read_text())
            took = sum(grade["seconds"].values())
            print(f"{grade['submission']:<28} {grade['points']:6.2f} points {took:7.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--honest", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        times, tables = {}, {}
        for kind in ("honest", "attacked"):
            folder = Path(top, kind)
            folder.mkdir()
            write(folder, chosen.honest, kind == "attacked")
            times[kind], peak = run(folder, Path(top, f"{kind}-out"), chosen.jobs)
            print(f"{kind}: {times[kind]:.0f} s, the grader's own peak {peak / MB:.0f} MB")
            tables[kind] = (Path(top, f"{kind}-out") / "grades.csv").read_text().splitlines()
        print_attacks(Path(top, "attacked-out"))
        changed = set(tables["honest"]) - set(tables["attacked"])
        print(f"honest rows that are others: {len(changed)}")
        print(f"ratio {times['attacked'] / times['honest']:.2f}")


if __name__ == "__main__":
    main()
