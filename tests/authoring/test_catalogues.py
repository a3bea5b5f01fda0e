"""Every text that a student may read is marked, and German has all of them."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from graders.authoring.catalogues import HOUSE, as_mo, languages, place_of, texts
from graders.authoring.messages import PLACES
from graders.course.texts import placeholders
from tests.authoring.unmarked import unmarked

RENEW = "renew them: python -m graders.authoring.catalogues"
TEXTS = texts()
FILES = sorted({file for place in PLACES.values() for file in place})
PUBLIC = sorted(path.name for path in (HOUSE / "public").glob("*.py"))
# Ids that are compared and kept, and what the sentences of checks are put together from.
NOT_SAID = re.compile(
    r"your code raised \{\}| of shape \{\} and dtype \{\}|spawn and cells|read by a person"
    r"|The answer (has the right form; .*|is right\.)|arguments and networks stay as they were"
    r"|the (spread|mean) of \{\}|\{\}, first \{\} the order of the data|mu = \{\}, sigma = .*"
    r"|gradients arrive and are those of the value|none where none belongs|the dtype stays"
)
# Rooms that write pages, exports and results; in them, what only the terminal of instructors, a
# gradebook or a cluster has.
ROOMS = ("grading", "intake", "bulk", "packaging")
OF_INSTRUCTORS = (
    "stubs.py", "chosen.py", "round_trip.py", "bookkeeping.py", "command.py", "called.py",
    "cluster.py",
    "decisions.py", "differences.py", "demo.py", "examined.py", "experiment.py", "gradebook.py",
    "summary.py", "pool.py", "outputs.py", "mistakes.py", "assign.py", "build.py", "rehearsal.py",
    "autograder.py",
)  # fmt: skip
OF_ROOMS = re.compile(
    r"# for \{\}, .*\n\{\}|SIS \w+ ID|spawn and cells|epsilon in a logarithm|no test file for \{\}"
    r"|its (page for .*|feedback page)|what its mistakes look like"
    r"|\{\} bytes, beginning with |The submission can be graded\."
)


@pytest.mark.parametrize("file", FILES)
def test_no_text_of_a_place_is_left_unmarked(file):
    found = unmarked((HOUSE / file).read_text())
    assert [text for text in found if not NOT_SAID.fullmatch(text.partition(": ")[2])] == []


def test_no_text_of_the_rooms_whose_pages_speak_is_left_unmarked():
    found = {
        f"{path.relative_to(HOUSE)}:{text}"
        for room in ROOMS
        for path in sorted((HOUSE / room).glob("*.py"))
        if path.name not in OF_INSTRUCTORS
        for text in unmarked(path.read_text(), students=False)
        if not OF_ROOMS.fullmatch(text.partition(": ")[2])
    }
    assert found == set()


@pytest.mark.parametrize("file", PUBLIC)
def test_no_text_of_a_public_check_is_filled_in_unmarked(file):
    # Texts without anything filled in are found by the catalogue, and said where they come to.
    found = [text.partition(": ")[2] for text in unmarked((HOUSE / "public" / file).read_text())]
    assert [text for text in found if "{}" in text and not NOT_SAID.fullmatch(text)] == []


def test_an_unmarked_text_is_found():
    source = 'def f(x):\n    """Not this one here."""\n    return f"there are {x} things"\n'
    assert unmarked(source) == ["3: there are {} things"]
    assert unmarked('say("there are {x} things", x=1)') == []


def catalogue(name, language):
    return read_po(io.BytesIO(place_of(name, language).read_bytes()))


@pytest.mark.parametrize("language", languages())
def test_each_catalogue_has_the_texts_of_the_source(language):
    for name, wanted in TEXTS.items():
        assert {m.id for m in catalogue(name, language) if m.id} == set(wanted), (name, RENEW)


@pytest.mark.parametrize("language", languages())
def test_what_gettext_reads_is_what_stands_in_the_po_files(language):
    for name in TEXTS:
        path = place_of(name, language)
        read, made = (
            {str(m.id): m.string for m in read_mo(io.BytesIO(data)) if m.id}
            for data in (path.with_suffix(".mo").read_bytes(), as_mo(path.read_bytes()))
        )
        assert read == made, (name, RENEW)


def parts(text):
    return [text] if isinstance(text, str) else list(text)


def messages(language):
    return [(name, m) for name in TEXTS for m in catalogue(name, language) if m.id]


def test_german_is_complete():
    lacking = [(n, m.id) for n, m in messages("de") if m.fuzzy or not all(parts(m.string))]
    assert lacking == []


def test_what_is_filled_in_is_the_same_in_german_and_no_quote_is_added():
    for name, message in messages("de"):
        ours, theirs = parts(message.id), parts(message.string)
        if "python-brace-format" in message.flags and all(theirs):
            wanted = placeholders(ours[-1])
            assert all(placeholders(text) <= wanted for text in theirs), (name, message.id)
            assert placeholders(theirs[-1]) == wanted, (name, message.id)
        # A double quote in a test case of Otter's makes it an invalid file.
        quotes = sum(text.count('"') for text in ours)
        assert quotes or '"' not in "".join(theirs), (name, message.id)


def test_files_of_catalogues_are_those_of_the_source():
    known = {place_of(name, language) for name in TEXTS for language in languages()}
    assert set(HOUSE.rglob("locale/**/*.po")) == known
    assert {Path(p).with_suffix(".po") for p in HOUSE.rglob("locale/**/*.mo")} == known
