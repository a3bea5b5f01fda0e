"""A homework of three exercises, and what is graded by hand in tests of packaging."""

import pytest

from graders.grading.catalogue import Homework, load_topic
from graders.grading.right import Right

POINTS = {"kl_standard_normal": 4, "kl_to_itself": 1, "kl_properties": 2}


@pytest.fixture(scope="session")
def homework():
    known = {entry.name: entry for entry in load_topic("kl")}
    right = Right({name: entry.solution for name, entry in known.items()})
    return Homework("mini", "Two topics", ("kl",), tuple(known[name] for name in POINTS), dict(POINTS), right)
