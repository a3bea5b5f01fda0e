"""Values survive the wire exactly; whatever the schema or the rule of values forbids is refused by
name.
"""

import socket

import msgspec
import numpy as np
import pytest
import torch

from graders.core.draw import Draw
from graders.core.fixtures import Network, NetworkState, network
from graders.core.values import DTYPES, accept
from graders.core.verdict import Unacceptable
from graders.isolation import messages as m
from graders.isolation.channel import MAGIC, MAX_BUFFER, MAX_HEADER, PREFIX, Channel, decode
from graders.isolation.wire import Packer, Unpacker, WireError


def there_and_back(value):
    packer = Packer()
    note = packer.value(value)
    decoder = msgspec.msgpack.Decoder(m.Reply)
    answer = decode(decoder, msgspec.msgpack.encode(m.Answer(note)))
    unpacker = Unpacker(bytearray(b"".join(map(bytes, packer.buffers))))
    result = unpacker.value(answer.value)
    unpacker.finish()
    return result


def frame(header, buffer=b"", magic=MAGIC, sequence=1):
    return PREFIX.pack(magic, sequence, len(header), len(buffer)) + header + buffer


def received(raw, seconds=1.0):
    import time

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        return Channel(ours, m.Reply).receive(deadline=time.monotonic() + seconds)


PLAIN = [
    None, True, False, 0, -(2**63), 2**63 - 1, 1.5, float("inf"), "", "naïve ∑", [], (), {},
    frozenset(), [1, [2.0, ("x", None)]],
    {"a": [1], 2: {"b": (True,)}, 0.5: None}, pytest.param(frozenset({"A", "B", 3}), id="a set"),
    [[]] * 3,
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda v: repr(v)[:30])
def test_plain_values_come_back_equal_and_of_the_same_type(value):
    assert there_and_back(accept(value)) == value
    assert type(there_and_back(accept(value))) is type(value)


def test_a_set_comes_back_frozen():
    assert there_and_back(accept({"A", "B"})) == frozenset("AB")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 5), (2, 3, 5)], ids=str)
def test_tensors_of_every_dtype_come_back_bit_for_bit(dtype, shape):
    value = (100 * torch.randn(shape, dtype=torch.float64)).to(dtype)
    result = there_and_back(value)
    assert result.dtype == dtype and result.shape == value.shape
    assert torch.equal(result, value)


@pytest.mark.parametrize("kind", list("?bhiqBHIQefdFD"))
def test_arrays_of_every_plain_dtype_come_back(kind):
    for shape in [(), (0, 2), (4,), (2, 3)]:
        value = np.ones(shape, dtype=kind)
        result = there_and_back(value)
        assert (
            type(result) is np.ndarray
            and result.dtype == value.dtype
            and np.array_equal(result, value)
            and result.shape == shape
        )


def test_views_and_unusual_layouts_come_back_as_what_they_show():
    base = torch.arange(24.0).reshape(4, 6)
    for value in (
        base.T,
        base[::2, 1::3],
        base[0].expand(5, 6),
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([1 + 2j]).conj().imag,
    ):
        assert torch.equal(there_and_back(value), value)
    swapped = np.arange(5, dtype=">i4")
    assert np.array_equal(there_and_back(swapped), swapped)
    assert np.array_equal(
        there_and_back(np.arange(12).reshape(3, 4).T), np.arange(12).reshape(3, 4).T
    )


def test_nan_and_infinity_stay():
    result = there_and_back([float("nan"), torch.tensor([float("nan"), float("-inf")])])
    assert result[0] != result[0] and result[1].isnan().tolist() == [True, False]


def test_boolean_bytes_other_than_one_are_read_as_true():
    result = Unpacker(bytearray([0, 1, 2, 255] + [0] * 12)).tensor(
        m.TensorNote(DTYPES.index(torch.bool), [4])
    )
    assert result.tolist() == [False, True, True, True] and result.sum() == 3


