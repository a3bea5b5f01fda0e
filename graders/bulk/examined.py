"""Everything that is wrong with the folder of a course, at once: what would stop a command later,
or have no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graders.bulk.gradebook import BadGradebook, Gradebook
from graders.core.language import ENGLISH
from graders.course.homeworks import FILE, KEY, ROSTER, BadCourse, course_folder, read_tables
from graders.course.key import BadKey, course_key
from graders.course.people import BadRoster, read_roster
from graders.course.wrong import RESERVED, wrong_in
from graders.grading.catalogue import UnknownName, homework_of
from graders.grading.prompts import BadAssignment, missing_prompts, prompt_of, read_topic
from graders.grading.round_trip import not_carried

GRADEBOOK = "gradebook.sqlite"


def wrong_with_course() -> list[str]:
    """A sentence about each thing that is wrong: homeworks, their topics and prompts, the roster,
    the key, the gradebook.
    """
    return [f"✗ {text}" for text in dict.fromkeys([*_homeworks(), *_files()])]


def _homeworks() -> Iterator[str]:
    try:
        tables = read_tables(course_folder())
    except BadCourse as error:
        yield str(error)
        return
    for name, table in tables.items():
        wrong = [f"{FILE}: {text}" for text in wrong_in(name, table)]
        yield from wrong
        if not wrong and name != RESERVED:
            said = list(_said(lambda name=name, table=table: _homework(name, table)))
            yield from said or (*_in_english(name, table), *_not_carried(name, table))


def _homework(name: str, table: Mapping[str, Any]) -> None:
    homework = homework_of(name, table)
    homework.environment.examine()
    for entry in homework.entries:
        prompt_of(entry, read_topic(entry.topic))


def _not_carried(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """The exercises that cannot be asked in the conventions of this homework."""
    return not_carried(homework_of(name, table)) if table.get("conventions") else iter(())


def _in_english(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """What students of a homework in another language read in English all the same."""
    language = table.get("language", ENGLISH)
    if language == ENGLISH:
        return
    for topic in table["topics"]:
        if missing := [e for e in missing_prompts(topic, language) if e in table["points"]]:
            yield (
                f"{FILE}: {name!r} is in {language!r}, and the prompts of {', '.join(missing)} are"
                f" not: write assignments/{language}/{topic}.md"
            )


def _files() -> Iterator[str]:
    folder = course_folder()
    if folder is None:
        return
    if (folder / ROSTER).exists():
        yield from _said(lambda: read_roster(folder / ROSTER))
    if (folder / KEY).exists():
        yield from _said(course_key)
        if (folder / KEY).stat().st_mode & 0o077:
            yield f"{folder / KEY} can be read by others: chmod 600 {folder / KEY}"
    if (folder / GRADEBOOK).exists():
        yield from _said(lambda: Gradebook(folder / GRADEBOOK).__exit__())


def _said(look: Callable[[], object]) -> Iterator[str]:
    try:
        look()
    except (UnknownName, BadAssignment, BadRoster, BadKey, BadGradebook) as error:
        yield str(error)
