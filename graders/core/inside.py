"""The process in which a file and its checks run; `graders.core.outside` watches it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import graders.public
from graders.core.home import checks_here, report_file, seconds_here
from graders.core.language import Tongue, speak
from graders.core.local import Watch
from graders.core.pace import Seconds
from graders.core.submission import Unreadable


def main(order: str) -> int:
    """Carry out an order of `outside`, and say on the standard output how it goes, one line of JSON
    each. What anything else prints goes nowhere.
    """
    asked = json.loads(order)
    graders.public.__path__[:] = asked["public"]
    speak(Tongue(asked["language"], tuple(asked["texts"].items())))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as mouth:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

        def say(**said: Any) -> None:
            mouth.write(json.dumps(said) + "\n")
            mouth.flush()

        seconds = Seconds(**asked["seconds"]) if asked["seconds"] else seconds_here()
        watch = Watch(
            seconds,
            lambda what, name, wall: say(what=what, name=name, wall=wall),
            asked["cells"],
            asked["calls"],
        )
        try:
            reports, notes = report_file(Path(asked["file"]), watch, asked["more"])
        except (Unreadable, OSError) as error:
            say(unusable=str(error))
        else:
            told = [(r.name, str(r), r.state, r.passed, len(r.findings)) for r in reports]
            say(notes=notes, reports=told, whole=checks_here())
        os._exit(0)
