"""The law that arguments and networks are afterwards as they were (law 10)."""

from __future__ import annotations

from typing import Any

import torch

from graders.core.contract import Contract, Tensor
from graders.core.fixtures import Network, worn
from graders.core.untouched import untouched


def law_state(name: str, contract: Contract, student: Any, draw: Any) -> None:
    changes = [i for i, part in enumerate(contract.takes) if getattr(part, "changes", False)]
    for used in (True, False):
        dtype = getattr(torch, contract.dtypes[0])
        given = contract.draw(draw, contract.usual, dtype)
        for part, value in zip(contract.takes, given, strict=True):
            if isinstance(part, Tensor) and part.graph and used:
                value.requires_grad_()
            if isinstance(value, Network):
                value = worn(value) if used else value
                value.train(used)
        untouched(name, given, student.observe(name, *given), changes=changes)
