"""Seeded inputs. Everything a check draws follows from one key, so that a regrade reproduces every
number.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch

# How torch keeps its Mersenne twister: a header, then its words, 64 bits for each 32.
HEADER, WORDS = 24, 624
LOW = 2**32


def derive_seed(*path: object) -> int:
    """A 63-bit seed from a path such as (course key, homework, exercise, check)."""
    text = "\0".join(str(part) for part in path)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def seed_torch(generator: torch.Generator, seed: int) -> torch.Generator:
    """Seed a generator of torch with all 64 bits: by itself it uses 32 of them, so that two courses
    in 65,000 would share the inputs of some check.
    """
    generator.manual_seed(seed)
    if seed < LOW:
        return generator
    state = generator.get_state()
    words = state[HEADER : HEADER + 8 * WORDS].view(torch.int64)
    if words[0].item() != seed % LOW:
        raise RuntimeError(
            f"torch {torch.__version__} keeps the state of its generator in another way than"
            " graders.core.draw knows: seed_torch has to learn it"
        )
    drawn = np.random.SeedSequence(seed).generate_state(WORDS, np.uint32)
    words.copy_(torch.from_numpy(drawn.astype(np.int64)))
    return generator.set_state(state)


class Draw:
    """A source of inputs with a generator of its own: torch's global generator stays untouched."""

    def __init__(self, seed: int):
        self._generator = seed_torch(torch.Generator(), seed)

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
