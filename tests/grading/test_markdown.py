"""Markdown of students and authors as HTML: nothing in it is live, formulas are MathML."""

import time

import pytest

from graders.grading.markdown import as_html, mathml

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.mark.parametrize(
    "latex, shown",
    [
        (r"\frac{1}{2}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtable"),
        (r"x < 1", "<mo>&lt;</mo>"),
        (r"\text{<script>alert(1)</script>}", "&lt;script&gt;"),
        (r"\left( x", "<code>"),
    ],
)
def test_a_formula_is_mathml_or_its_own_source(latex, shown):
    assert shown in mathml(latex)


def test_a_formula_has_no_address():
    assert "href" not in mathml(r"\href{javascript:alert(1)}{x}")


def test_pictures_are_data_of_known_formats():
    text = "![a](attachment:a.png) ![b](b.svg)"
    shown = as_html(text, {"a.png": PNG, "b.svg": b"<svg onload='alert(1)'>"})
    assert 'src="data:image/png;base64,' in shown and "svg+xml" not in shown


def test_raw_html_is_text_and_tables_are_tables():
    shown = as_html("<b onclick=x>no</b>\n\n| a | b |\n|---|---|\n| $x$ | 2 |")
    assert "<b " not in shown and "&lt;b" in shown and "<td><span" in shown


def test_a_bare_environment_is_a_formula_as_in_jupyter():
    assert "<mtable" in as_html("Then\n\n\\begin{align*}\na &= b\n\\end{align*}\n\nholds.")


def test_formulas_between_the_marks_of_latex_itself_are_formulas_but_not_in_code():
    shown = str(
        as_html("Let \\( \\alpha \\) and\n\n\\[\n\\beta = 1\n\\]\n\n`\\(x\\)`, \\\\[2pt] \\[0")
    )
    assert shown.count("<math") == 2 and "α" in shown and "β" in shown
    assert "<code>\\(x\\)</code>" in shown and "[2pt]" in shown
    for text in ("\\(" * 10_000, "\\[a\n" * 5_000, "```" * 5_001):
        began = time.monotonic()
        as_html(text)
        assert time.monotonic() - began < 5
