"""How a class was graded last, as the arguments of `critic`: to grade one of it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graders.bulk.gradebook import Gradebook

TABLE = "CREATE TABLE IF NOT EXISTS called (homework TEXT PRIMARY KEY, arguments TEXT NOT NULL)"


def keep_call(book: Gradebook, homework: str, folder: Path, options: Mapping[str, Any]) -> None:
    """Keep the call that grades this folder with these options, by their names with underscores;
    paths are kept whole, so that the call means the same from anywhere.
    """
    arguments = ["grade", homework, str(folder.resolve())]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, tuple) else (value,):
            if one is True:
                arguments.append(flag)
            elif one is not None and one is not False:
                arguments += [flag, str(one.resolve() if isinstance(one, Path) else one)]
    book.database.execute(TABLE)
    book.database.execute(
        "INSERT OR REPLACE INTO called VALUES (?, ?)", (homework, json.dumps(arguments))
    )


def last_call(book: Gradebook, homework: str) -> list[str]:
    """The call; nothing when none was kept."""
    book.database.execute(TABLE)
    row = book.database.execute(
        "SELECT arguments FROM called WHERE homework = ?", (homework,)
    ).fetchone()
    return json.loads(row[0]) if row else []
