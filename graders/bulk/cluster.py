"""A class on a Dask cluster: its workers grade, each isolating as one machine does; this process
writes the gradebook.

Dask hands out tasks and hands them out again when a worker is lost. What it and we exchange is
pickled, so whoever reaches the scheduler owns the cluster: connections that leave a machine are
encrypted and authenticated by TLS, and a worker on which a submission could open a connection
refuses to grade.
"""

from __future__ import annotations

import ipaddress
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import torch
from distributed import Client, Future, Security, as_completed, get_worker

from graders.bulk.desk import Desk
from graders.bulk.gradebook import Stamp
from graders.bulk.task import BadCluster, Done, Layers, Run, Task, withheld
from graders.course import homeworks
from graders.course.carried import course_files
from graders.grading import record
from graders.grading.one import HandedIn, read_in
from graders.isolation.faults import GroundFault, Refused
from graders.isolation.supervise import Grounds

SET_UP = "docs/cluster.md says how to set up a cluster"
CONNECT_SECONDS, RESTART_SECONDS = 10, 60
# Tasks that are with the cluster, for each of its threads: one runs, one waits. And so many while
# it is still growing.
AHEAD, LEAST = 2, 32


@dataclass(frozen=True)
class Job:
    """What every task of a run has in common: all that a worker needs beside the submission.

    course: the files of the course, nothing for the built-in one. stamps, torch: what the worker's
    own must be equal to.
    """

    run: Run
    course: dict[str, bytes]
    stamps: dict[str, Stamp]
    torch: str


def on_cluster(
    run: Run, tasks: Sequence[Task], address: str, tell: Callable[[str], None] = lambda text: None
) -> Iterator[Done]:
    """Grade tasks on the workers of a cluster, in the order in which they end. Raises BadCluster
    and Refused.
    """
    job = Job(run, course_files(), run.stamps(), torch.__version__)
    with _connected(address) as client:
        _refresh(client, job)
        if not client.nthreads():
            tell(f"No worker has joined {address} yet: waiting for the first.")
        try:
            yield from _results(client, job, tasks)
        except OSError as error:
            raise GroundFault(f"the cluster's scheduler at {address} is gone ({error})") from error


def _results(client: Client, job: Job, tasks: Sequence[Task]) -> Iterator[Done]:
    waiting, running, ended = iter(tasks), {}, as_completed(loop=client.loop)

    def hand_out() -> None:
        """So much that no worker is idle, and no more: submissions that wait in the scheduler take
        its memory.
        """
        wanted = max(LEAST, AHEAD * sum(client.nthreads().values()))
        for task in islice(waiting, max(0, wanted - len(running))):
            # Not pure: an equal call in an earlier run is another one. One retry: on another
            # worker, or on new grounds.
            future = client.submit(
                grade_here,
                job,
                read_in(task.found),
                task.exercises,
                key=None,
                pure=False,
                retries=1,
            )
            running[future] = task
            ended.add(future)

    hand_out()
    for future in ended:
        task = running.pop(future)
        # Before the result goes into the gradebook: no worker waits for that.
        hand_out()
        yield _done(job.run, task, future)


