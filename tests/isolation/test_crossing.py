"""What may cross is one rule: of every kind of argument and result, the function of a notebook and
that of a worker say the same, and what only one of them could take, a check cannot pass.
"""

import collections

import numpy as np
import pytest
import torch

from graders.core.draw import Draw
from graders.core.engine import run_check
from graders.core.exercise import check
from graders.core.fixtures import Network, Structure, dense, network
from graders.core.host import Host
from graders.core.student import Student, local
from graders.core.verdict import Status, StudentError, Unacceptable

SUBMISSION = """\
import collections, enum
import numpy as np
import torch

Pair = collections.namedtuple("Pair", "mean variance")
class Level(enum.IntEnum):
    LOW = 1
class Text(str):
    pass

def kind(value):
    return type(value).__name__

def same(value):
    return value

def in_place(values):
    values[0] = 7.0
    return values

def call(model, x, t):
    return model(x, t)

def call_by_name(model, x, t):
    return model(t=t, x=x)

def one_by_one(model, x, t):
    return torch.cat([model(x[i:i + 1], t[i]) for i in range(len(x))])

def mapped(model, x, t):
    return torch.func.vmap(model)(x, t)

def apply(model, x):
    return model(x)

def trains(model, x):
    model.train()
    out = model(x)
    out.square().sum().backward()
    return out.detach()

def slope(energy, x):
    x = x.detach().requires_grad_()
    return -torch.autograd.grad(energy(x).sum(), x, create_graph=True)[0]

def named(x, *, power, network=None):
    return x ** power if network is None else network(x) ** power

def result(number):
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]])
    return [
        Pair(x, 2.0), x.shape, torch.max(x, 1), collections.OrderedDict(a=x),
        collections.defaultdict(list, {"a": [1]}), collections.Counter("aab"), Level.LOW, Text("x"),
        {Level.LOW: 1}, np.float32(0.5), np.int64(3), np.arange(3), np.array(2.5), np.str_("a"),
        np.longdouble(2.5), np.ones(2, np.longdouble), np.array(["a"]), np.array([b"a"]),
        np.array([None]), x.numpy(), 1 + 2j, b"ab", range(3), (i for i in range(3)), torch.float32,
        Text, torch.nn.Linear(1, 1), torch.distributions.Normal(0.0, 1.0), object(), Ellipsis,
        slice(1), memoryview(b"ab"), np.ones((1,) * 32), np.ones((1,) * 33), torch.ones((1,) * 33),
        torch.ones((1,) * 70), np.arange(3.0).astype(">f8"), np.ones(3)[::2], 2**63, chr(0xD800),
        torch.zeros(1).expand(10**8), torch.zeros(3, 0), torch.ones(2).to_sparse(),
        torch.ones(3, dtype=torch.complex64).conj(), torch.ones(2, dtype=torch.uint16),
        [torch.ones(1)] * 4097, np.ma.masked_array([1.0], [True]), np.uint64(2**64 - 1),
        {(1, 2): 3}, {frozenset([1]): 1}, np.ones(2, [("a", "f8")]), torch.ones(2, device="meta"),
    ][number]
"""
RESULTS = 52


@pytest.fixture(scope="module")
def pair(grounds):
    """The submission in this process and in a worker."""
    namespace = {}
    exec(SUBMISSION, namespace)
    with grounds.open([SUBMISSION]) as submission, submission.branch() as host:
        yield local(namespace, 5), Student(host, 5)


def said(action):
    """What a call gives, its errors too, so that two places can be compared."""
    try:
        return shown(action())
    except StudentError as error:
        return error.kinds, error.text.split(" (line")[0]


def shown(value):
    if isinstance(value, torch.Tensor):
        return "tensor", value.dtype, value.requires_grad, value.tolist()
    if isinstance(value, np.ndarray):
        return "array", value.dtype, value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value), list(map(shown, value))
    if isinstance(value, dict):
        return dict, [(key, shown(item)) for key, item in value.items()]
    return type(value), value


@pytest.mark.parametrize("number", range(RESULTS))
def test_a_result_is_the_same_or_refused_in_the_same_words(pair, number):
    here, there = [said(lambda s=s: s.result(number)) for s in pair]
    assert here == there


def test_what_derives_from_a_built_in_type_crosses_as_that_type(pair):
    for student in pair:
        mean, variance = student.result(0)
        assert mean.shape == (2, 2) and variance == 2.0
        assert student.result(1) == (2, 2) and type(student.result(3)) is dict
        assert student.result(4) == {"a": [1]}


PASSABLE = [
    None, True, 3, 2.5, "text", [1, [2.0]], (1, (2,)), {"a": [1]}, {1, 2}, frozenset("ab"),
    np.float64(0.5), np.int64(3), np.bool_(True), np.arange(3.0), np.array(2.5), torch.Size([2]),
    collections.OrderedDict(a=1),
    torch.arange(3), torch.eye(2), torch.nn.Parameter(torch.ones(2)), torch.tensor(True),
]  # fmt: skip
NOT_PASSABLE = [
    len, lambda x: x, torch.nn.Linear(1, 1), torch.Generator(), torch.distributions.Normal(0.0, 1),
    1 + 2j, b"ab", np.array(["a"]), object(), range(3), iter([1]), torch.float64, 2**70,
    torch.eye(2).to_sparse(),
    [network(Draw(1), (1, 1))], {"net": network(Draw(1), (1, 1))},
]  # fmt: skip


