"""`python -m graders.core FILE`: the public checks of a notebook or script, with torch and numpy
only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graders.core.language import say, to_say
from graders.core.outside import Found, Unusable, check_file

USAGE = to_say("usage: python -m graders.core FILE.ipynb   (or FILE.py)")
# The states of a report that are no failure, and those that nobody is waiting for a machine to say.
FINE, OPEN = ("passes", "answered", "checked later"), ("read by a person",)


def main(arguments: list[str]) -> int:
    """Print the report of a file. Returns 0 when every public check passes, 1 when one does not, 2
    for an unusable file.
    """
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(say(USAGE))
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    file = Path(arguments[0])
    if not file.is_file():
        said = (
            say("{file} is a folder", file=file)
            if file.is_dir()
            else say("there is no file {file}", file=file)
        )
        print(f"{said}; {say(USAGE)}")
        return 2
    try:
        return tell(check_file(file))
    except Unusable as error:
        print(say("nothing was checked: {error}", error=error))
        return 2


def tell(found: Found) -> int:
    """Print what was found. Returns 0 when every public check passes, else 1."""
    for note in found.notes:
        print(f"! {note}")
    for report in found.reports:
        print(f"{report.text}\n")
    states = [report.state for report in found.reports if report.state not in OPEN]
    fine = sum(state in FINE for state in states)
    print(
        say(
            "{passed} of {number} exercises pass all their public checks.",
            passed=fine,
            number=len(states),
        )
        if states
        else say("No exercise is defined in this file yet.")
    )
    return 0 if states and fine == len(states) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
