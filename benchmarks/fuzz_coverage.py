#!/usr/bin/env python3
"""Searches the wire decoder with a coverage-guided fuzzer (Atheris on libFuzzer): an input that
reaches new lines is kept and mutated on.

    pip install atheris
    python benchmarks/fuzz_coverage.py FOLDER -max_total_time=3600 -rss_limit_mb=2500   search;
    FOLDER collects the inputs benchmarks/fuzz_coverage.py -merge=1 tests/isolation/corpus FOLDER
    keep the fewest that reach as much

Merging starts the script again by its own name, so it is executable. An input is a whole frame. It
is read as the grader reads a worker's, by `read` of `fuzz_wire.py`: whatever comes out that is
neither a refusal nor plain data ends the run, and the input is written to a file. A folder that is
empty is first filled with the well-formed frames of `fuzz_wire.py`.
`tests/isolation/test_wire_fuzz.py` reads the corpus again.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["graders", "msgspec"]):
    import fuzz_wire
    import msgspec
    import torch

    from graders.isolation import messages as m
    from graders.isolation.channel import MAGIC, PREFIX, Channel

CHANNEL = Channel(fuzz_wire.Pipe(b""), m.Reply)


def framed(header: bytes, buffer: bytes) -> bytes:
    """A frame whose lengths are right, so that what is behind them is reached."""
    return PREFIX.pack(MAGIC, 1, len(header), len(buffer)) + header + buffer


def mutate(data: bytes, limit: int, seed: int) -> bytes:
    """A mutated frame: sometimes all its bytes are fair game, mostly its header or its tensors,
    often as a tree.
    """
    rng = random.Random(seed)
    if len(data) < PREFIX.size or rng.random() < 0.05:
        return atheris.Mutate(data, limit)
    length = PREFIX.unpack_from(data)[2]
    header, buffer = data[PREFIX.size :][:length], data[PREFIX.size + length :]
    kind = rng.random()
    if kind < 0.1:
        buffer = atheris.Mutate(buffer, len(buffer) + 64)
    elif kind < 0.5:
        header = atheris.Mutate(header, len(header) + 64)
    else:
        try:
            header = msgspec.msgpack.encode(
                fuzz_wire.mutate_tree(msgspec.msgpack.decode(header), rng)
            )
        except (
            msgspec.MsgspecError,
            UnicodeError,
            RecursionError,
            OverflowError,
            TypeError,
            AttributeError,
        ):
            header = atheris.Mutate(header, len(header) + 64)
    return framed(header, buffer)[:limit]


def read(data: bytes) -> None:
    """Read one frame; an exception that is no refusal ends the run."""
    fuzz_wire.read(CHANNEL, data)


def main() -> None:
    """Fill an empty folder, then search for as long as libFuzzer's arguments say."""
    torch.set_num_threads(1)
    for folder in (Path(a) for a in sys.argv[1:] if not a.startswith("-")):
        folder.mkdir(exist_ok=True, parents=True)
        for number, (tree, buffer) in enumerate(
            fuzz_wire.seeds() if not any(folder.iterdir()) and "-merge=1" not in sys.argv else ()
        ):
            (folder / f"seed-{number}").write_bytes(framed(msgspec.msgpack.encode(tree), buffer))
    atheris.Setup(sys.argv, read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