def _done(run: Run, task: Task, future: Future) -> Done:
    """What a task came to. A submission that no worker could grade is withheld; what concerns all
    of them is raised.
    """
    if future.cancelled():
        raise GroundFault(
            "the cluster's scheduler is gone, or has forgotten what it was asked to do"
        )
    error = future.exception()
    if error is None:
        data, layers = future.result()
        return task, record.from_json(data), layers
    if isinstance(error, (Refused, BadCluster)):
        raise error
    return withheld(
        run,
        task,
        f"No worker of the cluster could grade this submission: {type(error).__name__}: {error}",
    )


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client of this scheduler. Raises BadCluster where what is exchanged could be read or
    forged.
    """
    security = _security(address)
    try:
        client = Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        raise BadCluster(
            f"--cluster {address}: no connection ({error}): is the scheduler running, and does its"
            f" certificate come from the same authority? {SET_UP}"
        ) from None
    try:
        # A scheduler on loopback may listen elsewhere too, and have workers there.
        for other in (client.scheduler_info()["address"], *client.nthreads()):
            _check_encrypted(other)
        yield client
    finally:
        client.close()


def _security(address: str) -> Security:
    _check_encrypted(address)
    if urlsplit(_full(address)).scheme != "tls":
        return Security(require_encryption=False)
    security = Security(require_encryption=True)
    if not (security.tls_ca_file and security.tls_client_cert):
        raise BadCluster(
            f"--cluster {address}: tls:// needs the certificate of this cluster's authority and one"
            f" for this client, set in Dask's configuration; {SET_UP}"
        )
    return security


def _check_encrypted(address: str) -> None:
    parts = urlsplit(_full(address))
    if parts.scheme == "tls" or (parts.scheme == "tcp" and _loopback(parts.hostname or "")):
        return
    raise BadCluster(
        f"{address} is reached over a network without TLS, where anybody could read submissions and"
        f" take over the grader: wanted tls://HOST:PORT; {SET_UP}"
    )


def _full(address: str) -> str:
    return address if "://" in address else f"tcp://{address}"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refresh(client: Client, job: Job) -> None:
    """Restart workers that have loaded another state of the course: Python does not load a module
    twice.
    """
    stale = [
        address for address, fresh in client.run(has_room_for, job.course).items() if not fresh
    ]
    if not stale:
        return
    try:
        # Now and then a nanny ends with its worker. Then the others do the work.
        client.restart_workers(stale, timeout=RESTART_SECONDS, raise_for_error=False)
    except ValueError as error:
        raise BadCluster(
            f"{', '.join(stale)}: graded with another state of this course, and cannot be restarted"
            f" from here ({error}): restart them"
        ) from None
    if not client.nthreads():
        raise BadCluster(
            "no worker came back after its restart, which a changed course needs: start them again"
        )


# What follows runs on the workers.


@dataclass
class _Here:
    """The state of one worker process: the course it has loaded, the job it works on, and the desk
    where it does.
    """

    turn: threading.Lock = field(default_factory=threading.Lock)
    course: dict[str, bytes] | None = None
    job: Job | None = None
    desk: Desk | None = None


_here = _Here()


def has_room_for(course: dict[str, bytes]) -> bool:
    """Whether this process has loaded no other course than this one."""
    return _here.course in (None, course)


def grade_here(
    job: Job, handed_in: HandedIn, exercises: tuple[str, ...]
) -> tuple[dict[str, Any], Layers]:
    """Grade one submission. One at a time: checks share random number generators, and a worker may
    have several threads.
    """
    with _here.turn:
        if _here.job != job:
            _sit_down(job)
        try:
            grade, layers = _here.desk.grade(handed_in, exercises)
        except Refused as error:
            raise Refused(f"on the worker {get_worker().address}: {error}") from None
    return record.to_json(grade), layers


def _sit_down(job: Job) -> None:
    worker = get_worker()
    if not has_room_for(job.course):
        raise BadCluster(
            f"the worker {worker.address} has graded with another state of this course: restart it"
        )
    if _here.course is None:
        _take_course(job.course, worker.local_directory)
    if job.torch != torch.__version__ or job.stamps != job.run.stamps():
        raise BadCluster(
            f"the worker {worker.address} has another version of critic or of torch"
            f" ({torch.__version__}, here {job.torch}): install the same, and restart it"
        )
    if _here.desk:
        _here.desk.close()
    # Workers of one machine have their folders side by side, so they share this lock.
    _here.job, _here.desk = (
        job,
        Desk(
            _hiding_keys(job.run, worker.security),
            Path(worker.local_directory).parent / "critic.lock",
            _no_way_out,
        ),
    )


def _take_course(course: dict[str, bytes], beside: str) -> None:
    """Write the course where only this user looks, and work on it. Dask removes the folder with the
    worker's.
    """
    os.environ.pop(homeworks.VARIABLE, None)
    if course:
        folder = Path(tempfile.mkdtemp(prefix="course-", dir=beside))
        for name, content in course.items():
            file = folder / (homeworks.FILE if name == f"assignments/{homeworks.FILE}" else name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        os.environ[homeworks.VARIABLE] = str(folder)
    _here.course = course


def _hiding_keys(run: Run, security: Security) -> Run:
    """The same run with the keys of this worker's certificates hidden from submissions."""
    keys = [getattr(security, f"tls_{role}_key") for role in ("worker", "scheduler", "client")]
    return replace(
        run,
        hidden_from_submissions=(
            *run.hidden_from_submissions,
            *(Path(key).resolve() for key in keys if key),
        ),
    )


def _no_way_out(grounds: Grounds) -> None:
    """Refuse grounds from which a submission could reach the scheduler, even when submissions are
    trusted.
    """
    if "reach the network" in grounds.could:
        off = (
            "; ".join(
                f"{layer.name}: {layer.reason}" for layer in grounds.layers if layer.state == "off"
            )
            or "none"
        )
        raise Refused(
            "a submission could reach the network, and with it the cluster's scheduler, which"
            f" obeys whoever reaches it (layers that are off: {off})"
        )
