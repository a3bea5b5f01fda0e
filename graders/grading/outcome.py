"""What was found out about a submission: plain frozen data, and nothing that runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from graders.core.language import to_say
from graders.core.verdict import Status, Verdict
from graders.course.choices import Choices

RULE = to_say(
    "What is right earns all points. Else a function or an experiment earns at most half of them,"
    " in proportion to those of its hidden checks that need the right values, and an answer earns"
    " none."
)


@dataclass(frozen=True)
class Diagnosed:
    """A misconception that was recognised in a submission."""

    name: str
    hint: str


@dataclass(frozen=True)
class ExerciseGrade:
    """The verdicts on one exercise and the share of its points that they earn; None when the grade
    is withheld or waits for a person.

    `as_handed_in`: the verdicts without stand-ins, where the others were reached with them.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    share: float | None
    possible: float
    diagnosis: tuple[Diagnosed, ...] = ()
    note: str = ""
    as_handed_in: tuple[Verdict, ...] = ()

    @property
    def public(self) -> tuple[Verdict, ...]:
        """The public checks without stand-ins: what students may see before publication."""
        return tuple(v for v in self.as_handed_in or self.verdicts if v.public)

    def seen(self, choices: Choices) -> tuple[Verdict, ...]:
        """What students see before publication: the public checks, and of those hidden ones that
        the course shows at once how they ended.
        """
        handed_in = self.as_handed_in or self.verdicts
        found = (v for v in handed_in if v.public or v.check in choices.visible)
        return tuple(
            v if v.public else replace(v, hint="") for v in found if v.check not in choices.unseen
        )

    @property
    def points(self) -> float:
        return 0.0 if self.share is None else self.share * self.possible

    @property
    def waiting(self) -> bool:
        """Whether nothing broke, and a person has to look."""
        found = {verdict.status for verdict in self.verdicts}
        broke = Status.GRADER_FAULT in found
        return self.share is None and Status.WAITING in found and not broke

    @property
    def right(self) -> bool:
        return self.share == 1.0


@dataclass(frozen=True)
class Grade:
    """Everything that was found out about one submission."""

    submission: str
    homework: str
    exercises: tuple[ExerciseGrade, ...]
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        return sum(exercise.possible for exercise in self.exercises)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Exercises whose grade a fault of the grader withholds."""
        return tuple(e.name for e in self.exercises if e.share is None and not e.waiting)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Exercises that a person has to look at."""
        return tuple(e.name for e in self.exercises if e.waiting)
