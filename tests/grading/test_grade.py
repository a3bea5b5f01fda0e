"""One submission to one grade: shares, stand-ins, diagnosis, grader faults. In this process,
without isolation.
"""

import functools
import inspect
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from graders.core.artefacts import ArtefactHost
from graders.core.exercise import check
from graders.core.host import Host
from graders.grading.catalogue import UnknownName, load_homework, load_topic, reference_module
from graders.grading.grade import grade, in_order

HOMEWORK = load_homework("vae")
RIGHT = {entry.name: entry.solution for entry in HOMEWORK.graded}


class LocalBranch(Host):
    broken = False

    def stand_in(self, topic, name, coefficients, conventions=()):
        found = next(e.stand_in for e in load_topic(topic) if e.name == name)
        names = list(inspect.signature(found.function).parameters)[-found.coefficients :]
        self.replace(name, functools.partial(found.function, **dict(zip(names, coefficients))))


class LocalSubmission:
    """Source code that every branch runs anew, as a worker does."""

    def __init__(self, code):
        self.code = code

    def names(self, names):
        namespace = self._run()
        return {name for name in names if name in namespace}

    @contextmanager
    def branch(self, exercise):
        yield LocalBranch(self._run())

    def seal(self):
        pass

    def _run(self):
        namespace = {}
        exec("import math\nimport torch\nimport torch.nn.functional as F\n" + self.code, namespace)
        return namespace


REPARAMETERIZE = (
    "def reparameterize(mu, logvar):\n    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)\n"
)
KL = (
    "def kl_standard_normal(mu, logvar):\n    return 0.5 * (mu**2 + logvar.exp() - 1 -"
    " logvar).sum(-1)\n"
)
ELBO = """
def elbo(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    total = 0
    for _ in range(n_samples):
        z = reparameterize(mu, logvar)
        total = total - F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(-1)
    return total / n_samples - kl_standard_normal(mu, logvar)
"""
THREE = ("reparameterize", "kl_standard_normal", "elbo")


def graded(code, only=THREE, homework=HOMEWORK):
    return {e.name: e for e in grade(homework, LocalSubmission(code), course_key="test", only=only)}


def test_right_code_earns_everything():
    assert all(e.share == 1.0 and not e.note for e in graded(REPARAMETERIZE + KL + ELBO).values())


@pytest.mark.parametrize(
    "kl",
    [
        KL.replace("0.5 * ", ""),
        KL.replace("return 0.5", "return -0.5"),
        KL.replace(".sum(-1)", ".sum()"),
        "def kl_standard_normal(mu, logvar):\n    raise RuntimeError\n",
        "def kl_standard_normal(mu, logvar):\n    ...\n",
        "",
    ],
    ids=["doubled", "negated", "batch sum", "raising", "empty", "missing"],
)
def test_a_mistake_costs_its_points_once(kl):
    found = graded(REPARAMETERIZE + kl + ELBO)
    assert found["kl_standard_normal"].share <= 0.5
    assert found["elbo"].share == 1.0
    assert (
        found["elbo"].note
        == "Judged with our own `kl_standard_normal` in place of yours: taken by itself, this one"
        " is right."
    )


@pytest.mark.parametrize("std", ["logvar.exp()", "logvar", "(0.5 * logvar).exp().detach()"])
def test_a_wrong_sample_does_not_make_the_bound_wrong(std):
    found = graded(REPARAMETERIZE.replace("(0.5 * logvar).exp()", std) + KL + ELBO)
    assert found["reparameterize"].share <= 0.5 and found["elbo"].share == 1.0


def test_two_wrong_prerequisites_are_both_replaced():
    found = graded(REPARAMETERIZE.replace("randn", "rand") + KL.replace("0.5 * ", "") + ELBO)
    assert (
        found["elbo"].share == 1.0
        and "`reparameterize`" in found["elbo"].note
        and "`kl_standard_normal`" in found["elbo"].note
    )


def test_a_bound_that_writes_out_one_prerequisite_and_calls_the_other_wrong_one():
    written_out = ELBO.replace(
        "kl_standard_normal(mu, logvar)", "0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)"
    )
    found = graded(REPARAMETERIZE.replace("randn", "rand") + KL.replace("0.5 * ", "") + written_out)
    assert found["elbo"].share == 1.0 and "`kl_standard_normal`" not in found["elbo"].note


def test_a_mistake_of_its_own_still_counts_and_is_named_beside_a_wrong_prerequisite():
    found = graded(
        REPARAMETERIZE + KL.replace("0.5 * ", "") + ELBO.replace("total / n_samples", "total")
    )
    assert found["elbo"].share <= 0.5 and found["elbo"].diagnosis


INLINE = """
def elbo(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    total = 0
    for _ in range(n_samples):
        z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
        total = total - F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(-1)
    return total / n_samples - (mu**2 + logvar.exp() - 1 - logvar).sum(-1) / 2
"""


def test_a_mistake_beside_a_wrong_prerequisite_costs_what_it_costs_alone():
    once = "def elbo(x, encoder, decoder, n_samples=1):\n    n_samples = 1"
    one_code = ELBO.replace("def elbo(x, encoder, decoder, n_samples=1):", once)
    alone = graded(REPARAMETERIZE + KL + one_code)["elbo"]
    beside = graded(REPARAMETERIZE + KL.replace("0.5 * ", "") + one_code)["elbo"]
    assert beside.share == alone.share > 0
    assert beside.diagnosis == alone.diagnosis != ()


