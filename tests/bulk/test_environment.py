"""`[HOMEWORK.environment]`: what it may say, and what follows from it for a class."""

import csv
import re

import pytest
from rich.console import Console

from graders.bulk.command import Options, grade_folder
from graders.bulk.doctor import doctor
from graders.course import homeworks
from graders.course.carried import course_files
from graders.course.environment import MissingLibraries, environment_of
from graders.course.homeworks import BadCourse
from graders.grading.catalogue import load_homework
from graders.grading.versions import check_versions
from graders.isolation.beside import Beside

COURSE = """[quick]
title = "Quick"
topics = ["kl"]
[quick.environment]
libraries = ["numpy>=1", "surely-not-on-this-system; python_version < '3'"]
files = ["helper.py", "data"]
cell_seconds = 15
total_seconds = 200
[quick.points]
kl_standard_normal = 2
kl_to_itself = 1
"""
WORK = """from helper import half
import csv
rows = list(csv.reader(open("data/more/points.csv")))
def kl_standard_normal(mu, logvar):
    return half((mu**2 + logvar.exp() - 1 - logvar).sum(-1)) * float(rows[0][0])
kl_to_itself = 0
"""


def write_files(course):
    (course / "helper.py").write_text("def half(x):\n    return x / 2\n")
    (course / "data" / "more").mkdir(parents=True)
    (course / "data" / "more" / "points.csv").write_text("1,2\n")


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "homeworks.toml").write_text(COURSE)
    (folder / "course.key").write_text("test")
    write_files(folder)
    monkeypatch.setenv(homeworks.VARIABLE, str(folder))
    return folder


WRONG = {
    "an unknown key": ({"library": []}, "does not know 'library'; did you mean 'libraries'?"),
    "a key far from all": ({"x": 1}, "does not know 'x'; it knows libraries, files,"),
    "no list": ({"libraries": "numpy"}, "`libraries` is a list of texts, not 'numpy'"),
    "numbers": ({"files": [1]}, "`files` is a list of texts, not [1]"),
    "no requirement": ({"libraries": ["numpy=1"]}, "'numpy=1' in `libraries` is nothing that pip"),
    "an option of pip": ({"libraries": ["-e ."]}, "is nothing that pip installs"),
    "a command": ({"libraries": ["numpy; rm -rf /"]}, "is nothing that pip installs"),
    "a file that is not there": ({"files": ["nothing.py"]}, "nothing.py, which `files` gives"),
    "the key": ({"files": ["course.key"]}, "is private, and students would receive it"),
    "solutions": ({"files": ["reference/kl.py"]}, "is private"),
    "a folder with solutions": ({"files": ["graders"]}, "is private"),
    "everything": ({"files": ["."]}, "is not the path of a file or folder beside homeworks.toml"),
    "a way out": ({"files": ["data/../../secret"]}, "is not the path of a file or folder"),
    "an absolute path": ({"files": ["/etc/passwd"]}, "is not the path of a file or folder"),
    "our own name": ({"files": ["README.md"]}, "has the name of something that students receive"),
    "the notebook": ({"files": ["quick.ipynb"]}, "has the name of something that students receive"),
    "a prompt": ({"files": ["kl.md"]}, "has the name of a prompt of ours"),
    "no time": ({"call_seconds": 0}, "`call_seconds` is a number of seconds above 0, not 0"),
    "endless time": ({"cell_seconds": float("inf")}, "`cell_seconds` is a number of seconds"),
    "a text for a time": ({"total_seconds": "9"}, "`total_seconds` is a number of seconds"),
    "truth for a time": ({"total_seconds": True}, "`total_seconds` is a number of seconds"),
    "a cell longer than all": ({"cell_seconds": 130}, "is 130, which is more than the 120 s"),
    "no table": (["numpy"], "is a table with any of libraries, files, cell_seconds"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_it_cannot_be_is_refused_with_a_sentence(course, kind):
    table, said = WRONG[kind]
    with pytest.raises(BadCourse, match=rf"\[quick\.environment\].*{re.escape(said)}"):
        environment_of("quick", {"environment": table})


def test_too_much_is_refused(course, monkeypatch):
    monkeypatch.setattr("graders.course.environment.MOST_BYTES", 10)
    with pytest.raises(BadCourse, match="gives 1 files with 0 MB; at most"):
        environment_of("quick", {"environment": {"files": ["helper.py"]}})


def test_files_go_with_the_course_and_decide_which_results_stand(course):
    names = {"assignments/helper.py", "assignments/data/more/points.csv"}
    assert names <= set(course_files())
    before = check_versions(load_homework("quick"))
    (course / "helper.py").write_text("def half(x):\n    return x * 0.5\n")
    after = check_versions(load_homework("quick"))
    assert all(before[name] != after[name] for name in before)


def test_a_file_that_was_handed_in_goes_before_the_one_that_is_given():
    beside = Beside({"work/a.py": b"own"}, "work").given({"a.py": b"ours", "data/b": b"ours"})
    assert beside.files == {"work/a.py": b"own", "work/data/b": b"ours"}


def grade(folder, out):
    options = Options(gradebook=out / "g.sqlite")
    return grade_folder(Console(width=300), "quick", folder, out, 1, (), None, False, options)


def test_a_class_is_graded_with_the_files_that_are_given(course, tmp_path):
    (tmp_path / "in" / "ada" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "bob.py").write_text(WORK)
    (tmp_path / "in" / "ada" / "deep" / "hw.py").write_text(WORK)
    (tmp_path / "in" / "ada" / "deep" / "helper.py").write_text("def half(x):\n    return x\n")
    assert grade(tmp_path / "in", tmp_path / "out") == 0
    rows = {r["submission"]: r for r in csv.DictReader((tmp_path / "out/grades.csv").open())}
    assert rows["bob.py"]["kl_standard_normal"] == "1" and rows["bob.py"]["kl_to_itself"] == "1"
    assert float(rows["ada"]["kl_standard_normal"]) < 1 and rows["ada"]["kl_to_itself"] == "1"


def test_nothing_is_graded_before_the_libraries_are_there(course, tmp_path, capsys):
    text = COURSE.replace('"numpy>=1"', '"numpy<100,>=99", "no-such-library"')
    (course / "homeworks.toml").write_text(text)
    homeworks._tables.cache_clear()
    with pytest.raises(MissingLibraries):
        load_homework("quick").environment.examine()
    (tmp_path / "bob.py").write_text(WORK)
    assert grade(tmp_path / "bob.py", tmp_path / "out") == 2
    assert doctor(Console(width=300), "quick", False) == 1
    said = capsys.readouterr().out
    command = "`python -m pip install 'numpy<100,>=99' no-such-library`"
    assert said.count(f"which is not installed here: {command}") == 2
    homeworks._tables.cache_clear()


def test_the_doctor_knows_the_homework(course, capsys):
    assert doctor(Console(width=300), "quack", False) == 2
    assert "there is no homework 'quack'; there are quick" in capsys.readouterr().out
    assert doctor(Console(width=300), "quick", False) == 0
    assert "quick: numpy>=1" in capsys.readouterr().out
