"""Verdicts, and the three ways in which a check can end early. Blame is part of the type."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from graders.core.language import say, say_again, to_say


class Status(str, enum.Enum):
    """How one check ended, and so who is to blame."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    STUDENT_ERROR = "student error"
    TIMED_OUT = "timed out"
    GRADER_FAULT = "grader fault"
    WAITING = to_say("waits for a person")


# Why a check was not run; `blocker` is the sentence of another one.
SKIPPED = to_say('skipped until "{blocker}" passes')
# Classes of errors with something filled in.
PROBLEMS = (
    to_say("your code raised {kind}"),
    to_say("an error other than {kind}"),
    to_say("not {number} values"),
    to_say("no {kind}"),
)


class Failure(Exception):
    """A value was looked at and is not what the check's sentence promises.

    `problem` is the class of the error ("wrong values"): all that a student sees of a hidden check,
    in English, since it is compared. The other fields are for public checks, for instructors, and
    for the diagnosis, which compares `got`. Where two tensors were compared, `wrong` marks the
    entries that differ, `summary` counts them, and `inputs` says for which arguments: `detail`
    holds all of it in one line. `about` is a sentence that says which part of a law failed and
    holds no value: of a hidden check students read it after publication.
    """

    def __init__(
        self,
        problem: str,
        subject: str,
        detail: str,
        *,
        got: Any = None,
        wanted: Any = None,
        hint: str = "",
        summary: str = "",
        inputs: str = "",
        wrong: Any = None,
        about: str = "",
    ):
        self.problem = problem
        self.subject = say(subject)
        self.detail = say(detail)
        super().__init__(f"{self.subject}: {self.detail}")
        self.got = got
        self.wanted = wanted
        self.hint = hint
        self.summary = say(summary)
        self.inputs = inputs
        self.wrong = wrong
        self.about = about
        # The same failure in the words of a course that has another convention.
        self.restated: Failure | None = None


@contextmanager
def telling(about: str) -> Iterator[None]:
    """Within: a failure that does not say what it is about says this."""
    try:
        yield
    except Failure as failure:
        failure.about = failure.about or about
        raise


class StudentError(Exception):
    """The student's code raised, is missing, or returned something that is not plain data.

    `kinds` holds the class name of the error and of the built-in exceptions it descends from;
    `call`, what was tried.
    """

    call = ""

    def __init__(self, kinds: tuple[str, ...], text: str):
        super().__init__(f"{kinds[0]}: {text}" if text else kinds[0])
        self.kinds = kinds
        self.text = text

    @property
    def happened(self) -> str:
        """What happened, in a sentence for its author."""
        return say("your code raised {error}", error=self)


class Missing(StudentError):
    """The submission defines nothing usable under the name of the exercise."""

    def __init__(self, text: str):
        super().__init__(("Missing",), text)

    def __str__(self) -> str:
        return self.text

    @property
    def happened(self) -> str:
        """The text says it."""
        return self.text


class Unacceptable(StudentError):
    """The submission returned something that is not plain data."""

    def __init__(self, text: str):
        super().__init__(("Unacceptable",), text)

    def __str__(self) -> str:
        return self.text

    @property
    def happened(self) -> str:
        """The text says it."""
        return self.text


class TooMuch(Unacceptable):
    """The submission returned more than may cross."""

    def __init__(self, text: str):
        super().__init__(text)
        self.kinds = ("TooMuch",)


def student_error(kinds: tuple[str, ...], text: str) -> StudentError:
    """The error with these names and this text, of the class that they belong to."""
    classes: dict[tuple[str, ...], type[Missing | Unacceptable]] = {
        ("Missing",): Missing,
        ("Unacceptable",): Unacceptable,
        ("TooMuch",): TooMuch,
    }
    special = classes.get(kinds)
    return special(text) if special else StudentError(kinds, text)


class NeedsPerson(Exception):
    """Only a person can judge what was handed in. The message says why."""


class TimedOut(BaseException):
    """The submission did not answer in time. Not an `Exception`, so that nothing replays it
    (Hypothesis would).
    """


class Died(TimedOut):
    """The submission's process ended, or broke the protocol, in the middle of a call."""


@dataclass(frozen=True)
class Heard:
    """One call of a check: the request, what came back (detached), and what each network among the
    arguments was called with.
    """

    request: Any
    value: Any
    recorded: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What one check found. `message` is the full text; `shown` is what the student may see of
    it.
    """

    exercise: str
    check: str
    sentence: str
    status: Status
    public: bool
    problem: str = ""
    message: str = ""
    hint: str = ""
    seed: int = 0
    seconds: float = 0.0
    calls: int = 0
    evidence: Any = field(default=None, repr=False, compare=False)
    recorded: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    heard: tuple[Heard, ...] = field(default=(), repr=False, compare=False)

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED

    @property
    def shown(self) -> str:
        """The student's text: everything of a public check, the class of the error of a hidden one.

        That a check was skipped, or which limit of time was passed, tells nothing about hidden
        values.
        """
        return (
            self.message
            if self.public or self.status in (Status.SKIPPED, Status.TIMED_OUT)
            else say_again(self.problem, PROBLEMS)
        )