@pytest.mark.parametrize("noise", ["zeros_like", "rand_like", "ones_like"])
def test_right_codes_that_are_written_out_are_not_judged_beside_a_wrong_sample(noise):
    """The loss is written out and has a mistake of its own: nothing of it hangs on the sample."""
    sample = REPARAMETERIZE.replace("randn_like", noise)
    found = graded(sample + KL + INLINE.replace("/ 2", "* 2"))["elbo"]
    alone = graded(REPARAMETERIZE + KL + INLINE.replace("/ 2", "* 2"))["elbo"]
    assert (found.share, found.diagnosis, found.note) == (alone.share, alone.diagnosis, "")
    assert not any("prior" in said.hint for said in found.diagnosis)


def test_a_decoded_mean_buys_nothing_beside_a_wrong_sample():
    wrong = "def model_2(x, encoder, decoder):\n    return decoder(encoder(x)[0])\n"
    sample = "def reparameterize(mu, logvar):\n    return mu\n"
    assert graded(sample + wrong, ("reparameterize", "model_2"))["model_2"].share <= 0.5


def test_the_hint_stands_on_the_first_failed_check():
    found = graded(REPARAMETERIZE + KL.replace("return 0.5", "return -0.5"))["kl_standard_normal"]
    hinted = [v for v in found.verdicts if v.hint and not v.public]
    assert [d.name for d in found.diagnosis] == ["negated"]
    assert (
        len(hinted) == 1 and hinted[0].check == "closed_form" and "opposite sign" in hinted[0].hint
    )


def test_an_unknown_mistake_gets_no_hint():
    found = graded(
        "def kl_standard_normal(mu, logvar):\n    return (mu * 0.123).sum(-1)\n",
        only=("kl_standard_normal",),
    )
    assert found["kl_standard_normal"].diagnosis == () and found["kl_standard_normal"].share <= 0.5


def test_a_fault_of_ours_withholds_one_grade_and_no_other():
    @check("kl_standard_normal", "Our own check is broken.")
    def broken(student):
        raise ZeroDivisionError

    entries = tuple(
        replace(e, hidden=(*e.hidden, broken)) if e.name == "kl_standard_normal" else e
        for e in HOMEWORK.entries
    )
    found = graded(REPARAMETERIZE + KL + ELBO, homework=replace(HOMEWORK, entries=entries))
    assert found["kl_standard_normal"].share is None and found["kl_standard_normal"].points == 0
    assert found["reparameterize"].share == 1.0 and found["elbo"].share == 1.0


def test_prerequisites_come_before_what_requires_them():
    names = [entry.name for entry in in_order(HOMEWORK.graded)]
    for entry in HOMEWORK.graded:
        assert all(
            names.index(name) < names.index(entry.name)
            for name in entry.exercise.requires
            if name in names
        )


def test_the_references_pass_with_every_prerequisite_replaced_by_its_stand_in():
    """Law 4: the reference composed with stand-ins passes every check that can be judged with
    them.
    """
    from graders.core.engine import run_exercise
    from graders.grading.grade import ExerciseGrade
    from graders.grading.stand_ins import Replaced, failed_prerequisites

    for entry in HOMEWORK.graded:
        grades = {e.name: ExerciseGrade(e.name, (), 0.0, 1) for e in HOMEWORK.graded}
        replaced = failed_prerequisites(entry, HOMEWORK, grades)
        if replaced:
            right = Replaced(tuple(replaced), "test").compose(HOMEWORK.right)
            checks = [replace(c, after=()) for c in entry.hidden if c.stand_ins]
            verdicts = run_exercise(
                checks,
                Host({entry.name: right.composed(entry.solution)}),
                key="test",
                public=False,
                right=right,
            )
            assert checks and all(v.passed for v in verdicts), [v for v in verdicts if not v.passed]


def test_unknown_names_list_what_exists():
    with pytest.raises(UnknownName, match="there is no homework 'nothing'; there are vae"):
        load_homework("nothing")
    with pytest.raises(UnknownName, match="has no exercise 'nothing'; it has"):
        HOMEWORK.entry("nothing")


def test_noise_and_networks_are_untouched_by_grading():
    before = torch.get_rng_state()
    graded(REPARAMETERIZE, only=("reparameterize",))
    assert torch.equal(before, torch.get_rng_state())


def test_every_check_of_an_experiment_looks_at_its_file():
    """With the reference's own file every exercise of kind E is right, in the machinery that grades
    submissions.
    """
    homework = load_homework("helmholtz")
    artefacts = ArtefactHost(reference_module("experiments").ARTEFACTS)
    names = tuple(entry.name for entry in homework.graded if entry.exercise.kind == "E")

    class Nothing:
        def names(self, names):
            return set()

        def seal(self):
            pass

        def branch(self, exercise=""):
            raise AssertionError(f"{exercise} needs no function of the submission")

    graded = grade(homework, Nothing(), course_key="key", only=names, artefacts=artefacts)
    assert {exercise.name: exercise.share for exercise in graded} == dict.fromkeys(names, 1.0)


def test_what_a_failed_check_makes_say_nothing_earns_nothing_with_stand_ins(monkeypatch):
    entry = load_homework("gan").entry("jensen_shannon")
    earn = {check.name for check in entry.hidden if check.after}
    form = {check.name for check in (*entry.public, *entry.hidden)} - earn
    monkeypatch.setattr("graders.grading.grade.gates", lambda *_: form)
    code = (
        "def kl_divergence(p, q):\n    return (p - q).square().sum()\n"
        # The value for distributions without a common outcome, and a look at the stand-in.
        "def jensen_shannon(p, q):\n    return math.log(2) + 1e-13 * kl_divergence(p, q)\n"
    )
    two = ("kl_divergence", "jensen_shannon")
    assert graded(code, two, load_homework("gan"))["jensen_shannon"].share == 0.0
