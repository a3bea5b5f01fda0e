"""Every wrong choice of every answer is told a sentence that teaches, each wrong part of an answer
its own.
"""

import pytest

from graders.authoring.messages import topics
from graders.core import forms
from graders.core.engine import run_check
from graders.core.host import Host
from graders.core.verdict import Failure, Status, Verdict
from graders.grading.answered import differences, parts_of
from graders.grading.catalogue import load_homework, load_topic
from graders.grading.diagnosis import diagnose
from graders.grading.remarks import remark

VAE = load_homework("vae")
FACTS = {
    "bound_for_every_k": True,
    "monotone_in_k": True,
    "always_converges": False,
    "k_1_is_the_elbo": True,
}


def one_wrong_choice(form, right):
    """Every answer with one choice that is wrong, of forms that offer choices."""
    if isinstance(form, forms.Bool):
        return [not right]
    if isinstance(form, forms.Choice):
        return [choice for choice in map(forms.fold, form.choices) if choice != right]
    if isinstance(form, forms.Letters):
        return [frozenset(right ^ {forms.fold(choice)}) for choice in form.choices]
    if isinstance(form, forms.Table):
        wrong = ((key, one_wrong_choice(form.values, right[key])) for key in form.keys)
        return [{**right, key: value} for key, values in wrong for value in values]
    return []


@pytest.mark.parametrize("topic", topics())
def test_every_wrong_choice_has_a_sentence_of_its_own(topic):
    silent = []
    for entry in load_topic(topic):
        if entry.exercise.kind != "A":
            continue
        form = entry.exercise.form
        right = form.read(entry.solution)
        known = [form.read(mistake.value) for mistake in entry.misconceptions]
        for wrong in one_wrong_choice(form, right):
            if wrong not in known:
                silent.append((entry.name, differences(wrong, right) or wrong))
    assert not silent


def judged(name, value):
    entry = VAE.entry(name)
    check = entry.hidden[-1]
    return entry, run_check(check, Host({name: value}), key="k", public=False, right=VAE.right)


@pytest.mark.parametrize(
    ("name", "value", "names"),
    [
        (
            "iwae_facts",
            {**FACTS, "always_converges": True, "monotone_in_k": False},
            {"converges_always", "not_monotone"},
        ),
        (
            "kl_properties",
            {"A", "B", "C", "F", "G"},
            {"kl_is_symmetric", "kl_never_infinite", "kl_at_most_log_2"},
        ),
        # "What you name is true" would be false of it.
        (
            "kl_properties",
            {"A", "B", "C"},
            {"kl_is_symmetric", "kl_never_infinite", "kl_not_convex"},
        ),
        ("kl_properties", {"A", "C"}, {"only_two_properties"}),
        ("divergence_axioms", {"A", "C"}, {"only_non_negative", "divergence_is_symmetric"}),
    ],
)
def test_every_wrong_part_is_told_its_own_mistake(name, value, names):
    entry, verdict = judged(name, value)
    found = diagnose(entry, [verdict], key="k", right=VAE.right)
    assert {cause.name for cause in found} == names
    assert {cause.check for cause in found} == {verdict.check}


@pytest.mark.parametrize(
    ("got", "wanted", "said"),
    [
        (3.0, 0.0, "The right number is smaller."),
        ((-1.0, 2.0), (-1.0, 0.0), "The upper end is off."),
        ({"i": 0.5, "ii": 0.3}, {"i": 0.5, "ii": 1.0}, "What stands under `ii` is off."),
        ("a", "b", ""),
    ],
)
def test_an_answer_without_a_known_mistake_is_told_which_part_of_it_is_off(got, wanted, said):
    failure = Failure("not the right answer", "x", "d", got=got, wanted=wanted)
    assert remark(Verdict("x", "c", "s", Status.FAILED, False, evidence=failure)) == said


def test_an_answer_without_parts_is_no_combination():
    assert parts_of(*judged("kl_to_itself", 3.0)) == []
