"""What a worker does to itself before it runs a submission, layer by layer. Each says whether it is on, and if not why."""

from __future__ import annotations

import os
import resource
import signal

from graders.isolation import linux
from graders.isolation.landlock import AllowList
from graders.isolation.messages import LayerNote
from graders.isolation.plan import Spawn

ON, OFF, NOT_NEEDED = "on", "off", "not needed"


def harden(spawn: Spawn, allow_list: AllowList | None, layers: list[str]) -> list[LayerNote]:
    """Close this process in, in the only order in which each step is still permitted."""
    os.setsid()
    os.chdir(spawn.scratch)
    _environment(spawn.scratch)
    notes = [_try("limits", layers, lambda: _limits(spawn))]
    if spawn.uid:
        notes.append(_try("own user", layers, lambda: _become(spawn.uid)))
    notes.append(_try("no new privileges", layers, _no_privileges))
    if allow_list:
        notes.append(_try("landlock", layers, lambda: allow_list.restrict(spawn.scratch)))
    return notes


def die_with_parent() -> None:
    """Be killed when the parent ends. Repeated after every fork and every change of user, which both clear it."""
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def _try(name: str, layers: list[str], action) -> LayerNote:
    if name not in layers:
        return LayerNote(name, OFF, "switched off by the caller")
    try:
        action()
    except OSError as error:
        return LayerNote(name, OFF, str(error))
    return LayerNote(name, ON, "")


def _environment(scratch: str) -> None:
    for name in ("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR", "TORCHINDUCTOR_CACHE_DIR", "XDG_CACHE_HOME"):
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
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError, AttributeError):  # gVisor refuses some; the others still hold
            continue


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _no_privileges() -> None:
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    die_with_parent()