def test_networks_come_back_as_state_or_as_network():
    net = network(Draw(1), (3, 4, 2), heads=2)
    (net(torch.ones(1, 3, dtype=torch.float64))[0]).sum().backward()
    state = there_and_back(net.state())
    assert isinstance(state, NetworkState) and state.sizes == (3, 4, 2)
    for got, wanted in zip(state.parameters, net.parameters()):
        assert torch.equal(got, wanted)
    assert [g is None for g in state.gradients] == [p.grad is None for p in net.parameters()]
    live = there_and_back([net])[0]
    assert type(live) is Network and torch.equal(live.heads[1].weight, net.heads[1].weight)


# What is refused, and how it is said.


@pytest.mark.parametrize(
    "header",
    [
        b"", b"\xc1", b"\xff" * 20, msgspec.msgpack.encode(["verdict", "passed"]),
        msgspec.msgpack.encode({"tag": "answer"}),
        msgspec.msgpack.encode(["answer"]), msgspec.msgpack.encode(["answer", 1, 2]),
        msgspec.msgpack.encode(["answer", 2**63]),
        msgspec.msgpack.encode(["answer", [1, 2]]), msgspec.msgpack.encode(["answer", b"bytes"]),
        msgspec.msgpack.encode(["raised", [], "x"]),
        msgspec.msgpack.encode(["answer", ["t", -1, [2]]]), msgspec.msgpack.encode(["answer", ["t",
        0, [-2]]]),
        msgspec.msgpack.encode(["answer", ["s", [["l", []]]]]),
        b"\x92\xa6answer" + b"\x92\xa1l\x91" * 20_000,
        b"\x92\xa6answer\x92\xa1l\xdd\xff\xff\xff\xff", b"\x92\xa6answer\xa3\xed\xa0\x80",
        b"\x92\xa6answer\xc7\x01\x05\x00",
    ],
    ids=range(18),
)  # fmt: skip
def test_a_message_outside_the_schema_is_refused(header):
    with pytest.raises(WireError, match="a message outside the schema"):
        received(frame(header))


def test_an_unknown_kind_of_message_is_named():
    with pytest.raises(WireError, match="Invalid value 'verdict'"):
        received(frame(msgspec.msgpack.encode(["verdict", "passed"])))


@pytest.mark.parametrize(
    "raw",
    [
        frame(b"x", magic=b"oops"),
        PREFIX.pack(MAGIC, 1, MAX_HEADER + 1, 0),
        PREFIX.pack(MAGIC, 1, 1, MAX_BUFFER + 1),
        PREFIX.pack(MAGIC, 1, 1, 2**63),
    ],
    ids=["magic", "header", "buffer", "huge"],
)
def test_a_bad_frame_is_refused_before_anything_is_allocated(raw):
    with pytest.raises(WireError, match="a bad frame"):
        received(raw)


def test_a_frame_that_ends_early_is_a_closed_connection():
    with pytest.raises(WireError, match="the connection is closed"):
        received(frame(b"x" * 10)[:-3])


def test_a_frame_that_drips_ends_at_its_deadline():
    import time

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(PREFIX.pack(MAGIC, 1, 100, 0))
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            Channel(ours, m.Reply).receive(deadline=started + 0.1)
        assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (m.TensorNote(99, [1]), "unknown dtype"),
        (m.TensorNote(0, [3]), "larger than what was sent"),
        (m.TensorNote(0, [2**62, 2**62]), "too large"),
        (m.TensorNote(0, [2**62, 2**62, 0]), "too large"),
        (m.TensorNote(0, [2**62, 0]), "too large"),
        (m.ArrayNote("|O", [1]), "unknown dtype"),
        (m.ArrayNote("<f8", [1] * 33), "too many dimensions"),
        (
            m.ListNote(
                [
                    m.NetworkNote(
                        False,
                        m.StructureNote([], [["linear", 1, 1]], [], [], False),
                        False,
                        True,
                        [m.TensorNote(0, [1, 1]), m.TensorNote(0, [1])],
                        [True] * 2,
                        [],
                        [],
                        [],
                    )
                ]
            ),
            "inside another value",
        ),
    ],
    ids=range(8),
)
def test_a_note_that_promises_what_is_not_there_is_refused(note, message):
    with pytest.raises(WireError, match=message):
        Unpacker(bytearray(16) if isinstance(note, m.ListNote) is False else bytearray(32)).value(
            note
        )


