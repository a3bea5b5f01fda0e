"""What a student wrote below the heading of each exercise, as Markdown with its pictures: in a
notebook, a script with cells of text, or a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graders.bulk.pictures import with_pictures
from graders.core import formats
from graders.core.language import say, to_say
from graders.core.text import plain
from graders.grading.listed import Exercises
from graders.grading.prompts import ANSWER_HERE, BadAssignment, read_topic
from graders.intake.find import Found

# A heading, also one that is only bold or underlined.
HEADING = re.compile(
    r"^(?:#{1,6}[ \t]+([^\n]{1,300})|\*\*([^\n*]{1,300})\*\*[ \t]*:?[ \t]*|"
    r"([^\s#>|][^\n]{0,300})\n(?:={3,}|-{3,})[ \t]*)$",
    re.MULTILINE,
)
# The name of an exercise in it: alone, behind a number, before its points, or in brackets at the
# end. A student may write "## elbo is a bound", or "## What follows from elbo_proof".
FIRST = re.compile(r"(?:(?:[^\W\d_]+[ \t]+)?\d[\d.]*[a-z]?[.:)]?[ \t]*[-–—:]?[ \t]*)?_*(\w+?)_*")
POINTS = re.compile(r"[ \t]*(?:\([^()]*\)|:)?[ \t]*$")
IN_BRACKETS = re.compile(r"[(\[](\w+)[)\]]$")
# The heading of the notebook's last part, in which no answer stands.
HAND_IN = to_say("Hand in")
GIVEN = to_say("Given, for you to use: {names}.")
# What the notebook says where an answer belongs.
PLACES = (
    ANSWER_HERE,
    "<!-- BEGIN QUESTION -->",
    "<!-- END QUESTION -->",
)
TEXT_CELL = re.compile(r"^# ?%%[^\n]*\[(?:markdown|md)\][^\n]*\n", re.MULTILINE)
NEXT_CELL = re.compile(r"^# ?%%", re.MULTILINE)
CODE = re.compile(
    r"^(```|~~~)\s*\{?\s*(?:python|code-cell)[^\n]*\n.*?^\1", re.MULTILINE | re.DOTALL
)
# An answer is as long as what a person reads of it; a picture in the text counts as so much.
PICTURE = re.compile(r"data:image/\w{1,10};base64,[A-Za-z0-9+/=]*")
LONGEST, AS_LONG_AS = 30_000, 200
TOO_LONG = to_say("(What follows is longer than this page shows: open the submission itself.)")


@dataclass(frozen=True)
class TextCell:
    """A cell of text, with the pictures that were pasted into it."""

    text: str
    attachments: Mapping[str, Any] = field(default_factory=dict)


def written_answers(homework: Exercises[Any], found: Found) -> dict[str, str]:
    """The text below each heading, also in the cell of the question itself, by the name of the
    exercise; nothing of what cannot be read, or was handed out.
    """
    names = {entry.name for entry in homework.entries}
    ours = _HandedOut.of(homework)
    answers: dict[str, list[str]] = {}
    name, last = "", _last_part()
    for cell in _text_cells(found.file):
        for heading, text in _parts(last.sub("", cell.text), names):
            name = heading or name
            if name and (own := ours.left_of(text, heading)):
                own = with_pictures(_cut(own), cell.attachments, found)
                answers.setdefault(name, []).append(own)
        if last.search(cell.text):
            name = ""
    return {name: _cut("\n\n".join(parts)) for name, parts in answers.items()}


def _last_part() -> re.Pattern[str]:
    headings = "|".join(map(re.escape, {HAND_IN, say(HAND_IN)}))
    return re.compile(rf"^#{{1,6}}[ \t]+(?:{headings})\b.*", re.MULTILINE | re.DOTALL)


def _parts(text: str, names: set[str]) -> Iterator[tuple[str, str]]:
    """The text with the exercise under whose heading each part of it stands; none above the
    first.
    """
    every = ((m, _exercise_of(m[1] or m[2] or m[3], names)) for m in HEADING.finditer(text))
    found = [(m, name) for m, name in every if name]
    yield "", text[: found[0][0].start()] if found else text
    for (match, name), following in zip(found, [*found[1:], None]):
        yield name, text[match.end() : following[0].start() if following else len(text)]


def _exercise_of(heading: str, names: set[str]) -> str:
    """The exercise that a heading names; nothing where it names none."""
    said = re.sub(r"[*`]", "", heading).strip().rstrip("#").rstrip()
    short = POINTS.sub("", said)
    alone, last = FIRST.fullmatch(short), IN_BRACKETS.search(said)
    alone = alone or FIRST.fullmatch(said)
    found = (match[1] for match in (alone, last, IN_BRACKETS.search(short)) if match)
    return next((name for name in found if name in names), "")


@dataclass(frozen=True)
class _HandedOut:
    """What the notebook said before anybody wrote into it: the lines of each prompt, and all lines
    of all texts.
    """

    prompts: Mapping[str, list[str]]
    lines: frozenset[str]

    @staticmethod
    def of(homework: Exercises[Any]) -> _HandedOut:
        prompts: dict[str, list[str]] = {}
        introductions: list[str] = []
        for topic in dict.fromkeys(entry.topic for entry in homework.entries):
            with suppress(BadAssignment):
                found = read_topic(topic)
                prompts |= {name: _lines(prompt.text) for name, prompt in found.prompts.items()}
                introductions += _lines(found.introduction)
        every = (line for lines in prompts.values() for line in lines)
        return _HandedOut(prompts, frozenset([*introductions, *every]))

    def left_of(self, text: str, heading: str) -> str:
        """What of a text the student wrote: below a heading the prompt comes first; elsewhere a
        text is ours when each of its lines is. Who changed nothing wrote nothing.
        """
        kept = [
            line for line in text.split("\n") if line.strip() not in (*PLACES, say(ANSWER_HERE))
        ]
        for expected in self.prompts.get(heading, ()):
            rest = "\n".join(kept).lstrip("\n").split("\n")
            if rest[0].strip().lstrip("# ") != expected:
                break
            kept = rest[1:]
        lines = _lines("\n".join(kept))
        ours = all(
            line in self.lines or line.startswith(say(GIVEN).partition("{")[0]) for line in lines
        )
        return "" if ours else "\n".join(kept).strip()


def _lines(text: str) -> list[str]:
    """The lines that are not empty, without what makes them headings."""
    stripped = (line.strip().lstrip("# ") for line in text.split("\n"))
    return [line for line in stripped if line]


def _cut(text: str) -> str:
    """At most so much text, pictures not counted."""
    room, place, parts = LONGEST, 0, []
    for match in PICTURE.finditer(text):
        before = text[place : match.start()]
        if len(before) + AS_LONG_AS > room:
            break
        parts += [before, match[0]]
        room, place = room - len(before) - AS_LONG_AS, match.end()
    rest = text[place:]
    return "".join([*parts, rest[:room], f"\n\n{say(TOO_LONG)}" if len(rest) > room else ""])


# --- text cells ---------------------------------------------------------------------------------


def _text_cells(file: Path | None) -> list[TextCell]:
    """The cells of text. Whoever reads this needs no reason why there are none: the grade has
    it.
    """
    try:
        if file is None:
            return []
        text = formats.decode(file.read_bytes(), script=file.suffix == ".py")
        if formats.is_notebook(text):
            return _of_notebook(text)
        if TEXT_CELL.search(text):
            return _of_script(text)
        return [] if file.suffix == ".py" else [TextCell(plain(CODE.sub("", text)))]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, formats.NoCode):
        return []


def _of_notebook(text: str) -> list[TextCell]:
    notebook = json.loads(text)
    sheets = [notebook] if "cells" in notebook else notebook["worksheets"]
    cells = [cell for sheet in sheets for cell in sheet["cells"]]
    return [_cell(cell) for cell in cells if cell["cell_type"] in ("markdown", "raw", "heading")]


def _cell(cell: dict[str, Any]) -> TextCell:
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    joined = "".join(line for line in lines if isinstance(line, str))
    heading = "### " if cell["cell_type"] == "heading" else ""
    attachments = cell.get("attachments")
    pasted = attachments if isinstance(attachments, dict) else {}
    return TextCell(heading + plain(joined, limit=8 * 2**20), pasted)


def _of_script(text: str) -> list[TextCell]:
    """Cells such as `# %% [markdown]`, whose lines are comments or one string."""
    found = []
    for match in TEXT_CELL.finditer(text):
        following = NEXT_CELL.search(text, match.end())
        body = text[match.end() : following.start() if following else len(text)].strip()
        if body[:3] in ('"""', "'''"):
            body = body.strip("\"'")
        else:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        found.append(TextCell(plain(body)))
    return found
