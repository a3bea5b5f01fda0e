"""Law 7: all public checks of a submission come first. After them nothing that a submission says
reaches a student, so a hidden input that it sees has no way out.
"""

import pytest

from graders.grading.catalogue import load_homework
from graders.grading.one import HandedIn, grade_handed_in
from graders.grading.private import private_folders
from graders.isolation.supervise import Grounds

HOMEWORK = load_homework("vae")
NAMES = ("reparameterize", "kl_standard_normal", "kl_equal_variance", "elbo")

# What a call is given goes into the scratch folder; who is called says what lies there.
SPY = """
import os
import torch

LOG = os.path.join(os.environ["HOME"], "seen.txt")

def write(*arguments):
    with open(LOG, "a") as log:
        log.write(" ".join(str(a.sum().item()) for a in arguments if isinstance(a, torch.Tensor)))

def say(*arguments):
    write(*arguments)
    raise ValueError(open(LOG).read()[-400:])

def reparameterize(mu, logvar):
    write(mu, logvar)
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)

kl_standard_normal = say
kl_equal_variance = say
elbo = say
"""

# A hidden check of a function ends the process that all branches come from; the cells, which run
# again, then say what the branch had left for them.
REBORN = """
import os, signal
import torch

SEEN = os.path.join(os.environ["HOME"], "seen")
if os.path.exists(SEEN):
    raise getattr(__builtins__, open(SEEN).read(), OSError)

def reparameterize(mu, logvar):
    if (mu != 0).any():
        with open(SEEN, "w") as seen:
            seen.write("KeyError" if mu.sum() > 0 else "IndexError")
        os.kill(os.getppid(), signal.SIGKILL)
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
"""


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(private=private_folders(), seed=seed) as grounds:
        yield grounds


def told(grounds, code, key, only=NAMES):
    """What a student may see before publication of one submission under a course key."""
    grade = grade_handed_in(HandedIn("a", (code,)), HOMEWORK, grounds, key, only)
    said = [(v.check, v.status, v.shown, v.hint) for e in grade.exercises for v in e.public]
    return said, grade.notes


def test_what_hidden_checks_pass_to_a_submission_is_not_said_by_its_public_checks(grounds):
    """The public inputs are the same for all courses; hidden ones follow from the course's key."""
    said, notes = told(grounds, SPY, "one")
    assert (said, notes) == told(grounds, SPY, "another")
    assert any("ValueError" in shown for _, _, shown, _ in said)


def test_cells_that_run_again_for_hidden_checks_are_not_heard(grounds):
    assert {notes for _, notes in (told(grounds, REBORN, str(i), NAMES[:1]) for i in range(4))} == {
        ()
    }
