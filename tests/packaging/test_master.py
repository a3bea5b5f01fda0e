"""The master notebook: its prompts, its solution cells, and test cells that hold nothing."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import torch
from otter.assign.solutions import replace_solutions

from graders.core.exercise import Exercise
from graders.grading import catalogue
from graders.grading.prompts import BadAssignment, Prompt, TopicText, prompt_of, read_topic
from graders.grading.source import IMPORTS
from graders.packaging.archive import place_of
from graders.packaging.master import master_notebook, with_stable_ids
from graders.packaging.solutions import explanation, files_beside, readable, solution_cell

TEMPLATE = place_of("student_template")


def entry(topic, name):
    return next(e for e in catalogue.load_topic(topic) if e.name == name)


def test_a_topic_has_a_text_and_a_prompt_for_each_exercise():
    text = read_topic("iwae")
    assert text.introduction.startswith("# ") and "## " not in text.introduction
    assert list(text.prompts) == [e.name for e in catalogue.load_topic("iwae")]


def test_the_rubric_is_apart_from_the_prompt():
    prompt = read_topic("iwae").prompts["iwae_proofs"]
    assert (
        "Jensen in the wrong direction" in prompt.rubric
        and "Jensen" not in prompt.text
        and "Rubric" not in prompt.text
    )


def test_what_is_missing_is_named():
    with pytest.raises(BadAssignment, match=r"there is no .*nothing\.md"):
        read_topic("nothing")
    with pytest.raises(BadAssignment, match=r"assignments/kl\.md has no section `## kl_to_itself`"):
        prompt_of(entry("kl", "kl_to_itself"), TopicText("", {}))
    with pytest.raises(
        BadAssignment, match=r"the written exercise iwae_proofs has no `### Rubric`"
    ):
        prompt_of(entry("iwae", "iwae_proofs"), TopicText("", {"iwae_proofs": Prompt("prove it")}))


def test_a_solution_cell_holds_the_stub_and_between_marks_the_reference():
    cell = solution_cell(entry("kl", "kl_standard_normal"), frozenset())
    before, _, rest = cell.partition("    # BEGIN SOLUTION\n")
    assert (
        before.startswith("def kl_standard_normal(mu, logvar):\n")
        and "Returns a tensor (..., N)" in before
    )
    assert (
        rest
        == "    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)\n    # END SOLUTION"
    )


def test_helpers_stand_before_the_stub_and_leave_no_prompt():
    cell = solution_cell(
        entry("elbo", "elbo_sampled"), frozenset({"reparameterize", "bernoulli_log_likelihood"})
    )
    assert cell.startswith(
        "# BEGIN SOLUTION NO PROMPT\nfrom torch.distributions import Normal\n# END SOLUTION\n\n"
    )
    assert "SOLUTION" not in readable(
        cell
    ) and "from torch.distributions import Normal" in readable(cell)


def test_answers_are_one_line_in_the_order_of_the_source_and_explained_by_their_comment():
    answer = entry("kl", "kl_properties")
    assert solution_cell(answer, frozenset()) == "kl_properties = {'A', 'C', 'E', 'F'}  # SOLUTION"
    assert "triangle inequality" in explanation(answer)


def test_a_stub_with_more_than_dots_is_refused():
    def stub(mu):
        return mu

    wrong = replace(
        entry("kl", "kl_standard_normal"),
        exercise=Exercise("F", (), stub=stub, name="kl_standard_normal"),
    )
    with pytest.raises(BadAssignment, match="must end with a line"):
        solution_cell(wrong, frozenset())


class Encoder(torch.nn.Module):
    """Maps x (N, inputs) to (N, latents)."""

    def forward(self, x):
        """The mean of each example."""
        ...


def test_of_a_class_students_get_the_stub_and_nothing_else():
    stub = Exercise("F", (), stub=Encoder, name="Encoder")
    ours = replace(entry("kl", "kl_standard_normal"), exercise=stub, solution=Encoder)
    cell = solution_cell(ours, frozenset())
    lines = replace_solutions(cell.splitlines(), "python")
    assert lines[0] == "class Encoder(torch.nn.Module):" and lines[-1] == "        ..."


@pytest.mark.parametrize("topic", sorted(path.stem for path in catalogue.ASSIGNMENTS.glob("*.md")))
def test_every_solution_cell_of_every_topic_runs(topic):
    entries = [e for e in catalogue.load_topic(topic) if e.exercise.kind in "FA"]
    namespace = {}
    exec(IMPORTS, namespace)
    for e in entries:
        exec(readable(solution_cell(e, frozenset(e.name for e in entries))), namespace)
    assert all(e.name in namespace for e in entries)


def test_the_master_is_valid_and_its_test_cells_hold_a_number_each(homework):
    book = master_notebook(homework, TEMPLATE)
    nbformat.validate(book)
    checks = [c.source for c in book.cells if "look_up" in c.source]
    assert len(checks) == sum(len(e.public) + len(e.hidden) for e in homework.entries)
    names = [check.name for e in homework.entries for check in (*e.public, *e.hidden)]
    assert not any(name in source for name in names for source in checks)
    assert sum(source.startswith("# HIDDEN") for source in checks) == sum(
        len(e.hidden) for e in homework.entries
    )


def test_written_exercises_are_manual_and_their_rubric_is_a_solution():
    written = entry("iwae", "iwae_proofs")
    small = catalogue.Homework("w", "W", ("iwae",), (written,), {"iwae_proofs": 5}, right=None)
    sources = [c.source for c in master_notebook(small, TEMPLATE).cells]
    begin = next(i for i, s in enumerate(sources) if s.startswith("# BEGIN QUESTION"))
    assert json.loads(sources[begin].split("\n", 1)[1]) == {
        "name": "iwae_proofs",
        "points": 5,
        "manual": True,
    }
    assert sources[begin + 2] == "# BEGIN SOLUTION" and sources[begin + 3].startswith("**Rubric**")
    assert not any("look_up" in s for s in sources)


def test_two_masters_are_equal(homework):
    first, second = (nbformat.writes(master_notebook(homework, TEMPLATE)) for _ in range(2))
    assert first == second


def test_random_ids_are_replaced():
    book = with_stable_ids(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("2")]
        )
    )
    assert [cell.id for cell in book.cells] == ["cell-1", "cell-2"]


def test_the_first_cell_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="The folder `graders` of this homework is missing"):
        exec(Path(TEMPLATE, "first_cell.py").read_text(), {})


def test_an_experiment_is_a_cell_that_is_not_graded_and_a_file_beside_the_notebook():
    homework = catalogue.load_homework("helmholtz")
    book = master_notebook(homework, TEMPLATE)
    (cell,) = [c for c in book.cells if "experiment" in c.metadata.get("tags", [])]
    solution = readable(cell.source)
    assert (
        "def run_experiment(" in solution
        and "def mean_bound(" in solution
        and "def train_aevb(" not in solution
        and "PROMPT" not in solution
    )
    compile(solution, "the training runs", "exec")
    assert json.loads(book.cells[0].source.split("\n", 1)[1])["student_files"] == ["experiment.npz"]
    begin = next(
        i
        for i, c in enumerate(book.cells)
        if c.source.startswith('# BEGIN QUESTION\n{"name": "bound_history"')
    )
    assert book.cells[begin + 2].source == "# BEGIN TESTS"
    assert (
        list(files_beside(homework)) == ["experiment.npz"]
        and files_beside(catalogue.load_homework("vae")) == {}
    )


@pytest.mark.parametrize("name", catalogue.homework_names())
def test_every_homework_has_a_master_and_its_solutions_run_together(name):
    homework = catalogue.load_homework(name)
    book = master_notebook(homework, TEMPLATE)
    nbformat.validate(book)
    namespace = {}
    for cell in (
        c
        for c in book.cells
        if c.cell_type == "code"
        and "look_up" not in c.source
        and "experiment" not in c.metadata.get("tags", [])
    ):
        exec(readable(cell.source), namespace)
    assert all(e.name in namespace for e in homework.graded if e.exercise.kind in "FA")


def test_what_is_given_stands_in_the_notebook_and_calls_what_students_write():
    book = master_notebook(catalogue.load_homework("cmu"), TEMPLATE)
    (given,) = [
        i
        for i, cell in enumerate(book.cells)
        if cell.source == "Given, for you to use: `train_aevb`."
    ]
    code = book.cells[given + 1].source
    assert (
        "def train_aevb(data, encoder" in code
        and "reparameterize(mu, logvar)" in code
        and "def reparameterize" not in code
    )
    assert not [cell for cell in book.cells if 'name": "train_aevb"' in cell.source]


def test_what_is_given_is_not_asked_for():
    table = catalogue.homeworks()["cmu"]
    for given, sentence in (
        ("train_wake_sleep", "gives 'train_wake_sleep' and asks for it"),
        ("elbo_proof", "no function exercise"),
        ("nothing", "no function exercise"),
    ):
        with pytest.raises(catalogue.UnknownName, match=sentence):
            catalogue.homework_of("cmu", {**table, "given": [given]})


def test_a_prompt_says_what_can_be_drawn():
    book = master_notebook(catalogue.load_homework("vae"), TEMPLATE)
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    assert '*Picture:* `grader.plot("iwae_bound")` draws the bound against k' in text
