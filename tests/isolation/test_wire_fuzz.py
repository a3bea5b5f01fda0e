"""Whatever bytes arrive, they are refused or become plain data; whatever plain data is sent arrives
as it was.
"""

import importlib.util
from collections import Counter
from pathlib import Path

import msgspec
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.core.values import DTYPES, accept
from graders.core.verdict import Unacceptable
from graders.isolation import messages as m
from graders.isolation.channel import Channel, decode
from graders.isolation.wire import Packer, Unpacker, WireError

QUICK = settings(max_examples=300, deadline=None, derandomize=True, database=None)
DECODER = msgspec.msgpack.Decoder(m.Reply)

keys = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)
values = st.recursive(
    st.none() | keys,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.frozensets(keys, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=30,
)
trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.builds(
            lambda tag, rest: [tag, *rest], st.sampled_from("tlusdna"), st.lists(inner, max_size=4)
        )
    ),
    max_leaves=40,
)


def read(header: bytes, buffer: bytes) -> None:
    """Read a header as the grader does; anything but a refusal must be plain data."""
    try:
        message = decode(DECODER, header)
        if isinstance(message, m.Answer):
            value = Unpacker(bytearray(buffer)).value(message.value)
            assert type(value).__name__ == "NetworkState" or accept(value) is not NotImplemented
    except (WireError, Unacceptable):
        pass


@QUICK
@given(st.binary(max_size=200), st.binary(max_size=64))
def test_any_bytes_are_refused_or_plain(header, buffer):
    read(header, buffer)


@QUICK
@given(trees, st.binary(max_size=256))
def test_any_tree_of_a_message_is_refused_or_plain(tree, buffer):
    read(msgspec.msgpack.encode(["answer", tree]), buffer)
    read(msgspec.msgpack.encode(tree), buffer)


@QUICK
@given(
    st.integers(-1, 15),
    st.lists(st.integers(-1, 2**63 - 1) | st.integers(0, 5), max_size=5),
    st.binary(max_size=256),
)
def test_any_shape_over_any_bytes_is_refused_or_fits(dtype, shape, buffer):
    read(msgspec.msgpack.encode(["answer", ["t", dtype, shape]]), buffer)
    read(msgspec.msgpack.encode(["answer", ["a", "<f8", shape]]), buffer)


@QUICK
@given(values)
def test_plain_data_arrives_as_it_was(value):
    answer = decode(DECODER, msgspec.msgpack.encode(m.Answer(Packer().value(accept(value)))))
    back = Unpacker(bytearray()).value(answer.value)
    assert back == value and repr(type(back)) == repr(type(value))


@QUICK
@given(st.sampled_from(DTYPES), st.lists(st.integers(0, 4), max_size=4), st.integers(0, 2**32))
def test_tensors_arrive_bit_for_bit(dtype, shape, seed):
    value = torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(seed)).to(dtype)
    packer = Packer()
    note = packer.tensor(value)
    assert torch.equal(
        Unpacker(bytearray(b"".join(map(bytes, packer.buffers)))).tensor(note), value
    )


def test_what_the_coverage_guided_fuzzer_found_is_refused_or_plain():
    """The frames that reach the most lines: `benchmarks/fuzz_coverage.py` found them, and reads
    them in the same way.
    """
    place = Path(__file__).parents[2] / "benchmarks" / "fuzz_wire.py"
    spec = importlib.util.spec_from_file_location("fuzz_wire", place)
    fuzz_wire = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz_wire)
    channel = Channel(fuzz_wire.Pipe(b""), m.Reply)
    ends = Counter(
        fuzz_wire.read(channel, path.read_bytes())
        for path in sorted((Path(__file__).parent / "corpus").iterdir())
    )
    assert (
        sum(end.startswith("accepted") for end in ends) >= 8
        and sum(end.startswith("refused") for end in ends) >= 12
    ), ends
