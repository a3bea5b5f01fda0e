"""What a student reads after a check: in a terminal, and as HTML in a notebook."""

import re
import sys
import types
from html.parser import HTMLParser

import pytest
import torch

import graders.public
from graders.core import home, notebook, page
from graders.core.findings import Finding, shown
from graders.core.given import LIST
from graders.core.report import (
    ANSWERED,
    EMPTY,
    FAILS,
    LATER,
    NEXT,
    PASSES,
    PERSON,
    SIGNS,
    WIDTH,
    Report,
)
from graders.core.verdict import Status

VOID = {"br", "hr"}


def twice_the_divergence(mu, logvar):
    return (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


def right_divergence(mu, logvar):
    return twice_the_divergence(mu, logvar) / 2


def likelihood(x, logits):
    return torch.distributions.Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(-1)


def bound(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    shape = (n_samples, *mu.shape)
    z = mu + torch.exp(logvar / 2) * torch.randn(shape, dtype=mu.dtype)
    return likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)  # noqa: F821


def stub(mu, logvar):
    """Nothing yet."""
    ...


def with_divergence(function):
    """A notebook whose bound calls its own divergence."""
    namespace = {"kl_standard_normal": function, "torch": torch, "likelihood": likelihood}
    namespace["elbo"] = types.FunctionType(bound.__code__, namespace, "elbo", (1,))
    return namespace


class Outline(HTMLParser):
    """The text of a page; fails when tags do not nest."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text = [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_got_stands_below_its_index_and_above_wanted():
    text = str(home.report_on("kl_standard_normal", {"kl_standard_normal": twice_the_divergence}))
    assert re.search(
        r"at +\[0\] +\[1\]\n +got +5\.9530 +3\.1420\n +wanted +2\.9765 +1\.5710\n", text
    )
    assert "Hint: Your values are twice the right ones" in text


def test_no_line_is_wider_than_a_terminal():
    namespace = with_divergence(twice_the_divergence)
    for text in (home.report_on("elbo", namespace), home.report_all(namespace)):
        assert all(len(line) <= WIDTH for line in str(text).splitlines())


def test_numbers_have_the_digits_that_tell_them_apart():
    assert shown(2.0, 1.0) == ("2.0000", "1.0000")
    assert shown(0.1234567801, 0.1234567899) == ("0.12345678", "0.12345679")
    assert shown(float("inf"), 1.0)[0] == "inf"


@pytest.mark.parametrize("value", [stub, ..., None])
def test_what_is_not_started_is_one_line_and_no_failure(value):
    namespace = {} if value is None else {"kl_standard_normal": value}
    report = home.report_on("kl_standard_normal", namespace)
    assert report.state == EMPTY and "✗" not in str(report) and "replace the `...`" in str(report)


def test_what_a_training_run_leaves_is_begun_in_the_cell_of_the_training():
    report = home.report_on("bound_history", {})
    assert report.state == EMPTY and "experiment.npz" in str(report) and "..." not in str(report)


def test_a_function_that_returns_nothing_by_mistake_is_started():
    def forgets(mu, logvar):
        mu.square().sum(-1)

    report = home.report_on("kl_standard_normal", {"kl_standard_normal": forgets})
    assert report.state == FAILS
    assert "is its `return` missing" in report.findings[0].said[0]


def test_an_answer_in_the_right_form_is_not_called_right():
    report = home.report_on("kl_to_itself", {"kl_to_itself": 17})
    assert report.state == ANSWERED and "✓" not in str(report) + report._repr_html_()


def test_the_cause_comes_before_the_echo():
    report = home.report_on("elbo", with_divergence(twice_the_divergence))
    assert report.causes == ("kl_standard_normal",)
    assert str(report).splitlines()[1].startswith("  Begin with `kl_standard_normal`")
    assert home.report_on("elbo", with_divergence(right_divergence)).causes == ()
    not_started = with_divergence(home.exercises()["kl_standard_normal"][0].stub)
    assert home.report_on("elbo", not_started).causes == ("kl_standard_normal",)


def test_what_an_exercise_does_not_call_is_no_cause():
    namespace = with_divergence(twice_the_divergence)
    namespace["elbo"] = lambda x, encoder, decoder, n_samples=1: x.sum(-1)
    assert home.report_on("elbo", namespace).causes == ()


def test_a_cause_is_found_behind_a_helper():
    namespace = with_divergence(twice_the_divergence)
    exec("def helper(*a):\n    return elbo(*a)\n", namespace)
    exec("def vae_loss(x, encoder, decoder):\n    return -helper(x, encoder, decoder)\n", namespace)
    assert home.report_on("vae_loss", namespace).causes == ("kl_standard_normal",)


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(home.UnknownExercise, match="did you mean `kl_gaussians`"):
        home.report_on("kl_gausians", {})


def test_the_summary_keeps_the_order_of_the_homework(tmp_path, monkeypatch):
    (tmp_path / LIST).write_text('{"exercises": ["elbo_proof", "elbo", "kl_standard_normal"]}')
    path = [*graders.public.__path__, str(tmp_path)]
    monkeypatch.setattr(graders.public, "__path__", path)
    summary = home.report_all(with_divergence(twice_the_divergence))
    assert [report.state for report in summary.reports] == [PERSON, FAILS, FAILS]
    assert summary.reports[0].name == "elbo_proof"
    assert summary.next.startswith("Next: `kl_standard_normal`")
    assert "2 fail one" in summary.counts


def test_every_state_has_a_sign_a_badge_and_a_next_step():
    states = {PASSES, FAILS, EMPTY, ANSWERED, LATER, PERSON}
    assert states == set(SIGNS) == set(page.STATES) == set(NEXT)
    assert set(Status) == set(page.BADGES)


def test_html_says_what_the_text_says():
    report = home.report_on("elbo", with_divergence(twice_the_divergence))
    text = Outline(report._repr_html_()).text
    for found in report.findings:
        assert found.sentence in text and all(said in text for said in found.said)
    assert "-6.3035" in text and "Begin with kl_standard_normal" in text
    Outline(home.report_all(with_divergence(right_divergence))._repr_html_())


def test_html_of_a_student_is_text():
    finding = Finding(Status.FAILED, "It holds.", ("got '<script>alert(1)</script>'",))
    shown = Report("<b>name</b>", FAILS, (finding,))._repr_html_()
    assert "<script" not in shown and "<b>" not in shown and "&lt;script&gt;" in shown


def contrast(colour):
    """The contrast of white on a colour, as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("colour", [page.GREEN, page.RED, page.GREY, page.BLUE])
def test_white_words_on_a_colour_can_be_read(colour):
    assert contrast(colour) >= 4.5


def test_in_a_notebook_the_html_is_displayed(monkeypatch):
    seen = []
    shell = types.SimpleNamespace(kernel=object())
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=seen.append))
    notebook.show(home.report_on("kl_to_itself", {"kl_to_itself": 0}))
    assert seen and hasattr(seen[0], "_repr_html_")
