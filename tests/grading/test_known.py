"""Who answers as somebody before did is asked the same and told the same, and nothing is learned
from anything else.
"""

from dataclasses import replace

import pytest
import torch

from graders.core.engine import run_check
from graders.core.exercise import check
from graders.core.fixtures import network
from graders.core.host import Host
from graders.core.language import Tongue, speaking
from graders.core.verdict import Died, TimedOut
from graders.grading.grade import grade
from graders.grading.known import Known, Unsteady, digest
from tests.grading.test_grade import ELBO, HOMEWORK, KL, REPARAMETERIZE, THREE, LocalSubmission

KEY = "key/vae"
CODES = {
    "right": REPARAMETERIZE + KL + ELBO,
    "wrong kl": REPARAMETERIZE + KL.replace("0.5 *", "1.0 *") + ELBO,
    "wrong sample": REPARAMETERIZE.replace("0.5 *", "1.0 *") + KL + ELBO,
    "wrong bound": REPARAMETERIZE + KL + ELBO.replace(" / n_samples", ""),
    "raises": REPARAMETERIZE + KL.replace("return", "raise ValueError('no') or") + ELBO,
    "float32": REPARAMETERIZE + KL.replace(".sum(-1)", ".sum(-1).float()") + ELBO,
    "missing": REPARAMETERIZE + ELBO,
    "nothing": REPARAMETERIZE + KL.replace("return", "") + ELBO,
    "counts": REPARAMETERIZE + ELBO + "calls = []\n" + KL.replace(
        "    return", "    calls.append(1)\n    return len(calls) // 9 +"),
}  # fmt: skip


class Watched(LocalSubmission):
    """Notes what each branch was asked."""

    def __init__(self, code):
        super().__init__(code)
        self.asked = []

    def branch(self, exercise):
        return self._noting(super().branch(exercise))

    def _noting(self, branch):
        asked = self.asked

        class Noting:
            def __enter__(self):
                host = branch.__enter__()
                call, vjp = host.call, host.vjp

                def noted_call(request):
                    asked.append((request.name, request.seed, digest(request)))
                    return call(request)

                def noted_vjp(handle, gradients, create_graph):
                    asked.append(("vjp", digest(gradients), create_graph))
                    return vjp(handle, gradients, create_graph)

                host.call, host.vjp = noted_call, noted_vjp
                return host

            def __exit__(self, *error):
                return branch.__exit__(*error)

        return Noting()


def graded(code, known):
    submission = Watched(code)
    grades = grade(HOMEWORK, submission, course_key="key", only=THREE, known=known)
    plain = [
        replace(
            each,
            verdicts=tuple(replace(v, seconds=0.0) for v in each.verdicts),
            as_handed_in=tuple(replace(v, seconds=0.0) for v in each.as_handed_in),
        )
        for each in grades
    ]
    return plain, submission.asked


@pytest.fixture(scope="module")
def known():
    return Known()


@pytest.mark.parametrize("name", CODES)
def test_grades_and_questions_are_those_without_a_memory(name, known):
    alone = graded(CODES[name], None)
    assert graded(CODES[name], known) == alone
    assert graded(CODES[name], known) == alone


def test_a_memory_that_is_full_changes_nothing():
    small = Known(20_000)
    for name in ("right", "wrong kl", "right"):
        assert graded(CODES[name], small) == graded(CODES[name], None)


def hidden_checks():
    return [(entry, check) for entry in HOMEWORK.graded for check in entry.hidden]


def same(one, other):
    return replace(one, seconds=0.0) == replace(other, seconds=0.0)


@pytest.mark.parametrize("entry", HOMEWORK.graded, ids=lambda entry: entry.name)
def test_checks_say_to_references_and_mistakes_what_they_said_before(entry, known):
    checks = {check.name: check for check in entry.hidden}
    cases = [(HOMEWORK.right.host().namespace[entry.name], c) for c in entry.hidden[:4]]
    cases += [(mistake.value, checks[mistake.caught_by]) for mistake in entry.misconceptions]
    for value, each in cases:
        given = {"key": KEY, "public": False, "right": HOMEWORK.right}
        alone = run_check(each, Host({entry.name: value}), **given)
        first, again = (known.judge(each, Host({entry.name: value}), **given) for _ in range(2))
        assert same(first, alone)
        assert again is first


def runs_of(function):
    """A check that counts how often it runs, and the list that counts."""
    runs = []

    @check("kl_standard_normal", "It counts.")
    def counted(student, draw):
        runs.append(1)
        function(student, draw)

    return replace(counted, name="counted"), runs


def twice(student, draw):
    value = student.f(draw.normal(3))
    student.f(value * 2)


def judged(known, each, **functions):
    return known.judge(each, Host(functions), key=KEY, public=False)


def test_a_check_runs_once_for_the_same_answers_and_again_for_others():
    known, (each, runs) = Known(), runs_of(twice)
    for function in (lambda x: 2 * x, lambda x: x + x):
        judged(known, each, f=function)
    assert len(runs) == 1
    judged(known, each, f=lambda x: 2 * x + 1e-15)
    assert len(runs) == 2


