"""Mutates frames and reads them as the grader reads a worker's: nothing but a refusal or plain data
may come out.

    python benchmarks/fuzz_wire.py --frames 10000000 --seed 1

Half of the mutations change bytes, half change the message's tree before it is encoded. Lengths in
the frame's prefix are mostly made to fit, so that the mutation reaches the decoder. Prints how
frames ended, and the memory that it took.
"""

from __future__ import annotations

import argparse
import collections
import random
import resource
import time

import msgspec
import numpy as np
import torch

from graders.core.draw import Draw
from graders.core.fixtures import Network, NetworkState, network
from graders.core.host import Request
from graders.core.values import DTYPES
from graders.core.verdict import StudentError
from graders.isolation import messages as m
from graders.isolation.channel import MAGIC, PREFIX, Channel
from graders.isolation.remote import _gradients, _leaf_kinds, _reply
from graders.isolation.wire import Packer, WireError

NET = network(Draw(1), (2, 3, 1), record=True)
REQUEST = Request("f", (torch.ones(2, 2), NET.state(), [1, "a"]), (True,) * 5, 1, True, True)
ATOMS = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**62,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    1.5,
    float("nan"),
    "",
    "t",
    "a",
    "<f8",
    "|O",
    "called",
    "n",
    [],
    [[]],
    {},
    b"",
    b"x" * 9,
]


class Pipe:
    """A socket that has one frame to give."""

    def __init__(self, data: bytes):
        self._data = memoryview(data)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing waits here."""

    def recv_into(self, view: memoryview) -> int:
        count = min(len(view), len(self._data))
        view[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


def seeds() -> list[tuple[list, bytes]]:
    """Well-formed messages of every kind that a worker sends, as trees, with the bytes of their
    tensors.
    """
    found = []

    def add(make) -> None:
        packer = Packer()
        message = make(packer)
        found.append(
            (
                msgspec.msgpack.decode(msgspec.msgpack.encode(message)),
                b"".join(map(bytes, packer.buffers)),
            )
        )

    values = [
        None, 3, "text", [1, (2.0, frozenset({"A"}))], {"a": torch.ones(2, 3)}, np.arange(4),
        torch.zeros(0, 3), torch.tensor([True, False]), NET,
        [torch.ones(3, dtype=dtype) for dtype in DTYPES],
    ]  # fmt: skip
    for value in values:
        add(lambda p, v=value: m.Answer(p.value(v)))
        add(
            lambda p, v=value: m.Called(
                p.value(v),
                [],
                0,
                [[p.value(torch.ones(2))]],
                [p.value(a) for a in REQUEST.arguments],
            )
        )
    add(
        lambda p: m.Called(
            p.value((torch.ones(2), torch.ones(3))),
            [True, False],
            4,
            [[]],
            [p.value(a) for a in REQUEST.arguments],
        )
    )
    add(
        lambda p: m.Gradients(
            [p.tensor(torch.ones(2, 2)), None, None, None, None],
            [True, False, False, False, False],
            2,
        )
    )
    add(lambda p: m.Raised(["ValueError", "Exception"], "text"))
    for message in (
        m.Late(True),
        m.Known(["a"]),
        m.Done(1),
        m.CellDone("ok", 1.0, [m.TroubleNote("error", "", 3, "ValueError")]),
        m.Ready([m.LayerNote("a", "on", "")]),
        m.Found(["x"]),
    ):
        add(lambda p, message=message: message)
    return found


def mutate_tree(tree: list, rng: random.Random) -> list:
    """The same tree with one node replaced, removed, doubled or wrapped."""
    path, node = [], tree
    while isinstance(node, list) and node and rng.random() < 0.8:
        index = rng.randrange(len(node))
        path.append((node, index))
        node = node[index]
    if not path:
        return rng.choice(ATOMS)
    parent, index = path[-1]
    action = rng.randrange(5)
    if action == 0:
        parent[index] = rng.choice(ATOMS)
    elif action == 1:
        del parent[index]
    elif action == 2:
        parent.insert(index, parent[index])
    elif action == 3:
        parent[index] = [rng.choice("tlusdna"), [parent[index]]]
    elif isinstance(node, int) and not isinstance(node, bool):
        parent[index] = (node + rng.choice((-1, 1, 7, 2**31))) % 2**63
    else:
        parent[index] = rng.choice(ATOMS)
    return tree


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """The same bytes with a few flipped, dropped, added or repeated."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed) + 1)
        action = rng.randrange(4)
        if action == 0 and place < len(changed):
            changed[place] ^= 1 << rng.randrange(8)
        elif action == 1:
            del changed[place : place + rng.randint(1, 4)]
        elif action == 2:
            changed[place:place] = rng.randbytes(rng.randint(1, 9))
        elif place < len(changed):
            changed[place] = rng.choice(
                (0, 0x7F, 0x80, 0x90, 0xC0, 0xC1, 0xCF, 0xD3, 0xDC, 0xDD, 0xDF, 0xFF)
            )
    return bytes(changed)


