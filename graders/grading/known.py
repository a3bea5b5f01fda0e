"""What a check has said to the same answers before.

A check is a function of what the submission answers: its inputs follow from its seed. So whoever
answers as somebody else in the class did, bit for bit, is asked the same and told the same, and the
check itself does not run again. Every submission is asked everything, one question after the other,
as it would be without this.

(`core.again` tries a statement of the submission once more, and `replayed` makes the calls of a
check with stand-ins: neither remembers what was answered.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch

from graders.core.engine import run_check
from graders.core.evidence import size_of
from graders.core.exercise import Check
from graders.core.fixtures import Network, NetworkState
from graders.core.host import Reply, Request
from graders.core.language import spoken
from graders.core.student import Hosting
from graders.core.values import map_tensors
from graders.core.verdict import Failure, Status, StudentError, TimedOut, Verdict

# Bytes that are remembered in one process. What comes when it is full is judged and forgotten.
ROOM = 64 * 2**20
OBJECT = 200  # bytes of what is no tensor, about
# What says nothing about the next submission with the same answers.
PASSING = (Status.GRADER_FAULT, Status.TIMED_OUT, Status.WAITING, Status.SKIPPED)

Found = TypeVar("Found")


class Unsteady(Exception):
    """The same answers led a check to other questions: it draws from something beside its seed."""


@dataclass(frozen=True)
class Call:
    """A question: a call of a function."""

    request: Request


@dataclass(frozen=True)
class Slopes:
    """A question: the gradients of what an earlier one, by its number, gave."""

    of: int
    gradients: list[Any]
    create_graph: bool


@dataclass(frozen=True)
class Answer:
    """A question: the value of a name."""

    name: str


@dataclass
class Place:
    """Where a check is after some answers: what it asks next, or what it says."""

    question: Call | Slopes | Answer | None = None
    verdict: Verdict | None = None
    then: dict[bytes, Place] = field(default_factory=dict)


class Known:
    """The memory of one process. For one homework under one course key, or for several."""

    def __init__(self, room: int = ROOM):
        self._room = room
        self._checks: dict[Hashable, Place] = {}
        self._verdicts: set[int] = set()
        self._once: dict[Hashable, Any] = {}

    def judge(
        self,
        check: Check,
        host: Hosting,
        *,
        key: str,
        public: bool,
        right: Any = None,
        beside: Hashable = (),
    ) -> Verdict:
        """The verdict of `run_check`, without running the check where the answers are known. Of a
        known verdict `seconds` are those of the first time.

        beside: the stand-ins that `right` is composed with. Raises Unsteady.
        """
        of = replace(check, after=(), behind=()), key, public, beside, spoken()
        if self._room <= 0 and of not in self._checks:
            return run_check(check, host, key=key, public=public, right=right)
        first = self._checks.setdefault(of, Place())
        talk, place = Talk(host), first
        while place.question is not None:
            following = place.then.get(talk.ask(place.question))
            if following is None:
                break
            place = following
        if place.question is None and place.verdict is not None:
            talk.release_all()
            return place.verdict
        verdict = run_check(check, talk, key=key, public=public, right=right)
        self._learn(first, talk, verdict)
        return verdict

    def once(
        self, what: Hashable, find: Callable[[], Found], verdicts: Sequence[Verdict] = ()
    ) -> Found:
        """What follows from these verdicts, found out once where they are known ones."""
        if not all(v.status is Status.SKIPPED or id(v) in self._verdicts for v in verdicts):
            return find()
        place = (
            what,
            spoken(),
            tuple((v.check, v.status is Status.SKIPPED or id(v)) for v in verdicts),
        )
        if place not in self._once:
            found = find()
            if self._room <= 0:
                return found
            self._room -= _size(found)
            self._once[place] = found
        known: Found = self._once[place]
        return known

    def _learn(self, place: Place, talk: Talk, verdict: Verdict) -> None:
        talk.examine(verdict)
        for question, mark in zip(talk.questions, talk.marks):
            if place.question is None:
                if self._room <= 0:
                    return
                self._room -= _size(question)
                place.question = question
            if mark == b"":
                return
            place = place.then.setdefault(mark, Place())
        if verdict.status in PASSING or self._room <= 0:
            return
        self._room -= _size((verdict.evidence, verdict.recorded, verdict.heard))
        place.verdict = verdict
        self._verdicts.add(id(verdict))


class Talk:
    """A host that notes questions and answers, and gives the answers that it has had once more
    before it asks for others.
    """

    def __init__(self, host: Hosting):
        self._host = host
        self.questions: list[Call | Slopes | Answer] = []
        self.marks: list[bytes] = []
        self._answers: list[Any] = []
        self._handles: dict[int, int] = {}
        self._number = 0
        self._steady = True

    def ask(self, question: Call | Slopes | Answer) -> bytes:
        """Ask the host. Returns a digest of the answer, which is empty where there was none."""
        mark = b""
        answer: Any
        try:
            answer = self._asked(question)
        except StudentError as error:
            answer, mark = error, digest((type(error).__name__, error.kinds, error.text))
        except (Exception, TimedOut) as error:
            answer = error
        else:
            mark = digest(answer[0] if isinstance(question, Slopes) else answer)
        self.questions.append(question)
        self._answers.append(answer)
        self.marks.append(mark)
        return mark

    def call(self, request: Request) -> Reply:
        # A check may change its networks in place afterwards.
        own = replace(request, arguments=tuple(map(_copied, request.arguments)))
        reply: Reply = self._next(Call(own))
        return reply

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        of = self._handles[handle]
        kept = [None if g is None else g.detach().clone() for g in gradients]
        found: tuple[list[Any], int] = self._next(Slopes(of, kept, create_graph))
        return found

    def get(self, name: str) -> Any:
        return self._next(Answer(name))

    def release(self, handles: list[int]) -> None:
        self._host.release(handles)

    def restated(self, failure: Failure) -> Failure | None:
        """The failure in the words of the course, where they are not ours."""
        found: Callable[[Failure], Failure | None] | None = getattr(self._host, "restated", None)
        return found(failure) if found else None

    def release_all(self) -> None:
        """Release every graph that an answer left."""
        self._host.release(list(self._handles))

    def examine(self, verdict: Verdict) -> None:
        """Raises Unsteady where the check asked other questions than before."""
        if not self._steady or self._number < len(self.questions):
            raise Unsteady(
                f"the check {verdict.check!r} of {verdict.exercise} asked something else after the"
                " same answers: it may draw from `draw` and its seed alone"
            )

    def _next(self, question: Call | Slopes | Answer) -> Any:
        number, self._number = self._number, self._number + 1
        if number < len(self.questions):
            self._steady &= _form(self.questions[number]) == _form(question)
        else:
            self.ask(question)
        answer = self._answers[number]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _asked(self, question: Call | Slopes | Answer) -> Any:
        if isinstance(question, Answer):
            return self._host.get(question.name)
        if isinstance(question, Call):
            answer: Any = self._host.call(question.request)
            handle = answer.handle
        else:
            known = next(h for h, number in self._handles.items() if number == question.of)
            answer = self._host.vjp(known, question.gradients, question.create_graph)
            handle = answer[1]
        if handle:
            self._handles[handle] = len(self.questions)
        return answer


def _copied(value: Any) -> Any:
    if not isinstance(value, NetworkState):
        return map_tensors(value, torch.Tensor.clone)
    parts = {name: getattr(value, name) for name in ("parameters", "gradients", "buffers")}
    return replace(
        value, **{name: map_tensors(part, torch.Tensor.clone) for name, part in parts.items()}
    )


def digest(value: Any) -> bytes:
    """Equal for equal answers. The number of a graph is no part of an answer; whether there is one
    is told by its flags.
    """
    content = hashlib.blake2b(digest_size=16)
    _feed(content, value)
    return content.digest()


def _feed(content: Any, value: Any) -> None:
    kind = type(value)
    if kind is torch.Tensor:
        content.update(f"t{value.dtype}{tuple(value.shape)}{value.requires_grad}".encode())
        plain = value.detach().contiguous().flatten()
        content.update(plain.view(torch.uint8).numpy())
    elif kind is np.ndarray:
        content.update(f"a{value.dtype.str}{value.shape}".encode())
        content.update(np.ascontiguousarray(value).tobytes())
    elif kind is list or kind is tuple:
        content.update(f"{kind.__name__}{len(value)}".encode())
        for item in value:
            _feed(content, item)
    elif kind is dict:
        content.update(f"dict{len(value)}".encode())
        for item in value.items():
            _feed(content, item)
    elif kind is Network:
        content.update(b"live")
        _feed(content, value.state())
    elif is_dataclass(value):
        content.update(kind.__name__.encode())
        for part in fields(value):
            if part.name != "handle":
                _feed(content, getattr(value, part.name))
    else:
        content.update(f"{kind.__name__}{value!r}\0".encode())


def _form(question: Call | Slopes | Answer) -> Any:
    """What is the same whenever a check asks this, whatever the last bits of its numbers are."""
    if isinstance(question, Call):
        request = question.request
        return request.name, request.seed, request.requires_grad, request.echo, request.keywords
    return (question.of, question.create_graph) if isinstance(question, Slopes) else question.name


def _size(value: Any) -> int:
    """Bytes, about, with those of the tensors."""
    if is_dataclass(value) and not isinstance(value, type):
        return OBJECT + sum(_size(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, (list, tuple)):
        return OBJECT + sum(map(_size, value))
    if isinstance(value, BaseException):
        return OBJECT + sum(map(_size, vars(value).values()))
    return size_of(value)
