"""Topics and homeworks by name: the one place that finds hidden checks and the reference."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any

from graders.core.adapted import adapted
from graders.core.answers import form_check, value_check
from graders.core.convention import (
    Convention,
    Conventions,
    as_ours,
    as_theirs,
    conventions_here,
    conventions_of,
    meant,
    reworded,
)
from graders.core.exercise import (
    Check,
    Exercise,
    Misconception,
    StandIn,
    Terms,
    members,
    one_claims,
)
from graders.core.forms import Form, WrongForm
from graders.core.host import Host
from graders.core.language import Tongue, to_say
from graders.core.student import Hosting
from graders.course.choices import OURS, Choices, choices_of
from graders.course.environment import environment_of
from graders.course.homeworks import ASSIGNMENTS, BadCourse, UnknownName, homeworks
from graders.course.texts import refuse_unknown_texts, tongue_of
from graders.course.wrong import near
from graders.grading.chosen import chosen
from graders.grading.listed import Exercises, required, table_of
from graders.grading.right import Right
from graders.grading.varied import asked_for

__all__ = [
    "ASSIGNMENTS",
    "BadCourse",
    "Entry",
    "Homework",
    "UnknownName",
    "hidden_modules",
    "homework_names",
    "load_homework",
    "load_topic",
    "reference_module",
    "required",
    "settings",
]


# The mistake that a course with conventions has beside ours: to follow those of a textbook.
ELSEWHERE = to_say(
    "Your values are right where another convention holds: read again what the function takes and"
    " gives in this course."
)


@dataclass(frozen=True)
class Entry:
    """One exercise with everything that belongs to it."""

    topic: str
    exercise: Exercise
    public: tuple[Check, ...]
    hidden: tuple[Check, ...]
    misconceptions: tuple[Misconception, ...]
    stand_in: StandIn | None
    solution: Any
    terms: Terms | None = None
    conventions: tuple[Convention, ...] = ()
    choices: Choices = OURS
    # Hints of ours that read otherwise in this course.
    reworded: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return self.exercise.name

    @property
    def kind(self) -> str:
        return self.exercise.kind

    @property
    def requires(self) -> tuple[str, ...]:
        return tuple(self.exercise.requires)

    @property
    def followed(self) -> tuple[str, ...]:
        """The modules of its conventions; the last is the nearest to the submission."""
        return tuple(one.module for one in self.conventions)

    @property
    def form(self) -> Form:
        """The form of what an answer exercise asks for. Raises ValueError for other kinds."""
        if self.exercise.form is None:
            raise ValueError(f"{self.name} asks for no answer")
        return self.exercise.form

    @property
    def beside(self) -> dict[str, Any]:
        """What lies in the file of an experiment beside this artefact, as the reference left it;
        nothing for other kinds.
        """
        return dict(reference_module(self.topic).ARTEFACTS) if self.exercise.kind == "E" else {}


@dataclass(frozen=True)
class Homework(Exercises[Entry]):
    """A homework with its checks. What is `given` stands solved in the notebook and carries no
    points.
    """

    right: Right = field(kw_only=True)
    given: tuple[Entry, ...] = ()
    conventions: Conventions = field(default_factory=dict)

    @property
    def varied(self) -> tuple[Entry, ...]:
        """The questions whose choices every student meets in an order of their own."""
        return tuple(entry for entry in self.entries if entry.choices.variants)

    def host(self, functions: Mapping[str, Any]) -> Hosting:
        """Functions of ours in the place of a submission, which follows the course's
        conventions.
        """
        theirs = {
            name: as_theirs(self.conventions.get(name, ()), value)
            for name, value in functions.items()
        }
        host: Hosting = adapted(Host(theirs), self.conventions)
        return host


@cache
def load_topic(name: str) -> tuple[Entry, ...]:
    """The exercises of a topic, from the modules of its name in `graders.public`, `graders.hidden`
    and `reference`.
    """
    public = importlib.import_module(f"graders.public.{name}")
    hidden = [importlib.import_module(module) for module in hidden_modules(name)]
    reference = importlib.import_module(f"reference.{name}")
    stand_ins = {stand_in.exercise: stand_in for stand_in in members(public, StandIn)}

    def of(modules: list[ModuleType], kind: type, exercise: str) -> tuple[Any, ...]:
        found: list[Any] = [member for module in modules for member in members(module, kind)]
        return tuple(member for member in found if member.exercise == exercise)

    entries = []
    for exercise in members(public, Exercise):
        checks = of([public], Check, exercise.name), of(hidden, Check, exercise.name)
        first = tuple(check.name for check in checks[1][:1])
        always = importlib.import_module("graders.hidden._laws").laws(exercise, first)
        checks = checks[0], tuple(one_claims([*checks[1], *always]))
        if exercise.kind == "A":
            checks = (form_check(exercise), *checks[0]), (value_check(exercise), *checks[1])
        mistakes = of(hidden, Misconception, exercise.name)
        entries.append(
            Entry(
                name,
                exercise,
                *checks,
                mistakes,
                stand_ins.get(exercise.name),
                getattr(reference, exercise.name, None),
                next(iter(of(hidden, Terms, exercise.name)), None),
            )
        )
    return tuple(entries)


def hidden_modules(topic: str) -> list[str]:
    """The modules with the hidden checks of a topic: one, or a package of one for each exercise."""
    package = importlib.import_module(f"graders.hidden.{topic}")
    inside = pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}.")
    exercises = [module.name for module in inside if "._" not in module.name]
    return [package.__name__, *sorted(exercises)]


def homework_names() -> list[str]:
    """Every homework of `homeworks.toml`."""
    return list(homeworks())


def load_homework(name: str) -> Homework:
    """A homework by name. Raises UnknownName."""
    return homework_of(name, table_of(name))


def homework_of(name: str, spec: Mapping[str, Any]) -> Homework:
    """The homework that a table describes. Raises UnknownName."""
    known = {entry.name: entry for topic in spec["topics"] for entry in _topic_of(name, topic)}
    missing = [exercise for exercise in spec["points"] if exercise not in known]
    if missing:
        raise UnknownName(
            f"homeworks.toml gives points in {name!r} to {', '.join(missing)}, which no topic of"
            f" {spec['topics']} defines"
        )
    _refuse_missing_topics(name, known, (*spec["points"], *spec.get("given", ())))
    known |= {
        exercise: _with_answer(name, known, exercise, value)
        for exercise, value in spec.get("answers", {}).items()
    }
    conventions = _conventions(name, known, spec)
    known |= {each: _in_convention(known[each], chain) for each, chain in conventions.items()}
    for each, choices in choices_of(spec.get("exercises", {})).items():
        where = f"homeworks.toml: [{name}.exercises.{each}]"
        known[each] = chosen(where, known[each], choices)
    for each in asked_for(name, spec, known):
        choices = replace(known[each].choices, variants=True)
        known[each] = replace(known[each], choices=choices)
    entries = tuple(known[exercise] for exercise in spec["points"])
    solutions = {entry.name: entry.solution for entry in known.values()}
    left = {key: value for entry in known.values() for key, value in entry.beside.items()}
    given = tuple(_given(name, known, exercise, entries) for exercise in spec.get("given", ()))
    return Homework(
        name,
        spec["title"],
        tuple(spec["topics"]),
        entries,
        dict(spec["points"]),
        environment_of(name, spec),
        _tongue(name, spec, entries),
        right=Right(solutions, artefacts=left),
        given=given,
        conventions=conventions,
    )


def _tongue(name: str, spec: Mapping[str, Any], entries: Iterable[Entry]) -> Tongue:
    """The language of a homework. Raises UnknownName, also where it has another text for one that
    there is not.
    """
    public = {check.sentence for entry in entries for check in entry.public}
    hidden = {check.sentence for entry in entries for check in entry.hidden}
    hints = {mistake.hint for entry in entries for mistake in entry.misconceptions}
    refuse_unknown_texts(name, spec, public | hidden | hints)
    return tongue_of(name, spec, public)


def settings(homework: str, table: str) -> dict[str, Any]:
    """One table of a homework in `homeworks.toml`, such as `gradescope`; empty when there is
    none.
    """
    return dict(homeworks()[homework].get(table, {}))


def reference_module(topic: str) -> ModuleType:
    """The module that holds the solutions of a topic."""
    return importlib.import_module(f"reference.{topic}")


def _topic_of(homework: str, topic: str) -> tuple[Entry, ...]:
    try:
        return load_topic(topic)
    except ModuleNotFoundError as error:
        if str(error.name).endswith(f".{topic}"):
            raise UnknownName(
                f"homeworks.toml: the homework {homework!r} names the topic {topic!r}, but there is"
                f" no module {error.name}"
            ) from None
        raise UnknownName(_where(error)) from error
    except Exception as error:  # a topic of the course is code that somebody is writing
        raise UnknownName(_where(error)) from error


def _where(error: Exception) -> str:
    """File, line and text of an error in somebody's topic."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
    ]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: {type(error).__name__}: {error}"


