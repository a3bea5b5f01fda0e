"""Downloads of every kind: which files are graded, whose they are, and that nothing is dropped in
silence.
"""

import os
import stat
import zipfile
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from graders.course.people import BadRoster, Person, match, read_roster
from graders.intake.archives import BadArchive, Room, unpack
from graders.intake.find import NoSubmissions
from graders.intake.inbox import open_inbox
from graders.intake.layouts import read

METADATA = """\
---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '3001'
    :email: ada@example.org
  :created_at: 2026-10-12 20:15:30.123456789 Z
  :score: 3.0
  :status: processed
  :history:
  - :id: 99
    :created_at: 2026-10-11 08:00:00.000000000 Z
submission_102: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
  :submitters:
  - :name: Alan Turing
    :sid:
    :email: alan@example.org
  - :name: Grace Hopper
    :sid: 3003
    :email: grace@example.org
  :created_at: !ruby/object:ActiveSupport::TimeWithZone 2026-10-13 01:00:00 +0200
submission_103:
  :submitters: []
"""
ROSTER = [
    Person("3001", "Ada Lovelace", "ada@example.org", "ada"),
    Person("3002", "Alan Turing", "alan@example.org", "alan"),
    Person("3003", "Grace Hopper", "grace@example.org"),
]


def put(folder, *names, text="x = 1"):
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}  # {name}")
    return folder


