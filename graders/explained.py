"""A command line whose wrong calls end in a sentence: files that are not there, or not what was
named.
"""

from __future__ import annotations

import errno
from typing import Any

import click
import typer
from typer.core import TyperGroup

# What writing meets without a fault of whoever writes.
OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class Explained(TyperGroup):
    """Commands, each of which explains what it cannot read or write. Status 2, as for any wrong
    call.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            if isinstance(error.args[0], list):  # of several files, by shutil
                _say(error.args[0][0][2])
                raise typer.Exit(2) from None
            if error.filename is None and error.errno not in OF_THE_DISK:  # a fault of ours
                raise
            _say(f"{error.filename or 'writing failed'}: {error.strerror}")
        except Exception as error:
            from sqlite3 import DatabaseError, OperationalError

            from graders.course.homeworks import UnknownName
            from graders.course.key import BadKey
            from graders.grading.prompts import BadAssignment

            if type(error) in (DatabaseError, OperationalError):  # of the file; others are ours
                _say(f"the gradebook cannot be read or written: {error}")
            elif isinstance(error, (UnknownName, BadKey, BadAssignment)):
                _say(str(error))
            else:
                raise
        raise typer.Exit(2)


def _say(text: str) -> None:
    typer.echo(f"Cannot do that: {text}")
