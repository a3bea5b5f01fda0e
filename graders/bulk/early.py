"""What the processes of a pool and their submissions are forks of, started before this one has
loaded anything: all load torch at the same time.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from functools import lru_cache
from multiprocessing import forkserver
from pathlib import Path

from graders.course.homeworks import UnknownName, course_folder, homeworks
from graders.isolation.seed import Seed, plant

# For which homework it loads the checks: an environment variable, which it inherits.
HOMEWORK = "CRITIC_HOMEWORK"
GRADEBOOK = "gradebook.sqlite"


def book_of(gradebook: Path | None, out: Path) -> Path:
    """The gradebook chosen, else that of the course, else one in the folder of the results."""
    course = course_folder()
    return gradebook or (course / GRADEBOOK if course else out / GRADEBOOK)


def start(homework: str) -> None:
    """Start them, unless they run already. They end with this process."""
    seed()
    os.environ[HOMEWORK] = homework
    forkserver.set_forkserver_preload(["graders.bulk.warm"])
    forkserver.ensure_running()


@lru_cache(maxsize=1)
def seed() -> Seed | None:
    """What all zygotes of this command are forks of; None where there can be none."""
    if started := plant():
        atexit.register(started.close)
    return started


def start_early(homework: str, jobs: int, gradebook: Path | None, out: Path) -> None:
    """Start them where it is sure that there is something to grade, more than one at a time."""
    with suppress(UnknownName, OSError):  # said in full by who reads them next
        if (
            jobs > 1
            and sys.platform == "linux"
            and homework in homeworks()
            and not book_of(gradebook, out).exists()
        ):
            start(homework)
