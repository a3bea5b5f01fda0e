"""The laws of classes: right classes of odd kinds pass all of them, wrong ones of every kind do
not.
"""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from graders.audit.wrong_modules import wrong_modules
from graders.core.contract import reals
from graders.core.engine import run_exercise
from graders.core.exercise import exercise
from graders.core.host import Host
from graders.hidden._laws import laws


class Encoder(nn.Module):
    def __init__(self, inputs, hidden, latents): ...

    def forward(self, x): ...


PARTS = {"made": ("D", "H", "K"), "takes": (reals("N D"),)}
PLAIN = exercise(covers=(), gives=(reals("N K"), reals("N K")), **PARTS)(Encoder)
RANDOM = exercise(covers=(), random=True, gives=(reals("N K"), reals("N K")), **PARTS)(Encoder)


class Right(nn.Module):
    def __init__(self, inputs, hidden, latents):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.Tanh())
        self.mean, self.logvar = (nn.Linear(hidden, latents) for _ in range(2))

    def forward(self, x):
        h = self.body(x)
        return self.mean(h), self.logvar(h)


class Dropping(Right):
    def forward(self, x):
        h = nn.functional.dropout(self.body(x), 0.5, self.training)
        return self.mean(h), self.logvar(h)


def found(declared, value, right):
    verdicts = run_exercise(
        laws(declared), Host({"Encoder": value}), key="k", public=False,
        right=SimpleNamespace(Encoder=right),
    )  # fmt: skip
    return {v.check: v.message for v in verdicts if not v.passed}


class ByKeyword(Right):
    """Takes more than it is asked for, and says so by name."""

    def __init__(self, inputs, hidden, latents, *, slope=1.0, **more):
        super().__init__(inputs=inputs, hidden=hidden, latents=latents)
        self.slope = slope

    def forward(self, x, *, scale=None, **more):
        mean, logvar = super().forward(x=x)
        return [mean, logvar * self.slope]


class Written(nn.Module):
    """No layers of torch but the normalisation."""

    def __init__(self, inputs, hidden, latents):
        nn.Module.__init__(self)
        self.body = nn.ModuleList([nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden)])
        for name in ("mean", "logvar"):
            layer = nn.Module()
            layer.weight = nn.Parameter(torch.randn(latents, hidden) / hidden**0.5)
            layer.bias = nn.Parameter(torch.zeros(latents))
            setattr(self, name, layer)

    def forward(self, x):
        linear, norm = self.body
        h = norm(linear(x)).tanh()
        return tuple(h @ one.weight.T + one.bias for one in (self.mean, self.logvar))


class Orthogonal(Right):
    """Starts elsewhere than the reference does."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.apply(lambda part: isinstance(part, nn.Linear) and nn.init.zeros_(part.bias))
        nn.init.xavier_normal_(self.mean.weight)
        nn.init.zeros_(self.logvar.weight)


class Hooked(Right):
    """Computes in a hook, and keeps what it saw."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.seen = []
        self.body.register_forward_hook(lambda module, given, out: self.seen.append(out.detach()))


@pytest.mark.parametrize("value", [Right, ByKeyword, Written, Orthogonal, Hooked])
def test_right_classes_of_odd_kinds_pass_every_law(value):
    assert found(PLAIN, value, Right) == {}


def test_a_class_that_draws_in_training_passes_every_law():
    assert found(RANDOM, Dropping, Dropping) == {}
    assert set(found(RANDOM, Right, Dropping)) == {"law_fresh"}


@pytest.mark.parametrize(
    ("declared", "right"), [(PLAIN, Right), pytest.param(RANDOM, Dropping, marks=pytest.mark.slow)]
)
def test_no_wrong_class_of_any_kind_passes_all_laws(declared, right):
    made = dict(wrong_modules(right, declared.module))
    assert len(made) >= 21
    assert [name for name, value in made.items() if not found(declared, value, right)] == []


class NoSuper(nn.Module):
    def __init__(self, inputs, hidden, latents):
        self.mean = nn.Linear(inputs, latents)


class NoModule:
    pass


class InAList(nn.Module):
    def __init__(self, inputs, hidden, latents):
        super().__init__()
        self.layers = [nn.Linear(inputs, latents), nn.Linear(inputs, latents)]

    def forward(self, x):
        return tuple(layer(x) for layer in self.layers)


class Lazy(nn.Module):
    def __init__(self, inputs, hidden, latents):
        super().__init__()
        self.mean, self.logvar = nn.LazyLinear(latents), nn.LazyLinear(latents)

    def forward(self, x):
        return self.mean(x), self.logvar(x)


@pytest.mark.parametrize("value", [NoSuper, NoModule, InAList, Lazy, lambda *sizes: None, 3])
def test_what_is_no_such_class_fails_with_a_sentence(value):
    said = found(PLAIN, value, Right)
    assert said and all(said.values()) and "grader" not in " ".join(said.values())
