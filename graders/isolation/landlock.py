"""An allow-list of paths that the kernel enforces on a process and its children, whoever they
are.
"""

from __future__ import annotations

import os
import stat

from graders.isolation import linux

READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read file, read folder
OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
ALL_BY_ABI = {
    1: (1 << 13) - 1,
    2: (1 << 14) - 1,
    3: (1 << 15) - 1,
    4: (1 << 15) - 1,
    5: (1 << 16) - 1,
}
WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
READABLE_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/proc",
    "/sys/devices/system/cpu",
)
# What libraries read of /proc where no more of it can be shown than all of it: a folder there for
# each process of the machine, with its name and command line.
OF_THE_MACHINE = tuple(
    f"/proc/{name}"
    for name in ("cpuinfo", "meminfo", "stat", "version", "filesystems", "uptime", "sys/vm",
                 "sys/kernel/osrelease", "sys/kernel/random")
)  # fmt: skip


def without_processes(readable: list[str]) -> list[str]:
    """The same list, without the processes of the machine."""
    return [p for path in readable for p in (OF_THE_MACHINE if path == "/proc" else (path,))]


class AllowList:
    """Open handles on what every worker may read and write; each worker adds its own scratch
    folder.
    """

    def __init__(self, readable: list[str]):
        self.abi = linux.landlock_abi()
        if not self.abi:
            raise OSError("this kernel has no Landlock")
        self._everything = ALL_BY_ABI[min(self.abi, 5)]
        self._rules: list[tuple[int, int]] = []
        for path in readable:
            self._open(path, READ)
        for path in WRITABLE_DEVICES:
            self._open(path, self._everything)

    @property
    def fds(self) -> list[int]:
        """The handles, which `restrict` closes."""
        return [fd for fd, _ in self._rules]

    def _open(self, path: str, rights: int) -> None:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        self._rules.append((fd, rights & self._everything & (~0 if folder else OF_FILES)))

    def restrict(self, own: list[str]) -> None:
        """Bind this process: the listed paths, its own folders, no TCP, no signals or abstract
        sockets to outside.
        """
        network = 3 if self.abi >= 4 else 0
        scopes = 3 if self.abi >= 6 else 0
        ruleset = linux.landlock_ruleset(self._everything, network, scopes, self.abi)
        for path in own:
            self._open(path, self._everything)
        for fd, rights in self._rules:
            linux.landlock_allow(ruleset, fd, rights)
        linux.landlock_restrict(ruleset)
        for fd in (ruleset, *self.fds):
            os.close(fd)
