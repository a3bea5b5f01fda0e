"""A whole class: every submission graded in parallel, each result in the gradebook as soon as it is known."""

from __future__ import annotations

import ctypes
import hashlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from graders.bulk import record
from graders.bulk.course import fingerprint
from graders.bulk.find import Found
from graders.bulk.gradebook import Gradebook, Stamp
from graders.bulk.machine import Machine
from graders.bulk.one import grade_file
from graders.bulk.versions import check_versions, engine_version, with_required
from graders.core.artefacts import artefact_file
from graders.grading.catalogue import load_homework, private_folders
from graders.grading.grade import Grade
from graders.isolation.supervise import Grounds

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Run:
    """The settings of one grading run; all that a grade depends on beside the submission."""

    homework: str
    out: Path
    course_key: str
    only: tuple[str, ...] = ()
    trust: bool = False
    hidden_from_submissions: tuple[Path, ...] = ()

    def stamps(self) -> dict[str, Stamp]:
        """What a result of each exercise depends on, the submission's content left out."""
        versions = check_versions(load_homework(self.homework))
        key = fingerprint(self.course_key)
        return {name: Stamp("", engine_version(), v, key, self.trust) for name, v in versions.items() if not self.only or name in self.only}


@dataclass(frozen=True)
class Task:
    """One submission, and the exercises of it that have to be graded."""

    found: Found
    exercises: tuple[str, ...]


def content_of(found: Found) -> str:
    """The hash of a submission's file, and of what an experiment left beside it; that of nothing when it has none or cannot be read."""
    if found.file is None:
        return hashlib.sha256(b"").hexdigest()
    beside = artefact_file(found.file)
    return hashlib.sha256(_bytes(found.file) + (_bytes(beside) if beside else b"")).hexdigest()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def grade_class(run: Run, found: Sequence[Found], notes: Sequence[str], book: Gradebook, jobs: int) -> Iterator[str]:
    """Grade what has no standing result, into the gradebook; yield the name of each submission when it is complete.

    A result stands while the submission, the checks and the settings that it depends on are the same. So a run that
    was broken off goes on, and after a change of one check only what depends on it is graded again.
    """
    contents = {item.name: content_of(item) for item in found}
    number = book.begin(run.homework, {"only": run.only, "trusted": run.trust, "course_key": fingerprint(run.course_key)}, record.code_version())
    book.register(number, run.homework, [(item, contents[item.name]) for item in found], notes)
    stamps, tasks = run.stamps(), []
    for item in found:
        old = book.stamps(run.homework, item.name)
        due = tuple(name for name, stamp in stamps.items() if old.get(name) != stamp._replace(content=contents[item.name]))
        if due:
            tasks.append(Task(item, due))
        else:
            yield item.name
    for task, grade, layers in _graded(run, tasks, min(jobs, len(tasks))):
        fresh = {name: stamps[name]._replace(content=contents[task.found.name]) for name in task.exercises}
        book.add(number, grade, fresh, layers)
        yield task.found.name
    book.finish(number)


def _graded(run: Run, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Grade, list[Mapping[str, Any]]]]:
    if jobs <= 1:
        if tasks:
            with _grounds(run) as grounds:
                for task in tasks:
                    yield task, _grade_one(run, task, grounds), _layers(grounds)
        return
    # Spawned, not forked: torch and the isolation's sockets do not survive a fork of this process.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(run, os.getpid())) as pool:
        futures = {pool.submit(_in_pool, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                data, layers = future.result()
                yield futures[future], record.from_json(data), layers
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_pool: dict[str, Any] = {}


def _start(run: Run, parent: int) -> None:
    """Set up one process of the pool: its run, and grounds of its own that live as long as it does."""
    _end_with(parent)
    grounds: AbstractContextManager = _grounds(run)
    _pool.update(run=run, grounds=grounds.__enter__())
    multiprocessing.util.Finalize(None, grounds.__exit__, args=(None, None, None), exitpriority=10)


def _end_with(parent: int) -> None:
    """End in good order when the parent is killed: a pool's process would wait for work for ever."""
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            _leave()


def _leave(*_: object) -> None:
    """End now, with every submission that runs. No exception: the pool would send it to the parent and go on."""
    try:
        if "grounds" in _pool:
            _pool["grounds"].__exit__(None, None, None)
    finally:
        os._exit(1)


def _in_pool(task: Task) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    grounds = _pool["grounds"]
    return record.to_json(_grade_one(_pool["run"], task, grounds)), _layers(grounds)


def _grounds(run: Run) -> Grounds:
    torch.set_num_threads(1)
    return Grounds(private=[*private_folders(), *run.hidden_from_submissions], trust=run.trust)


def _layers(grounds: Grounds) -> list[Mapping[str, Any]]:
    return [asdict(layer) for layer in grounds.layers]


def _grade_one(run: Run, task: Task, grounds: Grounds) -> Grade:
    """Grade what is due, with what it requires: how a prerequisite went decides about stand-ins."""
    homework = load_homework(run.homework)
    everything = len(task.exercises) == len(homework.graded)
    needed = () if everything else tuple(with_required(homework, list(task.exercises)))
    machine = Machine(run.out / ".lock")
    with machine.shared():
        grade = grade_file(task.found, homework, grounds, run.course_key, needed, machine.alone)
    return replace(grade, exercises=tuple(e for e in grade.exercises if e.name in task.exercises))
