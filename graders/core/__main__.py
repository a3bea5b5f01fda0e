"""`python -m graders.core FILE`: the public checks of a notebook or script, with torch and numpy
only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graders.core.home import report_file
from graders.core.report import ANSWERED, LATER, PASSES
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
        reports, notes = report_file(Path(arguments[0]))
    except FileNotFoundError:
        print(f"there is no file {arguments[0]}; {USAGE}")
        return 2
    except Unreadable as error:
        print(f"nothing was checked: {error}")
        return 2
    for note in notes:
        print(f"! {note}")
    for report in reports:
        print(f"{report}\n")
    fine = sum(report.state in (PASSES, ANSWERED, LATER) for report in reports)
    print(
        f"{fine} of {len(reports)} exercises pass all their public checks."
        if reports
        else "No exercise is defined in this file yet."
    )
    return 0 if reports and fine == len(reports) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
