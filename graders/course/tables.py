"""CSV files as spreadsheets and platforms write them: with commas, semicolons or tabs, in UTF-8
or UTF-16.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from graders.core.files import read_at_most

SEPARATORS = ",;\t"
MOST = 2**25


class BadTable(Exception):
    """A file that is no CSV file; the text says which and why."""


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, the first of which names the columns. Raises BadTable."""
    try:
        content = read_at_most(path, MOST + 1)
    except OSError as error:
        raise BadTable(f"{path} cannot be read as a CSV file: {error.strerror}") from None
    if len(content) > MOST or b"\0" in content[:2].strip(b"\xff\xfe"):
        raise BadTable(f"{path} cannot be read as a CSV file: it is no text, or too long")
    try:
        # With a mark of another encoding it is that one; without one nothing tells which it is.
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTable(
            f'{path} cannot be read as a CSV file in UTF-8: {error}; save it as "CSV UTF-8"'
        ) from None
    lines = text.splitlines(keepends=True)
    separator = None
    if lines and lines[0].lower().startswith("sep="):
        separator = lines.pop(0)[4:5]
    header = next((line for line in lines if line.strip()), "")
    separator = separator or max(SEPARATORS, key=header.count)
    try:
        # Strict: a quotation mark that nothing closes would swallow the rows below it.
        text = "".join(lines)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise BadTable(f"{path} cannot be read as a CSV file: {error}") from None
