"""Texts in the language of a homework: what is looked up, what is filled in, what stays English."""

import pytest

from graders.core.language import (
    Tongue,
    counted,
    listed,
    say,
    say_again,
    speaking,
    spoken,
    to_say,
)
from graders.core.render import lines
from graders.core.verdict import Failure, Status, Verdict

GERMAN = Tongue("de")


def of(**own: str) -> Tongue:
    """English with other texts for some of ours."""
    return Tongue(own=tuple((to_say(ours.replace("_", " ")), text) for ours, text in own.items()))


def test_a_text_is_said_in_the_language_spoken_and_in_english_elsewhere():
    text = "got {got}, wanted {wanted}"
    assert say(text, got=1, wanted=2) == "got 1, wanted 2"
    with speaking(GERMAN):
        german = say(text, got=1, wanted=2)
        assert german != "got 1, wanted 2" and "1" in german and "2" in german
        with speaking(Tongue()):
            assert say(text, got=1, wanted=2) == "got 1, wanted 2"
    assert spoken().code == "en"


def test_what_nobody_translated_is_said_in_english_and_is_no_pattern():
    with speaking(GERMAN):
        assert say("a text {that} nobody has") == "a text {that} nobody has"
        assert (
            say("{value} stays", value="a {brace} of a student") == "a {brace} of a student stays"
        )


def test_a_course_says_single_texts_otherwise_also_where_they_are_filled_in():
    with speaking(of(wrong_values="look again")):
        assert say("wrong values") == "look again"
        assert say("{what}!", what="wrong values") == "look again!"
    assert say("wrong values") == "wrong values"


@pytest.mark.parametrize(("number", "text"), [(1, "1 file"), (0, "0 files"), (2, "2 files")])
def test_numbers_choose_the_form(number, text):
    assert counted(number, "{number} file", "{number} files") == text


def test_names_are_listed_as_people_do():
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]


def test_a_kept_text_is_recognised_with_what_is_filled_in():
    kinds = ("not {number} values", "no {kind}")
    with speaking(of(no_gradient="kein Gradient")):
        assert say_again("no gradient", kinds) == "kein Gradient"
        assert say_again("no ValueError", kinds) == "no ValueError"
    with speaking(Tongue(own=(("no {kind}", "ohne {kind}"),))):
        assert say_again("no ValueError", kinds) == "ohne ValueError"
        assert say_again("something else", kinds) == "something else"


def test_the_class_of_an_error_stays_english_and_is_shown_in_the_language():
    with speaking(of(wrong_values="falsche Werte", the_value_differs="der Wert ist ein anderer")):
        failure = Failure("wrong values", "f(x)", "the value differs")
        verdict = Verdict("f", "check", "It is right.", Status.FAILED, False, failure.problem)
        assert failure.problem == "wrong values"
        assert str(failure) == "f(x): der Wert ist ein anderer"
        assert verdict.shown == "falsche Werte"
        assert lines([verdict])[-1].strip() == "falsche Werte"
