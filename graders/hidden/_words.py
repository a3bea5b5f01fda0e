"""The words in which the hidden checks of an exercise are written.

    D = Words(discriminator_loss)

    d_loss_value = D.equals_reference("It is minus the value of the game.", (4, 4), (5, 3))

    @d_loss_value.catches("The labels are exchanged: which class has the high probability?")
    def labels_swapped(real_logits, fake_logits): ...

A check is named by the variable or the function that it is; `after` takes such checks. Inputs are
sizes of the declared axes, in their order, or functions of `draw` that give the arguments (a list
of tuples: several times). What the exercise declares is checked by laws (`graders.hidden._laws`):
`D.laws.law_values` and so on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.core.contract import LEADING
from graders.core.draw import Draw
from graders.core.exercise import Check, Exercise, Law, Terms, check
from graders.core.fixtures import Network
from graders.hidden._compare import agree, differentiable, told, total
from graders.hidden._hypothesis import for_every
from graders.hidden._laws import laws
from graders.hidden._modules import fill, same_state, state_of

Case = tuple[int, ...] | Callable[[Draw], Sequence[Any]]
Checks = Check | Sequence[Check]
# Right forms round a gradient that is smaller than this to 0.
NOTHING = 1e-12


class Words:
    """The check words of one exercise: of a function, or of the name of what is not declared."""

    def __init__(self, exercise: Exercise | str):
        declared = exercise if isinstance(exercise, Exercise) else Exercise("E", (), name=exercise)
        self.name, self.signature = declared.name, declared.signature
        self.contract = declared.contract
        self.names = tuple(inspect.signature(declared.stub).parameters) if declared.stub else ()
        self.laws = SimpleNamespace(**{law.name: law for law in laws(declared)})

    def check(
        self,
        sentence: str,
        *,
        after: Checks = (),
        law: Law | None = None,
        stand_ins: bool = True,
        name: str | None = None,
    ) -> Callable[[Callable[..., Any]], Check]:
        """Make a function that raises `Failure` into a check, where no other word fits."""
        before = (after,) if isinstance(after, Check) else tuple(after)
        return check(
            self.name, sentence, after=before, law=law, stand_ins=stand_ins, name=name
        )  # fmt: skip

    def equals_reference(
        self,
        sentence: str,
        *cases: Case,
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-12,
        number: bool = False,
        dtype: torch.dtype | None = None,
        stand_ins: bool = True,
    ) -> Check:
        """It gives what the reference gives, tuples and dicts part by part. dtype: of inputs;
        number: a Python number is as good as a tensor without dimensions.
        """

        def holds(student: Any, draw: Draw, right: Any) -> None:
            for given in self._inputs(cases, draw, dtype):
                wanted = getattr(right, self.name)(*given)
                got = getattr(student, self.name)(*given)
                subject = self.signature + told(given)
                agree(got, wanted, subject, rtol=rtol, atol=atol, number=number)

        return self.check(sentence, after=after, stand_ins=stand_ins, name="")(holds)

    def module_equals_reference(
        self,
        sentence: str,
        made: Sequence[Any],
        inputs: Callable[[Draw], Sequence[Any]],
        *,
        method: str = "forward",
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-10,
    ) -> Check:
        """With the same parameters its module gives what the reference's gives, in float64, and has
        its gradients. made: what both are made of; inputs: of the method.
        """

        def holds(student: Any, draw: Draw, right: Any) -> None:
            model = student.module(self.name, *made, seed=draw.seed()).to(torch.float64)
            ours = getattr(right, self.name)(*made).double()
            subject = f"{self.name}({', '.join(map(str, made))})"
            same_state(model, ours, subject)
            model.fill(lambda name, value: draw.normal(*value.shape) / 2)
            fill(ours, state_of(model))
            given, subject = inputs(draw), f"{subject}.{method}"
            got, wanted = (getattr(one, method)(*given) for one in (model, ours))
            agree(got, wanted, subject, rtol=rtol, atol=atol)
            sums = [total(value, wanted, subject) for value in (got, wanted)]
            slopes = expect.gradient_of(sums[1], list(ours.parameters()))
            names = [name for name, _ in ours.named_parameters()]
            leaves = [dict(model.named_parameters())[name] for name in names]
            expect.gradients(
                sums[0], leaves, slopes, names=names, subject=subject, rtol=rtol, atol=atol
            )  # fmt: skip

        return self.check(sentence, after=after, name="")(holds)

    def everywhere(
        self,
        sentence: str,
        examples_of: st.SearchStrategy,
        *,
        examples: int = 12,
        made: Callable[..., Sequence[Any]] = lambda *parts: parts,
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-12,
        number: bool = False,
    ) -> Check:
        """It gives what the reference gives on small inputs; the message has the smallest that
        fails. made: the arguments from an example's parts.
        """

        def holds(student: Any, draw: Draw, right: Any) -> None:
            def law(example: Any) -> None:
                given = made(*example)
                got, wanted = (getattr(one, self.name)(*given) for one in (student, right))
                shown = ", ".join(f"{n} = {_listed(v)}" for n, v in zip(self.names, given))
                agree(
                    got, wanted, self.signature, rtol=rtol, atol=atol, inputs=shown, number=number
                )

            for_every(draw, examples_of, law, examples=examples)

        return self.check(sentence, after=after, name="")(holds)

    def gradients(
        self,
        sentence: str,
        *cases: Case,
        of: Sequence[int] = (),
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-10,
        value: bool = False,
        dtype: torch.dtype | None = None,
        stand_ins: bool = True,
    ) -> Check:
        """Its gradients are those of the reference. of: places of the arguments in which to
        differentiate, else all tensors of reals and networks. value: and its values too.
        """

        def holds(student: Any, draw: Draw, right: Any) -> None:
            for given in self._inputs(cases, draw, dtype):
                inputs, names = differentiable(given, self.names, of)
                wanted = getattr(right, self.name)(*given)
                got = getattr(student, self.name)(*given)
                subject = self.signature + told(given)
                if value:
                    agree(got, wanted, subject, rtol=rtol)
                slopes = expect.gradient_of(total(wanted, wanted, subject), inputs)
                # Where a right form rounds to 0, no gradient and one of 1e-26 are the same.
                slopes = [slope if slope is None else _large(slope) for slope in slopes]
                expect.gradients(
                    total(got, wanted, subject), inputs, slopes,
                    names=names, subject=subject, rtol=rtol, atol=atol,
                )  # fmt: skip

        return self.check(sentence, after=after, stand_ins=stand_ins, name="")(holds)

    def gives(
        self,
        sentence: str,
        *known: tuple[Case, Any],
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-12,
        number: bool = False,
        stand_ins: bool = True,
    ) -> Check:
        """It gives these values on these inputs. Pairs of inputs and what is wanted: a value, or a
        function of the arguments.
        """

        def holds(student: Any, draw: Draw) -> None:
            for case, value in known:
                for given in self._inputs([case], draw, None):
                    wanted = value(*given) if callable(value) else value
                    subject = self.signature + told(given)
                    got = getattr(student, self.name)(*given)
                    agree(got, wanted, subject, rtol=rtol, atol=atol, number=number)

        return self.check(sentence, after=after, stand_ins=stand_ins, name="")(holds)

    def refuses(
        self,
        sentence: str,
        *cases: Case,
        error: str = "ValueError",
        after: Checks = (),
        stand_ins: bool = True,
    ) -> Check:
        """It raises this built-in exception for each of these inputs."""

        def holds(student: Any, draw: Draw) -> None:
            for given in self._inputs(cases, draw, None):
                expect.raises(
                    error, lambda: getattr(student, self.name)(*given), subject=self.signature
                )  # fmt: skip

        return self.check(sentence, after=after, stand_ins=stand_ins, name="")(holds)

    def identity(
        self,
        sentence: str,
        *,
        after: Checks = (),
        rtol: float | None = None,
        atol: float = 1e-12,
        stand_ins: bool = True,
    ) -> Callable[[Callable[[Any, Draw], Iterator[tuple[Any, Any]]]], Check]:
        """Two things are equal: a function of the submission's function and of `draw` that yields
        pairs, what is got and what is wanted.
        """

        def made(pairs: Callable[[Any, Draw], Iterator[tuple[Any, Any]]]) -> Check:
            def holds(student: Any, draw: Draw) -> None:
                for got, wanted in pairs(getattr(student, self.name), draw):
                    agree(got, wanted, self.signature, rtol=rtol, atol=atol)

            words = self.check(sentence, after=after, stand_ins=stand_ins, name=pairs.__name__)
            return words(holds)

        return made

    def _inputs(
        self, cases: Sequence[Case], draw: Draw, dtype: torch.dtype | None
    ) -> Iterator[list[Any]]:
        for case in cases:
            for given in self._given(case, draw):
                yield [_cast(value, dtype) for value in given] if dtype else list(given)

    def _given(self, case: Case, draw: Draw) -> list[Sequence[Any]]:
        if callable(case):
            found = case(draw)
            several = isinstance(found, list) and isinstance(found[0], (tuple, list))
            return list(found) if several else [found]
        if self.contract is None:
            raise TypeError(f"{self.name} declares no axes: {case} are sizes of nothing")
        axes = [axis for axis in self.contract.axes if axis != LEADING]
        if len(axes) != len(case):
            raise TypeError(f"{self.name} has the axes {axes}, and {case} are sizes of others")
        return [self.contract.draw(draw, {LEADING: (), **dict(zip(axes, case))})]

    def sum_of(self, *names: str) -> Callable[[Callable[..., Any]], Terms]:
        """Make a function that gives the terms of the result, each of its shape and with its own
        sign, into what weights in a submission are found from. names: as students call them.
        """
        return lambda function: Terms(self.name, names, function, function.__name__)


def _cast(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, Network):
        return Network.from_state(value.state()).to(dtype)
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.to(dtype) if floating else value


def _large(slope: torch.Tensor) -> torch.Tensor:
    return slope * (slope.abs() > NOTHING)


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, torch.Tensor) else value
