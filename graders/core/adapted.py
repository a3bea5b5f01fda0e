"""A submission that follows the conventions of its course, as our checks call it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from graders.core import expect
from graders.core.convention import Convention, Conventions, Function, as_ours, as_theirs, said
from graders.core.fixtures import Network, Observed
from graders.core.host import Host, Pair, Reply, Request
from graders.core.student import Hosting, Student
from graders.core.values import CannotPass, map_tensors, tensors_in
from graders.core.verdict import Failure, StudentError

# Arguments of more entries are no example that somebody could follow by hand.
MOST = 24


def adapted(host: Any, conventions: Conventions) -> Any:
    """A host whose functions follow these conventions, as one whose functions follow ours."""
    return Adapted(host, conventions) if conventions else host


@dataclass(frozen=True)
class Said:
    """A call of the submission's function: its arguments, and what came of it."""

    name: str
    arguments: tuple[Any, ...]
    seen: Observed


class Adapted(Host):
    """Serves the functions of another host. A call becomes calls of the submission's function, and
    gradients pass through them.

    What of its values cannot be converted comes back as it is: the check says what is wrong with
    it.
    """

    def __init__(self, host: Hosting, conventions: Conventions):
        super().__init__({})
        self._host = host
        self._conventions = conventions
        self._calls: list[Said] = []
        self._value: Any = None
        self._request: Request

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_host"], name)

    def call(self, request: Request) -> Reply:
        """Call a function. Raises what the other host raises."""
        self._request, self._calls = request, []
        return super().call(request)

    def get(self, name: str) -> Any:
        """The value of an answer. Raises what the other host raises."""
        return self._host.get(name)

    def restated(self, failure: Failure) -> Failure | None:
        """A failure in the words of the course: its call, and its values where those of a result
        were compared. None where its words are ours.
        """
        last = self._calls[-1] if self._calls else None
        chain = self._conventions.get(last.name, ()) if last else ()
        if not chain or last is None:
            return None
        call, inputs = _shown(last, chain)
        if _same(failure.got, self._value) and isinstance(failure.wanted, torch.Tensor):
            compared = _compared(last, chain, failure, call, inputs)
            if compared:
                return compared
        detail = failure.problem if failure.wrong is not None else said(chain, failure.detail)
        return Failure(
            failure.problem, call, detail or failure.problem, hint=failure.hint, inputs=inputs
        )

    def _function(self, name: str) -> Function:
        return as_ours(self._conventions.get(name, ()), partial(self._theirs, name))

    def _theirs(self, name: str, *positional: Any, **named: Any) -> Any:
        """A call of the submission's function, with what it leaves behind."""
        student, seed = Student(self._host), self._request.seed
        if self._request.echo:
            seen = student.observe(name, *positional, seed=seed, **named)
        else:
            seen = Observed(getattr(student, name)(*positional, seed=seed, **named))
        arguments = (*positional, *named.values())
        for network in arguments:
            if isinstance(network, Network) and network.origin is not None:
                network.origin.calls = network.calls
        self._calls.append(Said(name, arguments, seen))
        return seen.value

    def _valued(self, call: Function) -> Any:
        try:
            self._value = call()
        except (StudentError, CannotPass):
            raise
        except Exception:
            if not self._calls:
                raise
            self._value = self._calls[-1].seen.value
        return self._value

    def _afterwards(self, arguments: list[Any], tensors: list[Pair]) -> tuple[Any, Any]:
        """As the submission's function left what it was called with. What was converted for it is
        taken to be changed where any of that was.
        """
        after, left = map(list, super()._afterwards(arguments, tensors))
        spoilt = any(map(_spoilt, self._calls))
        place = 0
        for index, argument in enumerate(arguments):
            count = 0 if isinstance(argument, Network) else len(tensors_in(argument))
            found = _left_on(argument, self._calls)
            if found:
                after[index], left[place : place + count] = found
            elif spoilt and count:
                after[index] = map_tensors(argument, lambda t: t.detach() * float("nan"))
            place += count
        return tuple(after), tuple(left)


def _parts(call: Said) -> list[tuple[Any, Any, list[Any]]]:
    """Each argument before and after a call, and what was left on its tensors."""
    parts, place = [], 0
    for before, after in zip(call.arguments, call.seen.arguments):
        count = 0 if isinstance(before, Network) else len(tensors_in(before))
        parts.append((before, after, list(call.seen.left[place : place + count])))
        place += count
    return parts


def _left_on(argument: Any, calls: Sequence[Said]) -> tuple[Any, list[Any]] | None:
    """What the last call made of an argument that was passed on, itself or under another form."""
    for call in reversed(calls):
        states = iter(call.seen.states)
        for before, after, left in _parts(call):
            state = next(states) if isinstance(before, Network) else None
            if before is argument:
                return state or after, left
            if state and before.origin is argument:
                return replace(state, structure=argument.structure), left
    return None


def _spoilt(call: Said) -> bool:
    """Whether a call changed any tensor that it was given."""
    for before, after, left in _parts(call):
        old, new = tensors_in(before), tensors_in(after)
        if isinstance(before, Network):
            continue
        if len(old) != len(new) or not all(map(_same, new, old)):
            return True
        wanted = [torch.ones_like(t) if t.requires_grad else None for t in old]
        for tensor, (flag, gradient), grad in zip(old, left, wanted):
            if flag != tensor.requires_grad or not (gradient is grad or _same(gradient, grad)):
                return True
    return False


def _same(first: Any, second: Any) -> bool:
    if not isinstance(first, torch.Tensor) or not isinstance(second, torch.Tensor):
        return False
    same = (first.shape, first.dtype) == (second.shape, second.dtype)
    return same and torch.equal(first.detach().nan_to_num(), second.detach().nan_to_num())


def _shown(call: Said, chain: Sequence[Convention]) -> tuple[str, str]:
    """The call as a student reads it, and its arguments where they are few numbers."""
    names = list(inspect.signature(chain[-1].stub).parameters)
    tensors = [a for a in call.arguments if isinstance(a, torch.Tensor)]
    few = len(tensors) == len(call.arguments) and sum(t.numel() for t in tensors) <= MOST
    inputs = [f"{name} = {_listed(t)}" for name, t in zip(names, tensors)] if few else []
    return f"{call.name}({', '.join(names)})", ", ".join(inputs)


def _listed(tensor: torch.Tensor) -> str:
    return str(tensor.detach().to(torch.float64).round(decimals=4).tolist())


def _compared(
    call: Said, chain: Sequence[Convention], failure: Failure, subject: str, inputs: str
) -> Failure | None:
    """The failure of the submission's own value against what is wanted of it in its convention."""
    try:
        plain = [a.detach() if isinstance(a, torch.Tensor) else a for a in call.arguments]
        wanted = as_theirs(chain, lambda *given, **named: failure.wanted)(*plain)
        expect.close(call.seen.value, wanted, subject=subject, inputs=inputs)
    except Failure as restated:
        restated.hint = failure.hint
        return restated
    except Exception:
        return None
    return None
