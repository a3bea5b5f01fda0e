"""Written answers and scans as people hand them in: where they write, how they paste pictures, and
what would keep a page from being shown.
"""

import base64
import json
import time

import pytest

from graders.bulk.pictures import Scan, kind_of, scans_of
from graders.bulk.written import LONGEST, written_answers
from graders.grading.catalogue import load_homework
from graders.grading.markdown import as_html
from graders.grading.prompts import prompt_of, read_topic
from graders.intake.find import Found
from tests.review.conftest import PIXEL

ENCODED = base64.b64encode(PIXEL).decode()
URL = f"data:image/png;base64,{ENCODED}"
QUESTION = "### elbo_proof (4 points)"
VAE = load_homework("vae")
PROMPT = prompt_of(VAE.entry("elbo_proof"), read_topic(VAE.entry("elbo_proof").topic)).text


def cell(text, kind="markdown", **more):
    return {"cell_type": kind, "metadata": {}, "source": text, **more}


def answer(folder, content, name="hw.ipynb", **about):
    file = folder / name
    text = json.dumps({"cells": content, "nbformat": 4}) if isinstance(content, list) else content
    file.write_text(text)
    return written_answers(VAE, Found("ada", file, **about)).get("elbo_proof", "")


NOTEBOOK = {
    "below": [cell(f"{QUESTION}\n\n{PROMPT}"), cell("By Jensen.")],
    "in the cell of the question": [cell(f"{QUESTION}\n\n{PROMPT}\n\nBy Jensen.")],
    "in place of the question": [cell(f"{QUESTION}\nBy Jensen.")],
    "in a raw cell": [cell(QUESTION), cell("By Jensen.", "raw")],
    "lines of a list": [cell([f"{QUESTION}\n", PROMPT]), cell(["By ", "Jensen."])],
    "two questions in one cell": [cell(f"## q_posterior\nNo.\n{QUESTION}\nBy Jensen.")],
    "before what is handed out": [
        cell(QUESTION),
        cell("By Jensen."),
        cell("## Hand in\nSave your work now, and upload it."),
        cell("Thanks!"),
    ],
}


@pytest.mark.parametrize("cells", NOTEBOOK.values(), ids=NOTEBOOK)
def test_an_answer_is_found_where_people_write_it(tmp_path, cells):
    assert answer(tmp_path, cells) == "By Jensen."


def test_a_heading_of_ones_own_ends_no_answer(tmp_path):
    text = "## elbo is a bound\n\nBy Jensen.\n\n# Proof\n\nDone."
    assert answer(tmp_path, [cell(QUESTION), cell(text)]) == text


