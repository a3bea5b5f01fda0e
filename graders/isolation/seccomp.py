"""A filter of system calls: what no exercise needs and an escape would. Raw BPF, so that no library
is required.
"""

from __future__ import annotations

import ctypes
import platform
import struct
from collections.abc import Iterable

from graders.isolation import linux

# name: (x86_64, aarch64); None where the architecture has no such call.
DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "bpf": (321, 280), "perf_event_open": (298,
    241), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219),
    "userfaultfd": (323, 282), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167,
    224), "swapoff": (168, 225),
    "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, None),
    "ioperm": (173, None), "modify_ldt": (154, None), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262), "personality": (135, 92), "vhangup": (153, 58), "shmget": (29,
    194), "shmctl": (31, 195),
    "shmat": (30, 196), "semget": (64, 190), "semctl": (66, 191), "semtimedop": (220, 192),
    "semop": (65, 193), "msgget": (68, 186),
    "msgctl": (71, 187), "msgrcv": (70, 188), "msgsnd": (69, 189), "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # Memory behind a descriptor counts in no process: a watchdog would not see it.
    # Who watches a file that all may read learns when others open it.
    "inotify_init": (253, None), "inotify_init1": (294, 26),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # What only others could read of a process.
    "ioprio_set": (251, 30), "sched_setattr": (314, 274),
}  # fmt: skip
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
FLOCK, FCNTL, IOCTL, SETSOCKOPT = (73, 32), (72, 25), (16, 29), (54, 208)
# Setting locks of a process or of a file, with and without waiting, and leases; and what is kept
# with an open file or with the file itself: who is told of it and how, and hints.
OF_FCNTL = (6, 7, 37, 38, 1024, 8, 10, 15, 1026, 1036, 1038)
# The same by ioctl: owners, flags and projects of files.
OF_IOCTL = (0x8901, 0x8902, 0x40086602, 0x401C5820)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

NEW_NAMESPACES = 0x7E020000
X32 = 0x40000000
AF_UNIX = 1
EPERM, EACCES, ENOSYS = 1, 13, 38
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_ABOVE, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
FILTER_MODE = 2


def program(
    machine: str,
    names: Iterable[str] = tuple(DENIED),
    sockets: tuple[int, ...] = (AF_UNIX,),
    locks: bool = False,
) -> bytes:
    """The filter for one architecture: calls that are denied, families of sockets that are not;
    `locks`, and what else is kept with open files, are pretended. Raises OSError without a table.
    """
    if machine not in ARCHITECTURES:
        raise OSError(f"no table of system calls for {machine}")
    column, audit = ARCHITECTURES[machine]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
    ]
    steps += [(JUMP_ABOVE, 0, 1, X32), (RETURN, 0, 0, ERRNO | EPERM)]
    for number in (DENIED[name][column] for name in names):
        if number is not None:
            steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ERRNO | EPERM)]
    steps += _pretended(column) if locks else []
    # glibc falls back to clone, whose flags a filter can read.
    steps += [(JUMP_EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERRNO | ENOSYS)]
    families = [(JUMP_EQUAL, len(sockets) - i, 0, family) for i, family in enumerate(sockets)]
    steps += [
        (JUMP_EQUAL, 0, len(sockets) + 3, SOCKET[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *families,
    ]
    steps += [(RETURN, 0, 0, ERRNO | EACCES), (RETURN, 0, 0, ALLOW)]
    steps += [
        (JUMP_EQUAL, 0, 3, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_SET, 0, 1, NEW_NAMESPACES),
        (RETURN, 0, 0, ERRNO | EPERM),
    ]
    steps += [(RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _pretended(column: int) -> list[tuple[int, int, int, int]]:
    """What seems to be done: on files that all submissions may read, and on those that copies of a
    process share, it would be a message.
    """
    steps = []
    for call in (FLOCK, SETSOCKOPT):
        steps += [(JUMP_EQUAL, 0, 1, call[column]), (RETURN, 0, 0, ERRNO)]
    for call, commands in ((FCNTL, OF_FCNTL), (IOCTL, OF_IOCTL)):
        steps += [(JUMP_EQUAL, 0, 2 * len(commands) + 2, call[column])]
        steps += [(LOAD, 0, 0, SECOND_ARGUMENT)]
        for command in commands:
            steps += [(JUMP_EQUAL, 0, 1, command), (RETURN, 0, 0, ERRNO)]
        steps += [(RETURN, 0, 0, ALLOW)]
    return steps


def restrict(code: bytes | None = None) -> None:
    """Bind this process and its children to a filter for ever. Needs no-new-privileges, or power
    over the machine.
    """
    code = code or program(platform.machine(), locks=True)
    instructions = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(
        struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions))
    )
    linux.prctl(linux.PR_SET_SECCOMP, FILTER_MODE, ctypes.c_void_p(ctypes.addressof(header)))
