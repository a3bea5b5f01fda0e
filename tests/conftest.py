"""What tests of several rooms share."""

import pytest

from graders.isolation.seed import plant


@pytest.fixture(scope="session")
def seed():
    """What zygotes are forks of, as in a class that several processes grade."""
    seed = plant()
    yield seed
    if seed:
        seed.close()
