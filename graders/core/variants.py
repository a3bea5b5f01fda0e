"""Questions whose choices every student meets in an order of their own: it follows from a word of
theirs, `student`, that stands at the top of the notebook.

    - **A.** It is never negative.
    - **B.** It is at most log 2.

The letters stay in their order and the statements change places. On the grader's side an answer is
read in the student's order and turned into ours, so checks and hints know nothing of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graders.core.exercise import Exercise
from graders.core.forms import Letters, Table, fold
from graders.core.given import given
from graders.core.language import say, to_say

STUDENT = "student"
CHOICE = re.compile(r"^- \*\*(\w+)\.\*\* +", re.MULTILINE)
NOBODY = to_say(
    "Fill in `student` at the top first and run that cell: the order below is not yet yours."
)


def labels(exercise: Exercise) -> tuple[str, ...]:
    """What the choices of a question are called in its prompt; nothing where it has none."""
    form = exercise.form
    if isinstance(form, Letters):
        return form.choices
    return form.keys if isinstance(form, Table) else ()


def word_of(value: Any) -> str:
    """What counts of a name, a number or an e-mail: letters and digits, whatever their case."""
    return "".join(c for c in str(value).casefold() if c.isalnum()) if value else ""


def order(word: str, exercise: str, count: int) -> list[int]:
    """Which of the choices, by their numbers, comes at which place; the usual one for nobody."""

    def rank(number: int) -> bytes:
        return hashlib.sha256(f"{word}\0{exercise}\0{number}".encode()).digest()

    return sorted(range(count), key=rank) if word else list(range(count))


def choices_in(prompt: str) -> dict[str, str]:
    """The choices of a prompt by what they are called."""
    _, *parts = CHOICE.split(_question(prompt)[1])
    return {label: text.strip() for label, text in zip(parts[::2], parts[1::2], strict=True)}


def without_choices(prompt: str) -> str:
    """The prompt without its choices."""
    before, _, after = _question(prompt)
    return "\n\n".join(part.strip() for part in (before, after) if part.strip())


def in_order_of(prompt: str, exercise: str, word: str) -> str:
    """The choices as the student with this word meets them, as Markdown."""
    found = choices_in(prompt)
    texts = list(found.values())
    places = order(word, exercise, len(texts))
    return "\n".join(f"- **{label}.** {texts[i]}" for label, i in zip(found, places))


def as_ours(value: Any, names: Sequence[str], exercise: str, word: str) -> Any:
    """An answer that was given in the order of this word, in ours. What is no answer of these names
    stays as it is.
    """
    places = order(word, exercise, len(names))
    meant = {fold(name): names[i] for name, i in zip(names, places)}

    def ours(name: Any) -> Any:
        return meant.get(fold(name), name) if isinstance(name, str) else name

    if isinstance(value, (set, frozenset, list, tuple)):
        return type(value)(ours(item) for item in value)
    if isinstance(value, Mapping):
        return {ours(key): item for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Question:
    """The choices of a question as a notebook shows them."""

    name: str
    choices: str
    word: str

    def __str__(self) -> str:
        return "\n\n".join(filter(None, ("" if self.word else say(NOBODY), self.choices)))

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return str(self)


def question(name: str, namespace: Mapping[str, Any]) -> Question | None:
    """The question as the student of this notebook meets it; nothing where it has no variants."""
    prompts = given().get("variants", {})
    if name not in prompts:
        return None
    word = word_of(namespace.get(STUDENT))
    return Question(name, in_order_of(prompts[name], name, word), word)


def _question(prompt: str) -> tuple[str, str, str]:
    """What stands before the choices, they, and what comes after: they are one list."""
    first = CHOICE.search(prompt)
    if not first:
        return prompt, "", ""
    before, rest = prompt[: first.start()], prompt[first.start() :]
    listed, blank, after = rest.partition("\n\n")
    return before, listed, after if blank else ""
