"""A whole class: what of it is due is graded, and each result is in the gradebook as soon as it is
known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from graders.bulk.gradebook import Gradebook
from graders.bulk.task import Done, Run, Task
from graders.core.arrays import MAX_BYTES
from graders.course.key import fingerprint
from graders.grading import record
from graders.grading.beside import read_beside
from graders.grading.listed import list_homework
from graders.intake.find import Found, digest

NOTHING = hashlib.sha256(b"").hexdigest()


def content_of(found: Found) -> str:
    """The hash of a submission's file and of what lies beside it; that of nothing when it has none
    or cannot be read.
    """
    try:
        if found.file is None:
            return NOTHING
        artefacts = found.artefacts
        parts = [digest(found.file), *([digest(artefacts, MAX_BYTES + 1)] if artefacts else [])]
        for name, data in sorted(read_beside(found)[0].files.items()):
            parts += [repr(name), hashlib.sha256(data).hexdigest()]
        return parts[0] if len(parts) == 1 else hashlib.sha256(" ".join(parts).encode()).hexdigest()
    except OSError:
        return NOTHING


def grade_class(
    run: Run,
    found: Sequence[Found],
    notes: Sequence[str],
    book: Gradebook,
    grading: Callable[[Run, Sequence[Task]], Iterator[Done]],
    again: str = "",
) -> Iterator[str]:
    """Grade what has no standing result, into the gradebook; yield the name of each submission when
    it is complete.

    A result stands while the submission, the checks and the settings that it depends on are the
    same. So a run that was broken off goes on, and after a change of one check only what depends on
    it is graded again. `grading` does the tasks wherever it likes; this process alone writes the
    gradebook. `again`: this submission alone is graded, whole, whatever of it stands.
    """
    contents = {item.name: content_of(item) for item in found}
    number = book.begin(
        run.homework,
        {
            "only": run.only,
            "trusted": run.trust,
            "course_key": fingerprint(run.course_key),
            "worth": list_homework(run.homework).points,
        },
        record.code_version(),
    )
    book.register(number, run.homework, [(item, contents[item.name]) for item in found], notes)
    stamps, tasks = run.stamps(), []
    for item in found:
        old = book.stamps(run.homework, item.name)
        due = tuple(
            name
            for name, stamp in stamps.items()
            if item.name == again
            or (not again and old.get(name) != stamp._replace(content=contents[item.name]))
        )
        if due:
            tasks.append(Task(item, due))
        else:
            yield item.name
    for task, grade, layers in grading(run, tasks):
        fresh = {
            name: stamps[name]._replace(content=contents[task.found.name])
            for name in task.exercises
        }
        book.add(number, grade, fresh, layers)
        yield task.found.name
    book.finish(number)
