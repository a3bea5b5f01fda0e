"""What a grading run writes is readable to its owner alone."""

from graders.course.closed import open_to_all, owner_only


def test_what_is_written_inside_is_nobody_elses(tmp_path):
    with owner_only():
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "grades.csv").write_text("x")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    assert (tmp_path / "out" / "grades.csv").stat().st_mode & 0o077 == 0
    (tmp_path / "later").write_text("x")
    assert (tmp_path / "later").stat().st_mode & 0o044
    open_to_all(tmp_path / "out")
    assert (tmp_path / "out" / "grades.csv").stat().st_mode & 0o777 == 0o644
