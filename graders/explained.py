"""A command line whose wrong calls end in a sentence: files that are not there, or not what was
named.
"""

from __future__ import annotations

from typing import Any

import click
import typer
from typer.core import TyperGroup


class Explained(TyperGroup):
    """Commands, each of which explains what it cannot read or write. Status 2, as for any wrong
    call.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.filename is None:  # no file that anybody named: a fault of ours
                raise
            _say(f"{error.filename}: {error.strerror}")
        except Exception as error:
            from graders.course.homeworks import UnknownName
            from graders.course.key import BadKey
            from graders.grading.prompts import BadAssignment

            if not isinstance(error, (UnknownName, BadKey, BadAssignment)):
                raise
            _say(str(error))
        raise typer.Exit(2)


def _say(text: str) -> None:
    typer.echo(f"Cannot do that: {text}")
