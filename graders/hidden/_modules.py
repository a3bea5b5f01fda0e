"""What always holds of a class of modules, checked from what it declares to be made of, to take
and to give. `module_laws(exercise)` makes the checks that the catalogue adds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from graders.core import expect
from graders.core.contract import Sizes
from graders.core.exercise import Check, Exercise
from graders.core.language import to_say
from graders.core.module import Module
from graders.core.modules import Model
from graders.core.values import tensors_in
from graders.hidden._compare import agree, differentiable, total

# In float64, where a right form may add in another order.
ROOM = 1e-9


def module_laws(exercise: Exercise, after: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """The checks that follow from the declaration of a class; none without one.

    after: the checks without which these say nothing.
    """
    module = exercise.module
    if module is None:
        return ()
    fixed = not exercise.random
    found: list[tuple[Callable[..., None], str, bool]] = [
        (law_parameters, to_say("Its parameters and buffers are those that are asked for."), True),
        (law_start, to_say("Every instance starts with parameters of its own."), True),
        (law_values, to_say("In evaluation mode its values are right for every size."), True),
        (law_gradients, to_say("Gradients reach its inputs and parameters, and are right."), True),
        (law_training, to_say("In training mode its values and its buffers are right."), fixed),
        (law_fresh, to_say("In training mode it draws anew in every call."), exercise.random),
        (
            law_evaluation,
            to_say("In evaluation mode nothing is drawn, and no buffer changes."),
            True,
        ),
        (law_dtype, to_say("The result has the dtype of the parameters."), True),
        (law_state, to_say("Arguments and parameters are afterwards as they were."), True),
    ]
    return tuple(
        Check(
            exercise.name, sentence, partial(law, exercise.name, module),
            # Without the parameters that are asked for nothing else can be compared.
            after if law is law_parameters else (*after, law_parameters.__name__),
            name=law.__name__, general=True, claims_dtype=law is law_dtype,
        )
        for law, sentence, applies in found
        if applies
    )  # fmt: skip


def made_of(name: str, made: tuple[Any, ...]) -> str:
    """A call of the constructor, as a message shows it."""
    return f"{name}({', '.join(map(str, made))})"


def state_of(module: Any) -> dict[str, torch.Tensor]:
    """The parameters and buffers of a module of either side, each under one name."""
    if isinstance(module, Model):
        return module.state_dict()
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def same_state(model: Model, ours: torch.nn.Module, subject: str) -> None:
    """Checks that two modules have parameters and buffers of the same names and shapes."""
    got, wanted = (
        {name: tuple(value.shape) for name, value in state_of(one).items()} for one in (model, ours)
    )
    expect.true(
        got == wanted, "other parameters than asked for", subject=subject,
        detail=f"got {got}, wanted {wanted}", got=str(got), wanted=str(wanted),
    )  # fmt: skip


def pair(
    name: str,
    module: Module,
    sizes: Sizes,
    student: Any,
    draw: Any,
    right: Any,
    dtype: torch.dtype = torch.float64,
) -> tuple[Model, torch.nn.Module]:
    """The student's module and the reference's, of one size and with the same parameters."""
    made = module.of(sizes)
    model = student.module(name, *made, seed=draw.seed()).to(dtype)
    ours = getattr(right, name)(*made).to(dtype)
    same_state(model, ours, made_of(name, made))
    values = {key: (draw.normal(*p.shape) / 2).to(dtype) for key, p in ours.named_parameters()}
    model.fill(lambda key, value: values[key])
    fill(ours, values)
    return model, ours


def fill(ours: torch.nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Set those parameters and buffers of a module of ours that are named here."""
    with torch.no_grad():
        for key, tensor in state_of(ours).items():
            if key in values:
                tensor.copy_(values[key])


