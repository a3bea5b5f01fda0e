"""A wrong answer that combines mistakes is told the largest one that is part of it."""

import pytest

from graders.core.engine import run_check
from graders.core.host import Host
from graders.grading.answered import differences, part_of
from graders.grading.catalogue import load_homework
from graders.grading.diagnosis import diagnose

VAE = load_homework("vae")
FACTS = {
    "bound_for_every_k": True,
    "monotone_in_k": True,
    "always_converges": False,
    "k_1_is_the_elbo": True,
}


def judged(name, value):
    entry = VAE.entry(name)
    check = entry.hidden[-1]
    return entry, run_check(check, Host({name: value}), key="k", public=False, right=VAE.right)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iwae_facts", {**FACTS, "always_converges": True, "monotone_in_k": False}),
        ("kl_properties", {"A", "B", "C", "F", "G"}),
        ("divergence_axioms", {"A", "C"}),
    ],
)
def test_two_mistakes_at_once_are_told_one_of_them(name, value):
    entry, verdict = judged(name, value)
    [mistake] = part_of(entry, verdict)
    form, right = entry.exercise.form, verdict.evidence.wanted
    part = differences(form.read(mistake.value), right)
    assert part < differences(form.read(value), right)
    [found] = diagnose(entry, [verdict], key="k", right=VAE.right)
    assert found.hint == mistake.hint and found.check == verdict.check


def test_an_answer_without_parts_or_without_a_known_one_is_told_nothing():
    assert part_of(*judged("kl_to_itself", 3.0)) == []
    assert part_of(*judged("divergence_axioms", {"B"})) == []
