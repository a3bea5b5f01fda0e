"""What is said of a submission that does not define an exercise."""

from graders.core.verdict import Status
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.grade import nothing_found


def test_who_leaves_an_exercise_out_breaks_no_check_of_ours():
    entries = {e.name: e for name in homework_names() for e in load_homework(name).graded}
    assert len(entries) > 100
    for entry in entries.values():
        verdicts = nothing_found(entry)
        assert [v.check for v in verdicts] == [c.name for c in (*entry.public, *entry.hidden)]
        assert {v.status for v in verdicts} <= {Status.STUDENT_ERROR, Status.SKIPPED}, entry.name
        assert {v.message for v in verdicts if not v.public} == {verdicts[0].message}
