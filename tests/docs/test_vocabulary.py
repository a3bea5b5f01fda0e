"""docs/vocabulary.md: every word of the vocabulary is on it, and its examples do what it says."""

import inspect
import re
import types

import pytest
import torch
from pages import ROOT
from torch.nn import functional as F

from graders.core import contract
from graders.core.engine import run_check
from graders.core.exercise import Check, Misconception, members
from graders.core.host import Host
from graders.grading.right import Right
from graders.hidden import _laws
from graders.hidden._words import Words

PAGE = (ROOT / "docs" / "vocabulary.md").read_text()


def refuse(x):
    if x.min() < 0 or x.max() > 1:
        raise ValueError("x is no data in [0, 1]")


def cross_entropy(x, h):
    refuse(x)
    return F.binary_cross_entropy_with_logits(h, x, reduction="none").sum(-1)


def noisy(x):
    return x + torch.randn_like(x)


RIGHT = {"cross_entropy": cross_entropy, "noisy": noisy}


@pytest.fixture(scope="module")
def page():
    """What the blocks of the page define, one after the other as in one module."""
    module = types.ModuleType("vocabulary")
    module.refuse = refuse
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, vars(module))
    return module


def verdict(check, function):
    right = Right(RIGHT)
    host = Host({**RIGHT, check.exercise: function})
    return run_check(check, host, key="page", public=False, right=right)


def test_the_right_functions_pass_every_check_of_the_page(page):
    checks = members(page, Check)
    assert len(checks) == 9
    failed = [v.message for c in checks if not (v := verdict(c, RIGHT[c.exercise])).passed]
    assert failed == []


def test_the_mistakes_fail_where_they_are_declared(page):
    known = {c.name: c for c in members(page, Check)} | vars(page.D.laws)
    mistakes = members(page, Misconception)
    assert len(mistakes) == 2
    for mistake in mistakes:
        assert verdict(known[mistake.caught_by], mistake.value).status.value == "failed"


def test_every_word_is_on_the_page():
    def public(holder):
        return [
            name
            for name, value in vars(holder).items()
            if inspect.isfunction(value)
            and value.__module__
            == holder.__dict__.get("__module__", getattr(holder, "__name__", ""))
            and not name.startswith("_")
        ]

    laws = [name for name in vars(_laws) if name.startswith("law_")]
    for word in (*public(contract), *public(Words), *laws):
        assert f"`{word}`" in PAGE, word
