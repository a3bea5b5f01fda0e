"""What may be said between the grader and a worker: a closed set of messages, and no message that
carries a verdict.

Every message is an array with a tag, every field has a type, and msgspec checks both while it
decodes. Tensors travel beside the message as raw bytes, in the order in which the message mentions
them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from graders.core.layers import MAX_LAYERS
from graders.core.values import MAX_ITEMS, MAX_TEXT

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**62)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Name = Annotated[str, Meta(max_length=200)]
Shape = Annotated[list[Count], Meta(max_length=64)]
Flags = Annotated[list[bool], Meta(max_length=MAX_ITEMS)]
Key = bool | Int64 | float | Text


class Message(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """Base of everything on the wire."""


class TensorNote(Message, tag="t"):
    """A tensor; its bytes are the next ones in the buffer."""

    dtype: Count
    shape: Shape


class ArrayNote(Message, tag="a"):
    """A numpy array; its bytes are the next ones in the buffer."""

    dtype: Name
    shape: Shape


class ListNote(Message, tag="l"):
    items: Annotated[list[Value], Meta(max_length=MAX_ITEMS)]


class TupleNote(Message, tag="u"):
    items: Annotated[list[Value], Meta(max_length=MAX_ITEMS)]


class SetNote(Message, tag="s"):
    items: Annotated[list[Key], Meta(max_length=MAX_ITEMS)]


class DictNote(Message, tag="d"):
    items: Annotated[list[tuple[Key, Value]], Meta(max_length=MAX_ITEMS)]


Layer = Annotated[list[Name | Count], Meta(min_length=1, max_length=8)]
Layers = Annotated[list[Layer], Meta(max_length=MAX_LAYERS)]
Tensors = Annotated[list[TensorNote], Meta(max_length=256)]


class StructureNote(Message, tag="y"):
    """What a network is made of: `graders.core.fixtures.Structure`."""

    hidden: Layers
    heads: Annotated[list[Layer], Meta(min_length=1, max_length=MAX_LAYERS)]
    inputs: Layers
    names: Annotated[list[Name], Meta(max_length=MAX_LAYERS)]
    squeeze: bool


class NetworkNote(Message, tag="n"):
    """A network: `live` says whether the value is the `Network` itself or its `NetworkState`."""

    live: bool
    structure: StructureNote
    record: bool
    training: bool
    parameters: Tensors
    requires_grad: Flags
    gradients: Annotated[list[TensorNote | None], Meta(max_length=256)]
    leaf: Flags
    buffers: Tensors


Value = (
    None
    | bool
    | Int64
    | float
    | Text
    | TensorNote
    | ArrayNote
    | ListNote
    | TupleNote
    | SetNote
    | DictNote
    | NetworkNote
)
Values = Annotated[list[Value], Meta(max_length=MAX_ITEMS)]


# What the grader asks.


class RunCell(Message, tag="cell"):
    """Run one cell (`number`, from 1) under a limit of CPU seconds, guarded by one of wall seconds;
    or only its imports, definitions and constants. `hasty`: the CPU seconds of a single statement
    that does more. `file`: the name of the script that the cells are from, or nothing.
    """

    code: str
    number: int
    cpu: float
    wall: float
    hasty: float
    definitions: bool
    file: str = ""


class AskNames(Message, tag="names"):
    """Which of these names are defined at all?"""

    names: list[str]


class Fork(Message, tag="fork"):
    """Serve a copy of the present state on the socket that comes with this message."""


class EndFork(Message, tag="end"):
    """End the copy of this number, and what it started."""

    number: int


class Call(Message, tag="call"):
    """`graders.core.host.Request`, with the handles that nobody needs any more and the limits of
    this call.
    """

    name: str
    arguments: Values
    keywords: list[str]
    requires_grad: list[bool]
    seed: int
    grad_enabled: bool
    echo: bool
    release: list[int]
    cpu: float
    wall: float


class Backward(Message, tag="vjp"):
    handle: int
    gradients: Values
    create_graph: bool
    release: list[int]
    cpu: float
    wall: float


class AskAnswer(Message, tag="get"):
    name: str


class PutStandIn(Message, tag="stand_in"):
    """Replace a function by the public stand-in for that exercise, its coefficients bound, as one
    that follows these conventions.
    """

    topic: str
    name: str
    coefficients: list[float]
    conventions: list[str]


class Probe(Message, tag="probe"):
    """Try what a submission must not be able to do. Sent to a worker that has run no submission."""

    paths: list[str]
    modules: list[str]
    grader: int


# What the worker answers.


class LayerNote(Message, tag="layer"):
    name: Name
    state: Name
    reason: Text


class Ready(Message, tag="ready"):
    layers: Annotated[list[LayerNote], Meta(max_length=64)]


class TroubleNote(Message, tag="trouble"):
    """`graders.core.troubles.Trouble` of the cell that ran."""

    kind: Name
    name: Name
    line: Count
    error: Name


class CellDone(Message, tag="cell_done"):
    """`seconds`: of CPU time."""

    status: Name
    seconds: float
    troubles: Annotated[list[TroubleNote], Meta(max_length=64)]


class Known(Message, tag="known"):
    names: Annotated[list[Text], Meta(max_length=MAX_ITEMS)]


class Done(Message, tag="done"):
    """A request that has no other answer was carried out; `number` names a new copy."""

    number: Count


class Called(Message, tag="called"):
    value: Value
    requires_grad: Flags
    handle: Count
    recorded: Annotated[list[Values], Meta(max_length=256)]
    arguments: Values
    left: Annotated[list[tuple[bool, TensorNote | None]], Meta(max_length=MAX_ITEMS)] = []


class Gradients(Message, tag="gradients"):
    values: Annotated[list[TensorNote | None], Meta(max_length=MAX_ITEMS)]
    requires_grad: Flags
    handle: Count


class Answer(Message, tag="answer"):
    value: Value


class Raised(Message, tag="raised"):
    """The submission's code raised: class names and text."""

    kinds: Annotated[list[Name], Meta(min_length=1, max_length=32)]
    text: Annotated[str, Meta(max_length=2000)]


class Late(Message, tag="late"):
    """The call was stopped at its limit: of CPU time, or of wall time."""

    wall: bool


class Found(Message, tag="found"):
    """What a probe could do, one sentence each; none is what it should find."""

    could: Annotated[list[Text], Meta(max_length=1000)]


Request = RunCell | AskNames | Fork | EndFork | Call | Backward | AskAnswer | PutStandIn | Probe
Reply = Ready | CellDone | Known | Done | Called | Gradients | Answer | Raised | Late | Found