def test_other_stand_ins_another_key_check_or_language_is_another_memory():
    known, (each, runs) = Known(), runs_of(twice)
    host = Host({"f": lambda x: x})
    known.judge(each, host, key="a", public=False)
    known.judge(each, host, key="b", public=False)
    known.judge(each, host, key="a", public=True)
    known.judge(each, host, key="a", public=False, beside=(("kl", "f", 1.0),))
    with speaking(Tongue("de")):
        known.judge(each, host, key="a", public=False)
    assert len(runs) == 5


def test_gradients_are_answers_too():
    def slopes(student, draw):
        x = draw.normal(3).requires_grad_()
        (found,) = torch.autograd.grad(student.f(x).sum(), [x], create_graph=True)
        found.sum().backward()

    class Other(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, slope):
            return slope * 2 * ctx.saved_tensors[0] ** 2

    known, (each, runs) = Known(), runs_of(slopes)
    for function in (lambda x: x**3, lambda x: x**3, Other.apply, Other.apply):
        judged(known, each, f=function)
    assert len(runs) == 2


def test_the_sign_of_zero_a_dtype_and_a_flag_are_part_of_an_answer():
    zero = torch.zeros(2)
    answers = [zero, -zero, zero.double(), zero[:1], zero.clone().requires_grad_(), [zero], (zero,),
               0, 0.0, -0.0, False, None, "0", {"0": 0}, zero.numpy()]  # fmt: skip
    assert len({digest(answer) for answer in answers}) == len(answers)


def test_a_check_that_draws_from_elsewhere_is_found_out():
    seeds = iter(range(9))

    def unsteady(student, draw):
        student.f(torch.ones(3), seed=next(seeds))
        student.f(torch.ones(3), seed=next(seeds))

    known, (each, _) = Known(), runs_of(unsteady)
    judged(known, each, f=lambda x: x)
    answers = iter([1.0, 2.0])
    with pytest.raises(Unsteady, match="counted"):
        judged(known, each, f=lambda x: x * next(answers))


def test_what_a_check_changes_in_place_afterwards_is_asked_as_it_was():
    def nudges(student, draw):
        net = network(draw, (3, 4, 1))
        x = draw.normal(5, 3)
        for _ in range(2):
            student.f(x, net)
            with torch.no_grad():
                x += 1
                next(net.parameters()).mul_(2)

    known, (each, runs) = Known(), runs_of(nudges)
    for _ in range(3):
        judged(known, each, f=lambda x, net: net(x))
    assert len(runs) == 1


class Ends(Host):
    """A host whose function ends the process, or takes too long, in one of its calls."""

    def __init__(self, error, at):
        super().__init__({"f": lambda x: 2 * x})
        self._error, self._at = error, at

    def call(self, request):
        self._at -= 1
        if self._at < 0:
            raise self._error
        return super().call(request)


@pytest.mark.parametrize("error", [TimedOut("too long"), Died("ended")], ids=["late", "died"])
@pytest.mark.parametrize("at", [0, 1])
def test_no_answer_is_no_answer_to_remember(error, at):
    known, (each, runs) = Known(), runs_of(twice)
    given = {"key": KEY, "public": False}
    for host in (Ends(error, at), Ends(error, at), Host({"f": lambda x: 2 * x}), Ends(error, at)):
        alone = run_check(each, type(host)(error, at) if isinstance(host, Ends) else host, **given)
        assert same(known.judge(each, host, **given), alone)
    assert len(runs) == 8 and known.judge(each, Ends(error, 2), **given).passed and len(runs) == 8


def hostile():
    """Answers of kinds that no check asks for."""
    deep = []
    for _ in range(40):
        deep = [deep]
    return {
        "raises": lambda *a: 1 / 0, "exits": lambda *a: exit(), "nothing": lambda *a: None,
        "itself": lambda *a: hostile, "deep": lambda *a: deep, "text": lambda *a: "\x1b[2J",
        "nan": lambda *a: torch.full((3,), torch.nan), "empty": lambda *a: torch.empty(0, 3),
        "complex": lambda *a: torch.ones(3, dtype=torch.complex128), "set": lambda *a: {1, "a"},
        "dict": lambda *a: {"a": [torch.ones(2), (1, 2.5)]}, "bool": lambda *a: torch.ones(3) > 0,
        "raises a name": lambda *a: (_ for _ in ()).throw(type("Odd\n", (Exception,), {})("x")),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_hostile_answers_are_judged_as_they_are_without_a_memory(name, known):
    entry = HOMEWORK.entry("kl_standard_normal")
    for each in entry.hidden[:6]:
        given = {"key": KEY, "public": False, "right": HOMEWORK.right}
        host = Host({entry.name: hostile()[name]})
        alone = run_check(each, host, **given)
        for _ in range(2):
            assert same(known.judge(each, host, **given), alone)
