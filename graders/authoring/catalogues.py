"""The catalogues of every language: texts are found in the source, and each PO file holds those
that belong to it, with what is translated so far. Beside it lies what gettext reads, the MO file.

python -m graders.authoring.catalogues [--new LANGUAGE]
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import graders
from graders.authoring.messages import PLACES, PROBLEMS, topics
from graders.core.convention import Convention, conventions_here, said
from graders.core.language import FOLDER
from graders.core.pictures import Picture
from graders.grading.catalogue import Entry, hidden_modules, load_topic

HOUSE = Path(next(iter(graders.__path__)))
# The words that mark a text, and which of their arguments it is.
KEYWORDS = {"say": None, "to_say": None, "counted": (2, 3)}
# The arguments of others that are said wherever they come to: of a failure, what was looked at, and
# what was got and wanted.
FAILURES = {"Failure": (0, 1, 2), "true": (1,)}
# The first arguments of what draws.
LABELS = {"Panel": 3, "line": 1, "points": 1, "level": 1, "histogram": 1, "average": 1}
NAMED = ("subject", "detail", "hint", "summary", "inputs")
# What gettext reads of a header.
READ = ("Content-Type", "Language:", "Plural-Forms")
# What several topics have.
SHARED = "_shared"
# Texts by the file that holds them, without its language.
Texts = dict[str, "dict[Message, None]"]
Message = str | tuple[str, str]


def texts() -> Texts:
    """Every text that a student may read, by its catalogue: `core`, `public/TOPIC`, `hidden/TOPIC`
    and `grading`, each in the first of them that has it.
    """
    found: Texts = {"core": dict.fromkeys(_of_rooms("core")), "public": {}}
    entries = {topic: load_topic(topic) for topic in topics()}
    for topic in entries:
        found[f"public/{topic}"] = dict.fromkeys(_of_public(topic, entries[topic]))
    for name, exercises in conventions_here().items():
        found[f"public/{name}"] = dict.fromkeys(_of_convention(name, exercises, entries.values()))
    for topic in entries:
        found[f"hidden/{topic}"] = dict.fromkeys(_of_hidden(topic, entries[topic]))
    found[f"hidden/{SHARED}"] = dict.fromkeys(_of_shared_checks())
    found["grading"] = dict.fromkeys(_of_rooms(""))
    _share(found, "public/", "core")
    _share(found, "hidden/", f"hidden/{SHARED}")
    return _once(found)


def _share(found: Texts, of: str, place: str) -> None:
    """What more than one topic says belongs to all: a homework has few topics."""
    topics = [name for name in found if name.startswith(of) and name != place]
    seen = Counter(text for name in topics for text in found[name])
    found[place] |= {text: None for text, number in seen.items() if number > 1}


def _once(found: Texts) -> Texts:
    """Each text where it is read first: by students, by those who see hidden checks, by others."""
    order = sorted(found, key=lambda name: ("cphg".index(name[0]), SHARED not in name))
    seen: set[Message] = set()
    kept: Texts = {}
    for name in order:
        kept[name] = {t: None for t in found[name] if t not in seen and "".join(t).strip()}
        seen |= set(kept[name])
    return {name: texts for name, texts in kept.items() if texts}


def place_of(name: str, language: str) -> Path:
    """The PO file of a catalogue."""
    room, _, topic = name.partition("/")
    return HOUSE / room / FOLDER / (f"{language}/{topic}.po" if topic else f"{language}.po")


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.stem for path in (HOUSE / "core" / FOLDER).glob("*.po"))


def renewed(name: str, wanted: Iterable[Message], language: str) -> Catalog:
    """A catalogue with exactly these texts, and what is translated of them so far."""
    path, catalog = place_of(name, language), Catalog(locale=language, project="critic")
    before = read_po(io.BytesIO(path.read_bytes())) if path.exists() else Catalog()
    for message in wanted:
        old = before.get(message if isinstance(message, str) else message[0])
        kept = old if old is not None and old.id == message and not old.fuzzy else None
        catalog.add(message, kept.string if kept else None)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """A PO file that depends on its texts alone."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, omit_header=True, sort_output=False)
    about = (
        f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return about.encode() + file.getvalue()


def as_mo(po: bytes) -> bytes:
    """What gettext reads: the same whenever, and with whichever Babel, it is made."""
    read = read_po(io.BytesIO(po))
    kept = _Timeless(read.locale)
    for message in read:
        if message.id:
            kept.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, kept)
    return file.getvalue()


class _Timeless(Catalog):
    """A catalogue whose header says what gettext reads of it, and no more."""

    def __iter__(self) -> Iterator[Any]:
        head, *messages = super().__iter__()
        lines = str(head.string).splitlines(keepends=True)
        head.string = "".join(line for line in lines if line.startswith(READ))
        yield from (head, *messages)


def _of_rooms(room: str) -> Iterator[Message]:
    """What is marked in the files of `core`, or in those of all rooms that no student has."""
    files = [file for place in PLACES.values() for file in place]
    mine = sorted(
        path
        for path in HOUSE.rglob("*.py")
        if (path.relative_to(HOUSE).parts[0] in ("core",)) == bool(room)
        and path.relative_to(HOUSE).parts[0] not in ("public", "hidden", "authoring", "audit")
    )
    for path in mine:
        yield from marked(path.read_bytes())
        if path.relative_to(HOUSE).as_posix() in files:
            yield from of_failures(path.read_text())
    for path in () if room else sorted(HOUSE.glob("*/templates/*.html")):
        yield from marked(path.read_bytes(), "jinja2.ext:babel_extract")


