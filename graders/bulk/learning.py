"""What mistakes that a person named look like under this course's key: the code of one who made
each is graded in isolation, like any submission, once for every homework and key.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from graders.bulk.gradebook import Gradebook
from graders.bulk.mistakes import (
    Named,
    failures_of,
    keep_named,
    print_of,
    read_named,
    unnamed,
    with_name,
)
from graders.bulk.outputs import guarded
from graders.bulk.scores import known_as
from graders.bulk.task import Done, Run, Task
from graders.grading.listed import list_homework, with_required
from graders.intake.find import Found

Way = Callable[[Run, Sequence[Task]], Iterator[Done]]


def learn_names(run: Run, book: Gradebook, grading: Way) -> list[str]:
    """Find out what the named mistakes of this homework look like, where that is not known yet.
    Returns sentences on those that could not be run.
    """
    folder, where = book.path.parent, known_as(book, run.homework)
    known = {entry.name for entry in list_homework(run.homework).graded}
    named = read_named(folder)
    new = [n for n in named if n.code and n.exercise in known and where not in n.prints]
    said: list[str] = []
    if not new:
        return said
    with guarded("mistakes.toml", "what its mistakes look like", said):
        for mistake, mark in _prints(run, new, grading):
            named = with_name(named, mistake, where, mark)
        keep_named(folder, named)
    return said


def _prints(
    run: Run, mistakes: Sequence[Named], grading: Way
) -> Iterator[tuple[Named, Sequence[str]]]:
    """Each mistake with its print; with none where its code fails no more, or for a known
    reason.
    """
    with tempfile.TemporaryDirectory() as scratch:
        tasks = {}
        for i, mistake in enumerate(mistakes):
            file = Path(scratch, f"mistake_{i}.py")
            file.write_text(mistake.code, encoding="utf-8")
            # What its prerequisites are decides how an exercise is judged.
            needed = tuple(with_required(list_homework(run.homework), [mistake.exercise]))
            tasks[f"mistake_{i}"] = (mistake, Task(Found(f"mistake_{i}", file), needed))
        for task, grade, _ in grading(run, [task for _, task in tasks.values()]):
            mistake = tasks[task.found.name][0]
            (exercise,) = [e for e in grade.exercises if e.name == mistake.exercise]
            wrong = unnamed(exercise) and failures_of(exercise)
            yield mistake, [print_of(exercise)] if wrong else []
