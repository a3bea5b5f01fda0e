"""What the folder that students receive says about its homework."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import graders.public

# Written by whoever builds that folder: name and libraries of the homework, its exercises in the
# order of the notebook, its language, its conventions, and its limits of time.
LIST = "homework.json"


def given() -> dict[str, Any]:
    """What it says; nothing elsewhere."""
    files = (Path(place, LIST) for place in graders.public.__path__)
    found = next((file for file in files if file.exists()), None)
    return dict(json.loads(found.read_text())) if found else {}
