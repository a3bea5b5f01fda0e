"""Every attack: its control works where nothing protects, and behind isolation it gains nothing and
leaves nothing.
"""

import importlib.util
import json
import os
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from arena import PLANT, RIGHT, SECRET, Arena

from graders.core.verdict import Status
from graders.isolation.supervise import Grounds

ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))


def load(path):
    spec = importlib.util.spec_from_file_location(f"attack_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def skip_where_not_promised(arena, module):
    on = {layer.name for layer in arena.grounds.layers if layer.state == "on"}
    if hasattr(module, "NEEDS") and not on & set(module.NEEDS):
        pytest.skip(f"promised only with one of: {', '.join(module.NEEDS)}")
    skip_under(arena, module, "NOT_UNDER")


def skip_under(arena, module, attribute):
    """Skip where a layer is on in a way in which the attack, or its control, has nothing to try."""
    if getattr(module, attribute, None) in {
        layer.reason for layer in arena.grounds.layers if layer.state == "on"
    }:
        pytest.skip(f"has nothing to try where a layer is on {getattr(module, attribute)}")


@contextmanager
def serving(name):
    """A socket of the grader's machine that a submission must not reach."""
    with socket.socket(socket.AF_UNIX) as server:
        if name:
            server.bind(name)
            server.listen()
        yield


@pytest.fixture(scope="module")
def arena(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("grader")
    (folder / "results").mkdir()
    (folder / "results" / "results.json").write_text(json.dumps({"score": 0}))
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        exec(PLANT, {})
    with (
        Grounds(private=[folder / "sentinels", folder / "results"], seed=seed) as grounds,
        grounds.open([PLANT, "where = os.getcwd()"]) as neighbour,
    ):
        with neighbour.branch() as host:
            beside = host.get("where") + "/sentinels"
        yield Arena(
            grounds,
            folder / "sentinels" / "__init__.py",
            folder / "results" / "results.json",
            beside,
        )


def test_there_are_many():
    assert len(ATTACKS) >= 70


@pytest.mark.parametrize("path", ATTACKS, ids=lambda p: p.stem)
def test_control(arena, path):
    module = load(path)
    skip_where_not_promised(arena, module)
    skip_under(arena, module, "NO_CONTROL_UNDER")
    module.control(arena)


@pytest.mark.parametrize("path", ATTACKS, ids=lambda p: p.stem)
def test_attack(arena, path):
    module = load(path)
    skip_where_not_promised(arena, module)
    with serving(getattr(module, "SERVES_ABSTRACT", None)):
        outcome = arena.attack(module.SUBMISSION, **getattr(module, "OPTIONS", {}))
    assert not any(v.status is Status.GRADER_FAULT for v in outcome.verdicts), [
        v.message for v in outcome.verdicts
    ]
    assert outcome.passed == getattr(module, "HONEST", False)
    assert SECRET not in str(outcome.loot)
    assert json.loads(arena.results.read_text()) == {"score": 0}
    module.holds(outcome)
    following = arena.attack([RIGHT])
    assert following.passed and following.notes == []
    assert os.path.exists(arena.secret)
