"""What this machine offers: which layers will be on, what remains open, and a self-test that tries
the attacks.

`critic doctor` prints the lines and exits with the report's status.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.isolation import linux
from graders.isolation.faults import Refused
from graders.isolation.interpreter import own
from graders.isolation.sight import tops
from graders.isolation.supervise import BEARABLE, Grounds, Layer

# What each layer protects from, in the words of somebody who has to decide whether that is enough.
PROTECTS = {
    "values only": "no verdict, object or code of a submission reaches the grader",
    "separate process": (
        "nothing that a submission patches is the grader's; hidden checks are not in its memory"
    ),
    "hidden folders": (
        "private folders, closed homes and others' temporary files are empty for submissions"
    ),
    "no network": "submissions have no network interface",
    "own processes": (
        "a submission sees its own processes only, not the names and command lines of others"
    ),
    "memory group": (
        "the memory of all processes of a submission together is bounded, with what the kernel"
        " keeps for them (without it their sockets are counted once a second)"
    ),
    "own branches": (
        "what one exercise's code leaves, in files, memory, processes or limits, is gone before the"
        " next one's runs (without it the exercises of one submission share their folder)"
    ),
    "limits": (
        "memory, processor time, processes, files and descriptors of a submission are bounded"
    ),
    "own ipc": (
        "shared memory, queues and sockets without a file of one submission are not there for"
        " another"
    ),
    "own user": (
        "a submission can neither read, signal nor trace the grader or another submission, and is"
        " ended for certain"
    ),
    "no new privileges": "programs that change the user or add rights do neither",
    "landlock": (
        "files outside the interpreter, the libraries and its own folder are closed to a submission"
    ),
    "system call filter": (
        "network sockets, tracing, mounting, namespaces and other calls that no exercise needs are"
        " denied"
    ),
}
# What the self-test tries, and the sentence for each that succeeds.
TRIED = (
    "import private packages", "signal the grader", "read the grader's environment",
    "read the grader's memory", "trace the grader",
    "become root", *BEARABLE,
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What was found. `status` is 0 when hidden checks may run here."""

    lines: tuple[str, ...]
    layers: tuple[Layer, ...]
    status: int

    def __str__(self) -> str:
        return "\n".join(self.lines)


def doctor(private: Sequence[Path] = (), trust: bool = False) -> Report:
    """Start a worker as for grading, try what it must not be able to do, and say in one line each
    what holds.
    """
    lines = [_machine()]
    try:
        with Grounds(private=private, trust=trust) as grounds:
            layers, could = grounds.layers, list(grounds.could)
    except Refused as refused:
        return Report((*lines, f"REFUSED: {refused}"), (), 1)
    lines += [_line(layer) for layer in layers if layer.name in PROTECTS]
    lines += [
        f"self-test: a submission could not read {path}"
        for path in tops(private, own().folders)
        if not any(f"{what} ".startswith((f"read {path} ", f"read {path}/")) for what in could)
    ]
    lines += [f"self-test: a submission could not {what}" for what in TRIED if what not in could]
    lines += [f"UNPROTECTED: a submission could {what}" for what in could]
    lines.append(
        "hidden checks run here"
        + (", because submissions are trusted" if trust and set(could) - set(BEARABLE) else "")
    )
    return Report(tuple(lines), layers, 0)


def _machine() -> str:
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    abi = linux.landlock_abi() if sys.platform == "linux" else 0
    return (
        f"{platform.system()} {platform.release()} on {platform.machine()}, Python"
        f" {platform.python_version()}, as {who}, Landlock {abi or 'not there'}"
    )


def _line(layer: Layer) -> str:
    reason = f" ({layer.reason})" if layer.reason else ""
    return f"{layer.state:>10}  {layer.name}{reason}: {PROTECTS[layer.name]}"


def main() -> int:
    """`python -m graders.isolation.doctor [PRIVATE...]`."""
    report = doctor([Path(p) for p in sys.argv[1:]])
    print(report)
    return report.status


if __name__ == "__main__":
    sys.exit(main())