def law_parameters(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    for sizes in module.every_size():
        made = module.of(sizes)
        model, ours = student.module(name, *made, seed=draw.seed()), getattr(right, name)(*made)
        same_state(model, ours, made_of(name, made))
        wanted = [key for key, p in ours.named_parameters() if not p.requires_grad]
        expect.true(
            sorted(model.frozen) == wanted, "other parameters are frozen than asked for",
            subject=made_of(name, made), detail=f"got {sorted(model.frozen)}, wanted {wanted}",
        )  # fmt: skip
        for key, buffer in ours.named_buffers():
            got = state_of(model)[key]
            expect.close(
                got, buffer, subject=f"the buffer {key} of {made_of(name, made)}", rtol=ROOM
            )


def law_start(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    made, seeds = module.of(module.usual), (draw.seed(), draw.seed())
    mine = [state_of(student.module(name, *made, seed=seed)) for seed in seeds]
    with torch.random.fork_rng(devices=[]):
        ours = [state_of(_seeded(right, name, made, seed)) for seed in seeds]
    drawn = [key for key in ours[0] if not torch.equal(ours[0][key], ours[1][key])]
    subject = f"two instances of {made_of(name, made)}"
    alike = all(key in mine[0] and torch.equal(mine[0][key], mine[1][key]) for key in drawn)
    expect.true(
        not (drawn and alike), "the same parameters in every instance", subject=subject,
        detail="every instance starts with the same parameters",
    )  # fmt: skip
    for key, value in mine[0].items():
        if value.is_floating_point():
            expect.finite(value, subject=f"{key} of a new {made_of(name, made)}")


def _seeded(right: Any, name: str, made: tuple[Any, ...], seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    found: torch.nn.Module = getattr(right, name)(*made)
    return found


def law_values(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    for sizes in module.every_size():
        model, ours = pair(name, module, sizes, student, draw, right)
        given = module.forward.draw(draw, sizes)
        got, wanted = model.eval()(*given), ours.eval()(*given)
        agree(got, wanted, f"{made_of(name, module.of(sizes))}(...)", rtol=ROOM, atol=1e-10)


def law_gradients(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    model, ours = pair(name, module, module.usual, student, draw, right)
    given = module.forward.draw(draw, module.usual)
    inputs, called = differentiable(given, module.forward.names, ())
    subject = f"{made_of(name, module.of(module.usual))}(...)"
    got, wanted = model.eval()(*given), ours.eval()(*given)
    sums = [total(value, wanted, subject) for value in (got, wanted)]
    theirs = dict(ours.named_parameters())
    slopes = expect.gradient_of(sums[1], [*inputs, *theirs.values()])
    leaves = [*inputs, *(dict(model.named_parameters())[key] for key in theirs)]
    expect.gradients(
        sums[0], leaves, slopes, names=[*called, *theirs], subject=subject, rtol=ROOM, atol=1e-10
    )


def law_training(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    model, ours = pair(name, module, module.usual, student, draw, right)
    subject = f"{made_of(name, module.of(module.usual))}(...) in training mode"
    for _ in range(2):
        given = module.forward.draw(draw, module.usual)
        agree(model(*given), ours(*given), subject, rtol=ROOM, atol=1e-10)
    mine = state_of(model)
    for key, buffer in ours.named_buffers():
        expect.close(mine[key], buffer, subject=f"the buffer {key} after {subject}", rtol=ROOM)


def law_fresh(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    model, _ = pair(name, module, module.usual, student, draw, right)
    given = module.forward.draw(draw, module.usual)
    first, second = (tensors_in(model(*given, seed=draw.seed())) for _ in range(2))
    same = len(first) == len(second) and all(map(torch.equal, first, second))
    expect.true(
        not same, "no noise", subject=f"{name} in training mode",
        detail="two calls with the same input give the same",
    )  # fmt: skip


def law_evaluation(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    model, _ = pair(name, module, module.usual, student, draw, right)
    given, before = module.forward.draw(draw, module.usual), state_of(model.eval())
    subject = f"{made_of(name, module.of(module.usual))}(...) in evaluation mode"
    first, second = (model(*given, seed=draw.seed()) for _ in range(2))
    agree(second, first, subject)
    for key, value in state_of(model).items():
        agree(value, before[key], f"{key} after {subject}")


def law_dtype(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    for dtype in (getattr(torch, kind) for kind in module.forward.dtypes):
        model, ours = pair(name, module, module.usual, student, draw, right, dtype)
        given = module.forward.draw(draw, module.usual, dtype)
        got, wanted = (tensors_in(one.eval()(*given)) for one in (model, ours))
        for mine, due in zip(got, wanted):
            expect.tensor(mine, shape=due.shape, dtype=due.dtype, subject=f"{name}(...) in {dtype}")


def law_state(name: str, module: Module, student: Any, draw: Any, right: Any) -> None:
    model, _ = pair(name, module, module.usual, student, draw, right)
    for mode in (False, True):
        given = module.forward.draw(draw, module.usual)
        before, parameters = [_copied(value) for value in given], dict(model.named_parameters())
        after, left = model.train(mode).afterwards(*given)
        for place, (value, was) in enumerate(zip(after, before)):
            agree(value, was, f"{module.forward.names[place]} after {name}(...)")
        for key, value in left.items():
            agree(value, parameters[key].detach(), f"{key} after {name}(...)")


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value
