"""A homework of three exercises, and what is graded by hand in tests of packaging."""

import importlib
import json
import re
from pathlib import Path

import pytest

from graders.core.exercise import Misconception, members
from graders.grading.catalogue import Homework, hidden_modules, load_topic
from graders.grading.right import Right

POINTS = {"kl_standard_normal": 4, "kl_to_itself": 1, "kl_properties": 2}


@pytest.fixture(scope="session")
def homework():
    known = {entry.name: entry for entry in load_topic("kl")}
    right = Right({name: entry.solution for name, entry in known.items()})
    return Homework(
        "mini",
        "Two topics",
        ("kl",),
        tuple(known[name] for name in POINTS),
        dict(POINTS),
        right=right,
    )


ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def private_words():
    """The names, docstrings, formulas, numbers and hints of a topic that no public file holds, as a
    function of the topic.
    """
    public = "\n".join(
        path.read_text()
        for room in ("core", "public")
        for path in (ROOT / "graders" / room).rglob("*.*")
        if path.suffix in (".py", ".json")
    )

    def words_of(topic):
        words = set()
        hidden = [importlib.import_module(name) for name in hidden_modules(topic)]
        for member in (m for module in hidden for m in members(module, Misconception)):
            words |= {member.hint} | ({member.name} if "_" in member.name else set())
        for file in (ROOT / f"reference/{topic}.py", *(Path(module.__file__) for module in hidden)):
            source = file.read_text()
            words |= set(re.findall(r"\d+\.\d{4,}", source))
            # What a file imports from libraries is no secret.
            words |= {
                line.strip()
                for line in source.splitlines()
                if len(line.strip()) > 30 and not line.startswith("import ")
            }
            words |= {
                name for name in re.findall(r"^def (\w+)\(", source, re.MULTILINE) if "_" in name
            }
        return {word for word in words if word not in public}

    return words_of


@pytest.fixture(scope="session")
def leaks():
    """The words that stand in a file of a folder, in the notebook as JSON has them."""

    def found(folder, words):
        texts = {
            path.relative_to(folder).as_posix(): path.read_text()
            for path in folder.rglob("*")
            if path.is_file()
        }
        return [
            (name, word)
            for name, text in texts.items()
            for word in words
            if word in text or json.dumps(word, ensure_ascii=False)[1:-1] in text
        ]

    return found
