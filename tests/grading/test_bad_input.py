"""Everything that a student's function may do wrong in one exercise: one clear sentence, and every
other one still counts.
"""

import pytest

from graders.core.verdict import Status
from graders.grading.catalogue import load_homework
from graders.grading.grade import grade
from graders.grading.private import private_folders
from graders.isolation.limits import Limits
from graders.isolation.supervise import Grounds

HOMEWORK = load_homework("vae")
GOOD = (
    "import torch, os, signal, sys\ndef reparameterize(mu, logvar):\n    return mu + (0.5 *"
    " logvar).exp() * torch.randn_like(mu)\n"
)
RIGHT = "0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)"
CASES = {
    "missing": ("", "there is no function named `kl_standard_normal`"),
    "wrong shape": (f"    return {RIGHT}.unsqueeze(-1)", "got shape (3, 1), wanted (3,)"),
    "wrong dtype": (
        f"    return {RIGHT}.float()",
        "got dtype torch.float32 from arguments of torch.float64",
    ),
    "NaN": (
        "    return torch.full(mu.shape[:-1], float('nan'), dtype=mu.dtype)",
        "got nan, wanted 0",
    ),
    "a float": ("    return 0.0", "got 0.0, wanted a torch.Tensor of shape (3,)"),
    "an array": (f"    return ({RIGHT}).detach().numpy()", "got a ndarray, wanted a torch.Tensor"),
    "nothing": ("    pass", "the function returned nothing (None)"),
    "raises": ("    raise KeyError('mu')", "your code raised KeyError: 'mu'"),
    "calls itself for ever": (
        "    return kl_standard_normal(mu, logvar)",
        "your code raised RecursionError",
    ),
    "a generator": ("    yield mu", "a value of type generator cannot be returned"),
    "exits": ("    sys.exit()", "your code raised SystemExit"),
    "ends the process": ("    os._exit(0)", "ended"),
    "hangs": ("    while True: pass", "used more than 1 s of CPU time and was stopped"),
    "hangs where no alarm rings": (
        (
            "    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF, signal.SIGALRM])\n   "
            " while True: pass"
        ),
        "used more than 1 s of CPU time and was stopped",
    ),
}


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(private=private_folders(), seed=seed) as grounds:
        yield grounds


def graded(grounds, *cells, guard=Limits.guard):
    with grounds.open([GOOD, *cells], Limits(call_seconds=1.0, guard=guard)) as submission:
        found = {
            e.name: e
            for e in grade(
                HOMEWORK,
                submission,
                course_key="test",
                only=("reparameterize", "kl_standard_normal"),
            )
        }
    assert found["reparameterize"].share == 1.0, [
        v.message for v in found["reparameterize"].verdicts if not v.passed
    ]
    return found["kl_standard_normal"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_sentence_and_no_other_exercise_is_lost(grounds, case):
    body, sentence = CASES[case]
    # On a busy machine a second of CPU time may take many on the wall, whose guard would ring
    # first.
    guard = 20.0 if case.startswith("hangs") else Limits.guard
    found = graded(
        grounds, f"def kl_standard_normal(mu, logvar):\n{body}\n" if body else "", guard=guard
    )
    assert found.share is not None and found.share <= 0.5
    assert sentence in next(v for v in found.verdicts if not v.passed).message
    assert not any(v.status is Status.GRADER_FAULT for v in found.verdicts)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("dict", "is a class, not a function"), ("3", "is a int, not a function")],
)
def test_something_else_than_a_function(grounds, value, sentence):
    assert sentence in graded(grounds, f"kl_standard_normal = {value}").verdicts[0].message


def test_a_function_that_prints_is_right(grounds):
    assert (
        graded(
            grounds,
            f"def kl_standard_normal(mu, logvar):\n    print('x' * 100_000)\n    return {RIGHT}\n",
        ).share
        == 1.0
    )


def test_a_function_that_changes_its_arguments_fails_what_looks_at_them_only(grounds):
    found = graded(
        grounds,
        "def kl_standard_normal(mu, logvar):\n    result ="
        f" {RIGHT.replace('mu**2', 'mu.clone()**2')}\n    mu.data.zero_()\n    return result\n",
    )
    failed = [v.check for v in found.verdicts if not v.passed]
    assert failed == ["manners", "law_state"]


def test_a_hang_in_one_check_leaves_the_others(grounds):
    found = graded(
        grounds,
        "def kl_standard_normal(mu, logvar):\n    while mu.dtype == torch.float32: pass\n   "
        f" return {RIGHT}\n",
    )
    # What asks for float32 meets the loop; after the second time the rest is not waited for.
    hung = [v.check for v in found.verdicts if v.status is Status.TIMED_OUT]
    assert hung == ["manners", "law_dtype", "law_float32"]
    skipped = [v.check for v in found.verdicts if v.status is Status.SKIPPED]
    assert skipped == ["law_state"]
    assert sum(v.passed for v in found.verdicts) == len(found.verdicts) - len(hung) - len(skipped)
