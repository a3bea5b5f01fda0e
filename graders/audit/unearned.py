"""Code that solves nothing earns nothing: every generic stub, the stub as handed out, every wrong
answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from graders.core.artefacts import ArtefactHost
from graders.core.engine import run_exercise
from graders.core.host import Host
from graders.core.student import Hosting
from graders.grading.catalogue import Entry, Homework
from graders.grading.share import gates, share_of
from graders.grading.stubs import stubs

# Not the key under which the checks that earn are found: what passes by luck shows here.
KEY = "unearned"


def unearned(entry: Entry, homework: Homework) -> list[str]:
    """Sentences on points that nobody earned; one when no check needs a value."""
    every = {check.name for check in (*entry.public, *entry.hidden)}
    if entry.exercise.kind != "A" and every <= gates(entry, homework):
        return ["every check is passed by code that solves nothing, so part of it earns nothing"]
    return [
        f"{name} earns {earned:g} of the points"
        for name, host in _hosts(entry, homework)
        if (earned := share(entry, homework, host)) != 0
    ]


def _hosts(entry: Entry, homework: Homework) -> Iterator[tuple[str, Hosting]]:
    if entry.exercise.kind == "A":
        for mistake in entry.misconceptions:
            yield f"the wrong answer {mistake.value!r}", Host({entry.name: mistake.value})
        return
    if entry.exercise.stub:
        yield "the stub as handed out", Host({entry.name: entry.exercise.stub})
    for name, stub in stubs(entry, homework.right).items():
        host = ArtefactHost(stub) if entry.exercise.kind == "E" else Host({entry.name: stub})
        yield f"the stub that gives {name}", host


def share(entry: Entry, homework: Homework, host: Hosting) -> float | None:
    """What is earned by what is handed in, judged as it is; None where a person has to look."""
    verdicts = [
        *run_exercise(entry.public, host, key=KEY, public=True),
        *run_exercise(entry.hidden, host, key=KEY, public=False, right=homework.right),
    ]
    return share_of(verdicts, partial(gates, entry, homework), entry.choices)
