"""The check words. Each raises `Failure` once, with what was looked at, what was got and what was
wanted.

Word order: what was got, what was wanted, then by keyword the subject ("kl_standard_normal(mu,
logvar)") and the tolerance. Messages follow numpy.testing: how many entries differ, where the worst
is, and by how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch

from graders.core.fixtures import Observed
from graders.core.forms import Form, WrongForm, describe, in_words
from graders.core.language import say, to_say
from graders.core.verdict import Failure, StudentError

# Relative rounding of one operation is 1.1e-16 in float64 and 6e-8 in float32; sums of some hundred
# terms stay below these. In float64 a constant may have been rounded to float32
# (`torch.log(torch.tensor(k))`): right mathematics, so it passes.
RTOL = {torch.float64: 1e-6, torch.float32: 1e-4}

# The least that a tolerance is, where values are known to be of fewer digits than their dtype.
_least: ContextVar[float] = ContextVar("least tolerance", default=0.0)

CUT = to_say("Somewhere the graph is cut: which of your steps returns a value without its history?")
FLAT = to_say("A gradient arrives, and it is 0: does your value change when its arguments do?")
DTYPE = to_say("The result has the dtype of what came in: where does another one enter?")
NOTHING = to_say(
    "the function returned nothing (None): is its `return` missing, or not written yet?"
)


@contextmanager
def digits_of(dtype: torch.dtype) -> Iterator[None]:
    """Within: values are compared with the rounding of this dtype, whatever dtype they have."""
    token = _least.set(RTOL[dtype])
    try:
        yield
    finally:
        _least.reset(token)


def tensor(
    got: Any, *, shape: Sequence[int], dtype: torch.dtype | None = torch.float64, subject: str
) -> torch.Tensor:
    """Checks that a value is a tensor of this shape and dtype, and returns it."""
    if not isinstance(got, torch.Tensor):
        detail = (
            NOTHING
            if got is None
            else say(
                "got {got}, wanted a torch.Tensor of shape {wanted}",
                got=in_words(got),
                wanted=tuple(shape),
            )
        )
        raise Failure("not a tensor", subject, detail, got=describe(got))
    if got.shape != torch.Size(shape):
        raise Failure(
            "wrong shape",
            subject,
            say("got shape {got}, wanted {wanted}", got=tuple(got.shape), wanted=tuple(shape)),
            got=got.detach(),
            wanted=tuple(shape),
        )
    if dtype is not None and got.dtype != dtype:
        raise Failure(
            "wrong dtype",
            subject,
            say("got dtype {got}, wanted {wanted}, that of the input", got=got.dtype, wanted=dtype),
            got=got.detach(),
            hint=DTYPE,
        )
    return got


def parts(got: Any, names: Sequence[str], *, subject: str) -> tuple[Any, ...]:
    """Checks that a value is a tuple or list of as many parts as there are names; returns them."""
    if isinstance(got, (tuple, list)) and len(got) == len(names):
        return tuple(got)
    many = f" of {len(got)}" if isinstance(got, (tuple, list)) else ""
    values = say("the {number} values ({names})", number=len(names), names=", ".join(names))
    detail = (
        NOTHING
        if got is None
        else say(
            "got {got} of {many}, wanted {values}", got=in_words(got), many=len(got), values=values
        )
        if many
        else say("got {got}, wanted {wanted}", got=in_words(got), wanted=values)
    )
    raise Failure(f"not {len(names)} values", subject, detail, got=f"{describe(got)}{many}")


def entries(got: Any, keys: Sequence[str], *, subject: str) -> tuple[Any, ...]:
    """Checks that a value is a dict that has these keys, and returns what stands under them."""
    if isinstance(got, dict) and all(key in got for key in keys):
        return tuple(got[key] for key in keys)
    there = ", ".join(map(repr, got)) if isinstance(got, dict) else ""
    held = say("a dict with {keys}", keys=there or say("no keys")) if isinstance(got, dict) else ""
    wanted = say("a dict with {keys}", keys=", ".join(map(repr, keys)))
    detail = (
        NOTHING
        if got is None
        else say("got {got}, wanted {wanted}", got=held or in_words(got), wanted=wanted)
    )
    raise Failure(
        "not the dict that was asked for",
        subject,
        detail,
        got=f"a dict with {there or 'no keys'}" if held else describe(got),
    )


def close(
    got: Any,
    wanted: torch.Tensor | float,
    *,
    subject: str,
    rtol: float | None = None,
    atol: float = 1e-12,
    inputs: str = "",
    mistakes: Sequence[tuple[Any, str]] = (),
    about: str = "",
) -> torch.Tensor:
    """Checks that a value agrees with what is wanted in shape, dtype and every entry.

    The tolerance is atol + rtol * abs(wanted); rtol is the rounding of the dtype unless given. NaN
    agrees with nothing, an infinity only with itself. `mistakes` pairs the value of a common
    mistake with its hint; `about` is that of the failure.
    """
    wanted = torch.as_tensor(
        wanted, dtype=None if isinstance(wanted, torch.Tensor) else torch.float64
    ).detach()
    found = tensor(got, shape=wanted.shape, dtype=wanted.dtype, subject=subject)
    value = found.detach()
    rtol = RTOL.get(wanted.dtype, 0.0) if rtol is None else rtol
    rtol, atol = max(rtol, _least.get()), max(atol, _least.get() * _size(wanted))
    wrong = ~torch.isclose(value, wanted, rtol=rtol, atol=atol)
    if not wrong.any():
        return found
    hint = known_hint(value, mistakes, rtol, atol)
    problem = (
        "NaN"
        if value.isnan().any()
        else to_say("infinite values")
        if (value.isinf() & wanted.isfinite()).any()
        else to_say("wrong values")
    )
    raise Failure(
        problem,
        subject,
        _mismatch(value, wanted, wrong, rtol, atol)
        + (say(", for {inputs}", inputs=inputs) if inputs else ""),
        got=value,
        wanted=wanted,
        hint=hint,
        summary=say("{wrong} of {all} values differ", wrong=int(wrong.sum()), all=wrong.numel())
        if wrong.numel() > 1
        else "the value differs",
        inputs=inputs,
        wrong=wrong,
        about=about,
    )


def close_to_any(
    got: Any,
    wanted: Sequence[torch.Tensor],
    *,
    subject: str,
    rtol: float | None = None,
    atol: float = 1e-6,
) -> int:
    """Checks that a value agrees with one of several that are equally right; returns which. The
    message shows the first.

    For sums of log densities: a constant such as log k is off by up to 6e-8 in float32, also where
    the sum is near 0.
    """
    failures = []
    for index, candidate in enumerate(wanted):
        try:
            close(got, candidate, subject=subject, rtol=rtol, atol=atol)
            return index
        except Failure as failure:
            failures.append(failure)
    raise failures[0]


def number(
    got: Any,
    wanted: float,
    *,
    subject: str,
    rtol: float = 1e-6,
    atol: float = 1e-12,
    mistakes: Sequence[tuple[float, str]] = (),
) -> None:
    """Checks that a value is a Python number or a tensor of no dimensions, and agrees."""
    if isinstance(got, torch.Tensor) and got.ndim == 0:
        got = got.item()
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        raise Failure(
            "not a number",
            subject,
            NOTHING if got is None else say("got {got}, wanted a number", got=in_words(got)),
            got=describe(got),
        )
    plain = torch.tensor(float(got), dtype=torch.float64)
    close(plain, float(wanted), subject=subject, rtol=rtol, atol=atol, mistakes=mistakes)


def gradients(
    output: torch.Tensor,
    inputs: Sequence[torch.Tensor],
    wanted: Sequence[torch.Tensor | None],
    *,
    names: Sequence[str],
    subject: str,
    rtol: float | None = None,
    atol: float = 1e-10,
) -> None:
    """Checks that the gradient of the sum of `output` reaches each input with the wanted value
    (None: does not reach it).

    A gradient that does not exist counts as zero where zero is wanted, and the other way round.
    """
    subject = say("the gradient of {subject}", subject=subject)
    if not isinstance(output, torch.Tensor) or not output.is_floating_point():
        raise Failure(
            "not a tensor",
            subject,
            (
                NOTHING
                if output is None
                else say("got {got}, wanted a tensor of real numbers", got=in_words(output))
            ),
            got=describe(output),
        )
    found = gradient_of(output, inputs)
    arrives = [value is not None and bool(value.any()) for value in found]
    missing = [
        name
        for name, here, want in zip(names, arrives, wanted)
        if want is not None and bool(want.any()) and not here
    ]
    if missing:
        raise Failure(
            "no gradient",
            subject,
            say(
                "no gradient arrives at {names}: is the graph cut on the way (detach, item,"
                " numpy, no_grad, a new tensor)?",
                names=", ".join(missing),
            ),
            got=f"none at {missing}",
            hint=FLAT if any(value is not None for value in found) and not any(arrives) else CUT,
            about=say("No gradient arrives at {names}.", names=", ".join(missing)),
        )
    for name, got, want, here in zip(names, found, wanted, arrives, strict=True):
        if got is None or not here:
            continue
        if want is None:
            raise Failure(
                "a gradient where none belongs",
                say("{subject} with respect to {name}", subject=subject, name=name),
                "a gradient arrives where none belongs: what is a constant here?",
                got=got.detach(),
                about=say("A gradient arrives at {name}: what is a constant here?", name=name),
            )
        # An entry is a sum in which terms cancel: its rounding is that of the largest terms.
        relative = RTOL.get(want.dtype, 0.0) if rtol is None else rtol
        close(
            got,
            want,
            subject=say("{subject} with respect to {name}", subject=subject, name=name),
            rtol=relative,
            atol=atol + relative * want.abs().max().item(),
            about=say("It is the gradient in {name} that is off.", name=name),
        )


def gradient_of(output: torch.Tensor, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """Gradients of the sum of `output`, None for each input that it does not depend on."""
    if not output.requires_grad:
        return [None] * len(inputs)
    return list(
        torch.autograd.grad(output.sum(), list(inputs), retain_graph=True, allow_unused=True)
    )


def finite(got: torch.Tensor, *, subject: str, inputs: str = "") -> None:
    """Checks that no entry is NaN or infinite."""
    wrong = ~got.detach().isfinite()
    if wrong.any():
        problem = "NaN" if got.isnan().any() else to_say("infinite values")
        where = tuple(wrong.nonzero()[0].tolist())
        detail = say(
            "{wrong} of {all} values are not finite, the first{at}: {got}",
            wrong=int(wrong.sum()),
            all=wrong.numel(),
            at=_at(where),
            got=got[where].item(),
        )
        raise Failure(
            problem,
            subject,
            detail + (say(", for {inputs}", inputs=inputs) if inputs else ""),
            got=got.detach(),
        )


def at_most(
    smaller: torch.Tensor, larger: torch.Tensor, *, subject: str, slack: float = 1e-9
) -> None:
    """Checks that every entry of one tensor is at most that of another, up to `slack`. NaN is
    not.
    """
    smaller, larger = torch.as_tensor(smaller).detach(), torch.as_tensor(larger).detach()
    wrong = ~(smaller <= larger + max(slack, _least.get() * _size(larger)))
    if wrong.any():
        where = tuple(wrong.nonzero()[0].tolist())
        detail = say(
            "{wrong} of {all} values are too large, the first{at}: got {got}, wanted at"
            " most {wanted}",
            wrong=int(wrong.sum()),
            all=wrong.numel(),
            at=_at(where),
            got=_show(smaller[where]),
            wanted=_show(larger[where]),
        )
        raise Failure("values that are too large", subject, detail, got=smaller, wanted=larger)


def differs(first: Any, second: Any, *, subject: str) -> None:
    """Checks that two results are not equal: noise is fresh in every call."""
    for value in (first, second):
        if not isinstance(value, torch.Tensor):
            raise Failure(
                "not a tensor",
                subject,
                NOTHING
                if value is None
                else say("got {got}, wanted a torch.Tensor", got=in_words(value)),
                got=describe(value),
            )
    if torch.equal(first.detach(), second.detach()):
        raise Failure(
            "the same values twice",
            subject,
            "two calls gave the same values, wanted fresh ones",
            got=first.detach(),
        )


def unchanged(
    observed: Observed, originals: Sequence[torch.Tensor], *, names: Sequence[str], subject: str
) -> None:
    """Checks that a call left its tensor arguments as they were."""
    for name, after, before in zip(names, observed.arguments, originals):
        if not (
            after.shape == before.shape
            and torch.equal(torch.nan_to_num(after), torch.nan_to_num(before.detach()))
        ):
            raise Failure(
                "an argument was changed",
                subject,
                say("the call changed its argument {name}; work on a copy", name=name),
                got=after,
            )


def raises(kind: str, call: Callable[[], Any], *, subject: str) -> None:
    """Checks that a call raises the built-in exception of this name, or one that descends from
    it.
    """
    try:
        got = call()
    except StudentError as error:
        if kind in error.kinds:
            return
        raise Failure(
            f"an error other than {kind}",
            subject,
            say("raised {error}, wanted a {kind}", error=error, kind=kind),
            got=error.kinds[0],
        ) from None
    raise Failure(
        f"no {kind}",
        subject,
        say("returned {got}, wanted a {kind}", got=in_words(got), kind=kind),
        got=describe(got),
    )


def form(got: Any, wanted: Form, *, subject: str) -> Any:
    """Checks that an answer has the form that was asked for, and returns it in canonical form."""
    try:
        return wanted.read(got)
    except WrongForm as wrong:
        raise Failure("not of the form asked for", subject, str(wrong), got=describe(got)) from None


def true(
    condition: bool, problem: str, *, subject: str, detail: str, got: Any = None, wanted: Any = None
) -> None:
    """Checks a condition that no other word covers; `detail` says what was got and wanted."""
    if not condition:
        raise Failure(problem, subject, detail, got=got, wanted=wanted)


def same_evidence(first: Any, second: Any) -> bool:
    """Whether two failures got the same thing: how a misconception is recognised in a
    submission.
    """
    if isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor):
        if first.shape != second.shape or first.dtype != second.dtype:
            return False
        if not first.is_floating_point():
            return torch.equal(first, second)
        return torch.allclose(
            first,
            second,
            rtol=1e-6 if first.dtype == torch.float64 else 1e-3,
            atol=1e-9,
            equal_nan=True,
        )
    if isinstance(first, torch.Tensor) or isinstance(second, torch.Tensor):
        return False
    if isinstance(first, (tuple, list)) and type(first) is type(second):
        return len(first) == len(second) and all(map(same_evidence, first, second))
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return type(first) is type(second) and np.array_equal(first, second)
    return bool(first == second)


def known_hint(
    value: torch.Tensor, mistakes: Sequence[tuple[Any, str]], rtol: float, atol: float
) -> str:
    """The hint of the mistake whose value this is, the nearest of several; nothing where it is none
    of them.
    """
    fits = [(gap, hint) for m, hint in mistakes if (gap := _gap(value, m, rtol, atol)) is not None]
    return min(fits, key=lambda fit: fit[0])[1] if fits else ""


def _gap(value: torch.Tensor, mistake: Any, rtol: float, atol: float) -> float | None:
    """How far a value is from that of a mistake with which it agrees; None where it does not."""
    mistake = torch.as_tensor(mistake, dtype=value.dtype)
    agrees = mistake.shape == value.shape and torch.allclose(value, mistake, rtol=rtol, atol=atol)
    return float((value - mistake).abs().nan_to_num(0.0).sum()) if agrees else None


def _mismatch(
    got: torch.Tensor, wanted: torch.Tensor, wrong: torch.Tensor, rtol: float, atol: float
) -> str:
    gap = (
        (got.to(torch.float64) - wanted.to(torch.float64)).abs()
        if not got.is_complex()
        else (got - wanted).abs()
    )
    gap = torch.where(wrong, gap.nan_to_num(nan=float("inf")), -1.0)
    # numpy's: that of torch loads sympy, which takes a second of every process that meets a
    # mismatch.
    where = tuple(int(i) for i in np.unravel_index(int(gap.argmax()), gap.shape))
    first = say("got {got}, wanted {wanted}", got=_show(got[where]), wanted=_show(wanted[where]))
    if wanted.numel() == 1:
        return first
    return say(
        "{wrong} of {all} values differ; the worst{at}: {first} (tolerance {atol:.0e}"
        " + {rtol:.0e} relative)",
        wrong=int(wrong.sum()),
        all=wrong.numel(),
        at=_at(where),
        first=first,
        atol=atol,
        rtol=rtol,
    )


def _size(wanted: torch.Tensor) -> float:
    """The size of the largest entry, at least 1: sums of terms that cancel are as exact as that."""
    finite = wanted[wanted.isfinite()].abs()
    return max(1.0, float(finite.max())) if finite.numel() else 1.0


def _at(where: tuple[int, ...]) -> str:
    return say(" at {place}", place=list(where)) if where else ""


def _show(value: torch.Tensor) -> str:
    return f"{value.item():.6g}" if value.is_floating_point() else str(value.item())
