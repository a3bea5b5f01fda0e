"""Seeded inputs. Everything a check draws follows from one key, so that a regrade reproduces every
number.
"""

from __future__ import annotations

import hashlib

import torch


def derive_seed(*path: object) -> int:
    """A 63-bit seed from a path such as (course key, homework, exercise, check)."""
    text = "\0".join(str(part) for part in path)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


class Draw:
    """A source of inputs with a generator of its own: torch's global generator stays untouched."""

    def __init__(self, seed: int):
        self._generator = torch.Generator().manual_seed(seed)

    def seed(self) -> int:
        """A fresh seed for a call of student code."""
        return int(torch.randint(2**62, (), generator=self._generator))

    def normal(self, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        """Standard normal values."""
        return torch.randn(shape, generator=self._generator, dtype=dtype)

    def uniform(
        self, low: float, high: float, *shape: int, dtype: torch.dtype = torch.float64
    ) -> torch.Tensor:
        """Uniform values in [low, high)."""
        return low + (high - low) * torch.rand(shape, generator=self._generator, dtype=dtype)

    def bits(self, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        """Fair coin flips, 0 or 1."""
        return torch.randint(2, shape, generator=self._generator).to(dtype)

    def integer(self, low: int, high: int) -> int:
        """One of low, ..., high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self._generator))

    def probabilities(self, size: int) -> torch.Tensor:
        """A probability vector without zeros, `(size,)`, float64."""
        weights = self.uniform(0.05, 1.0, size)
        return weights / weights.sum()
