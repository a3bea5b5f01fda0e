"""Courses whose sheets have sigma for the logarithm of the variance, means over the batch for sums:
right in 20 usual styles, wrong in 20 ways that are caught and named.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import graders.public
from graders.course.homeworks import UnknownName
from graders.grading.catalogue import homework_of
from graders.grading.grade import grade
from graders.grading.private import private_folders
from graders.grading.round_trip import not_carried
from graders.grading.source import IMPORTS, definition
from graders.isolation.supervise import Grounds
from graders.packaging.archive import place_of
from graders.packaging.bundle import shipped
from graders.packaging.master import master_notebook
from graders.packaging.solutions import readable, solution_cell
from tests.grading.here import Here

CONVENTIONS = {
    "sigma": [
        "reparameterize",
        "kl_standard_normal",
        "elbo",
        "elbo_sampled",
        "vae_loss",
        "reconstruction_only_loss",
        "iwae_bound",
    ],
    "batch_mean": [
        "vae_loss",
        "reconstruction_only_loss",
        "gaussian_reconstruction_error",
        "monte_carlo_reconstruction_error",
    ],
}
NAMES = dict.fromkeys(name for names in CONVENTIONS.values() for name in names)
TABLE = {
    "title": "Sigma",
    "topics": ["reparameterization", "kl", "likelihood", "elbo", "iwae"],
    "points": {**dict.fromkeys(NAMES, 1), "bernoulli_log_likelihood": 1},
    "conventions": CONVENTIONS,
}
HOMEWORK = homework_of("sigma", TABLE)
FOLDER = Path(__file__).parent / "conventions"


def read(file):
    names = {}
    exec(compile((FOLDER / file).read_text(), file, "exec"), names)
    return names


RIGHT, WRONG = read("right.py"), read("wrong.py")


def graded(names, style):
    name = style.split("__")[0]
    submission = Here({**names, name: names[style]})
    (found,) = grade(HOMEWORK, submission, course_key="conventions", only=(name,))
    return found


def styles(names):
    return [name for name in names if name.split("__")[0] in NAMES and "__" in name]


def test_there_are_twenty_of_each():
    assert len(styles(RIGHT)) >= 20 and len(styles(WRONG)) >= 20
    assert {style.split("__")[0] for style in styles(RIGHT)} == set(NAMES)


@pytest.mark.parametrize("style", styles(RIGHT))
def test_a_usual_style_is_right(style):
    found = graded(RIGHT, style)
    assert found.share == 1.0, [(v.check, v.message) for v in found.verdicts if not v.passed]


@pytest.mark.parametrize("style", styles(WRONG))
def test_a_usual_mistake_is_caught_and_named_without_words_of_ours(style):
    found = graded(WRONG, style)
    hints = [v.hint for v in found.verdicts if v.hint] + [d.hint for d in found.diagnosis]
    assert found.share < 1.0 and hints, [(v.check, v.message) for v in found.verdicts]
    if style in WRONG["CALLED"]:
        assert [d.name for d in found.diagnosis] == [WRONG["CALLED"][style]]
    texts = [*hints, *(v.sentence for v in found.verdicts), *(v.message for v in found.public)]
    assert not [text for text in texts if "logvar" in text]


def test_a_worker_and_this_process_agree_and_a_mistake_costs_its_points_once(seed):
    text = (FOLDER / "right.py").read_text()
    text += "".join(f"{name} = {name}__1\n" for name in NAMES if f"def {name}__1" in text)
    text += "def reparameterize(mu, sigma):\n    return mu + sigma**2 * torch.randn_like(mu)\n"
    names = {}
    exec(text, names)
    with (
        Grounds(private=private_folders(), seed=seed) as grounds,
        grounds.open([text]) as submission,
    ):
        there = {e.name: e.share for e in grade(HOMEWORK, submission, course_key="k")}
    assert there.pop("reparameterize") < 1.0
    assert set(there.values()) == {1.0}, there


def refusal(**conventions):
    with pytest.raises(UnknownName) as refused:
        homework_of("h", {**TABLE, "conventions": conventions})
    return str(refused.value)


def test_what_names_nothing_is_refused_with_what_is_nearest():
    assert "'sigm', which is no convention; did you mean 'sigma'?" in refusal(sigm=["elbo"])
    assert "'elboo', which no topic of it defines; did you mean 'elbo'?" in refusal(sigma=["elboo"])
    assert "sigma has no adapter for 'kl_gaussians'; it has" in refusal(sigma=["kl_gaussians"])
    table = {**TABLE, "topics": [*TABLE["topics"], "wake_sleep"], "given": ["train_aevb"]}
    table["points"] = {**TABLE["points"], "wake_loss": 1}
    with pytest.raises(UnknownName, match="'train_aevb' is given as we have it"):
        homework_of("h", table)


PROBABILITIES = """
from graders.core.convention import convention

