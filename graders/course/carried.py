"""What of a course a copy of this program takes along: into a zip, or to another machine."""

from __future__ import annotations

from graders.course.environment import environment_of
from graders.course.homeworks import FILE, TOPIC_FOLDERS, course_folder, homeworks


def course_files() -> dict[str, bytes]:
    """What a copy of this program needs to work on this course elsewhere, by path beside the
    packages. Private.
    """
    course = course_folder()
    if course is None:
        return {}
    topics = [
        path
        for folder in ("assignments", *TOPIC_FOLDERS)
        for path in sorted((course / folder).rglob("*.*"))
        if path.suffix in (".py", ".md", ".po", ".mo")
    ]
    given = {
        f"assignments/{file}": content
        for name, table in homeworks().items()
        for file, content in environment_of(name, table).contents().items()
    }
    return {
        **given,
        f"assignments/{FILE}": (course / FILE).read_bytes(),
        **{path.relative_to(course).as_posix(): path.read_bytes() for path in topics},
    }