def frame(corpus: list, rng: random.Random) -> bytes:
    """One mutated frame."""
    encoded, buffer = rng.choice(corpus)
    header = (
        msgspec.msgpack.encode(mutate_tree(msgspec.msgpack.decode(encoded), rng))
        if rng.random() < 0.5
        else mutate_bytes(encoded, rng)
    )
    if rng.random() < 0.1:
        buffer = buffer[: rng.randrange(len(buffer) + 1)]
    data = PREFIX.pack(MAGIC, 1, len(header), len(buffer)) + header + buffer
    return (
        mutate_bytes(data[: PREFIX.size], rng) + data[PREFIX.size :]
        if rng.random() < 0.05
        else data
    )


def read(channel: Channel, data: bytes) -> str:
    """How a frame ends: refused, or accepted as plain data."""
    channel.sock = Pipe(data)
    try:
        _, message, unpacker = channel.receive()
        if isinstance(message, m.Called):
            reply = _reply(REQUEST, message, unpacker)
            plain(reply.value)
            for value in (*reply.recorded, *reply.arguments):
                plain(value)
        elif isinstance(message, m.Answer):
            plain(unpacker.value(message.value))
        elif isinstance(message, m.Gradients):
            for value in _gradients(message, unpacker, _leaf_kinds(REQUEST), True):
                plain(value)
    except (WireError, StudentError) as error:
        return "refused: " + str(error).split("(")[0].split("-")[0].strip()[:60]
    return f"accepted: {type(message).__name__}"


def plain(value: object) -> None:
    """An independent statement of what may come out. Anything else ends the run."""
    kind = type(value)
    if kind in (list, tuple, frozenset):
        for item in value:
            plain(item)
    elif kind is dict:
        for key, item in value.items():
            assert type(key) in (bool, int, float, str)
            plain(item)
    elif kind is NetworkState or kind is Network:
        for parameter in value.parameters if kind is NetworkState else value.parameters():
            assert parameter.is_floating_point()
    elif kind is torch.Tensor:
        assert (
            value.dtype in DTYPES and value.layout is torch.strided and value.device.type == "cpu"
        )
    elif kind is np.ndarray:
        assert value.dtype.kind in "biufc"
    else:
        assert value is None or kind in (bool, int, float, str), kind


def main() -> None:
    """Mutate, read, count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(options.seed)
    corpus = [(msgspec.msgpack.encode(tree), buffer) for tree, buffer in seeds()]
    channel = Channel(Pipe(b""), m.Reply)
    ends: collections.Counter = collections.Counter()
    for _ in range(1000):
        ends[read(channel, frame(corpus, rng))] += 1
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    for _ in range(options.frames - 1000):
        ends[read(channel, frame(corpus, rng))] += 1
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, count in ends.most_common():
        print(f"{count:>10}  {name}")
    print(
        f"{options.frames} frames, seed {options.seed}, {seconds:.0f} s; peak memory"
        f" {before / 1024:.0f} MB at the start, {after / 1024:.0f} MB at the end"
    )


if __name__ == "__main__":
    main()
