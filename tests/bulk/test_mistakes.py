"""Failures without a name: equal ones are one group, whoever made them."""

import random
from collections import Counter

from graders.bulk.mistakes import (
    Named,
    by_print,
    groups,
    keep_named,
    print_of,
    read_named,
    recognised,
    with_name,
)
from graders.core.verdict import Status, Verdict
from graders.grading.grade import ExerciseGrade, Grade


def failed(exercise, kind, value):
    """What the checks said to a mistake of some kind: which check, and which value it got."""
    message = f"{exercise}(x): worst at (2,): got {value:.6g}, wanted 1.25"
    verdict = Verdict(
        exercise, f"check_{kind}", "A sentence.", Status.FAILED, False, "wrong values", message
    )
    return ExerciseGrade(exercise, (verdict,), 0.25, 2.0)


def test_planted_mistakes_come_out_as_groups():
    """300 students, 10 mistakes that nothing names: values differ by rounding and a little more."""
    draw = random.Random(4)
    planted = {}
    for i in range(300):
        kind = draw.randrange(10)
        value = (kind + 2) * (1 + draw.uniform(-1, 1) * (1e-3 if kind % 2 else 0))
        planted[f"s{i:03}"] = (f"exercise_{kind % 4}", kind % 3, value, kind)
    grades = [
        Grade(name, "vae", (failed(*how[:3]),)) for name, how in planted.items()
    ]  # fmt: skip
    found = groups(grades)
    pure = []
    for group in found:
        (_, most), *_ = Counter(planted[name][3] for name in group.members).most_common(1)
        pure.append(most / len(group.members))
    large = [purity for purity, group in zip(pure, found) if len(group.members) >= 10]
    assert len([purity for purity in large if purity >= 0.9]) >= 9
    assert len(found[0].members) == max(len(group.members) for group in found)


def test_a_name_is_kept_and_recognised_in_the_next_class(tmp_path):
    one = failed("elbo", 1, 2.5)
    named = with_name([], Named("elbo", "halved", "A half?"), "vae/key", [print_of(one)])
    keep_named(tmp_path, named)
    known = by_print(read_named(tmp_path), "vae/key")
    (exercise,) = recognised(Grade("new", "vae", (one,)), known).exercises
    assert exercise.diagnosis[0].name == "halved" and exercise.verdicts[0].hint == "A half?"
    other = recognised(Grade("new", "vae", (failed("elbo", 1, 3.5),)), known).exercises[0]
    assert other.diagnosis == ()


def test_a_new_hint_replaces_the_old_one_and_keeps_the_prints():
    first = with_name([], Named("elbo", "halved", "A half?"), "vae/key", ["a"])
    (again,) = with_name(first, Named("elbo", "halved", "Which half?"), "vae/key", ["b"])
    assert again.hint == "Which half?" and again.prints == {"vae/key": ["a", "b"]}
