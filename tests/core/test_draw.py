"""Every bit of a seed reaches the draws."""

import random

import numpy as np
import pytest
import torch

from graders.core.draw import LOW, Draw, derive_seed, seed_torch
from graders.core.student import local

SEED = derive_seed("course", "check")
NOISE = {
    "torch": lambda n: torch.randn(n),
    "torch, float64": lambda n: torch.rand(n, dtype=torch.float64),
    "numpy": lambda n: torch.from_numpy(np.random.rand(n)),
    "python": lambda n: torch.tensor([random.random() for _ in range(n)]),
}


def test_seeds_that_agree_in_their_low_bits_give_other_inputs():
    first, second = (Draw(seed).normal(50) for seed in (SEED, SEED ^ (1 << 40)))
    assert SEED % LOW == (SEED ^ (1 << 40)) % LOW
    assert (first != second).all()
    assert torch.equal(first, Draw(SEED).normal(50))


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
@pytest.mark.parametrize("bit", [32, 47, 62])
def test_and_other_noise_in_a_call(noise, bit):
    student = local({"noise": noise})
    first, again, second = (student.noise(20, seed=s) for s in (SEED, SEED, SEED ^ (1 << bit)))
    assert torch.equal(first, again) and (first != second).all()


def test_the_draws_of_a_full_seed_are_those_of_their_law():
    draws = torch.randn(100_000, generator=seed_torch(torch.Generator(), SEED)).sort().values
    law = torch.special.ndtr(draws)
    # Kolmogorov-Smirnov, by the bound of Dvoretzky, Kiefer and Wolfowitz at 1e-9.
    assert (law - torch.arange(len(law)) / len(law)).abs().max() < 0.0104


def test_a_small_seed_is_that_of_torch():
    assert torch.equal(
        Draw(7).normal(3),
        torch.randn(3, generator=torch.Generator().manual_seed(7), dtype=torch.float64),
    )
