"""The review as a person uses it: in a real browser, by keyboard."""

import csv
import shutil
import time

import pytest

from graders.bulk.decisions import Decisions
from graders.bulk.gradebook import Gradebook
from graders.cli import app as critic
from tests.review.conftest import HOSTILE, SCRIPT, fill
from tests.review.test_changes import TOKEN, served

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium drives the browser")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver: .ci/browser installs them"
)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-background-networking"):
        options.add_argument(f"--{flag}")
    options.add_argument("--window-size=1280,900")
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def open_page(browser, address, path=""):
    """Open an address; a page that was still on its way there does not win."""
    wanted = f"http://127.0.0.1:{address[1]}/{TOKEN}/{path}"
    loaded = "return document.readyState == 'complete' && location.href"
    browser.get(wanted)
    wait_for(lambda: browser.execute_script(loaded) == wanted or browser.get(wanted))


def press(browser, *keys):
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def shown(browser):
    """The submission on the page."""
    return browser.execute_script("return document.querySelector('#desk')?.dataset.submission")


def text(browser, name):
    """What a part of the page says."""
    return browser.execute_script(f"return document.getElementById('{name}')?.textContent ?? ''")


def state(browser):
    """What the page says of the last change."""
    return text(browser, "state")


def value(browser, name):
    """What stands in a field of the page; nothing while the page is loading."""
    return browser.execute_script(f"return document.getElementById('{name}')?.value")


def test_a_class_is_graded_by_keyboard_alone(browser, gradebook, tmp_path):
    with served(gradebook) as address, Gradebook(gradebook) as book:
        open_page(browser, address, "exercise/elbo_proof")
        pressed = 0
        for i in range(20):
            wait_for(lambda i=i: shown(browser) == f"student_{i:03}")
            keys = (("a", "\ue007"), ("1", "2", "\ue007"))[i % 2]
            press(browser, *keys)
            pressed += len(keys)
        wait_for(lambda: len(book.scores("vae")) == 20)
        assert pressed <= 60
        # A comment, offered again to the next one.
        open_page(browser, address, "exercise/elbo_proof?at=student_004")
        browser.find_element("id", "comment").send_keys("Which way does Jensen go?", "\ue00c")
        press(browser, "\ue007")
        wait_for(lambda: book.scores("vae")["student_004"]["elbo_proof"].comment)
        open_page(browser, address, "exercise/elbo_proof?at=student_005")
        press(browser, "!")
        wait_for(lambda: book.scores("vae")["student_005"]["elbo_proof"].comment)
        given = book.scores("vae")
        assert given["student_005"]["elbo_proof"].comment == "Which way does Jensen go?"
        # Undo takes that comment back, and one more the points.
        press(browser, "0")
        wait_for(lambda: book.scores("vae")["student_005"]["elbo_proof"].points == 0)
        press(browser, "u")
        wait_for(lambda: book.scores("vae")["student_005"]["elbo_proof"].points == 1.0)
        wait_for(lambda: value(browser, "points") == "1")
        # An override, and a name for a group.
        open_page(browser, address, "student/student_000")
        section = browser.find_element("id", "kl_standard_normal")
        wait_for(lambda: section.get_attribute("open"))
        section.find_element("xpath", ".//summary[contains(., 'Override')]").click()
        card = section.find_element("css selector", "[data-change=score]")
        card.find_element("name", "points").send_keys("3.5")
        card.find_element("name", "comment").send_keys("argued well")
        card.find_element("css selector", "button").click()
        wait_for(lambda: "kl_standard_normal" in book.scores("vae")["student_000"])
        open_page(browser, address, "mistakes")
        form = browser.find_element("css selector", "[data-change=name]")
        form.find_element("name", "name").send_keys("twice")
        form.find_element("name", "hint").send_keys("Where does a 2 come from?")
        form.find_element("css selector", "button").click()
        wait_for(lambda: "reaches 14" in state(browser))
    (tmp_path / "out" / "by_hand").mkdir(parents=True)
    with pytest.raises(SystemExit) as ended:
        critic(["export", "vae", "--out", str(tmp_path / "out"), "--gradebook", str(gradebook)])
    assert ended.value.code == 0
    rows = list(csv.DictReader((tmp_path / "out" / "exports" / "own.csv").open()))
    clicked = [float(row["elbo_proof"]) for row in rows]
    filled = (tmp_path / "out" / "by_hand" / "scores.csv").read_text()
    assert "student_005,elbo_proof,1,Which way does Jensen go?" in filled
    assert clicked == [4.0 if i % 2 == 0 else 1.0 for i in range(20)]
    assert float(rows[0]["kl_standard_normal"]) == 3.5
    page = (tmp_path / "out" / "feedback" / "student_001.html").read_text()
    assert "Where does a 2 come from?" in page


