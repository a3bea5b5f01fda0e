"""The few Linux calls that Python does not offer. Each raises OSError with the name of the call."""

from __future__ import annotations

import ctypes
import os
import struct

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x20000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = (
    1,
    4,
    22,
    36,
    38,
)
MADV_COLLAPSE, HUGE_PAGE = 25, 2**21
# Landlock has the same numbers on every architecture.
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446

_libc = ctypes.CDLL(None, use_errno=True)


def _check(name: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def prctl(option: int, value: int | ctypes.c_void_p, extra: ctypes.c_void_p | None = None) -> None:
    """prctl(2)."""
    first = value if isinstance(value, ctypes.c_void_p) else ctypes.c_ulong(value)
    _check(
        "prctl",
        _libc.prctl(
            option, first, extra or ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)
        ),
    )


def unshare(flags: int) -> None:
    """unshare(2)."""
    _check("unshare", _libc.unshare(flags))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    _check(
        f"mount {target}",
        _libc.mount(
            source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
        ),
    )


def umount(target: str) -> None:
    """umount2(2), detached: what still uses the mount keeps it."""
    _check(f"umount {target}", _libc.umount2(target.encode(), MNT_DETACH))


def landlock_abi() -> int:
    """The version of Landlock that this kernel offers, 0 for none."""
    return max(0, int(_libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)))


def landlock_ruleset(files: int, network: int, scopes: int, abi: int) -> int:
    """A new ruleset that handles these rights, as a file descriptor."""
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    attributes = ctypes.create_string_buffer(
        struct.pack("<QQQ", files, network, scopes)[:size], size
    )
    return _check(
        "landlock_create_ruleset",
        _libc.syscall(LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0),
    )


def landlock_allow(ruleset: int, fd: int, rights: int) -> None:
    """Grant rights beneath an open path."""
    rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, fd), 12)
    _check("landlock_add_rule", _libc.syscall(LANDLOCK_ADD, ruleset, 1, rule, 0))


def landlock_restrict(ruleset: int) -> None:
    """Bind this process and its children to a ruleset for ever."""
    _check("landlock_restrict_self", _libc.syscall(LANDLOCK_RESTRICT, ruleset, 0))


def collapse_pages() -> None:
    """Put this process's own memory into large pages, as far as the kernel does that (Linux 6.1):
    forks copy fewer entries.
    """
    with open("/proc/self/maps") as maps:
        lines = [line.split() for line in maps]
    for span, access, *_ in (line for line in lines if len(line) == 5 or line[5] == "[heap]"):
        low, high = (int(end, 16) for end in span.split("-"))
        if access == "rw-p":
            for start in range(-(-low // HUGE_PAGE) * HUGE_PAGE, high - HUGE_PAGE + 1, HUGE_PAGE):
                _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(HUGE_PAGE), MADV_COLLAPSE)


def drop_capabilities() -> None:
    """Give up every capability: effective, permitted, inheritable."""
    header = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
    _check("capset", _libc.capset(header, ctypes.create_string_buffer(24)))