def _refuse_missing_topics(homework: str, known: dict[str, Entry], names: Iterable[str]) -> None:
    """Raise UnknownName when something builds on an exercise of a topic that the homework does not
    list: neither the notebook nor the reference would have it.
    """
    waiting, lacking = [name for name in names if name in known], dict[str, str]()
    for name in waiting:
        for needed in known[name].exercise.requires:
            if needed in known and needed not in waiting:
                waiting.append(needed)
            elif needed not in known:
                lacking.setdefault(needed, name)
    if lacking:
        topics = sorted({topic for topic in map(_topic_with, lacking) if topic})
        raise UnknownName(
            f"homeworks.toml: in {homework!r}, "
            + ", ".join(f"`{name}` builds on `{needed}`" for needed, name in lacking.items())
            + ", of a topic that is not listed: add "
            + (", ".join(f'"{topic}"' for topic in topics) or "their topics")
            + " to `topics`"
        )


def _topic_with(exercise: str) -> str:
    """The topic that defines an exercise, or nothing."""
    package = importlib.import_module("graders.public")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        with contextlib.suppress(Exception):  # topics that nobody asked for may not even import
            found = members(importlib.import_module(module.name), Exercise)
            if any(member.name == exercise for member in found):
                return module.name.rpartition(".")[2]
    return ""