# What a key says and where it lies, on German, French and Russian keyboards.
KEYS = [('"', "Digit2", True), ("&", "Digit1", False), ("ф", "KeyA", False), ("A", "KeyA", False)]


def test_every_keyboard_has_the_same_keys_and_a_server_that_is_gone_is_told(browser, gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as book:
        for remark in ("One.", "Two."):
            Decisions(book, "vae").remember("elbo_proof", remark)
        open_page(browser, address, "exercise/elbo_proof?at=student_000")
        given = []
        for key, code, shift in KEYS:
            event = (
                f"{{key: {key!r}, code: {code!r}, shiftKey: {str(shift).lower()}, bubbles: true}}"
            )
            browser.execute_script(
                f"document.body.dispatchEvent(new KeyboardEvent('keydown', {event}))"
            )
            given.append((value(browser, "points"), value(browser, "comment")))
        assert given == [("", "Two."), ("0.5", "Two."), ("4", "Two."), ("4", "Two.")]
        wait_for(lambda: "1 of 20 answers graded" in text(browser, "progress"))
        wait_for(lambda: "4 of 4: kept" in state(browser))
    press(browser, "0")
    wait_for(lambda: "nothing was kept" in state(browser))
    press(browser, "\ue007")
    time.sleep(0.1)
    assert shown(browser) == "student_000" and "does not answer" in state(browser)
    with Gradebook(gradebook) as book:
        assert book.scores("vae")["student_000"]["elbo_proof"].points == 4


def test_no_script_of_a_submission_runs(browser, tmp_path):
    answer = f"{HOSTILE}\n\n{SCRIPT}\n\n$\\href{{javascript:alert(1)}}{{x}}$ ![x](data:text/html,x)"
    book = fill(tmp_path, 2, answer=answer)
    with Gradebook(book) as opened:
        opened.set_scores("vae", {})
    with served(book) as address:
        for path in ("", "exercise/elbo_proof", "student/student_000", "mistakes", "alike"):
            open_page(browser, address, path)
            assert "reached" not in browser.title
            live = browser.execute_script(
                "return document.querySelectorAll('main script, main [onerror],"
                " main a[href^=java]').length"
            )
            assert live == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(browser, gradebook, width):
    with served(gradebook) as address:
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        for path in ("", "exercise/elbo_proof", "student/student_000", "mistakes"):
            open_page(browser, address, path)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, path
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_nothing_is_lost_when_a_page_is_left_in_haste(browser, gradebook):
    """Keys faster than the gradebook, and a comment that is still being typed."""
    with served(gradebook) as address, Gradebook(gradebook) as book:

        def given(name):
            score = book.scores("vae").get(name, {}).get("elbo_proof")
            return score and (score.points, score.comment)

        open_page(browser, address, "exercise/elbo_proof?at=student_003")
        burst = "['1', '2', '3', 'ArrowRight'].forEach(key => one(`[data-key='${key}']`).click())"
        browser.execute_script(burst)
        wait_for(lambda: shown(browser) == "student_004")
        assert given("student_003") == (2.0, "")
        for name, leave in (
            ("student_005", lambda: press(browser, "\ue00c", "\ue014")),
            ("student_006", lambda: browser.find_element("css selector", "nav a").click()),
            ("student_007", lambda: open_page(browser, address)),
            ("student_008", lambda: browser.refresh()),
        ):
            open_page(browser, address, f"exercise/elbo_proof?at={name}")
            press(browser, "a", "c", "Why?")
            leave()
            wait_for(lambda: given(name) == (4.0, "Why?"))


def test_a_number_is_what_was_typed_or_nothing_changes(browser, gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as book:
        standing = lambda: book.scores("vae")["student_000"]["iwae_proofs"].points  # noqa: E731
        open_page(browser, address, "exercise/iwae_proofs?at=student_000")
        press(browser, "a")
        wait_for(lambda: "5 of 5: kept" in state(browser))
        for typed, wanted in (("0,5", 0.5), ("1.25", 1.25)):
            press(browser, "p")
            browser.execute_script("one('#points').value = ''")
            press(browser, typed, "\ue004")
            wait_for(lambda: standing() == wanted)
        for typed in ("1e", "--1", "1,2,3", "0x2"):
            press(browser, "p")
            browser.execute_script("one('#points').value = ''")
            press(browser, typed, "\ue004")
            wait_for(lambda: f"{typed} is no number: nothing was changed" in state(browser))
            assert standing() == 1.25