@pytest.mark.parametrize("value", PASSABLE, ids=lambda v: type(v).__name__)
def test_an_argument_arrives_as_the_same_kind_in_both_places(pair, value):
    here, there = [(s.kind(value), shown(s.same(value))) for s in pair]
    assert here == there


@pytest.mark.parametrize("value", NOT_PASSABLE, ids=lambda v: type(v).__name__)
def test_what_cannot_reach_a_worker_is_a_fault_of_the_check_at_home_and_in_the_audit_too(value):
    passes = check("kind", "It takes anything.")(lambda student: student.kind(value))
    namespace = {}
    exec(SUBMISSION, namespace)
    verdict = run_check(passes, Host(namespace), key="k", public=False)
    assert (
        verdict.status is Status.GRADER_FAULT and "kind is called by its check" in verdict.message
    )


def test_arguments_of_the_check_stay_its_own(pair):
    for student in pair:
        for value in (np.arange(3.0), [1.0, 2.0], torch.arange(3.0)):
            student.in_place(value)
            assert value[0] != 7.0


def denoiser(draw, **more):
    inputs = {"x": ("reals",), "t": ("embedding", 10, 4)}
    return network(draw, (7, 8, 3), inputs=inputs, **more)


def test_a_network_of_reals_and_integers_gives_the_same_however_it_is_called(pair):
    draw = Draw(1)
    model, x = denoiser(draw), draw.normal(5, 3).requires_grad_()
    t = torch.tensor([0, 9, 3, 3, 7])
    wanted = model(x, t)
    slopes = torch.autograd.grad(wanted.square().sum(), [x, *model.parameters()])
    for student in pair:
        for name in ("call", "call_by_name", "one_by_one", "mapped"):
            got = getattr(student, name)(model, x, t)
            torch.testing.assert_close(got, wanted)
            found = torch.autograd.grad(got.square().sum(), [x, *model.parameters()])
            for one, other in zip(found, slopes):
                torch.testing.assert_close(one, other)


def test_what_a_network_does_not_take_is_the_callers_error(pair):
    draw = Draw(1)
    model, x, t = denoiser(draw), draw.normal(5, 3), torch.arange(5)
    here, there = [said(lambda s=s: s.apply(model, x)) for s in pair]
    assert here == there and here[0][0] == "TypeError"
    assert "takes the inputs (x, t)" in here[1]
    for wrong in (t.double(), t + 10):
        assert [said(lambda s=s, w=wrong: s.call(model, x, w))[0][0] for s in pair] in (
            ["RuntimeError"] * 2,
            ["IndexError"] * 2,
        )


@pytest.mark.parametrize(
    "structure",
    [
        Structure(
            (("convolution", 2, 3, 3),), (("convolution", 3, 2, 1), ("convolution", 3, 1, 3))
        ),
        Structure((("linear", 4, 5), ("layer_norm", 5)), (("linear", 5, 2),)),
        Structure((("linear", 4, 5), ("batch_norm", 5)), (("linear", 5, 2), ("linear", 5, 1))),
        Structure((("scale", 4),), (("linear", 4, 3),)),
        dense((4, 6, 1), inputs={"x": ("reals",)}, squeeze=True),
    ],
    ids=["convolution", "layer norm", "batch norm", "scale", "energy"],
)
def test_every_layer_crosses_with_its_parameters_buffers_and_gradients(pair, structure):
    net = network(Draw(3), structure)
    image = structure.hidden[0][0] == "convolution"
    x = Draw(4).normal(*((3, 2, 4, 4) if image else (3, 4)))
    wanted = net(x)
    found = []
    for student in pair:
        assert shown(
            student.apply(Network.from_state(network(Draw(3), structure).state()), x)
        ) == shown(wanted)
        if not isinstance(wanted, tuple):
            seen = student.observe("trains", network(Draw(3), structure), x)
            after = seen.arguments[0]
            found.append(
                [shown(p.grad) for p in after.parameters()] + [shown(b) for b in after.buffers()]
            )
    assert found[:1] == found[1:]


def test_the_slope_of_an_energy_is_differentiable_in_its_parameters(pair):
    energy = network(Draw(5), (2, 6, 1), squeeze=True)
    x = Draw(6).normal(4, 2)
    found = []
    for student in pair:
        score = student.slope(energy, x)
        found.append(
            [
                shown(g)
                for g in torch.autograd.grad(
                    score.square().sum(), list(energy.parameters()), allow_unused=True
                )
                if g is not None
            ]
        )
    assert found[0] == found[1] and len(found[0]) == 3


def test_arguments_by_name_arrive_by_name_with_their_gradients(pair):
    x, net = torch.ones(2, 3, dtype=torch.float64, requires_grad=True), network(Draw(7), (3, 2))
    found = []
    for student in pair:
        value = student.named(x, power=3)
        other = student.named(x, network=net, power=2)
        gradients = torch.autograd.grad(other.sum(), [x, *net.parameters()])
        found.append([shown(value), shown(other), *map(shown, gradients)])
        assert isinstance(student.observe("named", x, power=2, network=net).arguments[2], Network)
    assert found[0] == found[1]


def test_a_submission_cannot_name_layers_that_are_not_ours(pair):
    for student in pair:
        with pytest.raises(Unacceptable):
            student.result(26)
