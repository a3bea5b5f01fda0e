"""Namespaces for a grader that is not root: its zygote becomes somebody with power over its own
namespaces only.
"""

from __future__ import annotations

import os

from graders.isolation import linux


def own_user_namespace() -> None:
    """Enter a user namespace in which this user is itself, and may mount. Raises OSError where that
    is not permitted.
    """
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
