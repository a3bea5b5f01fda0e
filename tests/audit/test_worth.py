"""What an exercise is worth by itself is told at home, from numbers that a test renews."""

import torch

from graders.audit import worth as audit
from graders.core.home import report_on
from graders.core.worth import label, outcomes, stand_ins
from graders.grading.catalogue import load_homework
from reference import elbo as right_elbo

RENEW = "run `python -m graders.audit.worth`"
SOURCE = """
import torch
def kl_standard_normal(mu, logvar):
    return (logvar.exp() + mu.square() - 1 - logvar).sum(-1)
def reparameterize(mu, logvar):
    return mu + (logvar / 2).exp() * torch.randn_like(mu)
def bernoulli_log_likelihood(x, logits):
    return (x * logits - torch.nn.functional.softplus(logits)).sum(-1)
def elbo(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *mu.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) SIGN kl_standard_normal(mu, logvar)
"""


def notebook(sign):
    namespace = {}
    exec(SOURCE.replace("SIGN", sign), namespace)
    return namespace


def test_the_table_of_an_exercise_is_up_to_date():
    homework = load_homework("vae")
    entry = homework.entry("elbo")
    for names in (("kl_standard_normal",), ("bernoulli_log_likelihood", "kl_standard_normal")):
        assert audit._of(entry, homework, names) == outcomes()["elbo"][label(names)], RENEW


def test_every_exercise_that_calls_others_is_in_the_tables():
    for name in ("vae", "gan"):
        homework = load_homework(name)
        for entry in homework.entries:
            if entry.exercise.kind == "F" and (sets := list(audit._sets(entry))):
                assert set(map(label, sets)) == set(outcomes()[entry.name]), RENEW


def test_a_right_bound_over_a_wrong_divergence_is_worth_all_its_checks():
    namespace = notebook("-")
    before = dict(namespace)
    report = report_on("elbo", namespace)
    assert report.causes == ("kl_standard_normal",) and report.passed < len(report.findings)
    assert "With a right `kl_standard_normal` it would pass all " in report.first
    assert namespace == before  # the notebook keeps its own functions


def test_a_wrong_bound_over_a_wrong_divergence_is_worth_less():
    report = report_on("elbo", notebook("+"))
    assert report.worth.passes < report.worth.checks and "of its" in report.first


def test_a_stand_in_is_wrong():
    mu = torch.ones(2, 3, dtype=torch.float64)
    function = audit.replacement("kl_standard_normal")
    assert "kl_standard_normal" in stand_ins()
    assert not torch.allclose(function(mu, mu), right_elbo.kl_standard_normal(mu, mu))