def test_bytes_that_no_tensor_accounts_for_are_refused():
    unpacker = Unpacker(bytearray(32))
    unpacker.value(m.TensorNote(0, [2]))
    with pytest.raises(WireError, match="no tensor accounts for"):
        unpacker.finish()


def test_nesting_beyond_the_rule_is_refused():
    deep = 1
    for _ in range(33):
        deep = m.ListNote([deep])
    with pytest.raises(Unacceptable, match="more than 32 levels"):
        Unpacker(bytearray()).value(deep)
    for _ in range(10):
        deep = m.ListNote([deep])
    with pytest.raises(WireError, match="nested too deeply"):
        Unpacker(bytearray()).value(deep)


def _structure(hidden=(["linear", 3, 4],), heads=(["linear", 4, 2],), inputs=()):
    return m.StructureNote(list(hidden), list(heads), list(inputs), [], False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"structure": _structure(hidden=[["linear", 3, 5]])}, "replaced or reshaped"),
        ({"structure": _structure(heads=[["linear", 4, 2]] * 3)}, "replaced or reshaped"),
        ({"structure": _structure(inputs=[["batch_norm", 3]])}, "replaced or reshaped"),
        ({"structure": _structure(hidden=[["exec", 3, 4]])}, "layers that are not ours"),
        ({"structure": _structure(hidden=[["linear", 3, "4"]])}, "layers that are not ours"),
        ({"structure": _structure(hidden=[["linear", 2**60, 4]])}, "layers that are not ours"),
        ({"structure": _structure(hidden=[["linear"]])}, "layers that are not ours"),
        ({"requires_grad": [True]}, "replaced or reshaped"),
        ({"leaf": [True] * 3}, "replaced or reshaped"),
    ],
)
def test_a_network_that_is_not_what_its_sizes_say_is_refused(change, message):
    packer = Packer()
    note = packer.value(network(Draw(1), (3, 4, 2)).state())
    for name, value in change.items():
        setattr(note, name, value)
    with pytest.raises(Unacceptable, match=message):
        Unpacker(bytearray(b"".join(map(bytes, packer.buffers)))).value(note)


def test_a_network_of_integers_or_with_odd_gradients_is_refused():
    state = network(Draw(1), (2, 1)).state()
    whole = NetworkState(
        *[getattr(state, f) for f in ("structure", "record", "training")],
        tuple(p.long() for p in state.parameters),
        (False, False),
    )
    odd = NetworkState(
        *[getattr(state, f) for f in ("structure", "record", "training", "parameters")],
        (True, True),
        (torch.ones(7), None),
        (True, True),
    )
    with pytest.raises(Unacceptable, match="real floating-point"):
        there_and_back(whole)
    with pytest.raises(Unacceptable, match="another shape or dtype"):
        there_and_back(odd)


def test_what_cannot_be_packed_says_so():
    with pytest.raises(Unacceptable, match="dtype float128 cannot"):
        Packer().value(np.ones(1, dtype=np.longdouble))
    with pytest.raises(Unacceptable, match="type object cannot be sent"):
        Packer().value(object())


def test_a_value_too_large_for_a_frame_is_refused_where_it_is_made():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Unacceptable, match="more than 4 MB beside its tensors"):
        Channel(ours, m.Request).send(1, m.Answer(m.ListNote(["x" * 100_000] * 50)))
