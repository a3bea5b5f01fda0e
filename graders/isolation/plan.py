"""What the grader tells its zygote: where the runtime is, what to hide, and how to start and end a
worker.
"""

from __future__ import annotations

from msgspec import Struct

from graders.isolation.messages import LayerNote


class Plan(Struct, tag="plan"):
    """Sent once. `hide` is emptied and `keep` bound back, where mounting is permitted; `read` is
    the allow-list.

    `held` are the layers that hold already, and by what. `around`, which the zygote sets, is the
    number of the handle that comes with this message: on the folder that `base` lies in.
    """

    base: str
    hide: list[str]
    keep: list[str]
    read: list[str]
    layers: list[str]
    keeper: int
    held: dict[str, str]
    around: int = -1


class Spawn(Struct, tag="spawn"):
    """Fork a worker that serves the socket which comes with this message. uid 0 means: as the
    present user. It works in `folder`, a path below its scratch folder, and says its texts in
    `language`, those of a course as `texts` has them.
    """

    uid: int
    scratch: str
    folder: str
    memory_mb: int
    cpu_seconds: int
    processes: int
    file_mb: int
    open_files: int
    language: str
    texts: dict[str, str]


class Kill(Struct, tag="kill"):
    """End everything that belongs to a worker, and say so only when nothing is left."""

    pid: int
    uid: int


class Started(Struct, tag="started"):
    """The zygote is ready; its own layers, and its process as it counts."""

    layers: list[LayerNote]
    pid: int


class Spawned(Struct, tag="spawned"):
    pid: int


class Killed(Struct, tag="killed"):
    """`left` processes could not be ended."""

    left: int


class Fault(Struct, tag="fault"):
    """The zygote could not do it: a fault of the grader or of the machine."""

    text: str


Order = Plan | Spawn | Kill
Outcome = Started | Spawned | Killed | Fault
