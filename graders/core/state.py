"""Settings that a notebook may leave behind, put back while a function is checked and no longer.

A default device, a default dtype, gradients switched off, warnings that raise: each would fail a
right function, or earn it a hint about something else.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch

CPU = torch.device("cpu")


def _device() -> Any:
    # A default device other than the CPU is a mode on this stack; asking for it takes longer.
    modes = getattr(torch._C, "_len_torch_function_stack", None)
    if modes is not None and modes() == 0:
        return CPU
    try:
        return torch.get_default_device()
    except (RuntimeError, AssertionError):  # one that this machine does not have
        return None


def has_its_device() -> bool:
    """Whether this machine has the default device that was set."""
    return _device() is not None


def use_the_cpu() -> None:
    """Make it the default device."""
    torch.set_default_device(CPU)


def _set_recursion(limit: int) -> None:
    # Refused where the code that runs is deeper already.
    with suppress(RecursionError):
        sys.setrecursionlimit(limit)


def _can_print() -> bool:
    return not any(getattr(s, "closed", True) for s in (sys.stdout, sys.stderr))


def _let_print(on: bool) -> None:
    # A stream that a notebook closed is replaced, not put back.
    for name in ("stdout", "stderr") if on else ():
        if getattr(getattr(sys, name), "closed", True):
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


# How each setting is read and set, and what it is in a fresh Python.
SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any], Any], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype, torch.float32),
    (_device, torch.set_default_device, CPU),
    (torch.is_grad_enabled, torch.set_grad_enabled, True),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, False),
    (
        torch.are_deterministic_algorithms_enabled,
        lambda on: torch.use_deterministic_algorithms(on),
        False,
    ),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest"),
    (
        lambda: torch.is_autocast_enabled("cpu"),
        lambda on: torch.set_autocast_enabled("cpu", on),
        False,
    ),
    (lambda: min(sys.getrecursionlimit(), 1000), _set_recursion, 1000),
    (_can_print, _let_print, True),
)


@contextmanager
def neutral() -> Iterator[None]:
    """A block in which every setting is that of a fresh Python. Afterwards they are as before."""
    before = [read() for read, _, _ in SETTINGS]
    for (_, write, fresh), value in zip(SETTINGS, before):
        if value != fresh:
            write(fresh)
    quiet = [f for f in warnings.filters if f[0] != "error"]
    filters, warnings.filters = warnings.filters, quiet
    try:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            if torch.is_inference_mode_enabled():
                with torch.inference_mode(False):
                    yield
            else:
                yield
    finally:
        warnings.filters = filters
        for (read, write, _), value in zip(SETTINGS, before):
            if read() != value:
                write(value)
