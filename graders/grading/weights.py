"""The weights with which the terms of an exercise enter a submission's values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from graders.core.language import to_say
from graders.grading.calls import FINE, Calls
from graders.grading.hints import Hint, Part
from graders.grading.relations import always, named, over_axes

# What it is called, what is told of it, and the factor for every value.
Option = tuple[str, str, torch.Tensor]

MISSING = to_say("{term} is missing.")
OPPOSITE = to_say("{term} has the opposite sign.")
DIVIDED = to_say("{term} is divided by {size}: is a mean or a sum asked for?")
TIMES = to_say("{term} grows with {size}: is a sum or a mean asked for?")
WEIGHT = to_say("{term} has a weight that is not its own.")
PLAIN = (1.0, 0.0, -1.0, 2.0, 0.5, -2.0, -0.5)


def weighted(calls: Calls, cause: Callable[[str, Hint], Any]) -> Iterator[Any]:
    """The weights of the terms that give the submission's values, if any do."""
    terms = calls.entry.terms
    table = _table(calls)
    if terms is None or table is None:
        return
    columns, got, places = table
    options = _options(calls, places)
    scale = float(got.abs().max())
    fits = []
    for chosen in _choices(options, len(terms.names)):
        value = sum(factor * column for (_, _, factor), column in zip(chosen, columns))
        if float((value - got).abs().max()) <= 10 * FINE * scale:
            fits.append(chosen)
    fewest = min((_wrong(chosen) for chosen in fits), default=0)
    best = [chosen for chosen in fits if _wrong(chosen) == fewest]
    if fewest and len(best) == 1:
        told = [
            Part(text, (("term", term), *((("size", what),) if what else ())))
            for term, (name, what, _) in zip(terms.names, best[0])
            if (text := HINTS[name.split()[0]])
        ]
        yield cause(
            "; ".join(f"{term}: {name}" for term, (name, _, _) in zip(terms.names, best[0])),
            tuple(told),
        )
    elif not fits:
        yield from _free(columns, got, terms.names, cause)


def _choices(options: list[Option], count: int) -> Iterator[tuple[Option, ...]]:
    """At most two terms of another weight than their own."""
    right, *others = options
    for wrong in range(1, min(count, 2) + 1):
        for places in itertools.combinations(range(count), wrong):
            for chosen in itertools.product(others, repeat=wrong):
                each = dict(zip(places, chosen))
                yield tuple(each.get(place, right) for place in range(count))


HINTS = {
    "right": "", "missing": MISSING, "opposite": OPPOSITE, "weight": WEIGHT, "over": DIVIDED,
    "times": TIMES,
}  # fmt: skip


def _wrong(chosen: tuple[Option, ...]) -> int:
    return sum(name != "right" for name, _, _ in chosen)


def _table(calls: Calls) -> tuple[list[torch.Tensor], torch.Tensor, list[int]] | None:
    """The terms times their right weights as columns, the submission's values beside them, and the
    call that each row comes from.
    """
    terms = calls.entry.terms
    if terms is None:
        return None
    columns: list[list[torch.Tensor]] = [[] for _ in terms.names]
    rows, places = [], []
    for index, (got, parts) in enumerate(zip(calls.got, calls.of(terms.function))):
        if got is None:
            continue
        if parts is None or len(got) != 1 or len(parts) != len(terms.names):
            return None
        if any(part.shape != got[0].shape for part in parts):
            return None
        rows.append(got[0].double().flatten())
        places += [index] * rows[-1].numel()
        for column, part in zip(columns, parts):
            column.append(part.double().flatten())
    if not rows:
        return None
    values = torch.cat(rows)
    found = [torch.cat(column) for column in columns]
    finite = values.isfinite().all() and all(column.isfinite().all() for column in found)
    return (found, values, places) if finite else None


def _options(calls: Calls, places: list[int]) -> list[tuple[str, str, torch.Tensor]]:
    def factors(factor: Callable[[Mapping[str, int]], float]) -> torch.Tensor:
        return torch.tensor([factor(calls.sizes[i]) for i in places], dtype=torch.float64)

    names = {1.0: "right", 0.0: "missing", -1.0: "opposite"}
    found = [(names.get(f, "weight"), "", factors(always(f))) for f in PLAIN]
    for axes, divides, factor in over_axes(calls):
        word = "over" if divides else "times"
        found.append((f"{word} {axes}", named(axes), factors(factor)))
    return found


def _free(
    columns: list[torch.Tensor], got: torch.Tensor, names: tuple[str, ...], cause: Any
) -> Iterator[Any]:
    """Constant weights of any size, where there are more values than weights."""
    table = torch.stack(columns, 1)
    if len(got) < len(names) + 2 or int(torch.linalg.matrix_rank(table)) < len(names):
        return
    weights = torch.linalg.lstsq(table, got[:, None]).solution[:, 0]
    if float((table @ weights - got).abs().max()) > 10 * FINE * float(got.abs().max()):
        return
    off = [name for name, weight in zip(names, weights.tolist()) if abs(weight - 1) > 1e-4]
    if off:
        told = tuple(Part(WEIGHT, (("term", name),)) for name in off)
        yield cause("; ".join(f"{name}: weight" for name in off), told)
