"""A mistake that was named in one class is recognised in the next, whose key is another."""

from pathlib import Path

from rich.console import Console

from graders.bulk.command import Options, grade_folder
from graders.bulk.gradebook import Gradebook
from graders.bulk.mistakes import FILE, Named, keep_named, read_named
from graders.bulk.scores import results_of
from graders.grading.catalogue import load_homework

WRONG = (
    "import torch\n\n\ndef kl_equal_variance(mu_q, mu_p, sigma):\n"
    "    return (mu_q - mu_p) ** 2 / (2 * sigma**2) + 0.25 * sigma\n"
)
OTHER = WRONG.replace("0.25", "0.75")
COURSE = '[quick]\ntitle = "Quick"\ntopics = ["kl"]\n[quick.points]\nkl_equal_variance = 2\n'


def grade(course: Path, folder: Path):
    status = grade_folder(
        Console(width=200), "quick", folder, course / "out", 1, (), None, False, Options()
    )
    assert status == 0
    homework = load_homework("quick")
    with Gradebook(course / "gradebook.sqlite") as book:
        return {r.name: r.grade.exercises[0] for r in results_of(book, homework)}


def test_a_name_is_learned_for_a_new_key(tmp_path, monkeypatch):
    (tmp_path / "homeworks.toml").write_text(COURSE)
    monkeypatch.setenv("CRITIC_COURSE", str(tmp_path))
    named = Named("kl_equal_variance", "with_sigma", "What may a divergence depend on?", WRONG)
    keep_named(tmp_path, [named])
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ada.py").write_text(WRONG)
    (folder / "bob.py").write_text(OTHER)
    found = grade(tmp_path, folder)
    assert [d.name for d in found["ada.py"].diagnosis] == ["with_sigma"]
    assert found["bob.py"].diagnosis == () and found["ada.py"].share < 1
    assert "What may a divergence" in (tmp_path / "out" / "feedback" / "ada.py.html").read_text()
    (kept,) = read_named(tmp_path)
    assert list(kept.prints) and (tmp_path / FILE).stat().st_size
