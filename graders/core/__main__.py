"""`python -m graders.core FILE`: the public checks of a notebook or script, with torch and numpy
only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graders.core.local import check_file
from graders.core.render import report
from graders.core.submission import Unreadable

USAGE = "usage: python -m graders.core FILE.ipynb   (or FILE.py)"


def main(arguments: list[str]) -> int:
    """Print the report of a file. Returns 0 when every public check passes, 1 when one does not, 2
    for an unusable file.
    """
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    try:
        verdicts, notes = check_file(Path(arguments[0]))
    except FileNotFoundError:
        print(f"there is no file {arguments[0]}; {USAGE}")
        return 2
    except Unreadable as error:
        print(f"nothing was checked: {error}")
        return 2
    for note in notes:
        print(f"! {note}")
    for name, found in verdicts.items():
        print(report(name, found) + "\n")
    passed = sum(all(v.passed for v in found) for found in verdicts.values())
    print(
        f"{passed} of {len(verdicts)} exercises pass all their public checks."
        if verdicts
        else "No exercise is defined in this file yet."
    )
    return 0 if verdicts and passed == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
