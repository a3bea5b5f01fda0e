"""Whether a call left its arguments and networks as they were (law 10).

Values, `requires_grad` and `.grad` of tensors; parameters, buffers, `requires_grad`, `.grad` and
training mode of networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from graders.core.fixtures import Network, NetworkState, Observed
from graders.core.language import say, to_say
from graders.core.verdict import Failure

COPY = to_say("Work on a copy: whoever called you still needs this argument.")
BACKWARD = to_say("the call changed a `.grad`: was backward called inside, or a gradient cleared?")
CALLERS = to_say("A network that is an argument is the caller's: it goes back as it came.")


def untouched(
    name: str, given: Sequence[Any], seen: Observed, *, changes: Sequence[int] = ()
) -> None:
    """Checks that a call of `name` left what it was given as it was.

    changes: the positions of networks whose parameters are the call's to change. Raises Failure.
    """
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    after = [v for v, before in zip(seen.arguments, given) if isinstance(before, torch.Tensor)]
    for before, value, (flag, gradient) in zip(tensors, after, seen.left, strict=True):
        _same_tensor(name, before, value, flag, gradient)
    networks = [(i, value) for i, value in enumerate(given) if isinstance(value, Network)]
    for (place, net), state in zip(networks, seen.states, strict=True):
        _same_network(name, net.state(), state, place in changes)


def _same_tensor(
    name: str, before: torch.Tensor, after: Any, flag: bool, gradient: torch.Tensor | None
) -> None:
    if not isinstance(after, torch.Tensor) or not _same(before.detach(), after.detach()):
        detail = say("the call changed a tensor; copy it")
        raise Failure("an argument was changed", name, detail, got=after, hint=COPY)
    if flag != before.requires_grad:
        detail = say("the call changed a `requires_grad`")
        raise Failure("an argument was changed", name, detail, hint=COPY)
    if not _same(torch.ones_like(before) if before.requires_grad else None, gradient):
        raise Failure("a `.grad` was changed", name, BACKWARD, got=gradient)


def _same_network(name: str, before: NetworkState, after: NetworkState, changes: bool) -> None:
    every = [
        (to_say("a network's buffers changed"), before.buffers, after.buffers),
        (
            to_say("a network's requires_grad flags changed"),
            before.requires_grad,
            after.requires_grad,
        ),
    ]
    if not changes:
        every += [
            (to_say("a network's parameters changed"), before.parameters, after.parameters),
            (to_say("a network's gradients changed"), before.gradients, after.gradients),
            (to_say("a network's training mode changed"), (before.training,), (after.training,)),
        ]
    for what, old, new in every:
        if len(old) != len(new) or not all(map(_same, old, new)):
            raise Failure(
                what, name, say("{what}: it is the caller's", what=say(what)),
                got=list(new), hint=CALLERS,
            )  # fmt: skip


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, torch.Tensor) and isinstance(after, torch.Tensor):
        return (before.shape, before.dtype) == (after.shape, after.dtype) and torch.equal(
            torch.nan_to_num(before), torch.nan_to_num(after)
        )
    return type(before) is type(after) and not isinstance(before, torch.Tensor) and before == after