DOCUMENTS = {
    "script.py": f"x = 1\n# %% [markdown]\n# {QUESTION}\n# By Jensen.\n# %%\ny = 2\n",
    "string.py": f'x = 1\n# %% [markdown]\n"""\n{QUESTION}\nBy Jensen.\n"""\n# %%\ny = 2\n',
    "paper.qmd": f"{QUESTION}\n\nBy Jensen.\n\n```{{python}}\nx = 1\n```\n",
    "hw.ipynb.txt": json.dumps({"cells": [cell(QUESTION), cell("By Jensen.")], "nbformat": 4}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_answer_is_found_in_other_kinds_of_files(tmp_path, name):
    assert answer(tmp_path, DOCUMENTS[name], name).strip() == "By Jensen."


ATTACHED = {"my scan.png": {"image/png": ENCODED}}
PASTED = {
    "Jupyter": "![x](attachment:my%20scan.png)",
    "VS Code": "![my scan.png](<attachment:my scan.png>)",
    "with a space": "![x](attachment:my scan.png)",
    "with a title": '![x](attachment:my%20scan.png "My scan")',
    "HTML": '<img src="attachment:my scan.png" width="300"/>',
    "Colab": f"![image.png]({URL})",
    "Colab by reference": f"![image.png][1]\n\n[1]: {URL}",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_a_pasted_picture_is_shown(tmp_path, text):
    pasted = answer(tmp_path, [cell(QUESTION), cell(text, attachments=ATTACHED)])
    assert f'<img src="{URL}"' in as_html(pasted)


@pytest.mark.parametrize("name", ["scans/p 1.png", "./scans/p%201.png", "../hw/scans/p 1.png"])
def test_a_picture_of_the_same_submission_is_shown(tmp_path, name):
    (tmp_path / "hw" / "scans").mkdir(parents=True)
    (tmp_path / "hw" / "scans" / "p 1.png").write_bytes(PIXEL)
    files = {"hw/scans/p 1.png": tmp_path / "hw" / "scans" / "p 1.png"}
    about = {"main": "hw/hw.ipynb", "files": tuple(files.items())}
    text = answer(tmp_path, [cell(QUESTION), cell(f"![x](<{name}>)")], **about)
    assert f'<img src="{URL}"' in as_html(text)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.png", "http://a.example/x.png", "s"])
def test_nothing_else_is_read(tmp_path, name):
    (tmp_path / "s").symlink_to("/etc/passwd")
    text = answer(tmp_path, [cell(QUESTION), cell(f"![x]({name})")])
    assert "the picture" in text and "<img" not in as_html(text)
    assert ("nothing is fetched" if "http" in name else "was not handed in") in text


@pytest.mark.parametrize(
    "heading",
    [
        "## elbo_proof",
        "### `elbo_proof` (4 points)",
        "#### **elbo_proof** (4)",
        "## 3. elbo_proof",
        "# Exercise 3: elbo_proof (4 points)",
        "## Task 3b) – elbo_proof:",
        "## Proof of the bound (elbo_proof)",
        "## Proof of the bound [elbo_proof] (4 points)",
        "**elbo_proof**",
        "**Proof of the bound (elbo_proof)**",
        "elbo_proof (4 points)\n---------------------",
    ],
)
def test_a_heading_that_names_its_exercise_is_found(tmp_path, heading):
    assert answer(tmp_path, [cell(heading), cell("By Jensen.")]) == "By Jensen."
    assert answer(tmp_path, [cell(f"{heading}\n\nBy Jensen.")]) == "By Jensen."


@pytest.mark.parametrize(
    "line",
    [
        "## elbo is a bound",
        "## What follows from aevb_derivation",
        "**Note**",
        "elbo\n\n---",
        "a\n---",
    ],
)
def test_a_heading_of_the_answer_itself_ends_nothing(tmp_path, line):
    told = answer(tmp_path, [cell("## elbo_proof"), cell(f"One.\n\n{line}\n\nTwo.")])
    assert "One." in told and "Two." in told


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
IN_HEIC = "is a photograph in HEIC, as iPhones keep it; browsers do not show it"


@pytest.mark.parametrize("shown", ["![x](attachment:IMG_1.HEIC)", "![x](IMG_2.HEIC)", "![x]({})"])
def test_a_photograph_that_no_browser_shows_is_named(tmp_path, shown):
    (tmp_path / "IMG_2.HEIC").write_bytes(HEIC)
    encoded = base64.b64encode(HEIC).decode()
    pasted = shown.format(f"data:image/heic;base64,{encoded}")
    attached = {"IMG_1.HEIC": {"image/heic": encoded}}
    text = answer(tmp_path, [cell(QUESTION), cell(pasted, attachments=attached)])
    assert IN_HEIC in text and "ask for a JPEG" in text and encoded not in as_html(text)


def test_a_file_beside_the_code_is_never_passed_over_in_silence(tmp_path):
    content = {
        "a.HEIC": (HEIC, "a photograph in HEIC"),
        "b.jpg": (HEIC, "a photograph in HEIC"),
        "c.tiff": (b"II*\0", "a scan in TIFF"),
        "d.docx": (b"PK\3\4", "a text document"),
        "e.svg": (b"<svg/>", "a drawing in SVG"),
        "f.png": (b"", "empty, or larger than 8 MB"),
        "g.bmp": (b"BM", "a bitmap"),
        "h.png": (b"nonsense", "no picture that a page can show"),
    }
    for name, (data, _) in content.items():
        (tmp_path / name).write_bytes(data)
    found = Found("ada", None, files=tuple((n, tmp_path / n) for n in content))
    scans = {name: Scan.of(name, data[:16]) for name, data in scans_of(found).items()}
    assert list(scans) == list(content)
    for name, (data, said) in content.items():
        assert said in scans[name].why_not and scans[name].kept == bool(data)


def test_scans_are_kept_by_what_they_are_and_not_by_their_names(tmp_path):
    content = {
        "a.png": PIXEL,
        "b.PDF": b"%PDF-1.7 ...",
        "c.jpg": b"<svg onload='x'/>",
        "d.csv": b"",
    }
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    found = Found("ada", None, files=tuple((n, tmp_path / n) for n in content))
    scans = scans_of(found)
    assert {n: kind_of(data) for n, data in scans.items()} == {
        "a.png": "image/png",
        "b.PDF": "application/pdf",
        "c.jpg": "",
    }
    (tmp_path / "hw.ipynb").write_text("{}")
    (tmp_path / "hw.jpg").write_bytes(b"\xff\xd8\xff")
    assert list(scans_of(Found("ada", tmp_path / "hw.ipynb"))) == ["hw.jpg"]


ENDLESS = {
    "openings of pictures": "![" * 40_000,
    "openings of addresses": "![](" * 40_000,
    "openings of tags": "<img " * 40_000,
    "sources": "<img src=" * 40_000,
    "one word": "a" * 40_000,
    "brackets": "[" * 50_000,
    "stars": "*a _b " * 30_000,
    "dollars": "$x " * 30_000,
    "braces": "$" + "{" * 40_000 + "$",
    "quotes": ">" * 50_000,
    "ticks": "`a``b" * 40_000,
    "tables": "|a" * 100_000 + "\n" + "|-" * 100_000 + "\n" + "|b" * 100_000,
    "links": "[a](" * 30_000,
    "lists": "\n".join("  " * i + "- x" for i in range(1000)),
    "entities": "&" * 50_000,
    "data addresses": "![](data:image/png;base64,AA" * 5_000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_no_answer_keeps_a_page_waiting(tmp_path, text):
    started = time.perf_counter()
    found = answer(tmp_path, [cell(QUESTION), cell(text)])
    page = as_html(found)
    assert time.perf_counter() - started < 10 and "<script" not in page
    assert len(found) < 2 * LONGEST
