"""The layers: what the zygote does for all workers, and each worker to itself before it runs a
submission.

Each layer says whether it is on, and if not why.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Callable

from graders.isolation import linux, mounts, seccomp
from graders.isolation.landlock import AllowList, without_processes
from graders.isolation.messages import LayerNote
from graders.isolation.namespaces import own_user_namespace
from graders.isolation.plan import Plan, Spawn

ON, OFF = "on", "off"
SWITCHED_OFF = "switched off by the caller"
SHARED_MEMORY = "/dev/shm"


def around_all(plan: Plan) -> list[LayerNote]:
    """What the zygote does once for all its workers: folders out of sight, and no network."""
    notes = []
    if not plan.keeper and ({"hidden folders", "no network"} & set(plan.layers)) - set(plan.held):
        with contextlib.suppress(OSError):  # the two layers below then say why they are off
            own_user_namespace()
    holding = os.path.join(plan.base, "holding")
    os.mkdir(holding, 0o700)
    notes.append(
        _try("hidden folders", plan, lambda: mounts.cover(plan.hide, plan.keep, plan.base, holding))
    )
    notes.append(_try("no network", plan, lambda: linux.unshare(linux.CLONE_NEWNET)))
    notes.append(_try("own processes", plan, lambda: _own_processes(plan)))
    return notes


def harden(spawn: Spawn, allow_list: AllowList | None, plan: Plan) -> list[LayerNote]:
    """Close this process in, in the only order in which each step is still permitted.

    Raises OSError when a process that shall have a user of its own cannot get it: uid 0 never runs
    a submission.
    """
    os.setsid()
    os.umask(0o077)  # what it leaves in shared places is its own
    os.chdir(spawn.scratch)
    _environment(spawn.scratch)
    notes = [_try("limits", plan, lambda: _limits(spawn))]
    notes.append(_try("own ipc", plan, lambda: _own_ipc(plan)))
    # Where /dev/shm is neither a worker's own nor cleaned by its uid, what one left would await the
    # next.
    own = [spawn.scratch, SHARED_MEMORY] if notes[-1].state == ON or spawn.uid else [spawn.scratch]
    if spawn.uid:
        _become(spawn.uid)
        notes.append(LayerNote("own user", ON, ""))
    else:
        notes.append(LayerNote("own user", OFF, "the grader is not root"))
    notes.append(_try("no new privileges", plan, _no_privileges))
    if allow_list:
        notes.append(_try("landlock", plan, lambda: allow_list.restrict(own)))
    notes.append(_try("system call filter", plan, seccomp.restrict))
    return notes


def die_with_parent() -> None:
    """Be killed when the parent ends. Repeated after every fork and every change of user, which
    both clear it.
    """
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def _try(name: str, plan: Plan, action: Callable[[], object]) -> LayerNote:
    if name not in plan.layers:
        return LayerNote(name, OFF, SWITCHED_OFF)
    if name in plan.held:
        return LayerNote(name, ON, plan.held[name])
    try:
        how = action()
    except OSError as error:
        return LayerNote(name, OFF, str(error))
    return LayerNote(name, ON, how if isinstance(how, str) else "")


def _environment(scratch: str) -> None:
    for name in (
        "HOME",
        "TMPDIR",
        "MPLCONFIGDIR",
        "IPYTHONDIR",
        "TORCHINDUCTOR_CACHE_DIR",
        "XDG_CACHE_HOME",
    ):
        os.environ[name] = scratch
    import tempfile

    tempfile.tempdir = None  # an import in the zygote has remembered another one


def _limits(spawn: Spawn) -> None:
    mb = 2**20
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    wanted = {
        "RLIMIT_AS": size + spawn.memory_mb * mb,
        "RLIMIT_DATA": size + spawn.memory_mb * mb,
        "RLIMIT_CPU": spawn.cpu_seconds,
        "RLIMIT_NPROC": spawn.processes,
        "RLIMIT_FSIZE": spawn.file_mb * mb,
        "RLIMIT_NOFILE": spawn.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 256,
    }
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(
            "1000"
        )  # when memory runs out, the kernel shall take this process and not the grader
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError, AttributeError):  # gVisor refuses some; the others still hold
            continue


def _own_processes(plan: Plan) -> str:
    """Who has a user of its own sees the processes of that user; others see nobody's, not even
    their own, where the files that may be read are listed. Returns by what, if not by itself.
    """
    if plan.keeper:
        with contextlib.suppress(OSError):
            mounts.hide_processes()
            return ""
    if "landlock" not in plan.layers or not linux.landlock_abi():
        raise OSError("mounting /proc is not permitted, and there is no Landlock")
    plan.read = without_processes(plan.read)
    return "by Landlock"


def _own_ipc(plan: Plan) -> None:
    """Queues and shared memory, System V's and the files of /dev/shm, that end with the worker; and
    sockets without a file, by a network of its own.
    """
    apart = linux.CLONE_NEWNET if "no network" in plan.layers else 0
    linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWNS | apart)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.mount(
        "tmpfs", SHARED_MEMORY, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=256m,mode=1777"
    )


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _no_privileges() -> None:
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    die_with_parent()