@convention(
    ours=lambda theirs, real, fake: theirs(real.sigmoid(), fake.sigmoid()),
    theirs=lambda ours, real, fake: ours(real.logit(), fake.logit()),
)
def discriminator_loss(d_real, d_fake):
    \"\"\"What the discriminator minimises, -V, from its probabilities on two batches.\"\"\"
"""


def carried(topics, **conventions):
    names = [name for names in conventions.values() for name in names]
    table = {"title": "Other", "topics": topics, "points": dict.fromkeys(names, 1)}
    return list(not_carried(homework_of("h", {**table, "conventions": conventions})))


def test_what_an_adapter_loses_is_told_before_anybody_hands_in(tmp_path, monkeypatch):
    (tmp_path / "probabilities.py").write_text(PROBABILITIES)
    monkeypatch.setattr(
        graders.public, "__path__", [*graders.public.__path__, str(tmp_path)]
    )  # fmt: skip
    try:
        [said] = carried(["gan"], probabilities=["discriminator_loss"])
    finally:
        sys.modules.pop("graders.public.probabilities", None)
    assert "probabilities does not carry discriminator_loss" in said
    assert "is right in your course would fail the check" in said


@pytest.mark.slow
def test_sigma_and_the_mean_are_carried_with_wake_and_sleep():
    assert list(not_carried(HOMEWORK)) == []
    topics = ["reparameterization", "kl", "likelihood", "wake_sleep"]
    losses = ["gaussian_log_prob", "wake_loss", "sleep_loss", "train_aevb", "train_wake_sleep"]
    assert carried(topics, sigma=losses) == []


@pytest.mark.slow
def test_at_home_the_same_holds_from_the_folder_that_students_receive(tmp_path):
    choices = {"kl_standard_normal": {"without": ["zero_for_standard_normal"]}}
    for name, data in shipped(homework_of("sigma", {**TABLE, "exercises": choices})).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    text = (FOLDER / "right.py").read_text()
    right = "".join(f"{name} = {name}__1\n" for name in NAMES if f"def {name}__1" in text)
    wrong = "def kl_standard_normal(mu, sigma):\n    return (sigma**2 + mu**2 - 1).sum(-1)\n"
    (tmp_path / "work.py").write_text(f"{text}{right}{wrong}")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "sys.path[:] = [''] + [p for p in sys.path if not Path(p or '.', 'graders').exists()]\n"
        "from graders.core.home import report_file\n"
        "print(*report_file(Path('work.py'))[0], sep='\\n')"
    )
    environment = {**os.environ, "PYTHONPATH": ""}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    found = said.stdout
    assert found.count("checks pass") == len(NAMES) + 1, found + said.stderr
    assert "✗ kl_standard_normal" in found and "kl_standard_normal(mu, sigma):" in found
    assert "sigma = [[1.1052" in found and "logvar" not in found
    assert "from itself" not in found


@pytest.mark.slow
def test_the_solutions_of_the_notebook_follow_the_course_and_are_right():
    code, above = [IMPORTS], frozenset()
    for entry in HOMEWORK.entries:
        code.append(readable(solution_cell(entry, above, HOMEWORK.conventions)))
        above |= {entry.name}
    names = {}
    exec("\n\n\n".join(code), names)
    mean, sigma = torch.zeros(2, 3), torch.full((2, 3), 2.0)
    assert torch.allclose(names["kl_standard_normal"](mean, sigma), torch.tensor(2.4205584))
    found = grade(HOMEWORK, Here(names), course_key="solutions")
    assert {e.name: e.share for e in found if e.share != 1.0} == {}
    book = str(master_notebook(HOMEWORK, place_of("student_template")))
    assert "and the standard deviation $" in book and "**mean** over the examples" in book
    assert "logvar" not in definition(HOMEWORK.entry("elbo").exercise.stub)
