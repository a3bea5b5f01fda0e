"""A whole class: every submission graded in parallel, each result on disk as soon as it is known."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from graders.bulk import record
from graders.bulk.course import fingerprint as key_fingerprint
from graders.bulk.feedback import feedback_page
from graders.bulk.find import Found
from graders.bulk.machine import Machine
from graders.bulk.one import grade_file
from graders.grading.catalogue import load_homework, private_folders
from graders.grading.grade import Grade
from graders.isolation.supervise import Grounds


@dataclass(frozen=True)
class Run:
    """The settings of one grading run; all that a grade depends on beside the submission."""

    homework: str
    out: Path
    course_key: str
    only: tuple[str, ...] = ()
    trust: bool = False
    hidden_from_submissions: tuple[Path, ...] = ()

    def record_path(self, name: str) -> Path:
        return self.out / "records" / f"{name}.json"

    def feedback_path(self, name: str) -> Path:
        return self.out / "feedback" / f"{name}.html"

    def fingerprint(self, found: Found) -> str:
        content = found.file.read_bytes() if found.file else b""
        return record.fingerprint(content, self.homework, self.course_key, json.dumps(self.only), str(self.trust))


def grade_class(run: Run, found: Sequence[Found], jobs: int) -> Iterator[Grade]:
    """Yield a Grade for each submission, in the order in which they end.

    A submission whose record of an earlier run still fits is not graded again: an interrupted run resumes.
    """
    waiting = []
    for item in found:
        old = record.load(run.record_path(item.name))
        if old and old.get("fingerprint") == run.fingerprint(item):
            yield record.from_json(old)
        else:
            waiting.append(item)
    if waiting:
        yield from _graded(run, waiting, min(jobs, len(waiting)))


def _graded(run: Run, waiting: Sequence[Found], jobs: int) -> Iterator[Grade]:
    if jobs <= 1:
        with _grounds(run) as grounds:
            for item in waiting:
                yield _grade_one(run, item, grounds)
        return
    # Spawned, not forked: torch and the isolation's sockets do not survive a fork of this process.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(run,)) as pool:
        futures = [pool.submit(_in_pool, item) for item in waiting]
        try:
            for future in as_completed(futures):
                yield record.from_json(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_pool: dict[str, Any] = {}


def _start(run: Run) -> None:
    """Set up one process of the pool: its run, and grounds of its own that live as long as it does."""
    grounds: AbstractContextManager = _grounds(run)
    _pool.update(run=run, grounds=grounds.__enter__())
    multiprocessing.util.Finalize(None, grounds.__exit__, args=(None, None, None), exitpriority=10)


def _in_pool(found: Found) -> dict[str, Any]:
    return record.to_json(_grade_one(_pool["run"], found, _pool["grounds"]))


def _grounds(run: Run) -> Grounds:
    torch.set_num_threads(1)
    return Grounds(private=[*private_folders(), *run.hidden_from_submissions], trust=run.trust)


def _grade_one(run: Run, found: Found, grounds: Grounds) -> Grade:
    machine = Machine(run.out / ".lock")
    with machine.shared():
        grade = grade_file(found, load_homework(run.homework), grounds, run.course_key, run.only, machine.alone)
    extra = {
        "fingerprint": run.fingerprint(found),
        "code": record.code_version(),
        "course_key": key_fingerprint(run.course_key),
        "layers": [asdict(layer) for layer in grounds.layers],
        "trusted": run.trust,
    }
    record.write(run.feedback_path(found.name), feedback_page(grade, load_homework(run.homework)))
    record.write(run.record_path(found.name), record.dumps(record.to_json(grade, **extra)))
    return grade