def make_zip(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def graded(inbox):
    return {item.name: item.file and item.file.name for item in inbox.found}


@pytest.fixture
def gradescope(tmp_path):
    folder = put(
        tmp_path / "assignment_7_export",
        "submission_101/hw.ipynb",
        "submission_101/other.py",
        "submission_102/hw.py",
        "submission_104/hw.py",
        "readme.txt",
    )
    (folder / "submission_metadata.yml").write_text(METADATA)
    return folder


def test_gradescope_export(gradescope, tmp_path):
    inbox = open_inbox(gradescope, tmp_path / "unpacked", ROSTER)
    assert inbox.layout == "Gradescope"
    assert graded(inbox) == {
        "submission_101": "hw.ipynb",
        "submission_102": "hw.py",
        "submission_104": "hw.py",
    }
    ada, group, stranger = inbox.found
    assert (
        ada.people == (ROSTER[0],)
        and ada.handle == "101"
        and ada.submitted == datetime(2026, 10, 12, 20, 15, 30, tzinfo=timezone.utc)
    )
    assert group.people == (ROSTER[1], ROSTER[2]) and group.submitted == datetime(
        2026, 10, 12, 23, 0, tzinfo=timezone.utc
    )
    assert stranger.people == () and stranger.submitted is None
    notes = "\n".join(inbox.notes)
    assert (
        "submission_104 is not in submission_metadata.yml; it is graded under its own name" in notes
    )
    assert "readme.txt is not in submission_metadata.yml; it is not graded" in notes
    assert "submission_103 is in submission_metadata.yml, but not in the folder" in notes
    assert "submission_104 is of nobody in the roster" in notes


def test_gradescope_export_inside_its_own_folder_and_as_a_zip(gradescope, tmp_path):
    assert open_inbox(gradescope.parent, tmp_path / "u1").layout == "Gradescope"
    files = {
        f"export/{p.relative_to(gradescope)}": p.read_bytes()
        for p in gradescope.rglob("*")
        if p.is_file()
    }
    inbox = open_inbox(make_zip(tmp_path / "zips" / "export.zip", files), tmp_path / "u2")
    assert inbox.layout == "Gradescope" and len(inbox.found) == 3


@pytest.mark.parametrize(
    "text",
    ["a: [", "- 1", "!!python/object/apply:os.system ['touch /tmp/critic-was-here']", "\x00"],
)
def test_gradescope_metadata_that_cannot_be_used(gradescope, text):
    (gradescope / "submission_metadata.yml").write_text(text)
    with pytest.raises(NoSubmissions, match="from Gradescope again"):
        read(gradescope)
    assert not os.path.exists("/tmp/critic-was-here")


def test_no_tag_of_the_metadata_makes_an_object(gradescope):
    (gradescope / "submission_metadata.yml").write_text(
        "submission_101: !ruby/object:Gem::Installer {':submitters': !x [!y {':name': !z Ada}]}"
    )
    inbox = read(gradescope)
    assert inbox.found[0].people == (Person(name="Ada"),)


CANVAS = (
    "lovelaceada_41_9001_hw.ipynb",
    "lovelaceada_41_9000_helper.py",
    "turingalan_LATE_42_9002_hw-1.ipynb",
    "turingalan_42_8000_hw.ipynb",
    "hoppergrace_43_9003_hw.pdf",
)


def test_canvas_download(tmp_path):
    folder = put(tmp_path / "in", *CANVAS, "unexpected.ipynb")
    inbox = open_inbox(folder, tmp_path / "unpacked", ROSTER)
    assert inbox.layout == "Canvas"
    assert set(graded(inbox)) == {
        "hoppergrace_43_9003_hw.pdf",
        "lovelaceada_41_9001_hw.ipynb",
        "turingalan_LATE_42_9002_hw-1.ipynb",
        "unexpected.ipynb",
    }
    grace, ada, alan = inbox.found[:3]
    assert grace.file is None and "hw.pdf is a PDF, which holds no code" in grace.problem
    assert dict(ada.files).keys() == {"hw.ipynb", "helper.py"} and ada.main == "hw.ipynb"
    assert ada.people == (replace(ROSTER[0], canvas="41"),)
    assert ada.handle == "41" and not ada.marked_late
    assert alan.people == (replace(ROSTER[1], canvas="42"),) and alan.marked_late
    notes = "\n".join(inbox.notes)
    assert (
        "lovelaceada_41_9000_helper.py goes with lovelaceada_41_9001_hw.ipynb of the same student"
        in notes
    )
    assert (
        "turingalan_42_8000_hw.ipynb is not graded: turingalan_LATE_42_9002_hw-1.ipynb is the later"
        " attempt of 3002" in notes
    )
    assert (
        "unexpected.ipynb is not named as Canvas names files; it is graded under its own name"
        in notes
    )
    assert "nothing handed in by" not in notes


def test_what_a_hidden_name_leaves_out_is_listed(tmp_path, gradescope):
    put(tmp_path / "plain", "ada.ipynb", "__alan.ipynb", "__grace/hw.py", "__init__.py", "._ada.py")
    put(tmp_path / "plain", "__MACOSX/._ada.ipynb", "__pycache__/ada.pyc")
    put(gradescope, "__alan.py")
    for folder, left_out in (
        (tmp_path / "plain", ["__alan.ipynb", "__grace"]), (gradescope, ["__alan.py"]),
    ):  # fmt: skip
        notes = [note for note in read(folder).notes if "hidden file" in note]
        assert [note.split()[0] for note in notes] == left_out


def test_canvas_attempts_are_all_graded_when_the_best_counts(tmp_path):
    inbox = open_inbox(put(tmp_path / "in", *CANVAS), tmp_path / "unpacked", ROSTER, "best")
    assert {item.name for item in inbox.found if item.owner == "3002"} == {
        "turingalan_42_8000_hw.ipynb",
        "turingalan_LATE_42_9002_hw-1.ipynb",
    }


def test_moodle_download_with_folders(tmp_path):
    folder = put(
        tmp_path / "in",
        "Ada Lovelace_501_assignsubmission_file_/hw.ipynb",
        "Alan Turing_502_assignsubmission_file_/sub/hw.py",
        "Grace Hopper_503_assignsubmission_onlinetext_/onlinetext.html",
    )
    inbox = open_inbox(folder, tmp_path / "unpacked", ROSTER)
    assert inbox.layout == "Moodle"
    assert [(item.people, item.handle) for item in inbox.found] == [
        ((ROSTER[0],), "Participant 501"),
        ((ROSTER[1],), "Participant 502"),
    ]
    assert any(
        note.startswith("Grace Hopper_503_assignsubmission_onlinetext_ is not graded")
        for note in inbox.notes
    )


def test_moodle_download_without_folders(tmp_path):
    folder = put(
        tmp_path / "in",
        "Ada Lovelace_501_assignsubmission_file_hw.ipynb",
        "Ada Lovelace_501_assignsubmission_file_more.py",
        "Zoë von Ümlaut_504_assignsubmission_file_hw.py",
        "list.txt",
        "loose.py",
    )
    inbox = read(folder)
    assert [item.people[0].name for item in inbox.found[:2]] == ["Ada Lovelace", "Zoë von Ümlaut"]
    notes = "\n".join(inbox.notes)
    assert (
        "more.py goes with Ada Lovelace_501_assignsubmission_file_hw.ipynb of the same student"
        in notes
    )
    assert (
        "list.txt is not named as Moodle names files; it is not graded" in notes
        and "loose.py" in notes
    )


def test_a_download_without_code_is_no_class(tmp_path):
    with pytest.raises(
        NoSubmissions, match="looks like a download from Canvas, but holds no notebook"
    ):
        read(put(tmp_path, "a_1_2_hw.pdf", "b_2_3_hw.pdf"))


def test_otter_zips_are_unpacked_and_keep_their_names(tmp_path):
    folder = put(tmp_path / "in", "plain.py")
    make_zip(
        folder / "ada_2026.zip",
        {"hw.ipynb": "{}", ".OTTER_LOG": "pickle", "hw.pdf": "x", "__zip_filename__": "ada"},
    )
    make_zip(folder / "deep" / "inner.zip", {"a/hw.ipynb": "{}"})
    (folder / "broken.zip").write_text("PK no zip")
    inbox = open_inbox(folder, tmp_path / "unpacked")
    assert graded(inbox) == {
        "ada_2026.zip": "hw.ipynb",
        "broken.zip": None,
        "deep": "hw.ipynb",
        "plain.py": "plain.py",
    }
    assert any("broken.zip cannot be unpacked" in note for note in inbox.notes)
    assert (folder / "ada_2026.zip").is_file() and not list(
        (tmp_path / "unpacked").rglob(".OTTER_LOG")
    )


def test_what_a_zip_may_not_do(tmp_path):
    link = zipfile.ZipInfo("link.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = make_zip(
        tmp_path / "evil.zip",
        {
            "../up.py": "x",
            "/abs.py": "x",
            "a/../../b.py": "x",
            "c:\\windows.py": "x",
            link: "/etc/passwd",
            "good.py": "x",
        },
    )
    refused = unpack(path, tmp_path / "out" / "deep")
    assert len(refused) == 5
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.py")] == [
        "out/deep/good.py"
    ]


