"""Comparing whole results, tuples and dicts part by part, with the path in the message; and what
the words need to differentiate them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from graders.core import expect
from graders.core.fixtures import Network


def agree(
    got: Any,
    wanted: Any,
    subject: str,
    *,
    rtol: float | None = None,
    atol: float = 1e-12,
    inputs: str = "",
    number: bool = False,
) -> None:
    """Checks that a result agrees with what is wanted: its parts, their shapes, dtypes, values.

    number: where a tensor without dimensions is wanted, a Python number will do.
    """

    def parts_agree(pairs: Iterable[tuple[str, Any, Any]]) -> None:
        for path, part, like in pairs:
            agree(part, like, subject + path, rtol=rtol, atol=atol, inputs=inputs, number=number)

    if isinstance(wanted, dict):
        found = expect.entries(got, list(wanted), subject=subject)
        parts_agree((f"[{key!r}]", part, wanted[key]) for key, part in zip(wanted, found))
    elif isinstance(wanted, (tuple, list)):
        found = expect.parts(got, [f"part {i}" for i in range(len(wanted))], subject=subject)
        parts_agree((f"[{i}]", *pair) for i, pair in enumerate(zip(found, wanted)))
    elif isinstance(wanted, torch.Tensor) and not (number and wanted.ndim == 0):
        expect.close(got, wanted, subject=subject, rtol=rtol, atol=atol, inputs=inputs)
    elif isinstance(wanted, (int, float, torch.Tensor)) and not isinstance(wanted, bool):
        rtol = 1e-6 if rtol is None else rtol
        expect.number(got, float(wanted), subject=subject, rtol=rtol, atol=atol)
    else:
        detail = f"got {got!r}, wanted {wanted!r}"
        expect.true(got == wanted, "another value", subject=subject, detail=detail, got=got)


def total(got: Any, like: Any, subject: str) -> torch.Tensor:
    """The sum of all parts of a result, each of the shape that it has in `like`, with weights: the
    plain sum of what is normalised has no gradient.
    """
    if not isinstance(like, (tuple, list)):
        found = expect.tensor(got, shape=like.shape, dtype=None, subject=subject)
        weights = torch.linspace(1.0, 2.0, found.numel()).reshape(found.shape)
        return found.sum() if found.ndim == 0 else (found * weights.to(found.dtype)).sum()
    names = [f"part {i}" for i in range(len(like))]
    parts = expect.parts(got, names, subject=subject)
    sums = [total(part, one, f"{subject}[{i}]") for i, (part, one) in enumerate(zip(parts, like))]
    return torch.stack(sums).sum()


def differentiable(
    given: Sequence[Any], names: Sequence[str], of: Sequence[int]
) -> tuple[list[torch.Tensor], list[str]]:
    """The leaves among these arguments, marked, and their names; `of` says which arguments."""
    leaves: list[torch.Tensor] = []
    called: list[str] = []
    for place, value in enumerate(given):
        name = names[place] if place < len(names) else f"argument {place + 1}"
        if of and place not in of:
            continue
        if isinstance(value, Network):
            found = list(value.parameters())
            leaves += found
            called += [f"the {name}'s parameter {i}" for i in range(len(found))]
        elif isinstance(value, torch.Tensor) and value.is_floating_point():
            leaves.append(value.requires_grad_())
            called.append(name)
    return leaves, called


def told(given: Sequence[Any]) -> str:
    """The shapes of the tensors among the arguments, or their entries where these are few."""
    tensors = [value.detach() for value in given if isinstance(value, torch.Tensor)]
    if not tensors:
        return ""
    if sum(value.numel() for value in tensors) <= 6:
        return f" for {', '.join(str(value.tolist()) for value in tensors)}"
    return f" for shapes {', '.join(str(tuple(value.shape)) for value in tensors)}"
