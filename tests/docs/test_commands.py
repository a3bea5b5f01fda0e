"""Every command in README and docs: it parses, and it runs, in a folder like the one that the page
speaks of.
"""

import re
import shlex
import shutil

import nbformat
import pytest
import typer
from pages import ROOT, Command, Shell, steps

from graders.cli import app
from graders.grading.catalogue import load_topic
from graders.packaging.solutions import readable, solution_cell

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
# Made from the program itself; and the page that a test of its own follows.
GENERATED, FOLLOWED = {"docs/cli.md", "docs/messages.md"}, {"docs/authoring.md"}
COMMANDS = {
    name: [step for step in steps(text) if isinstance(step, Command)]
    for name, text in PAGES.items()
    if name not in GENERATED
}
CRITIC = typer.main.get_command(app)

# What takes longer than a few seconds: `make test-all`. On the pages named here, everything.
SLOW = (
    "critic audit",
    "critic build",
    "critic diff",
    "critic experiment",
    "critic grade",
    "critic score",
    "otter run",
    "pytest",
)
SLOW_PAGES = {"docs/running_a_course.md", "docs/instructors.md"}
# The same with small settings, or in this clone.
INSTEAD = {
    "make demo": f"make -C {ROOT} --dry-run demo",
    "make test": f"make -C {ROOT} --dry-run test",
    "make lint": f"make -C {ROOT} --dry-run lint",
    "make docs": f"make -C {ROOT} --dry-run docs",
    "critic audit vae": "critic audit vae --seeds 2",
    "critic experiment helmholtz": "critic experiment helmholtz --seeds 1",
    "pytest tests/hostile": f"python -m pytest {ROOT}/tests/hostile --collect-only -q",
}
# What a page takes for granted.
BEFORE = {
    "critic diff vae": "critic grade vae submissions/ --out again",
    "critic diff vae --against old.sqlite": "cp gradebook.sqlite old.sqlite",
}
NOT_RUN = {
    "jupyter lab vae.ipynb": "opens a browser",
    ".venv/bin/critic review vae --out demo": "serves until it is ended; tests/review does so",
    "critic review vae --out out": "serves until it is ended; tests/review does so",
    "critic review vae --out week3": "serves until it is ended; tests/review does so",
    "python -m pip install -r requirements.txt": "installs; tests/packaging tries what is required",
    'python -m pip install -c constraints.txt ".[test]"': "installs; `make test` did it",
    "python -m pip install 'critic[cluster]'": "installs; `make test` did it",
    "critic grade vae submissions.zip --out week3 --cluster tls://HOST:8786": (
        "needs a cluster; tests/bulk/test_cluster.py starts one"
    ),
    "critic gradescope dist/vae/autograder/vae-autograder.zip notebook.ipynb --setup": (
        "installs torch; tried by hand"
    ),
    "python -m pip download -c constraints.txt -d requirements.wheels critic-0.1.0-py3-none-any.whl": (
        "downloads torch"
    ),
    "zip -r vae-autograder.zip requirements.wheels": "follows the download",
    "otter grade -n vae -a dist/vae/autograder/vae-autograder.zip submissions/": "needs Docker",
    "sudo python tests/hostile/machines.py MACHINE -m pytest tests/hostile": (
        "takes minutes for each machine"
    ),
}
COURSE = """\
[vae]
title = "Small"
topics = ["kl", "elbo"]
[vae.points]
kl_to_itself = 1
kl_standard_normal = 2
elbo_proof = 4

[gan]
title = "Smaller"
topics = ["kl"]
[gan.points]
kl_properties = 1

[helmholtz]
title = "Smallest"
topics = ["reparameterization", "kl", "likelihood", "wake_sleep", "experiments"]
[helmholtz.points]
train_aevb = 1
bound_history = 1
"""


def furnish(folder):
    """What the pages find in their folder: submissions, notebooks, a file of scores."""
    cells = [
        "import torch",
        *(
            readable(solution_cell(e, frozenset()))
            for e in load_topic("kl")
            if e.name in ("kl_to_itself", "kl_standard_normal")
        ),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    for name in (
        "notebook.ipynb",
        "submission.ipynb",
        "vae.ipynb",
        "submissions/NAME/vae.ipynb",
        "submissions/submission_101/vae.ipynb",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / name)
    shutil.make_archive(str(folder / "submissions"), "zip", folder / "submissions")
    (folder / "written.csv").write_text(
        "submission,exercise,points,comment\nNAME,elbo_proof,3,Good.\n"
    )


def is_slow(command):
    return command.plain.startswith(SLOW)


def follow(page, folder, planned):
    folder.mkdir()
    (folder / "homeworks.toml").write_text(COURSE)
    furnish(folder)
    shell = Shell(folder)
    for command in planned:
        if command.plain in NOT_RUN:
            continue
        if before := BEFORE.get(command.plain):
            shell.run(Command(before))
        shell.run(command, INSTEAD.get(command.plain, ""))
        if command.plain.startswith("cd "):
            furnish(shell.folder)


@pytest.mark.parametrize("page", ["README.md", "docs/students.md"])
def test_the_quick_commands_of_a_page_run(page, tmp_path):
    follow(
        page, tmp_path / "folder", [command for command in COMMANDS[page] if not is_slow(command)]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        name
        for name in COMMANDS
        if name not in FOLLOWED and (name in SLOW_PAGES or any(map(is_slow, COMMANDS[name])))
    ],
)
def test_all_commands_of_a_page_run(page, tmp_path):
    follow(page, tmp_path / "folder", COMMANDS[page])


def test_every_page_with_commands_is_run():
    quick = {"README.md", "docs/students.md"}
    assert {name for name, found in COMMANDS.items() if found} - FOLLOWED - quick <= SLOW_PAGES | {
        name for name in COMMANDS if any(map(is_slow, COMMANDS[name]))
    }


def test_what_is_not_run_still_stands_on_a_page():
    said = {command.plain for found in COMMANDS.values() for command in found}
    assert {*NOT_RUN, *INSTEAD, *BEFORE} - {"make lint", "make docs"} <= said


def parse(line):
    """Read a command as the program would, without running it."""
    words = shlex.split(line)
    if words[0] == "critic":
        command = CRITIC.get_command(None, words[1])
        assert command, f"there is no command `critic {words[1]}`"
        command.make_context(words[1], words[2:], resilient_parsing=False)


@pytest.mark.parametrize(
    "line",
    sorted(
        {
            command.plain
            for found in COMMANDS.values()
            for command in found
            if command.plain.startswith("critic ")
        }
    ),
)
def test_a_command_of_a_page_has_the_options_that_it_names(line, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRITIC_COURSE", "")
    parse(line)


@pytest.mark.parametrize("page", [name for name in PAGES if name not in GENERATED])
def test_commands_within_a_sentence_exist(page):
    named = set(re.findall(r"`critic ([a-z][a-z-]*)", PAGES[page]))
    assert {name for name in named if CRITIC.get_command(None, name) is None} == set()


def test_a_command_that_does_not_exist_is_found():
    with pytest.raises(AssertionError, match="there is no command `critic report`"):
        parse("critic report vae")
    with pytest.raises(Exception, match="No such option: --no-such-option"):
        parse("critic grade vae in --no-such-option")
