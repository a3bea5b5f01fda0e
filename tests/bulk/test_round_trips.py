"""A platform's download and roster go in, its import file comes out: everybody has their own grade,
under the platform's own names.
"""

import csv
import io

import pytest

from graders.bulk.exports import canvas_csv, gradescope_csv, moodle_csv
from graders.bulk.gradebook import Score
from graders.bulk.scores import results_of
from graders.course.people import read_roster
from graders.intake.inbox import open_inbox

# Accents, apostrophes, hyphens, several words, commas in other columns, and a number with a zero in
# front.
PEOPLE = (
    ("0031", "Zoë", "von Ümlaut-O'Neil", "zoe@example.org", "zoe"),
    ("3002", "Alan Mathison", "Turing", "alan@example.org", "alan"),
    ("3003", "Grace", "Hopper", "grace@example.org", "grace"),
)
GRADES = ("0.5", "9.25", "")


def as_csv(header, rows):
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    return text.getvalue()


def canvas(folder):
    """Canvas's gradebook as its export writes it, and a download of which one file is late."""
    files = (
        "vonmlautoneilzo_41_9001_hw.ipynb",
        "turingalanmathison_LATE_42_9002_hw-2.ipynb",
        "hoppergrace_43_9003_hw.py",
    )
    rows = [["    Points Possible", "", "", "", "", "10"]]
    rows += [
        [f"{last}, {first}", str(41 + i), id, login, "Group A, mornings", ""]
        for i, (id, first, last, _, login) in enumerate(PEOPLE)
    ]
    for file in files:
        (folder / file).write_text(f"x = '{file}'")
    return as_csv("Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (17)", rows)


def moodle(folder):
    """Moodle's list of participants, and a download with folders."""
    for number, (_, first, last, _, _) in enumerate(PEOPLE, 501):
        (folder / f"{first} {last}_{number}_assignsubmission_file_").mkdir()
        (folder / f"{first} {last}_{number}_assignsubmission_file_" / "hw.ipynb").write_text(
            f"{number}"
        )
    return as_csv(
        "First name,Surname,ID number,Email address,Groups",
        [[first, last, id, email, "A, B"] for id, first, last, email, _ in PEOPLE],
    )


def gradescope(folder):
    """Gradescope's roster, and its export with metadata."""
    text = ""
    for number, (id, first, last, email, _) in enumerate(PEOPLE, 101):
        (folder / f"submission_{number}").mkdir()
        (folder / f"submission_{number}" / "hw.ipynb").write_text(f"{number}")
        text += (
            f'submission_{number}:\n  :submitters:\n  - :name: "{first} {last}"\n    :sid: "{id}"\n'
            f"    :email: {email}\n  :created_at: 2026-10-01 08:00:00 Z\n"
        )
    (folder / "submission_metadata.yml").write_text(text)
    return as_csv(
        "First Name,Last Name,SID,Email,Role,Sections",
        [[first, last, id, email, "Student", "A"] for id, first, last, email, _ in PEOPLE],
    )


# How a platform makes its files, our form for it, the columns by which it finds a student, that of
# the grade, and what stands in the former.
CASES = {
    "Canvas": (
        canvas,
        canvas_csv,
        ("ID", "SIS User ID"),
        "A small homework",
        [("41", "0031"), ("42", "3002"), ("43", "3003")],
    ),
    "Moodle": (
        moodle,
        moodle_csv,
        ("Identifier", "ID number", "Email address"),
        "Grade",
        [(f"Participant {501 + i}", p[0], p[3]) for i, p in enumerate(PEOPLE)],
    ),
    "Gradescope": (
        gradescope,
        gradescope_csv,
        ("Submission ID", "SID", "Email"),
        "Total Score",
        [(f"{101 + i}", p[0], p[3]) for i, p in enumerate(PEOPLE)],
    ),
}


@pytest.mark.parametrize("platform", CASES)
def test_from_a_download_to_an_import(platform, book, small, make, tmp_path):
    prepare, form, columns, grade_column, keys = CASES[platform]
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "roster.csv").write_text(prepare(folder), encoding="utf-8")
    inbox = open_inbox(folder, tmp_path / "unpacked", read_roster(tmp_path / "roster.csv"))
    assert inbox.layout == platform and inbox.notes == ()
    found = sorted(inbox.found, key=lambda item: [p[0] for p in PEOPLE].index(item.people[0].id))
    # Grades of 0.5, 9.25 and none yet: the third has a written exercise that nobody has read.
    make.fill(
        book,
        [
            make.grade(item.name, shares)
            for item, shares in zip(found, ((0.25, 0.0), (1.0, 1.0), (1.0, 1.0)))
        ],
        {item.name: item for item in found},
    )
    book.set_scores(
        "small",
        {
            (found[0].name, "elbo_proof"): Score(0.0),
            (found[1].name, "elbo_proof"): Score(3.25, 'Say "why", Alan.'),
        },
    )
    text = form(results_of(book, small))
    table = {
        tuple(row[c] for c in columns): row
        for row in csv.DictReader(io.StringIO(text))
        if row[columns[1]]
    }
    assert [(key, table[key][grade_column]) for key in keys] == list(zip(keys, GRADES)) and len(
        table
    ) == 3
    # The file that we write for a platform is one that we read as its roster: the same people, once
    # each.
    (tmp_path / "back.csv").write_text(text, encoding="utf-8")
    back = read_roster(tmp_path / "back.csv")
    assert sorted((p.id, _plain(p.name)) for p in back) == sorted(
        (id, _plain(f"{first} {last}")) for id, first, last, _, _ in PEOPLE
    )


def _plain(name):
    last, comma, first = name.partition(", ")
    return " ".join(sorted((f"{first} {last}" if comma else name).split()))
