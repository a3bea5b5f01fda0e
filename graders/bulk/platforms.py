"""What a person gave and said, back to the learning platform where each student reads it: results
for Gradescope, comments for Canvas, a zip of feedback files for Moodle.

Only of results that may leave; nothing of a student whose grade is not complete, but for
Gradescope, which shows nothing before it is published there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from graders.bulk.exports import gradescope_id, lateness
from graders.bulk.feedback import feedback_page
from graders.bulk.scores import Result
from graders.core.language import say
from graders.course.people import Person
from graders.grading import record

# How Moodle names the folder or file of a participant; its import reads the number.
MOODLE = re.compile(r"^(.+_\d+_assignsubmission_(?:file|onlinetext)_?)")
PARTICIPANT = "Participant "


def gradescope_written(results: Sequence[Result]) -> str:
    """By Gradescope's number of a submission, what a person gave: the autograder of `critic build`
    adds it to the results of that submission. Nothing when nobody gave anything.
    """
    found = {gradescope_id(r): _given(r) for r in results if r.given or r.excused}
    return _json({number: given for number, given in found.items() if number})


def canvas_comments(results: Sequence[Result]) -> str:
    """What Canvas's API takes at `submissions/update_grades`: a comment for each person for whom
    there is one. Canvas's import of grades has no column for comments.
    """
    found = {
        _canvas_id(person): {"text_comment": said}
        for result in results
        if result.complete and (said := text(result))
        for person in result.people
        if _canvas_id(person)
    }
    return _json({"grade_data": found} if found else {})


def moodle_feedback(results: Sequence[Result]) -> bytes:
    """The zip that Moodle takes under "Upload multiple feedback files in a zip": the student's page
    in a folder named as in Moodle's own download.
    """
    pages = {
        f"{folder}/feedback.html": feedback_page(r.grade, r.homework, r).encode()
        for r in results
        if r.complete and (folder := _moodle_folder(r))
    }
    return record.zipped(pages) if pages else b""


FILES: dict[str, Callable[[Sequence[Result]], str | bytes]] = {
    "gradescope_written.json": gradescope_written,
    "canvas_comments.json": canvas_comments,
    "moodle_feedback.zip": moodle_feedback,
}


def write_platforms(folder: Path, results: Sequence[Result]) -> None:
    """Write each file that has something in it, and remove what an earlier run left of others:
    before publication that is all of them.
    """
    published = [r for r in results if r.policy.published]
    for name, form in FILES.items():
        content = form(published)
        if content:
            data = content.encode() if isinstance(content, str) else content
            record.write_bytes(folder / name, data)
        else:
            (folder / name).unlink(missing_ok=True)


def text(result: Result) -> str:
    """What a person gave and said, in lines that any platform shows; and lateness."""
    said = [
        say(
            "{name}: {points} of {possible} points. {comment}",
            name=name,
            points=f"{given.points:.4g}",
            possible=f"{result.homework.points[name]:g}",
            comment=given.comment,
        )
        for name, given in result.given.items()
    ]
    said += [
        say("{name}: does not count ({reason}).", name=name, reason=reason)
        for name, reason in result.excused.items()
    ]
    said += lateness(result)
    return "\n".join(map(str.strip, said))


def _given(result: Result) -> dict[str, dict[str, Any]]:
    given = {
        name: {"points": score.points, "comment": score.comment}
        for name, score in result.given.items()
    }
    return given | {n: {"points": None, "comment": why} for n, why in result.excused.items()}


def _canvas_id(person: Person) -> str:
    """How Canvas's API names somebody: by its own number, else by the id or login of the
    university.
    """
    if person.canvas:
        return person.canvas
    if person.id:
        return f"sis_user_id:{person.id}"
    return f"sis_login_id:{person.login}" if person.login else ""


def _moodle_folder(result: Result) -> str:
    """The name of the folder as it was downloaded. Moodle parts it at underscores, and reads the
    participant's number after the first; nothing when no number is known.
    """
    handle = result.row.found.handle
    if not handle.startswith(PARTICIPANT):
        return ""
    if downloaded := MOODLE.match(result.name):
        return downloaded[1]
    name = next((p.name for p in result.people if p.name), "student")
    safe = re.sub(r"[^\w .-]|_", " ", name).strip(" .") or "student"
    return f"{safe}_{handle.removeprefix(PARTICIPANT)}_assignsubmission_file_"


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n" if data else ""
