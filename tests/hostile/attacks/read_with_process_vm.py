"""Copies memory out of its parent by system call."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import ctypes, os
libc = ctypes.CDLL(None)
buffer = ctypes.create_string_buffer(16)
class V(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
local = V(ctypes.addressof(buffer), 8)
loot = "reached" if libc.process_vm_readv(os.getppid(), ctypes.byref(local), 1, ctypes.byref(local), 1, 0) > 0 else None
""",
]


def control(arena):
    """A process may copy its own memory that way."""
    assert (
        unconfined(
            "import ctypes, os\nlibc = ctypes.CDLL(None)\nbuffer ="
            ' ctypes.create_string_buffer(16)\nclass V(ctypes.Structure): _fields_ = [("base",'
            ' ctypes.c_void_p), ("size", ctypes.c_size_t)]\nlocal = V(ctypes.addressof(buffer),'
            " 8)\nprint(libc.process_vm_readv(os.getpid(), ctypes.byref(local), 1,"
            " ctypes.byref(local), 1, 0))"
        )
        == "8"
    )


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
