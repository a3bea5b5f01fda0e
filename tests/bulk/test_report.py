"""The report and the feedback page: what comes first, what is counted, and what nobody sees."""

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from graders.bulk.feedback import UNPUBLISHED, feedback_page
from graders.bulk.gradebook import Score
from graders.bulk.report import Names, exercise_lines, mistake_lines, report, slowest
from graders.bulk.scores import results_of
from graders.core.verdict import Status
from graders.intake.find import Found

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


@pytest.fixture
def results(book, small, make):
    grades = [
        make.grade(
            f"s{i}.py", (1.0, 1.0 if i % 3 else 0.5), "" if i % 3 else "negated", seconds=1.0
        )
        for i in range(12)
    ]
    grades[0] = make.grade("s0.py", (0.0, None), seconds=30.0, notes=["cell 1 <b>raised</b>"])
    make.fill(book, grades, {"s1.py": Found("s1.py", None, (make.ada,))}, ["x.txt is not graded"])
    return results_of(book, small)


def test_faults_of_the_grader_come_first(results):
    page = report(results)
    assert page.index("Faults of the grader</h2>") < page.index("Points</h2>")
    assert "check <code>right_answer</code>, 1 submission: got 7, wanted 9" in page
    assert "Faults of the grader" not in report([r for r in results if r.name != "s0.py"])


def test_mistakes_are_counted_among_those_who_handed_the_exercise_in(results):
    [line] = mistake_lines(results)
    assert (line.name, line.count, round(line.share, 2), line.hint) == (
        "negated",
        3,
        0.25,
        "Think about negated.",
    )
    assert '<span class="share">25 %</span> (3)' in report(results)


def test_exercises_have_rates_and_what_a_person_has_not_read_has_none(results):
    first, second, proof = exercise_lines(results)
    assert round(first.right, 2) == 0.92 and second.withheld == 1 and proof.mean is None
    assert "No points yet for <code>elbo_proof</code>" in report(results)


def test_slow_and_troubled_submissions_are_named_and_escaped(results):
    page = report(results, ["x.txt is <not> graded"])
    assert slowest(results) == [("s0.py", 30.0)] and "s0.py: 30.0 s" in page
    assert (
        "cell 1 &lt;b&gt;raised&lt;/b&gt;" in page
        and "x.txt is &lt;not&gt; graded" in page
        and "<b>" not in page
    )


def test_pseudonyms_hide_every_name_and_depend_on_the_key(results):
    page = report(results, ["s1.py is of nobody"], Names("key"))
    assert not re.search(r"s\d+\.py|Ada|3001", page) and Names("key").of("s0.py") in page
    assert Names("key").of("s0.py") != Names("other").of("s0.py") and Names().of("s0.py") == "s0.py"
    assert Names("key").of_grade(results[0].grade).notes == ()


def test_the_report_needs_no_network_and_is_equal_for_equal_results(results):
    page = report(results)
    assert page == report(results)
    urls = set(re.findall(r"https?://[^\"'\s<]+", page))
    assert (
        all(url.startswith("http://www.w3.org/") for url in urls)
        and "url(http" not in page
        and "@import" not in page
    )


def test_the_one_script_is_ours_and_only_sorts(results):
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", report(results), re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in report(results) and "innerHTML" not in script


def test_every_student_has_a_line_with_links_to_pages_of_any_name(results, tmp_path):
    table = report(results).partition('<section id="students">')[2]
    assert table.count("<tr>") == len(results) + 1
    assert '<a href="feedback/s0.py.html">' in table and "by_hand/s0.py.html" in table
    strange = replace(results[0].row.found, name='a b#?%"<.ipynb', people=())
    one = replace(results[0], row=replace(results[0].row, found=strange))
    table = report([one]).partition('<section id="students">')[2]
    assert 'href="feedback/a%20b%23%3F%25%22%3C.ipynb.html"' in table and "<.ipynb" not in table
    assert "feedback/" not in report(results, names=Names("key"))


def test_a_small_class_has_no_correlation(results):
    assert "Too few submissions to say" in report(results[:3])
    assert "Fewer than two exercises differ" in report(
        [r for r in results if r.name not in ("s0.py", "s3.py", "s6.py", "s9.py")]
    )
    assert "Correlation of exercises" in report(results)


def test_the_plots_take_the_colours_of_the_page(results):
    page = report(results)
    assert "fill: var(--accent)" in page and "fill: currentColor" in page and "#01020" not in page


def test_feedback_before_publication_depends_on_public_checks_only(course, book, make):
    text = (
        (course / "homeworks.toml")
        .read_text()
        .replace("[small.late]", "published = false\n[small.late]")
    )
    (course / "homeworks.toml").write_text(text)
    from graders.grading.catalogue import load_homework

    homework = load_homework("small")
    make.fill(book, [make.grade("a.py"), make.grade("b.py", (0.0, None), "negated")])
    book.set_scores("small", {("a.py", "elbo_proof"): Score(4.0, "Well done.")})
    first, second = (feedback_page(r.grade, homework, r) for r in results_of(book, homework))
    assert (
        UNPUBLISHED in first
        and "Well done" not in first
        and "right" not in first.split("<body>")[1]
    )
    # A right, a wrong and a withheld submission look the same, but for the name.
    assert first.replace("a.py", "?") == second.replace("b.py", "?")