def _given(homework: str, known: dict[str, Entry], name: str, asked: tuple[Entry, ...]) -> Entry:
    """A function that the notebook hands out, below the text of its topic."""
    entry = known.get(name)
    if entry is None or entry.exercise.kind != "F" or entry.topic not in {e.topic for e in asked}:
        raise UnknownName(
            f"homeworks.toml: {homework!r} gives {name!r}, which is no function exercise of a topic"
            " that it asks something of"
        )
    if entry in asked:
        raise UnknownName(
            f"homeworks.toml: {homework!r} gives {name!r} and asks for it: take it out of `given`"
            f" or out of [{homework}.points]"
        )
    return entry


def _conventions(homework: str, known: Mapping[str, Entry], spec: Mapping[str, Any]) -> Conventions:
    """The conventions that a homework names. Raises UnknownName."""
    where, table = f"homeworks.toml: [{homework}.conventions]", spec.get("conventions", {})
    for name, exercises in table.items():
        have = conventions_here()
        if name not in have:
            raise UnknownName(f"{where} names {name!r}, which is no convention{near(name, have)}")
        for exercise in exercises:
            if exercise not in known:
                raise UnknownName(
                    f"{where} names the exercise {exercise!r}, which no topic of it"
                    f" defines{near(exercise, known)}"
                )
            if exercise not in have[name]:
                raise UnknownName(
                    f"{where}: {name} has no adapter for {exercise!r}; it has"
                    f" {', '.join(have[name])}"
                )
    found = conventions_of(table)
    for exercise in spec.get("given", ()):
        called = required([exercise], known.get)
        if not found.keys().isdisjoint(entry.name for entry in called):
            raise UnknownName(
                f"{where}: {exercise!r} is given as we have it, and builds on what this table"
                " changes: ask for it instead"
            )
    return found


def _in_convention(entry: Entry, chain: tuple[Convention, ...]) -> Entry:
    """An exercise as a course means it. Its checks are the same; their sentences may be others."""
    public, hidden = (
        tuple(reworded(chain, check) for check in checks) for checks in (entry.public, entry.hidden)
    )
    ours = Misconception(
        entry.name, ELSEWHERE, "", as_ours(chain, entry.solution), "another_convention"
    )
    return replace(
        entry,
        exercise=meant(chain, entry.exercise),
        public=public,
        hidden=hidden,
        misconceptions=(*entry.misconceptions, ours),
        conventions=chain,
    )


def _with_answer(homework: str, known: dict[str, Entry], name: str, value: Any) -> Entry:
    """An answer exercise with the right answer of this course, without the misconception that it
    would be.
    """
    entry = known.get(name)
    if entry is None or entry.exercise.kind != "A":
        raise UnknownName(
            f"homeworks.toml: [{homework}.answers] gives an answer to {name!r}, which is no answer"
            " exercise of its topics"
        )
    form = entry.form
    # TOML has lists only; a form may ask for a tuple or a set.
    candidates = [value] if not isinstance(value, list) else [tuple(value), set(value)]
    said = ""
    for value in candidates:
        try:
            wanted = form.read(value)
            break
        except WrongForm as error:
            said = said or str(error)
    else:
        raise UnknownName(
            f"homeworks.toml: the answer to {name!r} in [{homework}.answers] does not have the form"
            f" asked for: it {said}"
        )
    mistakes = tuple(m for m in entry.misconceptions if not form.same(form.read(m.value), wanted))
    return replace(entry, solution=value, misconceptions=mistakes)
