"""The prompts of a topic, read from `assignments/<topic>.md`: an introduction, then a section per
exercise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from graders.core.language import spoken, to_say
from graders.course.homeworks import topic_text
from graders.grading.listed import Named

SECTION = re.compile(r"^## +(\w+)[ \t]*$", re.MULTILINE)
# A block of code in an introduction that becomes a cell of its own, which is skipped when a
# notebook is graded.
EXPERIMENT_CELL = re.compile(r"^```python experiment\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
RUBRIC = re.compile(r"^### +Rubric[ \t]*$", re.MULTILINE)


class BadAssignment(Exception):
    """An assignment from which nothing can be built; the text says which file and what it lacks."""


@dataclass(frozen=True)
class Prompt:
    """What a student is asked. The rubric is for those who grade a written exercise, and never
    ships.
    """

    text: str
    rubric: str = ""


@dataclass(frozen=True)
class TopicText:
    """The heading and introduction of a topic, its prompts by exercise, and the code of its
    training runs in Otter's notation.
    """

    introduction: str
    prompts: dict[str, Prompt]
    experiment: str = ""


# What Otter writes where a written answer belongs.
ANSWER_HERE = to_say("_Type your answer here, replacing this text._")


def read_topic(topic: str) -> TopicText:
    """The text of a topic in the language that is spoken, what it lacks there in English. Raises
    BadAssignment when there is none.
    """
    paths = [topic_text(topic), topic_text(topic, spoken().code)]
    english, own = (_read(path) for path in paths)
    return replace(own, prompts={**english.prompts, **own.prompts})


def missing_prompts(topic: str, language: str) -> list[str]:
    """The exercises whose prompts a topic has, but not in this language."""
    english, own = topic_text(topic), topic_text(topic, language)
    there = _read(own).prompts if own != english else {}
    return [name for name in _read(english).prompts if name not in there]


def _read(path: Path) -> TopicText:
    if not path.exists():
        raise BadAssignment(
            f"there is no {path}: a topic needs a text with a section for each of its exercises"
        )
    introduction, *parts = SECTION.split(path.read_text())
    prompts = {name: _prompt(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return TopicText(
        EXPERIMENT_CELL.sub("", introduction).strip(),
        prompts,
        "\n".join(EXPERIMENT_CELL.findall(introduction)).strip(),
    )


def prompt_of(entry: Named, text: TopicText) -> Prompt:
    """The prompt of an exercise. Raises BadAssignment when it, or the rubric of a written exercise,
    is missing.
    """
    prompt = _of_conventions(entry) or text.prompts.get(entry.name)
    if prompt is None or not prompt.text:
        raise BadAssignment(
            f"assignments/{entry.topic}.md has no section `## {entry.name}`, or nothing in it"
        )
    if entry.kind == "W" and not prompt.rubric:
        raise BadAssignment(
            f"assignments/{entry.topic}.md: the written exercise {entry.name} has no `### Rubric`"
        )
    return prompt


def convention_text(name: str) -> TopicText:
    """The text of a convention, `assignments/conventions/NAME.md`, which may be missing."""
    topic = f"conventions/{name}"
    return read_topic(topic) if topic_text(topic).exists() else TopicText("", {})


def _of_conventions(entry: Named) -> Prompt | None:
    """The prompt of the convention that is nearest to the submission, if one has any."""
    texts = (convention_text(module).prompts for module in reversed(entry.followed))
    return next((prompts[entry.name] for prompts in texts if entry.name in prompts), None)


def _prompt(section: str) -> Prompt:
    text, *rubric = RUBRIC.split(section, maxsplit=1)
    return Prompt(text.strip(), "".join(rubric).strip())
