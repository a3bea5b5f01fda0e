"""Answers of students who met the choices of a question in an order of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from graders.core.language import say
from graders.core.text import line
from graders.core.variants import STUDENT, as_ours, choices_in, labels, word_of
from graders.core.verdict import StudentError, TimedOut
from graders.course.homeworks import UnknownName
from graders.course.people import Person
from graders.grading.prompts import prompt_of, read_topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.grading.catalogue import Entry
    from graders.grading.hosts import Submission


def asked_for(homework: str, spec: Mapping[str, Any], entries: Mapping[str, Entry]) -> list[str]:
    """The exercises of a homework that have variants, from its `variants`: true, or a list of
    names. Raises UnknownName where one has no choices that could change places.
    """
    asked = spec.get("variants", False)
    if not asked:
        return []
    able = [name for name in spec["points"] if _has_choices(entries[name])]
    lacking = [name for name in asked if name not in able] if isinstance(asked, list) else []
    if lacking or not able:
        raise UnknownName(
            f"homeworks.toml: `variants` of {homework!r} is for questions whose choices have"
            f" letters, and {', '.join(lacking) or 'no exercise of it'} has none; there are"
            f" {', '.join(able) or 'none'}"
        )
    return asked if isinstance(asked, list) else able


def _has_choices(entry: Entry) -> bool:
    names = labels(entry.exercise)
    if not names:
        return False
    return tuple(choices_in(prompt_of(entry, read_topic(entry.topic)).text)) == names


def whose(submission: Submission, people: Sequence[Person]) -> tuple[str, tuple[str, ...]]:
    """The word from which the order of the choices follows, and a sentence where it is not the one
    of the notebook's `student`: whoever handed in decides, where that is known.
    """
    said = _student(submission)
    if not said:
        return "", (
            say(
                "Your notebook does not say who you are: `student` at its top is empty. Your"
                " answers were read with the choices in their usual order."
            ),
        )
    known = [word for person in people for word in _known_as(person, said) if word]
    if not known or word_of(said) in known:
        return word_of(said), ()
    return known[0], (
        say(
            "Your notebook says that `student` is {said}, which is none of the names under which"
            " it was handed in ({name}). Your answers were read with the choices in the order of"
            " the one who handed in.",
            said=line(repr(said)),
            name=people[0].name or people[0].key,
        ),
    )


def _known_as(person: Person, said: str) -> list[str]:
    """The words of a person that are of the kind of this one: a platform that knows an e-mail only
    says nothing about a number.
    """
    if "@" in said:
        return [word_of(person.email)]
    if any(c.isdigit() for c in said):
        return [word_of(person.id), word_of(person.login)]
    names = [word_of(part) for part in person.name.replace(",", " ").split()]
    turned = ["".join(names), "".join(names[1:] + names[:1]), "".join(names[-1:] + names[:-1])]
    return [*turned, *names, word_of(person.login), word_of(person.email.partition("@")[0])]


def _student(submission: Submission) -> str:
    if STUDENT not in submission.names([STUDENT]):
        return ""
    try:
        with submission.branch("") as host:
            value = host.get(STUDENT)
    except (StudentError, TimedOut):
        return ""
    return str(value)[:200] if isinstance(value, (str, int)) and word_of(value) else ""


class Varied:
    """A host whose answers are in our order."""

    def __init__(self, host: Any, exercise: str, names: Sequence[str], word: str):
        self._host, self._exercise, self._names, self._word = host, exercise, names, word

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def get(self, name: str) -> Any:
        """The value of an answer. Raises what the other host raises."""
        value = self._host.get(name)
        if name != self._exercise:
            return value
        return as_ours(value, self._names, self._exercise, self._word)


def in_our_order(
    branch: Callable[[], AbstractContextManager[Any]], entry: Entry, word: str
) -> Callable[[], AbstractContextManager[Any]]:
    """The branch, its answer to this exercise read in the order of this word."""

    @contextmanager
    def opened() -> Iterator[Any]:
        with branch() as host:
            yield Varied(host, entry.name, labels(entry.exercise), word)

    return opened if entry.choices.variants else branch