def test_feedback_after_publication_has_points_and_what_a_person_said(book, small, make):
    make.fill(book, [make.grade("a.py", (0.5, 1.0), "negated")])
    book.set_scores("small", {("a.py", "elbo_proof"): Score(4.0, "Well <done>.")})
    [result] = results_of(book, small)
    page = feedback_page(result.grade, small, result)
    assert (
        "<strong>9</strong> of 10 points" in page
        and "Well &lt;done&gt;." in page
        and "got 7" not in page
    )


@pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed")
@pytest.mark.parametrize("width", [360, 1200])
def test_in_a_browser_nothing_is_wider_than_the_screen(results, tmp_path, width):
    """On a phone only the boxes that say so scroll sideways; the page is asked through its own
    title.
    """
    measure = (
        "<script>addEventListener('load', () => document.title = ['measured',"
        " document.documentElement.scrollWidth, innerWidth, document.querySelectorAll('[tabindex],"
        " a').length, sorted()].join(' ')); function sorted() { const heading ="
        " document.querySelector('#students th:nth-child(2)'); heading.firstChild.click();"
        " const rows = [...heading.closest('table').tBodies[0].rows].map((row) =>"
        " Number(row.cells[1].textContent)); return rows.every((x, i) => !i || rows[i - 1] <= x)"
        " && heading.ariaSort; }</script>"
    )
    page = re.sub(r'<meta http-equiv="Content-Sec[^>]*>', "", report(results, ["x" * 300])).replace(
        "</body>", measure + "</body>"
    )
    (tmp_path / "r.html").write_text(page)
    command = [
        CHROMIUM,
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--window-size={width},900",
        "--dump-dom",
        f"file://{tmp_path / 'r.html'}",
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r"<title>measured (\d+) (\d+) (\d+) ascending</title>", dom)
    assert found and int(found[1]) <= int(found[2]) and int(found[3]) >= 8


def body(page):
    return re.sub(r"\s+", " ", page.split("<body>")[1])


def test_a_page_says_whose_it_is_and_what_waits_for_a_person(book, small, make):
    when = datetime(2026, 10, 12, 20, 15, tzinfo=timezone.utc)
    found = Found("a.py", None, (make.ada,), submitted=when)
    make.fill(book, [make.grade("a.py", (1.0, 1 / 3))], {"a.py": found})
    [result] = results_of(book, small)
    text = body(feedback_page(result.grade, small, result))
    assert f"{make.ada.name}: a.py, handed in on 2026-10-12 at 20:15 UTC" in text
    assert "<strong>3.3333</strong> of 10 points so far" in text and "· 1.3333 / 4" in text
    assert "counted as 0 so far: <code>elbo_proof</code>. A person looks at it." in text
    assert "at most four decimals" in text


def test_points_by_a_person_are_told_once_and_without_another_share(book, small, make):
    make.fill(book, [make.grade("a.py", (1.0, 0.25), "negated")])
    book.set_scores("small", {("a.py", "kl_standard_normal"): Score(3.5, "Right idea.")})
    [result] = results_of(book, small)
    text = body(feedback_page(result.grade, small, result))
    assert "points by your instructor · 3.5 / 4" in text and "1 / 4" not in text
    assert "What the checks found, before a person looked at it:" in text


def test_a_skipped_check_links_to_the_one_that_blocks_it(book, small, make):
    [first, *rest] = make.grade("a.py", (1.0, 0.25)).exercises
    blocker = make.verdict("kl_standard_normal", Status.FAILED, problem="wrong values")
    waits = replace(
        make.verdict("kl_standard_normal", Status.SKIPPED),
        check="later",
        sentence="Later.",
        message=f'skipped until "{blocker.sentence}" passes',
    )
    exercises = (first, replace(rest[0], verdicts=(blocker, waits)))
    grade = replace(make.grade("a.py"), exercises=exercises)
    text = body(feedback_page(grade, small))
    assert '<li id="check-2-1">' in text and 'skipped until <a href="#check-2-1">' in text


def test_the_text_of_an_exception_shows_only_when_nothing_can_be_handed_in(book, small, make):
    raised = make.verdict(
        "kl_standard_normal",
        Status.STUDENT_ERROR,
        problem="your code raised KeyError",
        message="your code raised KeyError: 'secret'",
    )
    exercise = replace(make.grade("a.py", (1.0, 0.0)).exercises[1], verdicts=(raised,))
    make.fill(book, [replace(make.grade("a.py"), exercises=(exercise,))])
    [result] = results_of(book, small)
    for allowed, days, shows in ((True, 4, True), (True, 2, False), (False, 4, False)):
        policy = replace(result.policy, exceptions=allowed)
        now = policy.due + timedelta(days=days)
        page = feedback_page(result.grade, small, replace(result, policy=policy), now)
        assert ("secret" in page) == shows and "KeyError" in page
        assert not replace(policy, published=False).shows_exceptions(now)


def test_the_form_of_an_answer_is_no_tick_before_publication(book, small, make):
    form = replace(make.verdict(public=True), check="right_form", sentence="It has the form.")
    exercise = replace(make.grade("a.py").exercises[0], verdicts=(form, make.verdict()))
    make.fill(book, [replace(make.grade("a.py"), exercises=(exercise,))])
    [result] = results_of(book, small)
    policy = replace(result.policy, published=False)
    text = body(feedback_page(result.grade, small, replace(result, policy=policy)))
    assert "answered, checked after publication" in text
    assert "✓" not in text and 'class="good"' not in text
