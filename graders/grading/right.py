"""The reference as checks see it, and how it is composed with stand-ins or with a submission's own
noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import torch

from graders.core.host import Host

# Functions from these packages are rebuilt with the replacements in place; all others are left
# alone.
OURS = ("reference.", "graders.hidden.")

Function = Callable[..., Any]


class Right:
    """`right.elbo(...)` calls the reference; `right.answer(name)` is the right value of an
    answer.
    """

    def __init__(
        self,
        solutions: Mapping[str, Any],
        replaced: Mapping[str, Function] | None = None,
        artefacts: Mapping[str, Any] | None = None,
    ):
        self._solutions = solutions
        self._replaced = dict(replaced or {})
        self._artefacts = dict(artefacts or {})

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_") or name not in self._solutions:
            raise AttributeError(f"the reference has no `{name}`")
        return self._replaced.get(name) or self.composed(self._solutions[name])

    def composed(self, value: Any) -> Any:
        """A function of ours with the replacements that this reference uses; anything else as it
        is.
        """
        return compose(value, self._replaced)

    def host(self) -> Host:
        """The reference in the place of a submission: every solution, and what an experiment of it
        left.
        """
        solutions = {name: self.composed(value) for name, value in self._solutions.items()}
        return Host({**self._artefacts, **solutions, **self._replaced})

    def answer(self, name: str) -> Any:
        """The right value of an answer exercise."""
        return self._solutions[name]

    @property
    def composed_with(self) -> frozenset[str]:
        """The names that are replaced."""
        return frozenset(self._replaced)

    def replacing(self, functions: Mapping[str, Function]) -> Right:
        """The reference composed with other prerequisites: what a solution that calls them should
        give.
        """
        return Right(self._solutions, {**self._replaced, **functions}, self._artefacts)

    def given(self, samples: torch.Tensor) -> Right:
        """The reference that draws exactly these latent codes, with their gradients."""
        return self.replacing({"reparameterize": replay(samples)})


def replay(samples: torch.Tensor) -> Function:
    """A `reparameterize` that returns the codes a submission drew, as the same function of mu and
    logvar.

    The noise is recovered as (z - mu) / sigma and held fixed, so that gradients pass as through the
    original.
    """

    def reparameterize(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
        sigma = (0.5 * logvar).exp()
        eps = ((samples.reshape(mu.shape) - mu) / sigma).detach()
        return mu + sigma * eps

    return reparameterize


def compose(function: Function, replaced: Mapping[str, Function]) -> Function:
    """The same function, calling the replacements wherever it or a function of ours below it uses
    those names.
    """
    if isinstance(function, partial):  # ours, in another convention
        return partial(function.func, *(compose(part, replaced) for part in function.args))
    if not replaced or not isinstance(function, FunctionType):
        return function
    return _rebuild(function, replaced, {})


def copied(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """The same function, with these for the names of its module."""
    new = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    new.__kwdefaults__ = function.__kwdefaults__
    return new


def _rebuild(
    function: FunctionType, replaced: Mapping[str, Function], done: dict[FunctionType, FunctionType]
) -> FunctionType:
    if function in done:
        return done[function]
    names: dict[str, Any] = dict(function.__globals__)
    done[function] = rebuilt = copied(function, names)
    for name, value in function.__globals__.items():
        if name in replaced:
            names[name] = replaced[name]
        elif isinstance(value, FunctionType) and value.__module__.startswith(OURS):
            names[name] = _rebuild(value, replaced, done)
    return rebuilt
