"""Whole submissions with one trouble each: at home, graded, and by the road of the zip the same.
What is right keeps all ten exercises.
"""

from pathlib import Path

import pytest

from graders.grading.catalogue import load_homework
from graders.grading.one import grade_file
from graders.intake.inbox import open_inbox
from graders.packaging.intake import choose, take_in
from tests.field.conftest import right

SAMPLES = Path(__file__).parent.parent / "samples"
FIELD = sorted((SAMPLES / "field").iterdir())
OTHERS = sorted([*(SAMPLES / "class").iterdir(), *(SAMPLES / "trouble").iterdir()])
TEN = {
    "reparameterize", "kl_standard_normal", "kl_equal_variance", "kl_to_itself",
    "bernoulli_log_likelihood", "elbo", "elbo_sampled", "vae_loss", "optimal_q_equals",
    "iwae_bound",
}  # fmt: skip
NOT_READ = {"b05_merge_conflict.ipynb": "conflict markers from line 41"}
SAID = {
    "c44_shadow_F_later.ipynb": "cell 11 uses the name `F`",
    "d05_two_notebooks": "scratch.ipynb was not",
    "a13_torchvision_first.ipynb": "`torchvision` is not installed here",
}


@pytest.mark.slow
@pytest.mark.parametrize("item", FIELD, ids=lambda path: path.name)
def test_a_whole_submission_is_the_same_by_every_road(grounds, home, tmp_path, item):
    homework = load_homework("vae")
    names = [entry.name for entry in homework.graded]
    found = open_inbox(SAMPLES / "field", tmp_path / "unpacked", exercises=names).found
    by_folder = next(one for one in found if one.name == item.name)
    (tmp_path / "closed").mkdir()
    by_zip = choose(tmp_path / "closed", item.name, names, take_in(item, tmp_path / "closed"))
    grades = [grade_file(one, homework, grounds, "field") for one in (by_folder, by_zip)]
    assert [e.share for e in grades[0].exercises] == [e.share for e in grades[1].exercises]
    assert SAID.get(item.name, "") in " ".join(grades[0].notes)
    if item.name in NOT_READ:
        assert right(grades[0]) == set() and NOT_READ[item.name] in grades[0].notes[0]
        return
    passed, notes = home(by_zip.file)
    assert right(grades[0]) == TEN, (grades[0].notes, notes)
    # Of several scripts the others are taken along by `critic check FOLDER`.
    assert all(passed.values()) and (TEN - {"elbo"} <= set(passed) or by_zip.joined)


@pytest.mark.slow
@pytest.mark.parametrize("item", OTHERS, ids=lambda path: path.name)
def test_every_public_check_of_a_sample_is_the_same_at_home_and_graded(judged, item):
    judged(item)
