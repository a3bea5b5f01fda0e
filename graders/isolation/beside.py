"""The files beside a submission, written into its scratch folder before its process starts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Beside:
    """What stands beside the code of a submission: content by path.

    folder: that of the code among them, in which it runs. script: its own name there, if it is one.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    folder: str = ""
    script: str = ""

    def given(self, files: Mapping[str, bytes]) -> Beside:
        """With files that everybody gets beside the code; one of that name that was handed in is
        the one that the code ran with.
        """
        there = {
            os.path.normpath(os.path.join(self.folder, name)): data for name, data in files.items()
        }
        return replace(self, files={**there, **self.files})


NOTHING = Beside()


def write_beside(beside: Beside, scratch: str, uid: int) -> None:
    """Write the files below a scratch folder that nobody can enter yet, for the user of this id (0:
    the present one).

    A name that this file system cannot hold is left out.
    """
    os.makedirs(os.path.join(scratch, beside.folder), exist_ok=True)
    for name, content in beside.files.items():
        path = os.path.join(scratch, name)
        with contextlib.suppress(OSError, ValueError):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb") as file:
                file.write(content)
    if uid:
        for folder, folders, files in os.walk(scratch):
            for name in (*folders, *files):
                os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)
