"""What somebody sees who holds two lists of numbers side by side: another sign, a factor, a
constant between them. It needs no formula, so it can be said of every exercise.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from graders.core.language import to_say
from graders.core.verdict import Failure, Verdict

SIGN = to_say("Your values have the opposite sign: what is to be large here, and what small?")
TWICE = to_say("Your values are twice the right ones: look for a factor of 2 or 1/2.")
HALF = to_say("Your values are half of the right ones: look for a factor of 2 or 1/2.")
MULTIPLE = to_say(
    "Your values are a fixed multiple of the right ones: look at the factors in front."
)
CONSTANT = to_say("Your values are off by one constant: which term depends on no entry?")
LINE = to_say(
    "Your values are the right ones times a factor, plus a constant: more than one thing is off."
)
ONE_FOR_ALL = to_say(
    "One number comes back where several are asked for: along which axis is the sum or the mean?"
)
AXIS_MORE, AXIS_LOST, EXCHANGED = (
    to_say("Your result has an axis of size 1 too many."),
    to_say("An axis of size 1 is lost on the way: what takes it away?"),
    to_say("The axes of your result are exchanged."),
)
NOT_A_NUMBER = to_say(
    "NaN comes of 0/0, of 0 times infinity and of infinity minus infinity: which of them do your"
    " steps meet here, and what is the value there?"
)
LOST = to_say("Your values are right in size, and some have the wrong sign.")


def with_relation(verdict: Verdict) -> Verdict:
    """The verdict, with a hint where nothing more is known of its value than how it is related to
    the right one.
    """
    evidence = verdict.evidence
    if verdict.passed or verdict.hint or not isinstance(evidence, Failure):
        return verdict
    got, wanted = evidence.got, evidence.wanted
    if isinstance(got, torch.Tensor) and isinstance(wanted, tuple):
        return replace(verdict, hint=of_shapes(tuple(got.shape), wanted))
    if not all(isinstance(value, torch.Tensor) for value in (got, wanted)):
        return verdict
    nan = got.isnan().any() and not wanted.isnan().any()
    return replace(verdict, hint=NOT_A_NUMBER if nan else relation(got, wanted))


def of_shapes(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """A sentence on how one shape is related to another; empty where that is not plain."""
    if len(got) == len(wanted):
        return EXCHANGED if sorted(got) == sorted(wanted) else ""
    if wanted in [got[:i] + got[i + 1 :] for i, size in enumerate(got) if size == 1]:
        return AXIS_MORE
    if got == tuple(size for size in wanted if size != 1):
        return AXIS_LOST
    return "" if got else ONE_FOR_ALL


def relation(got: torch.Tensor, wanted: torch.Tensor) -> str:
    """A sentence on how all entries of one tensor are related to those of another; empty where no
    relation is plain. One number is related to another in many ways: of it only a sign and a factor
    of 2 are said.
    """
    if got.shape != wanted.shape or got.is_complex() or wanted.is_complex() or not got.numel():
        return ""
    first, second = got.detach().double().flatten(), wanted.detach().double().flatten()
    if not (first.isfinite().all() and second.isfinite().all() and second.any()):
        return ""
    for factor, said in ((-1.0, SIGN), (2.0, TWICE), (0.5, HALF)):
        if _alike(first, factor * second):
            return said
    if len(set(second.tolist())) < 3:
        return ""
    if _alike(first.abs(), second.abs()):
        return LOST
    factor = float((first * second).sum() / second.square().sum())
    if factor and _alike(first, factor * second):
        return MULTIPLE
    if _alike(first, second + (first - second).mean()):
        return CONSTANT
    if len(set(second.tolist())) < 4 or not first.var():
        return ""
    slope = torch.cov(torch.stack([first, second]))[0, 1] / second.var()
    return LINE if _alike(first, first.mean() + slope * (second - second.mean())) else ""


def _alike(first: torch.Tensor, second: torch.Tensor) -> bool:
    size = float(second.abs().max())
    return torch.allclose(first, second, rtol=1e-5, atol=1e-6 * size)