def test_zip_bombs_stop_at_the_limit(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.py", b"0" * 3_000_000)
    with pytest.raises(BadArchive, match=r"bomb.zip unpacks to more than \d+ MB"):
        unpack(path, tmp_path / "out", Room(1_000_000))
    many = make_zip(tmp_path / "many.zip", {f"{i}.py": "" for i in range(20_001)})
    with pytest.raises(BadArchive, match="has more than 20,000 members"):
        unpack(many, tmp_path / "out2")


def test_of_several_files_in_a_zip_the_newest_is_graded(tmp_path):
    old, new = (
        zipfile.ZipInfo("z_old.ipynb", (2026, 1, 1, 0, 0, 0)),
        zipfile.ZipInfo("a_new.ipynb", (2026, 2, 1, 0, 0, 0)),
    )
    make_zip(tmp_path / "in" / "s.zip", {old: "{}", new: "{}"})
    assert graded(open_inbox(tmp_path / "in", tmp_path / "u")) == {"s.zip": "a_new.ipynb"}


def test_links_in_a_students_folder_are_not_followed(tmp_path):
    folder = put(tmp_path / "in", "bob/hw.py")
    (folder / "bob" / "secret.ipynb").symlink_to("/etc/passwd")
    assert graded(read(folder)) == {"bob": "hw.py"}


def test_names_that_are_no_text_can_be_graded(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1")
    assert [item.name for item in read(tmp_path).found] == ["caf\\xe9.py"]


def test_plain_files_are_put_to_the_roster_by_what_their_names_hold(tmp_path):
    folder = put(tmp_path / "in", "hw1_3001.py", "alan-hw.py", "3001_again.py", "nobody.py")
    os.utime(folder / "3001_again.py", (0, 0))
    inbox = open_inbox(folder, tmp_path / "u", ROSTER)
    assert {item.name: item.owner for item in inbox.found} == {
        "alan-hw.py": "3002",
        "hw1_3001.py": "3001",
        "nobody.py": "nobody.py",
    }
    assert any(
        "3001_again.py is not graded: hw1_3001.py is the later attempt of 3001" in note
        for note in inbox.notes
    )


def test_equal_files_of_different_people_are_listed(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text("same")
    assert "a.py, b.py are the same file" in open_inbox(folder, tmp_path / "u").notes


ROSTERS = {
    "own": "id,name,email,extra_days\n3001,Ada Lovelace,ada@example.org,2\n",
    "Canvas": (
        '﻿Student,ID,SIS User ID,SIS Login ID,Section\n"    Points Possible",,,,\n"Lovelace,'
        ' Ada",41,3001,ada,T1\n'
    ),
    "Moodle": "First name,Surname,ID number,Email address\nAda,Lovelace,3001,ada@example.org\n",
    "Gradescope": "First Name,Last Name,SID,Email,Sections\nAda,Lovelace,3001,ada@example.org,T1\n",
}


@pytest.mark.parametrize("kind", ROSTERS)
def test_rosters_of_every_platform_are_read(tmp_path, kind):
    (tmp_path / "roster.csv").write_text(ROSTERS[kind], encoding="utf-8")
    [ada] = read_roster(tmp_path / "roster.csv")
    assert match([ada], name="Ada Lovelace") == match([ada], name="lovelaceada") == ada
    assert (ada.id, ada.extra_days, ada.canvas) == (
        "3001",
        2.0 if kind == "own" else 0.0,
        "41" if kind == "Canvas" else "",
    )
    assert match([ada], id="41") == (ada if kind == "Canvas" else None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: the first line names the columns"),
        ("a,b\n1,2\n", "has no column that names a person"),
        ("id\n1\n1\n", "lists 1 more than once"),
        ("id,extra_days\n1,two\n", "line 2: extra_days is 'two', which is no number"),
        (b"id\n\xff\n", "cannot be read as a CSV file in UTF-8"),
    ],
)
def test_rosters_that_cannot_be_used(tmp_path, text, sentence):
    (tmp_path / "r.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadRoster, match=sentence):
        read_roster(tmp_path / "r.csv")


def test_a_name_that_fits_two_people_fits_nobody():
    two = [Person("1", "Kim Lee"), Person("2", "Lee Kim")]
    assert (
        match(two, name="Kim Lee") is None
        and match(two, id="2") == two[1]
        and match(two, text="hw") is None
    )


@pytest.mark.parametrize("archive", [False, True])
def test_our_own_results_among_the_submissions_are_none(tmp_path, archive):
    folder = put(tmp_path / "in", "ada.ipynb", "out/feedback/ada.py", "out/unpacked/old.py")
    if archive:
        make_zip(folder / "eve.zip", {"hw.py": "x = 1"})
    names = [item.name for item in open_inbox(folder, folder / "out" / "unpacked").found]
    assert names == ["ada.ipynb", *["eve.zip"] * archive]
    assert not archive or not (folder / "out" / "unpacked" / "out").exists()


def test_a_name_in_a_roster_does_nothing_to_a_terminal(tmp_path):
    (tmp_path / "r.csv").write_bytes('id,name\n1,"\x1b[2J\u202eAda\nL\0"\n'.encode())
    assert [p.name for p in read_roster(tmp_path / "r.csv")] == ["\\u001b[2J\\u202eAda L\\u0000"]
