"""What went wrong while a submission's cells ran: plain data, and one sentence about each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graders.core.language import say, to_say

# Where the name that is imported is not the name that is installed.
DISTRIBUTIONS = {
    "sklearn": "scikit-learn", "skimage": "scikit-image", "cv2": "opencv-python", "PIL": "pillow",
    "yaml": "pyyaml", "bs4": "beautifulsoup4", "pl_bolts": "lightning-bolts", "umap": "umap-learn",
    "torchvision": "torchvision", "mpl_toolkits": "matplotlib", "dotenv": "python-dotenv",
}  # fmt: skip
MAX_TOLD = 12


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong in one cell (from 1) and line (0: unknown).

    kind: a key of SENTENCES. name: the library, file, magic, name or Python version it is about.
    error: the class of the exception; text: what it
    says, which never leaves the process where it was raised.
    """

    kind: str
    name: str = ""
    cell: int = 0
    line: int = 0
    error: str = ""
    text: str = ""


SENTENCES = {
    "library": to_say(
        "{place} raised {error}: `{name}` is not installed here, nor does a file of that"
        " name lie beside the submission; what is imported from it is missing, the rest counts"
    ),
    "version": to_say("{place} raised {error}: {name} has nothing of that name; the rest counts"),
    "stand-in": to_say(
        "`{name}` is not installed here; it only shows or logs, so something that does"
        " nothing took its place"
    ),
    "file": to_say(
        "{place} raised {error}: `{name}` cannot be found, opened or made here; the rest counts"
    ),
    "syntax": to_say("{place} raised {error}; the rest counts"),
    "newer syntax": to_say(
        "{place} raised {error}: it is written in the syntax of Python {name}, and"
        " this is Python {here}; the rest counts"
    ),
    "error": to_say("{place} raised {error}; the rest counts"),
    "stopped": to_say(
        "{place} raised {error}: it stops there on purpose, so below that line nothing that"
        " was there before is changed; the other cells count"
    ),
    "magic": to_say("{place}: `{name}` does not work here and was passed over; the rest counts"),
    "reused": to_say(
        "cell {cell} uses the name `{name}` for something else than the library or function"
        " that functions of this submission mean by it; they were run with what they mean"
    ),
    "order": to_say(
        "`{name}` could not be defined where it stands, for it needs what only cell {cell}"
        " below defines; it was defined there: restart the notebook and run all its cells to see"
        " that"
    ),
    "windows": to_say(
        "{place} raised {error}: `{name}` is a path as only Windows writes it; `/` in its"
        " place is understood everywhere, and was used"
    ),
    "elsewhere": to_say(
        "{place} raised {error}: `{name}` is not there, but the file that the end of this path"
        " names lies beside the submission and was used: write paths from the notebook's folder on,"
        " in the file's own capitals"
    ),
    "device": to_say(
        "{place} raised {error}: the default device that was set is not there; the CPU took"
        " its place"
    ),
    "skipped": to_say("of cell {cell}, only imports, definitions and constants were run"),
}
# How each field looks in a sentence: "cell 2 in line 3", in any language.
FORMS = {
    "place": r"\w+ \d+(?: \w+ \w+ \d+)?",
    "error": r"\w+(?: \w+ \w+ \d+)?",
    "name": r"(?P<name>.+)",
    "here": r"[\d.]+",
}
# What these are about concerns everybody whose work is graded in the same place.
OF_THE_PLACE = ("library", "version", "stand-in", "newer syntax", "file", "magic")


def sentence(trouble: Trouble) -> str:
    """What a person reads about it."""
    where = say(" in line {line}", line=trouble.line) if trouble.line else ""
    text = say(SENTENCES.get(trouble.kind, SENTENCES["error"]))
    head, _, tail = text.partition("{error}")
    # "cell 2 raised X in line 3: why"
    filled = f"{head}{{error}}{where}{tail}" if tail else head
    if trouble.text and tail == say(SENTENCES["error"]).partition("{error}")[2]:
        filled = f"{head}{{error}}{where}: {{text}}{tail}"
    return filled.format(
        text=trouble.text,
        place=say("cell {cell}", cell=trouble.cell) + ("" if tail else where),
        name=trouble.name,
        error=trouble.error or say("an error"),
        cell=trouble.cell,
        here=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


def sentences(troubles: Iterable[Trouble]) -> list[str]:
    """Each of them told once; of very many, the first ones and a number."""
    told = list(dict.fromkeys(map(sentence, _once(troubles))))
    more = len(told) - MAX_TOLD
    return [
        *told[:MAX_TOLD],
        *([say("{more} more cells or lines raised errors", more=more)] if more > 0 else []),
    ]


def understood(text: str) -> Trouble | None:
    """What a sentence is about, where it is about the place: a gradebook keeps sentences."""
    known = [(kind, said) for kind in OF_THE_PLACE for said in _said(SENTENCES[kind])]
    for kind, said in known:
        pattern = re.escape(said)
        for field, form in FORMS.items():
            pattern = pattern.replace(re.escape(f"{{{field}}}"), form)
        if match := re.fullmatch(pattern, text):
            return Trouble(kind, match["name"])
    return None


def _said(text: str) -> tuple[str, str]:
    """A sentence as it may have been kept: in the language of the homework, in English."""
    return say(text), text


def install_command(library: str) -> str:
    """The command that installs what a submission imports under this name."""
    return f"pip install {DISTRIBUTIONS.get(library, library)}"


def add_up(notes: Sequence[Iterable[str]]) -> list[str]:
    """What several submissions of a class met and its instructor can do something about.

    notes: the sentences about each submission.
    """
    count: dict[tuple[str, str], int] = {}
    for sentences in notes:
        troubles = [t for t in map(understood, sentences) if t]
        for key in {(t.kind, t.name) for t in troubles if _of_the_place(t)}:
            count[key] = count.get(key, 0) + 1
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return [
        say(
            "{number} of {all} {what}",
            number=number,
            all=len(notes),
            what=say(ADDED[kind], name=name, install=command),
        )
        for (kind, name), number in ordered
        for command in [install_command(name)]
    ]


ADDED = {
    "library": to_say("import `{name}`, which is not installed here: `{install}`"),
    "stand-in": to_say(
        "import `{name}`, which is not installed here and was replaced by something that"
        " does nothing: `{install}`"
    ),
    "version": to_say("import something that {name} here does not have"),
    "newer syntax": to_say("are written in the syntax of Python {name}: grade with that Python"),
    "file": to_say("look for `{name}`, which is not there"),
    "magic": to_say("use `{name}`, which does not work here"),
}


def _of_the_place(trouble: Trouble) -> bool:
    """Whether an instructor can do something about it; nobody can install Colab."""
    return trouble.kind in OF_THE_PLACE and not trouble.name.startswith("google.colab")


def _once(troubles: Iterable[Trouble]) -> Iterable[Trouble]:
    """A library that several cells import is told where it is missed first."""
    seen: set[tuple[str, str]] = set()
    for trouble in troubles:
        key = (trouble.kind, trouble.name)
        if trouble.kind not in OF_THE_PLACE or key not in seen:
            seen.add(key)
            yield trouble
