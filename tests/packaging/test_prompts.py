"""Prompts as a reader sees them: every formula is LaTeX that renders wherever a notebook does."""

import importlib
import inspect
import re

import pytest
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from graders.core.exercise import Exercise, members
from graders.course.homeworks import ASSIGNMENTS
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.prompts import read_topic
from graders.grading.rubric import read_rubric
from graders.packaging.master import introduction

TOPICS = sorted(path.stem for path in ASSIGNMENTS.glob("*.md"))
GERMAN = [f"de/{topic}" for topic in TOPICS]
# The rules of MyST, and of VS Code and GitHub: no space inside the dollars, no digit behind them.
MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin, allow_space=False, allow_digits=False)
)
# Mathematics outside of dollars and code: Greek letters and signs, indices, densities, intervals.
RAW = re.compile(
    r"[\u0370-\u03ff\u2190-\u22ff\u2016·²×−]|\w_\{|\\[a-zA-Z]+|\b[A-Za-z]_[a-z0-9]\b"
    r"|\b[pqNDGV]\([a-z0-9]|\bE_|\bKL\(|\bJSD\(|\$"
)
# Markdown without mathematics (GitHub before it looks for dollars) eats the backslash of `\{`, `\,`
# and `\|`; `*` and `<` may begin emphasis or a tag; `|` ends a cell of a table.
FRAGILE = re.compile(r"\\[^A-Za-z]|[*|]|<\w")


CODE = re.compile(r"`[^`\n]+`")


def bare(formula):
    """A formula without its words, its line breaks and the point or comma at its end."""
    return re.sub(r"\\text\{[^}]*\}|\s", "", formula).rstrip(".,")


def texts(topic):
    text = read_topic(topic)
    yield "the introduction", text.introduction
    yield from ((name, prompt.text) for name, prompt in text.prompts.items())


def weights(topic):
    """What each row of each rubric earns, for exercises of 10 points."""
    rubrics = {name: prompt.rubric for name, prompt in read_topic(topic).prompts.items()}
    return {
        name: [item.points for item in read_rubric(text, 10, name).items]
        for name, text in rubrics.items()
        if text
    }


def pieces(markdown):
    """The formulas of a text, and what stands outside of formulas and code."""
    formulas, words = [], []
    for block in MARKDOWN.parse(markdown):
        for token in [block, *(block.children or [])]:
            if token.type.startswith("math"):
                formulas.append(token.content)
            elif token.type == "text":
                words.append(token.content)
    return formulas, words


@pytest.mark.parametrize("topic", TOPICS + GERMAN)
def test_every_formula_of_a_prompt_renders(topic):
    for place, text in texts(topic):
        for formula in pieces(text)[0]:
            assert not FRAGILE.search(formula), f"{place}: {formula} does not survive Markdown"
            assert "\\" not in convert(formula), f"{place}: {formula} has an unknown command"
            assert formula.count("{") == formula.count("}"), f"{place}: {formula}"
            assert "\\qquad" not in formula, f"{place}: {formula} is two, too wide for a phone"


@pytest.mark.parametrize("topic", TOPICS + GERMAN)
def test_no_formula_stands_raw_in_a_prompt(topic):
    for place, text in texts(topic):
        for words in pieces(text)[1]:
            assert not RAW.search(words), f"{place}: {RAW.search(words)[0]!r} in {words!r}"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_german_text_has_the_exercises_formulas_and_names_of_the_english_one(topic):
    ours, german = dict(texts(topic)), dict(texts(f"de/{topic}"))
    assert list(german) == list(ours)
    for place, text in ours.items():
        formulas, wanted = (sorted(map(bare, pieces(each)[0])) for each in (german[place], text))
        assert formulas == wanted, place
        assert set(CODE.findall(text)) <= set(CODE.findall(german[place])), place
    assert weights(f"de/{topic}") == weights(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_an_introduction_says_in_which_order_and_how_long(topic):
    assert re.search(
        r"\*\*Order and time\.\*\* .*(hour|minute)", read_topic(topic).introduction, re.S
    )
    assert re.search(
        r"\*\*Reihenfolge und Zeit\.\*\* .*(Stunde|Minute)",
        read_topic(f"de/{topic}").introduction,
        re.S,
    )


@pytest.mark.parametrize("name", homework_names())
def test_what_a_homework_says_names_no_exercise_that_it_lacks(name):
    homework = load_homework(name)
    here = {entry.name for entry in (*homework.entries, *homework.given)}
    for topic in {entry.topic for entry in homework.entries}:
        text = read_topic(topic)
        absent = text.prompts.keys() - here
        said = [introduction(text, homework)]
        for entry in homework.entries:
            if entry.topic == topic:
                said += [text.prompts[entry.name].text, entry.exercise.stub.__doc__ or ""]
        assert not [one for one in said if any(f"`{name}`" in one for name in absent)]


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_that_students_read_names_a_sheet(topic):
    """Students have none."""
    shipped = [text for _, text in texts(topic)]
    modules = [importlib.import_module(f"graders.{room}.{topic}") for room in ("public", "hidden")]
    for text in [*shipped, *map(inspect.getsource, modules)]:
        assert not re.search(r"\bEq\.|\b[Ss]heets?\b", text)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_stub_fits_a_notebook(topic):
    """A cell of JupyterLab holds 88 columns beside the list of files."""
    for exercise in members(importlib.import_module(f"graders.public.{topic}"), Exercise):
        if exercise.stub:
            source = inspect.getsource(exercise.stub)
            stub = source[source.index("\ndef ") :] if "\ndef " in source else source
            wide = [line for line in stub.splitlines() if len(line) > 88]
            assert not wide, f"{exercise.name}: {wide[0]!r}"


@pytest.mark.parametrize(
    "text", ["q(z | x) is a Gaussian", "the bound L_k", "θ > 0", "costs $5, or $ x$"]
)
def test_the_search_finds_raw_formulas(text):
    assert any(RAW.search(words) for words in pieces(text)[1])


def test_a_broken_formula_is_found():
    assert "\\" in convert(r"\notacommand x")
    assert FRAGILE.search(r"\{0, 1\}")