def marked(source: bytes, method: str = "python") -> Iterator[Message]:
    """The texts that a source marks."""
    for _, message, _, _ in extract(method, io.BytesIO(source), KEYWORDS):
        yield message if isinstance(message, str) else tuple(message)  # type: ignore[misc]


def of_failures(source: str) -> Iterator[str]:
    """The texts of failures, which are said where they come to."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            places = FAILURES.get(name, ())
            parts = [node.args[i] for i in places if i < len(node.args)]
            parts += [word.value for word in node.keywords if word.arg in NAMED]
            yield from (text for part in parts for text in words_in(part))


def words_in(node: ast.expr) -> Iterator[str]:
    """The texts of more than a word that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from [node.value] if len(node.value.split()) > 1 or node.value == "NaN" else []
    elif isinstance(node, ast.IfExp):
        yield from (*words_in(node.body), *words_in(node.orelse))


def _of_public(topic: str, entries: tuple[Entry, ...]) -> Iterator[Message]:
    module = importlib.import_module(f"graders.public.{topic}")
    source = inspect.getsource(module)
    for entry in entries:
        if entry.exercise.stub:
            yield inspect.cleandoc(entry.exercise.stub.__doc__ or "")
        yield from (check.sentence for check in entry.public)
    for one in vars(module).values():
        if isinstance(one, Picture):
            yield from (one.shows, one.caption)
    yield from marked(source.encode())
    yield from _constants(source)
    yield from _labels(source)
    known = HOUSE / "public" / "hints" / f"{topic}.json"
    for checks in json.loads(known.read_text()).values() if known.exists() else ():
        yield from (mistake["hint"] for each in checks.values() for mistake in each)


def _constants(source: str) -> Iterator[str]:
    """What else in a public module reads like words: hints of worked examples, subjects."""
    tree = ast.parse(source)
    code = {id(n) for node in ast.walk(tree) for part in _code(node) for n in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in code and is_prose(node.value):
            yield str(node.value)


def _labels(source: str) -> Iterator[str]:
    """What stands beside what is drawn, single words too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            for part in node.args[: LABELS.get(name, 0)]:
                if isinstance(part, ast.Constant) and re.search(r"[a-z]{3}", str(part.value)):
                    yield str(part.value)


def _code(node: ast.AST) -> list[ast.expr]:
    """Of a node the parts whose texts are no words: declarations, docstrings, what is marked."""
    if isinstance(node, ast.JoinedStr):
        return list(node.values)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node.value]
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if name in ("reals", "net", "data", "einsum", "Law", *KEYWORDS):
            return [*node.args, *(word.value for word in node.keywords)]
    return []


def is_prose(text: object) -> bool:
    """Whether a text holds two words in a row, as no formula or call does; one may be a name of
    code, as in "elbo of three images".
    """
    if not isinstance(text, str):
        return False
    words = [word.strip(".,:;?()`\"'") for word in text.split()]
    plain = [(word.isalpha() and len(word) > 1) or word in ("a", "I") for word in words]
    names = [ok or (word.isidentifier() and len(word) > 1) for ok, word in zip(plain, words)]
    return any((a and d) or (b and c) for (a, b), (c, d) in zip(pairwise(plain), pairwise(names)))


def _of_convention(
    name: str, exercises: Mapping[str, Convention], topics: Iterable[tuple[Entry, ...]]
) -> Iterator[str]:
    """Its stubs, and our sentences and hints as it has them."""
    for one in exercises.values():
        yield inspect.cleandoc(one.stub.__doc__ or "")
    for entry in (entry for entries in topics for entry in entries if entry.name in exercises):
        chain = (exercises[entry.name],)
        ours = [check.sentence for check in (*entry.public, *entry.hidden)]
        ours += [mistake.hint for mistake in entry.misconceptions]
        yield from (theirs for text in ours if (theirs := said(chain, text)) != text)


def _of_hidden(topic: str, entries: tuple[Entry, ...]) -> Iterator[Message]:
    for entry in entries:
        yield from (check.sentence for check in entry.hidden)
        yield from (mistake.hint for mistake in entry.misconceptions)
        yield from entry.terms.names if entry.terms else ()
    for name in hidden_modules(topic):
        yield from _problems(inspect.getsource(importlib.import_module(name)))


def _of_shared_checks() -> Iterator[Message]:
    """The classes of errors of what the hidden checks of several topics share."""
    for path in sorted((HOUSE / "hidden").glob("_*.py")):
        yield from marked(path.read_bytes())
        yield from _problems(path.read_text())


def _problems(source: str) -> Iterator[str]:
    """The classes of errors that a module names: all that students see of a hidden failure."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            if name in PROBLEMS and len(node.args) > PROBLEMS[name]:
                yield from words_in(node.args[PROBLEMS[name]])


def main(arguments: list[str]) -> None:
    """Renew the PO and MO files of every language."""
    new = arguments[1:] if arguments[:1] == ["--new"] else []
    known = texts()
    for language in (*languages(), *new):
        for name, wanted in known.items():
            path = place_of(name, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_po(renewed(name, wanted, language)))
            path.with_suffix(".mo").write_bytes(as_mo(path.read_bytes()))


if __name__ == "__main__":
    main(sys.argv[1:])
