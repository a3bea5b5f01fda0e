"""Which Python a text that does not parse was written for, where that is a newer one than this."""

from __future__ import annotations

import re
from sys import version_info

# What each version of Python brought, as it looks on the line where an older one gives up.
BROUGHT = (
    ((3, 11), re.compile(r"\bexcept\s*\*")),
    (
        (3, 12),
        re.compile(r"^\s*type\s+\w+\s*(?:\[.*\])?\s*=|^\s*(?:async\s+def|def|class)\s+\w+\["),
    ),
    ((3, 12), re.compile(r"""\b[rR]?[fF][rR]?(["']).*\{.*(?:\1|\\).*\}""")),
    ((3, 14), re.compile(r"\bexcept\s+[\w.]+\s*,\s*[\w.]+.*:|\b[rR]?[tT][rR]?[\"']")),
    ((3, 15), re.compile(r"^\s*lazy\s+(?:import|from)\s")),
)


def newer(
    code: str,
    error: BaseException,
    here: tuple[int, int] = (version_info.major, version_info.minor),
) -> str:
    """The version of Python whose syntax the line of this error shows, like "3.12"; nothing where
    it is an error in every version that we know of.
    """
    lines = code.splitlines()
    number = getattr(error, "lineno", None)
    if not isinstance(error, SyntaxError) or not isinstance(number, int):
        return ""
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    for version, pattern in BROUGHT:
        if version > here and pattern.search(line):
            return f"{version[0]}.{version[1]}"
    return ""
