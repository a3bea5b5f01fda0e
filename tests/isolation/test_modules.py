"""Classes as submissions: a module made and called in a worker does what it does in this process,
and its parameters are the check's.
"""

import pytest
import torch

from graders.core.host import Host
from graders.core.student import Student, local
from graders.core.verdict import Missing, StudentError, Unacceptable

SUBMISSION = """\
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self, inputs, latents, *, hidden=4):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.Tanh())
        self.mean, self.logvar = nn.Linear(hidden, latents), nn.Linear(hidden, latents)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        h = self.drop(self.body(x))
        return self.mean(h), self.logvar(h)

    def sample(self, x, scale=1.0):
        mean, logvar = self(x)
        return mean + scale * (logvar / 2).exp() * torch.randn_like(mean)

class Tied(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(n, n, bias=False), nn.Linear(n, n, bias=False)
        self.decoder.weight = self.encoder.weight

    def forward(self, x):
        return self.decoder(self.encoder(x))

class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]

class Changing(nn.Module):
    def __init__(self):
        super().__init__()
        name = "w" + str(torch.randint(10**9, ()).item())
        self.register_parameter(name, nn.Parameter(torch.ones(1)))

    def forward(self, x):
        return x

class Score:
    pass

def function(x):
    return x
"""
NAMES = {}
exec(SUBMISSION, NAMES)


@pytest.fixture(scope="module")
def pair(grounds):
    """The submission in this process and in a worker."""
    with grounds.open([SUBMISSION]) as submission, submission.branch() as host:
        yield local(dict(NAMES), 5), Student(host, 5)


def both(pair, action):
    here, there = (action(student) for student in pair)
    assert torch.equal(here, there)
    return here


def inputs():
    return torch.linspace(-1, 1, 15).reshape(5, 3)


def test_parameters_are_those_of_its_constructor_under_the_seed_and_have_its_names(pair):
    for student in pair:
        model = student.module("Encoder", 3, 2, hidden=6, seed=1)
        torch.manual_seed(1)
        own = NAMES["Encoder"](3, 2, hidden=6)
        named, wanted = dict(model.named_parameters()), dict(own.named_parameters())
        assert list(named) == list(wanted)
        assert all(p.is_leaf and p.requires_grad for p in named.values())
        assert {n: p.shape for n, p in named.items()} == {n: p.shape for n, p in wanted.items()}


def test_its_values_and_gradients_are_those_of_a_module_with_the_same_state(pair):
    for student in pair:
        model = student.module("Encoder", 3, 2).eval()
        own = NAMES["Encoder"](3, 2).eval()
        own.load_state_dict(model.state_dict())
        x = inputs().requires_grad_()
        for got, wanted in zip(model(x), own(x), strict=True):
            assert torch.allclose(got, wanted)
        slopes = torch.autograd.grad(model(x)[0].square().sum(), [x, *model.parameters()],
                                     allow_unused=True)  # fmt: skip
        wanted = torch.autograd.grad(own(x)[0].square().sum(), [x, *own.parameters()],
                                     allow_unused=True)  # fmt: skip
        assert [s is None for s in slopes] == [w is None for w in wanted]
        assert all(torch.allclose(s, w) for s, w in zip(slopes, wanted) if w is not None)


def test_an_optimizer_of_the_check_trains_it(pair):
    for student in pair:
        model = student.module("Encoder", 3, 2)
        optimizer = torch.optim.SGD(model.parameters(), 0.05)
        losses = []
        for _ in range(12):
            loss = model.eval()(inputs())[0].square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < 0.5 * losses[0]


def test_buffers_stay_as_a_call_left_them_and_the_mode_is_the_checks(pair):
    model = pair[1].module("Encoder", 3, 2)
    before = model.state_dict()
    model.eval()(inputs())
    assert torch.equal(before["body.1.running_mean"], model.state_dict()["body.1.running_mean"])
    model.train()(inputs())
    model(inputs())
    after = model.state_dict()
    assert not torch.equal(before["body.1.running_mean"], after["body.1.running_mean"])
    assert after["body.1.num_batches_tracked"] == 2


def test_methods_take_keywords_and_noise_follows_the_seed(pair):
    def sampled(student):
        model = student.module("Encoder", 3, 2, seed=3).eval()
        first, second, other = (model.sample(inputs(), scale=2.0, seed=s) for s in (7, 7, 8))
        assert torch.equal(first, second) and not torch.equal(first, other)
        return first.detach()

    both(pair, sampled)


def test_shared_parameters_are_one_and_recurrent_layers_see_theirs(pair):
    for student in pair:
        tied = student.module("Tied", 3)
        (weight,) = tied.parameters()
        tied.fill(lambda name, p: 2 * torch.eye(3))
        assert torch.equal(tied(inputs()), 4 * inputs())
        (slope,) = torch.autograd.grad(tied(inputs()).sum(), [weight])
        assert slope.shape == (3, 3) and slope.any()
        recurrent = student.module("Sequence").fill(lambda name, p: torch.zeros_like(p))
        out = recurrent(torch.ones(2, 4, 2))
        assert out.shape == (2, 4, 3) and not out.any() and out.requires_grad


def test_it_may_be_made_in_float64(pair):
    both(pair, lambda s: s.module("Tied", 3, seed=1).to(torch.float64)(inputs().double()).detach())


@pytest.mark.parametrize(
    ("name", "said"),
    [("Nothing", "no class named `Nothing`"), ("function", "`function` is a function, not a class"),
     ("Score", "`Score` is a class, not a class that extends")],
)  # fmt: skip
def test_what_is_no_module_is_missing(pair, name, said):
    for student in pair:
        with pytest.raises(Missing, match=said):
            student.module(name, 3)


def test_errors_are_the_submissions_and_say_how_it_was_called(pair):
    for student in pair:
        model = student.module("Encoder", 3, 2)
        with pytest.raises(StudentError) as raised:
            model(torch.ones(5, 4))
        assert raised.value.call == "Encoder(3, 2)(float32 (5, 4))"
        with pytest.raises(StudentError) as raised:
            model.decode(inputs())
        assert raised.value.kinds[0] == "AttributeError"
        with pytest.raises(StudentError) as raised:
            student.module("Encoder")
        assert raised.value.kinds[0] == "TypeError" and raised.value.call == "Encoder()"
        with pytest.raises(Unacceptable, match="other names each time"):
            student.module("Changing", seed=1)(inputs())


@pytest.mark.parametrize(
    "state",
    [None, [], {}, {"parameters": 1, "buffers": {}}, {"parameters": {"a": 1.0}, "buffers": {}},
     {"parameters": {1: torch.ones(1)}, "buffers": {}},
     {"parameters": {"a": torch.ones(1, dtype=torch.int64)}, "buffers": {}}],
    ids=range(7),
)  # fmt: skip
def test_a_state_that_a_hostile_worker_makes_up_is_refused(state):
    class Liar(Host):
        def _function(self, name):
            return lambda *given: state

    with pytest.raises(Unacceptable):
        Student(Liar({})).module("Encoder")
