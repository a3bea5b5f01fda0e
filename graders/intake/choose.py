"""Which file of a submission is graded, and with which others: the one that answers the most
exercises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from graders.core.language import say
from graders.intake.archives import shown
from graders.intake.contents import EVERYTHING, Contents, contents
from graders.intake.kinds import is_candidate, is_notebook, is_renamed, what_to_do

# A folder with more files of code than this is no homework: the first that lie highest are read.
READ = 60
NAMED = 5


@dataclass(frozen=True)
class Choice:
    """The file to grade by its name in the submission; "" where `problem` says why there is none.

    joined: other scripts that belong to it, each with the exercises that are taken from there.
    notes: for the student.
    """

    file: str = ""
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


def choose(files: Mapping[str, Path], exercises: Iterable[str], name: str) -> Choice:
    """Choose among the files of a submission. The one that answers the most exercises, itself or by
    what it imports; then a notebook before a script, the newest, and the one that lies highest.
    """
    candidates = [n for n, path in files.items() if is_candidate(n, path)]
    candidates = candidates or [n for n, path in files.items() if is_renamed(n, path)]
    if not candidates:
        return Choice(problem=what_to_do(name, files))
    if len(candidates) == 1:
        return Choice(candidates[0])
    candidates.sort(key=lambda n: (n.count("/"), not is_notebook(n), n))
    code = Code(files, tuple(candidates[:READ]), frozenset(exercises))
    best = max(candidates[:READ], key=code.rank)
    return Choice(best, code.joined(best), code.notes(best))


@dataclass(frozen=True)
class Code:
    """The files of code of a submission, and what each takes from the others."""

    files: Mapping[str, Path]
    names: tuple[str, ...]
    exercises: frozenset[str]
    _read: dict[str, Contents] = field(default_factory=dict)

    def rank(self, name: str) -> tuple[int, bool, float, int, str]:
        """What is greatest for the file that is graded."""
        date = self.files[name].stat().st_mtime
        return len(self.answers(name)), is_notebook(name), date, -name.count("/"), name

    def answers(self, name: str) -> set[str]:
        """The exercises that a file answers: its own, and those that it takes from other files."""
        return self._answers[name]

    @cached_property
    def _answers(self) -> dict[str, set[str]]:
        found = {name: set(self.of(name).answers) for name in self.names}
        sources = {name: self._sources(name) for name in self.names}
        grows = True
        while grows:
            grows = False
            for name, taken_from in sources.items():
                for other, taken in taken_from:
                    theirs = found[other] if EVERYTHING in taken else found[other] & set(taken)
                    grows = grows or not theirs <= found[name]
                    found[name] |= theirs
        return found

    def used(self, name: str) -> set[str]:
        """A file and every other that it takes code from, directly or not."""
        found, waiting = {name}, [name]
        while waiting:
            for other, _ in self._sources(waiting.pop()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def joined(self, best: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Scripts that answer what the chosen file leaves open: together they are one work."""
        missing = set(self.exercises) - self.answers(best)
        used, found = self.used(best), []
        for other in sorted(set(self.names) - used, key=self.rank, reverse=True):
            more = self.answers(other) & missing
            if more and not is_notebook(other) and _module(other):
                found.append((other, tuple(sorted(more))))
                missing -= more
        return tuple(found)

    def notes(self, best: str) -> tuple[str, ...]:
        """What the student is told about the files that were not chosen."""
        joined = self.joined(best)
        taken = self.used(best) | {name for name, _ in joined}
        others = [
            name
            for name in self.names
            if name not in taken and (is_notebook(name) or self.answers(name))
        ]
        said = [
            say(
                "{best} is graded, with {name} for {exercises}.",
                best=shown(best),
                name=shown(name),
                exercises=", ".join(f"`{e}`" for e in exercises),
            )
            for name, exercises in joined
        ]
        if others:
            named = ", ".join(map(shown, others[:NAMED])) + (
                say(" and {number} more", number=len(others) - NAMED) if len(others) > NAMED else ""
            )
            said.append(
                say(
                    "There are several files that could be graded: {best} was, which answers the"
                    " most exercises; {named} was not. Hand in one file to decide this yourself.",
                    best=shown(best),
                    named=named,
                )
            )
        said += [self.of(n).problem for n in self.names if n != best and self.of(n).problem]
        return tuple(said)

    def of(self, name: str) -> Contents:
        """What a file says about itself."""
        if name not in self._read:
            self._read[name] = contents(self.files[name], self.exercises)
        return self._read[name]

    def _sources(self, name: str) -> list[tuple[str, tuple[str, ...]]]:
        """Other files that a file takes code from, with the names that it takes."""
        own, here, found = self.of(name), PurePosixPath(name).parent, []
        for level, module, taken in dict.fromkeys(own.takes):
            places = [here, PurePosixPath()] if not level else [_up(here, level - 1)]
            parts = [part for part in module.split(".") if part]
            found += [(f, taken) for f in self._modules(places, parts)]
            # `from models import ops` may mean a name in models, or a file.
            for part in taken:
                found += [(f, ()) for f in self._modules(places, [*parts, part])]
        for path in dict.fromkeys(own.runs):
            for run in (here / path, here / f"{path}.py"):
                found += [(str(run), (EVERYTHING,))] if str(run) in self._known else []
        return found

    def _modules(self, places: list[PurePosixPath], parts: list[str]) -> list[str]:
        if not parts:
            return []
        for place in places:
            path = place.joinpath(*parts)
            for file in (f"{path}.py", f"{path}/__init__.py", f"{path}.ipynb"):
                if file in self._known:
                    return [file]
        return []

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)


def _up(folder: PurePosixPath, levels: int) -> PurePosixPath:
    for _ in range(levels):
        folder = folder.parent
    return folder


def _module(name: str) -> bool:
    """Whether a script can be imported by the path that it has."""
    path = PurePosixPath(name)
    return path.suffix == ".py" and all(part.isidentifier() for part in path.with_suffix("").parts)
