"""Questions whose choices have an order for each student: what the notebook shows, how the grader
reads the letters, and what copied letters are worth.
"""

import json
import re

import pytest

from graders.core import notebook, variants
from graders.core.forms import Letters, fold
from graders.core.variants import as_ours, choices_in, in_order_of, labels, order, word_of
from graders.course.homeworks import UnknownName, homeworks
from graders.course.people import Person
from graders.course.wrong import wrong_in
from graders.grading.catalogue import homework_of, load_homework
from graders.grading.grade import grade
from graders.grading.prompts import prompt_of, read_topic
from graders.grading.varied import asked_for, whose
from graders.packaging.archive import place_of
from graders.packaging.bundle import shipped
from graders.packaging.master import master_notebook
from tests.grading.here import Here

TABLE = {"title": "T", "topics": ["kl"], "points": {"kl_properties": 2, "kl_to_itself": 1}}
VARIED = homework_of("h", {**TABLE, "variants": True})
NAME = "kl_properties"
ENTRY = VARIED.entry(NAME)
PROMPT = prompt_of(ENTRY, read_topic("kl")).text
RIGHT = ENTRY.solution


def as_met(word):
    """The letters of the right statements for whom they are in this order."""
    ours = choices_in(PROMPT)
    right = {ours[letter] for letter in RIGHT}
    return {k for k, v in choices_in(in_order_of(PROMPT, NAME, word)).items() if v in right}


def share(answer, student=None, people=(), homework=VARIED):
    named = {} if student is None else {"student": student}
    submission = Here({NAME: answer, **named})
    word, said = whose(submission, people) if homework.varied else ("", ())
    found = grade(homework, submission, course_key="k", only=(NAME,), word=word)
    return found[0].share, said


def able():
    for name, table in homeworks().items():
        entries = {entry.name: entry for entry in load_homework(name).entries}
        try:
            yield from (entries[e] for e in asked_for(name, {**table, "variants": True}, entries))
        except UnknownName:
            continue


def test_every_question_with_letters_is_read_as_it_was_shown():
    entries = {entry.name: entry for entry in able()}
    assert len(entries) >= 7
    for name, entry in entries.items():
        prompt = prompt_of(entry, read_topic(entry.topic)).text
        ours, names = choices_in(prompt), labels(entry.exercise)
        orders = set()
        for word in ("", "ada", "3001", "eve"):
            met = choices_in(in_order_of(prompt, name, word))
            orders.add(tuple(met.values()))
            for label, text in met.items():
                answer = {label} if isinstance(entry.form, Letters) else {label: True}
                [read] = as_ours(answer, names, name, word)
                assert fold(ours[read]) == fold(text)
        assert len(orders) > 1 or len(names) < 4
        assert "- **" not in variants.without_choices(prompt)


def test_whoever_copies_letters_copies_those_of_another_order():
    assert as_met("ada") != as_met("eve") and as_met("") == RIGHT
    assert share(as_met("ada"), "ada") == (1.0, ())
    assert share(as_met("ada"), "Ada ") == (1.0, ())
    assert share(as_met("ada"), "eve") == (0.0, ())
    assert share(as_met("eve"), "eve")[0] == 1.0
    assert share(sorted(as_met("eve")), "eve")[0] == 1.0


@pytest.mark.parametrize("nobody", [None, "", "  ", ..., 3.5, ["ada"]])
def test_a_missing_name_is_one_sentence_and_the_usual_order(nobody):
    found, said = share(RIGHT, nobody)
    assert found == 1.0 and "does not say who you are" in " ".join(said)


ADA = Person("3001", "Ada Lovelace", "ada@x.edu", "al01")


@pytest.mark.parametrize("word", ["3001", 3001, "ADA@x.edu", "al01", "Lovelace, Ada", "ada"])
def test_a_student_is_known_by_any_name_of_the_roster(word):
    assert share(as_met(word_of(word)), word, [ADA]) == (1.0, ())


@pytest.mark.parametrize("word", ["3002", "eve@x.edu", "eve"])
def test_with_the_name_of_another_the_order_is_that_of_who_handed_in(word):
    assert sorted(as_met(word_of(word))) != sorted(as_met("3001"))
    found, said = share(as_met(word_of(word)), word, [ADA])
    assert found < 1.0 and repr(word) in said[0] and "Ada Lovelace" in said[0]
    assert share(as_met(word_of(word)), word, [ADA, Person("3002", "Eve", "eve@x.edu")])[0] == 1.0


def test_a_platform_that_knows_no_number_says_nothing_about_one():
    assert share(as_met("3002"), "3002", [Person("", "Ada Lovelace", "ada@x.edu")]) == (1.0, ())


def test_without_variants_letters_are_letters():
    plain = homework_of("h", TABLE)
    assert not plain.varied and share(RIGHT, "ada", homework=plain) == (1.0, ())
    assert "variants" not in json.loads(shipped(plain)["graders/public/homework.json"])


def test_what_is_no_answer_of_this_form_stays_as_it_is():
    for value in (None, 3, "A", {"Z"}, [["A"]], {1: 2}):
        assert as_ours(value, labels(ENTRY.exercise), NAME, "") == value
    assert share({"Z"}, "ada")[0] == 0.0


def test_an_order_is_one_of_all_and_no_two_students_share_it_by_rule():
    orders = {tuple(order(f"student {i}", NAME, 7)) for i in range(200)}
    assert len(orders) > 180 and all(sorted(one) == list(range(7)) for one in orders)


def test_the_notebook_shows_the_question_and_the_bundle_has_its_text(monkeypatch, capsys):
    book = master_notebook(VARIED, place_of("student_template"))
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    assert 'student = ""' in code and f'grader.question("{NAME}")' in code
    assert "It is never negative" not in text and "the set of the letters" in text
    given = json.loads(shipped(VARIED)["graders/public/homework.json"])
    assert list(given["variants"]) == [NAME]
    monkeypatch.setattr(variants, "given", lambda: given)
    exec("question('kl_properties')", {"student": "Ada", "question": notebook.question})
    assert capsys.readouterr().out.strip() == in_order_of(PROMPT, NAME, "ada")
    exec("question('kl_properties')", {"student": "", "question": notebook.question})
    assert capsys.readouterr().out.startswith("Fill in `student` at the top first")
    exec("question('kl_propertys')", {"question": notebook.question})
    assert "did you mean `kl_properties`?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "said"),
    [(["kl_to_itself"], "kl_to_itself has none"), (["elbow"], "elbow has none")],
)
def test_variants_of_what_has_no_letters_are_refused(asked, said):
    with pytest.raises(UnknownName, match=re.escape(said)):
        homework_of("h", {**TABLE, "variants": asked})


def test_variants_are_true_or_a_list():
    assert not list(wrong_in("h", {**TABLE, "variants": [NAME]}))
    assert any("`variants`" in text for text in wrong_in("h", {**TABLE, "variants": "yes"}))
    assert homework_of("h", {**TABLE, "variants": [NAME]}).varied
