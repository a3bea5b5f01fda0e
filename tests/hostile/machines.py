"""Runs a command on an imitation of another machine, to produce every layer set on one.

    python tests/hostile/machines.py MACHINE [ARGUMENTS OF PYTHON...]     e.g. container -m pytest
    tests/hostile

MACHINE may be `each`: one after the other, with the last line of each in a table; status 1 unless
all succeed. Of some only: `container,user`.

root-closed: as it is here, root with its Python in a closed home; root-open: root with a Python
that all may read;
container: that, with Docker's capabilities and without namespaces and mounts; container-closed: the
same with the closed Python; gvisor: a container without Landlock; user: an ordinary user;
user-plain: one who may not make namespaces;
user-old: the same on a kernel without Landlock, where hidden checks are refused; user-bubblewrap:
the same with a bwrap that is setuid, as where only it may make namespaces (needs the package
`bubblewrap`). Needs root. The Python that all may read is the distribution's, with this one's
libraries.
"""

import ctypes
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from graders.isolation import linux, seccomp  # noqa: E402

DOCKER_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
NAMESPACES = (
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsmount",
)
ALL_SOCKETS = (1, 2, 10, 16, 17)
PR_CAPBSET_DROP = 24
SOMEBODY = 47_001
# Where hidden checks are run; on user-old they are refused, and user-bubblewrap needs a package.
EACH = (
    "root-closed",
    "root-open",
    "container",
    "container-closed",
    "gvisor",
    "user",
    "user-plain",
) + (("user-bubblewrap",) if shutil.which("bwrap") else ())


def restrict_calls(without_landlock: bool, only_users: bool = False) -> None:
    """Deny namespaces and mounts, or `only_users`' namespaces; without Landlock, its calls do not
    exist.
    """
    code = seccomp.program(
        platform.machine(), ("unshare",) if only_users else NAMESPACES, ALL_SOCKETS
    )
    if only_users:
        flags = [
            struct.pack("<HBBI", seccomp.JUMP_SET, 0, 1, flag)
            for flag in (seccomp.NEW_NAMESPACES, linux.CLONE_NEWUSER)
        ]
        code = code.replace(*flags)
    if without_landlock:
        missing = [(seccomp.JUMP_EQUAL, 0, 1, n) for n in (444, 445, 446)]
        steps = [
            step
            for jump in missing
            for step in (jump, (seccomp.RETURN, 0, 0, seccomp.ERRNO | seccomp.ENOSYS))
        ]
        head = 6 * 8  # architecture, number and x32 are looked at first
        code = code[:head] + b"".join(struct.pack("<HBBI", *step) for step in steps) + code[head:]
    seccomp.restrict(code)


def drop_to_docker() -> None:
    """Keep the capabilities that Docker gives a container's root."""
    for number in range(64):
        if number not in DOCKER_CAPABILITIES:
            try:
                linux.prctl(PR_CAPBSET_DROP, number)
            except OSError:  # this kernel has fewer
                break
    mask = sum(1 << number for number in DOCKER_CAPABILITIES)
    header = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(struct.pack("<6I", mask, mask, 0, 0, 0, 0))
    if ctypes.CDLL(None).capset(header, data):
        raise OSError("capset")


def become_somebody() -> None:
    """An ordinary user with a home of its own."""
    home = f"/tmp/critic-home-{SOMEBODY}"
    os.makedirs(home, mode=0o700, exist_ok=True)
    os.chown(home, SOMEBODY, SOMEBODY)
    os.environ["HOME"] = home
    os.setgroups([])
    os.setresgid(SOMEBODY, SOMEBODY, SOMEBODY)
    os.setresuid(SOMEBODY, SOMEBODY, SOMEBODY)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)


def with_setuid_bubblewrap() -> None:
    """Go on in a child in whose PATH a setuid bwrap comes first; the parent waits, and removes
    it.
    """
    found = shutil.which("bwrap")
    if not found:
        raise SystemExit("this machine has no bwrap: install the package bubblewrap")
    folder = tempfile.mkdtemp(prefix="critic-bwrap-", dir="/var/tmp")
    if pid := os.fork():
        status = os.waitpid(pid, 0)[1]
        shutil.rmtree(folder)
        raise SystemExit(os.waitstatus_to_exitcode(status))
    os.chmod(folder, 0o755)
    os.chmod(shutil.copy(found, folder), 0o4755)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])


def each(machines: list[str], arguments: list[str]) -> int:
    """Run the command on one machine after the other, and write a table of how it ended."""
    print("| machine | s | status | last line |\n|---|---|---|---|", flush=True)
    failed = 0
    for machine in machines:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, __file__, machine, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        failed |= done.returncode != 0
        lines = [line for line in done.stdout.splitlines() if line.strip()] or [""]
        seconds = time.monotonic() - started
        print(f"| {machine} | {seconds:.0f} | {done.returncode} | {lines[-1]} |", flush=True)
        for line in lines:
            if line.startswith(("FAILED", "ERROR")):
                print(line, flush=True)
    return failed


def main() -> None:
    """Become the machine, then the command."""
    machine, arguments = sys.argv[1], sys.argv[2:]
    names = [name for name in EACH if machine == "each" or name in machine.split(",")]
    if machine == "each" or "," in machine:
        raise SystemExit(each(names, arguments))
    os.environ.update(PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1")
    python = sys.executable
    if machine not in ("root-closed", "container-closed"):
        python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [str(ROOT), *(p for p in sys.path if p.endswith("-packages"))]
        )
    if machine == "user-bubblewrap":
        with_setuid_bubblewrap()
        restrict_calls(without_landlock=True, only_users=True)
    if machine in ("user-plain", "user-old", "gvisor", "container", "container-closed"):
        restrict_calls(without_landlock=machine in ("user-old", "gvisor"))
    if machine.startswith(("container", "gvisor")):
        drop_to_docker()
    if machine.startswith("user"):
        become_somebody()
    os.execv(python, [python, *arguments])


if __name__ == "__main__":
    main()
