"""What an author would otherwise write for every function: the result keeps the dtype, gradients
arrive where a loss needs them and are those of the value, and arguments stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from graders.core import expect
from graders.core.draw import Draw
from graders.core.exercise import Check, Exercise
from graders.core.expect import CUT, DTYPE, FLAT
from graders.core.fixtures import Network, worn
from graders.core.language import say, say_again, to_say
from graders.core.slopes import follows
from graders.core.student import Student
from graders.core.untouched import untouched
from graders.core.values import map_tensors, tensors_in
from graders.core.verdict import Failure

PLACES = (to_say("argument number {number}"),)
ZERO = to_say("the gradient that arrives at {names} is 0")
NONE = to_say(
    "no gradient arrives at {names}: is the graph cut on the way (detach, item,"
    " numpy, no_grad, a new tensor)?"
)
BARRED = to_say("A gradient passes where none should: which of the networks does this step train?")
Arguments = Callable[[], Sequence[Any]]


def manners(
    exercise: str,
    arguments: Arguments,
    *,
    after: tuple[Check, ...],
    graph: Sequence[int] = (),
    barred: Sequence[int] = (),
    changes: Sequence[int] = (),
    float32: bool = True,
    ends: Arguments | None = None,
) -> Check:
    """A public check of one function on these arguments (float64).

    graph: the positions of the arguments at which a gradient has to arrive, that of the value;
    barred: those at which none may; changes: those of networks that the function is to change.
    ends: arguments at the ends of their domain, which stay as they were too.
    """

    def keeps_its_manners(student: Student) -> None:
        for given in (arguments, ends or arguments):
            _leaves_arguments(student, exercise, given, changes)
        _gradients(student, exercise, arguments(), graph, barred)
        for index in graph:
            follows(student, exercise, arguments, index)
        if float32:
            _keeps_dtype(student, exercise, arguments(), torch.float64)
            _keeps_dtype(student, exercise, arguments(), torch.float32)

    words = [
        *(["gradients arrive and are those of the value"] if graph else []),
        *(["none where none belongs"] if barred else []),
        *(["the dtype stays"] if float32 else []),
        "arguments and networks stay as they were",
    ]
    sentence = ", ".join(words) + "."
    behind = tuple(check.name for check in after)
    return Check(
        exercise,
        sentence[0].upper() + sentence[1:],
        keeps_its_manners,
        behind,
        name="manners",
        claims_dtype=float32,
    )


def declared(exercise: Exercise, *, after: tuple[Check, ...], float32: bool = True) -> Check:
    """The same on arguments of the kinds that the exercise declares to take."""
    contract = exercise.contract
    assert contract is not None, f"{exercise.name} declares nothing"
    places = list(enumerate(contract.takes))
    return manners(
        exercise.name,
        lambda: contract.draw(Draw(1), contract.usual),
        after=after,
        graph=[i for i, part in places if getattr(part, "graph", False)],
        changes=[i for i, part in places if getattr(part, "changes", False)],
        float32=float32,
    )


def arrives(output: Any, leaves: Sequence[torch.Tensor], *, name: str, subject: str) -> None:
    """Checks that the gradient of the sum of `output` reaches at least one of the leaves."""
    found = [value for value in _found(output, leaves, subject) if value is not None]
    if any(bool(value.any()) for value in found):
        return
    raise Failure(
        "no gradient",
        say("the gradient of {subject}", subject=subject),
        say(ZERO if found else NONE, names=say_again(name, PLACES)),
        got=f"none at {name}",
        hint=FLAT if found else CUT,
    )


def passes_by(output: Any, leaves: Sequence[torch.Tensor], *, name: str, subject: str) -> None:
    """Checks that no gradient of `output` reaches any of the leaves."""
    for value in _found(output, leaves, subject):
        if value is not None and bool(value.any()):
            raise Failure(
                "a gradient where none belongs",
                say("the gradient of {subject}", subject=subject),
                say("a gradient arrives at {name}, wanted none", name=say_again(name, PLACES)),
                got=f"one at {name}",
                hint=BARRED,
            )


def _leaves_arguments(
    student: Student, name: str, arguments: Arguments, changes: Sequence[int]
) -> None:
    """Networks come as they are after somebody's training, frozen here and there, and as new."""
    for used in (True, False):
        given = arguments()
        for value in given:
            if isinstance(value, Network):
                (worn(value) if used else value).train(used)
        untouched(name, given, student.observe(name, *given), changes=changes)


def _gradients(
    student: Student,
    name: str,
    arguments: Sequence[Any],
    graph: Sequence[int],
    barred: Sequence[int],
) -> None:
    for index in (*graph, *barred):
        for leaf in _plain(arguments[index]):
            leaf.requires_grad_()
    output = getattr(student, name)(*arguments) if graph or barred else None
    for positions, word in ((graph, arrives), (barred, passes_by)):
        for index in positions:
            place = f"argument number {index + 1}"
            word(output, _plain(arguments[index]), name=place, subject=name)


def _keeps_dtype(student: Student, name: str, arguments: Sequence[Any], dtype: torch.dtype) -> None:
    def cast(value: torch.Tensor) -> torch.Tensor:
        return value.detach().to(dtype) if value.is_floating_point() else value

    given = [a.to(dtype) if isinstance(a, Network) else map_tensors(a, cast) for a in arguments]
    for value in tensors_in(getattr(student, name)(*given)):
        if value.is_floating_point() and value.dtype != dtype:
            raise Failure(
                "wrong dtype",
                name,
                say("got dtype {got} from arguments of {wanted}", got=value.dtype, wanted=dtype),
                got=f"another dtype than {_short(dtype)}",
                hint=DTYPE,
            )


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _found(output: Any, leaves: Sequence[torch.Tensor], subject: str) -> list[torch.Tensor | None]:
    parts = tensors_in(output)
    if not parts:
        raise Failure("not a tensor", subject, expect.NOTHING, got="no tensor")
    real = [part.sum() for part in parts if part.is_floating_point()]
    return expect.gradient_of(torch.stack([p.double() for p in real]), leaves) if real else []


def _plain(argument: Any) -> list[torch.Tensor]:
    """The tensors of an argument, the parameters of a network."""
    return list(argument.parameters()) if isinstance(argument, Network) else tensors_in(argument)
