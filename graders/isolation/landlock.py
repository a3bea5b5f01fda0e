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
        for fd in (ruleset, *(fd for fd, _ in self._rules)):
            os.close(fd)
