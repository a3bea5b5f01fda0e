"""A class on one machine: a process per core, each with warm grounds. A process that dies costs
nobody a grade.
"""

from __future__ import annotations

import importlib
import multiprocessing
import multiprocessing.connection
import multiprocessing.util
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import closing
from typing import Any

from graders.bulk import early
from graders.bulk.task import Done, Faulty, Layers, Run, Task, withheld
from graders.core.language import speak
from graders.course import homeworks
from graders.course.texts import tongue_here
from graders.grading import record
from graders.isolation.faults import GroundFault
from graders.isolation.seed import Seed

FAULTS = (GroundFault, BrokenExecutor, Faulty)
# A submission that has run so long, in seconds, is no longer counted as one of those that run at
# once: others go on beside it, at most so many more; each process needs some 150 MB.
LONG, BESIDE = 20.0, 1
LOOKS = 1.0


def on_this_machine(
    run: Run, tasks: Sequence[Task], jobs: int, tell: Callable[[str], None] = lambda text: None
) -> Iterator[Done]:
    """Grade tasks, some at a time, in the order in which they end. What a fault interrupts is
    graded once more, alone.

    `tell` hears which submissions were being graded when that happened.
    """
    waiting, attempt = deque(tasks), _in_this_process if min(jobs, len(tasks)) <= 1 else _in_a_pool
    while waiting:
        again: deque[Task] = deque()
        for task, outcome in attempt(run, waiting, jobs):
            if isinstance(outcome, Exception):
                again.append(task)
                tell(
                    f"The grader failed while {task.found.name} was being graded, which is graded"
                    f" once more: {outcome}"
                )
            else:
                yield task, *outcome
        # One at a time: of several that ran when a process died, only one can have been the reason.
        while again:
            for task, outcome in attempt(run, again, 1):
                yield (
                    withheld(run, task, f"The grader failed twice on this submission: {outcome}")
                    if isinstance(outcome, Exception)
                    else (task, *outcome)
                )


# For each task its grade and layers, or the fault that kept it from being graded.
Attempts = Iterator[tuple[Task, tuple | Exception]]


def _in_this_process(run: Run, waiting: deque[Task], _: int) -> Attempts:
    with closing(_desk(run)) as desk:
        while waiting:
            task = waiting.popleft()
            try:
                yield task, desk.grade_found(task)
            except FAULTS as error:
                yield task, error


def _in_a_pool(run: Run, waiting: deque[Task], jobs: int) -> Attempts:
    """Take tasks until none waits or the pool breaks; every task that was taken is answered."""
    # Forks of a process that has loaded the checks and nothing else: they share that memory. Not of
    # this one, whose threads and sockets do not survive a fork.
    context = multiprocessing.get_context("forkserver")
    early.start(run.homework)
    running: dict[Future, Task] = {}
    since: dict[Future, float] = {}
    broken = False
    with ProcessPoolExecutor(
        jobs + BESIDE,
        mp_context=context,
        initializer=_start,
        initargs=(run, os.environ.get(homeworks.VARIABLE), early.seed()),
    ) as pool:
        try:
            while running or (waiting and not broken):
                ended = [
                    (running.pop(future), _outcome(future))
                    for future in wait(running, LOOKS, return_when=FIRST_COMPLETED).done
                ]
                broken = broken or any(isinstance(outcome, BrokenExecutor) for _, outcome in ended)
                # No more than run at once: so it is known what a process was doing when it died.
                # And handed out before the results go into the gradebook: no process waits for
                # that.
                while waiting and not broken and has_place(jobs, map(since.get, running)):
                    broken = not _submit(pool, waiting, running)
                    since |= {f: time.monotonic() for f in running if f not in since}
                yield from ended
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def has_place(jobs: int, since: Iterable[float]) -> bool:
    """Whether one more submission may run beside those that began at these times."""
    ages = [time.monotonic() - began for began in since]
    return sum(age < LONG for age in ages) < jobs and len(ages) < jobs + BESIDE


def _submit(pool: ProcessPoolExecutor, waiting: deque[Task], running: dict[Future, Task]) -> bool:
    """Hand out the next task; False when the pool is broken."""
    try:
        future = pool.submit(_grade, waiting[0])
    except BrokenExecutor:
        return False
    running[future] = waiting.popleft()
    return True


def _outcome(future: Future) -> tuple | Exception:
    """What a task came to. Raises what is no fault of a process, such as Refused."""
    try:
        data, layers = future.result()
    except FAULTS as error:
        return error
    return record.from_json(data), layers


_process: dict[str, Any] = {}


def _desk(run: Run, seed: Seed | None = None) -> Any:
    """A desk in this process. It loads torch and the checks, which a process that only hands out
    tasks has no use for.
    """
    return importlib.import_module("graders.bulk.desk").Desk(run, run.out / ".lock", seed=seed)


def _start(run: Run, course: str | None, seed: Seed | None) -> None:
    """Set up one process of the pool: the course, and a desk that lives as long as the process
    does.
    """
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The process from which this one was forked may have been started for another course.
    os.environ[homeworks.VARIABLE] = course or ""
    speak(tongue_here(run.homework))
    desk = _process["desk"] = _desk(run, seed)
    multiprocessing.util.Finalize(None, desk.close, exitpriority=10)


def _end_with_parent() -> None:
    """End in good order when the grader is killed: a pool's process would wait for work for
    ever.
    """
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(*_: object) -> None:
    """End now, with every submission that runs. No exception: the pool would send it to the parent
    and go on.
    """
    try:
        if "desk" in _process:
            _process["desk"].close()
    finally:
        os._exit(1)


def _grade(task: Task) -> tuple[dict[str, Any], Layers]:
    grade, layers = _process["desk"].grade_found(task)
    return record.to_json(grade), layers
