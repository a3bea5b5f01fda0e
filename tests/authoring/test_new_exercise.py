"""`critic new-exercise`: what it writes, where, and what it refuses; and what an unfinished
exercise lacks.
"""

import ast
import importlib
import sys

import pytest
from rich.console import Console

from graders.authoring.at_home import check_at_home
from graders.authoring.command import tell_unfinished, write_exercise
from graders.authoring.new_exercise import CannotWrite, new_exercise
from graders.authoring.skeleton import KINDS
from graders.authoring.unfinished import unfinished
from graders.course import homeworks
from graders.grading.catalogue import homework_names, load_homework, load_topic

COURSE = (
    '# A comment that stays.\n[mine]\ntitle = "Mine"\ntopics = ["kl"]\n[mine.points]\nkl_to_itself'
    " = 1\n"
)
PATHS = [
    "reference/{0}.py",
    "graders/public/{0}.py",
    "graders/hidden/{0}.py",
    "assignments/{0}.md",
    "homeworks.toml",
]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one homework. What it adds to our packages is taken away again."""
    (tmp_path / "homeworks.toml").write_text(COURSE)
    monkeypatch.setenv(homeworks.VARIABLE, str(tmp_path))
    for folder in homeworks.TOPIC_FOLDERS:
        package = importlib.import_module(folder.replace("/", "."))
        monkeypatch.setattr(package, "__path__", list(package.__path__))
    yield tmp_path
    forget()


def forget():
    """Read everything anew, as the next command does."""
    homeworks._tables.cache_clear()
    load_topic.cache_clear()
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.rpartition(".")[2].startswith("new_")]:
        del sys.modules[name]


def test_the_files_are_those_of_a_topic(course):
    written = new_exercise("new_topic", "new_loss", ["real", "fake"])
    assert [path.relative_to(course).as_posix() for path in written] == [
        path.format("new_topic") for path in PATHS
    ]
    tables = homeworks.tomllib.loads((course / "homeworks.toml").read_text())
    assert tables["new_topic"] == {
        "title": "New topic",
        "topics": ["new_topic"],
        "points": {"new_loss": 1},
    }
    assert (course / "homeworks.toml").read_text().startswith(COURSE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_to_fill_is_a_sentence_of_the_audit(course, capsys, kind):
    new_exercise("new_topic", "new_loss", ["x"], kind=kind)
    forget()
    places = [
        line
        for path in course.rglob("*.*")
        for line in path.read_text().splitlines()
        if "TODO:" in line
    ]
    found = unfinished(["new_topic"])
    assert len(places) >= 3 and not [
        sentence for sentence in found if "TODO" in sentence or sentence[-1] in ',"|'
    ]
    assert len([s for s in found if ", line " in s]) == len(places)
    assert tell_unfinished(Console(width=80), ["new_topic"], False, "Nothing was done.") == 1
    said = capsys.readouterr().out
    assert said.startswith("Still to be written:\n✗ assignments/new_topic.md, line 3: say ")
    assert said.endswith("Nothing was done.\n")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_can_be_read_and_what_is_imported_is_used(course, kind):
    new_exercise("new_topic", "new_loss", ["a", "b"], kind=kind)
    forget()
    (entry,) = load_homework("new_topic").entries
    assert (entry.exercise.contract is not None) == (kind in ("function", "random", "network"))
    for path in PATHS[:3]:
        tree = ast.parse((course / path.format("new_topic")).read_text())
        imports = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        bound = {alias.name for node in imports for alias in node.names}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert bound - {"torch"} <= used
        assert not used & {"torch", "Draw", "network", "reals"} - bound


def test_a_kind_that_there_is_not_is_refused(course):
    with pytest.raises(CannotWrite, match="no kind 'poem' of exercise; there are function, random"):
        new_exercise("new_topic", "new_loss", ["x"], kind="poem")


def test_a_second_exercise_goes_below_the_first_with_the_imports_that_it_needs(course):
    file = course / "graders/public/new_topic.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "from graders.core.exercise import answer, check\nfrom graders.core.forms import"
        " Bool\n\nnew_fact = answer(Bool(), covers=())\n"
    )
    new_exercise("new_topic", "new_value", ["a", "b"], homework="mine")
    tree = ast.parse(file.read_text())
    bound = [
        alias.name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    ]
    assert sorted(bound) == [
        "Bool", "answer", "check", "exercise", "expect", "reals", "torch",
    ]  # fmt: skip
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == [
        "new_value",
        "new_value_example",
    ]
    mine = homeworks.tomllib.loads((course / "homeworks.toml").read_text())["mine"]
    assert mine["topics"] == ["kl", "new_topic"] and mine["points"] == {
        "kl_to_itself": 1,
        "new_value": 1,
    }
    homeworks._tables.cache_clear()
    load_topic.cache_clear()
    new_exercise("new_topic", "new_loss", ["x"])
    assert [
        len(list(file.parent.parent.parent.glob(path.format("new_topic")))) for path in PATHS
    ] == [1] * 5
    assert (course / "assignments/new_topic.md").read_text().count("\n## ") == 2


def test_a_file_that_cannot_be_loaded_is_named_with_its_line(course, capsys):
    new_exercise("new_topic", "new_loss", ["x"])
    for text, sentence in (
        ("x = (\n", "new_topic.py, line 1: SyntaxError: '(' was never closed"),
        ("x = 1\ny = nothing\n", "new_topic.py, line 2: NameError: name 'nothing' is not defined"),
        (
            "import no_such_library\n",
            "new_topic.py, line 1: ModuleNotFoundError: No module named 'no_such_library'",
        ),
    ):
        (course / "graders/hidden/new_topic.py").write_text(text)
        forget()
        with pytest.raises(homeworks.UnknownName) as raised:
            unfinished(["new_topic"])
        assert str(raised.value).endswith(sentence)
    assert write_exercise(Console(width=200), "new_topic", "new_value", "x", "") == 2
    assert "Cannot write the exercise: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("topic", "name", "arguments", "sentence"),
    [
        (
            "new_topic",
            "kl_to_itself",
            ["x"],
            "there is an exercise 'kl_to_itself' already, in the homework 'mine'",
        ),
        ("kl", "new_loss", ["x"], "'kl' is a topic of critic itself"),
        ("new-topic", "new_loss", ["x"], "'new-topic' cannot be the name"),
        ("new_topic", "lambda", ["x"], "'lambda' cannot be the name"),
        ("new_topic", "new_loss", ["*x"], r"'\*x' cannot be the name"),
        ("course", "new_loss", ["x"], "'course' is no name for a homework"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(
    course, topic, name, arguments, sentence
):
    with pytest.raises(CannotWrite, match=sentence):
        new_exercise(topic, name, arguments)
    assert [path.name for path in course.iterdir()] == ["homeworks.toml"]


def test_outside_a_course_the_way_to_one_is_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(homeworks.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert write_exercise(Console(width=80), "new_topic", "new_loss", "x", "") == 2
    assert "`critic init mycourse` makes one" in capsys.readouterr().out


def test_what_an_exercise_lacks_is_named(course):
    files = {
        "assignments/new_topic.md": "# New\n\n## new_loss\n",
        "reference/new_topic.py": "def new_loss(x, y):\n    return x\n",
        "graders/public/new_topic.py": (
            "from graders.core.exercise import exercise\n\n\n@exercise(covers=())\ndef"
            " new_loss(x):\n    return x\n"
        ),
        "graders/hidden/new_topic.py": "",
        "homeworks.toml": (
            '[new]\ntitle = "New"\ntopics = ["new_topic"]\n[new.points]\nnew_loss = 1\n'
        ),
    }
    for name, text in files.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text)
    forget()
    assert unfinished(["new"]) == [
        "new_loss: assignments/new_topic.md has no section `## new_loss`, or nothing in it",
        "new_loss: the stub takes (x) and the reference takes (x, y); they must be alike",
        (
            "new_loss: the stub in graders/public/new_topic.py has no docstring: students do not"
            " know what to return"
        ),
        (
            "new_loss: the stub in graders/public/new_topic.py does not end with a line `...`: it"
            " must not hold a solution"
        ),
        (
            "new_loss: graders/public/new_topic.py has no check for it: students can try nothing at"
            " home"
        ),
        (
            "new_loss: graders/hidden/new_topic has no check for it: every answer would get the"
            " points"
        ),
        (
            "new_loss: graders/hidden/new_topic has no misconception for it: nothing shows that"
            " the checks catch a mistake"
        ),
    ]


def test_a_course_that_cannot_be_read_is_explained(course, capsys):
    (course / "homeworks.toml").write_text("[")
    (course / "a.py").write_text("")
    assert check_at_home(Console(width=200), course / "a.py") == 2
    assert "is not valid TOML" in capsys.readouterr().out


def test_nothing_of_ours_is_unfinished():
    assert unfinished(homework_names()) == []
