"""The site: generated pages are up to date, every page is reachable, links lead somewhere, and it
builds without a warning.
"""

import re
import subprocess
import sys

import pytest
from pages import ROOT

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+)")


def test_the_page_of_commands_is_up_to_date():
    pytest.importorskip(
        "sphinx",
        reason=(
            "the page is as the newest typer writes it; where the site is built, the newest"
            " versions are"
        ),
    )
    made = subprocess.run(
        [sys.executable, "-m", "typer", "graders.cli", "utils", "docs", "--name", "critic",
        "--title", "Commands"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    renew = (
        "renew it: python -m typer graders.cli utils docs --name critic --title Commands >"
        " docs/cli.md"
    )
    assert (DOCS / "cli.md").read_text().strip() == made.strip(), renew


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"^(\w+)$", (DOCS / "index.md").read_text(), re.MULTILINE))
    assert {path.stem for path in DOCS.glob("*.md")} - listed == {
        "diagnosis",
        "glossary_de",
        "index",
        "messages",
    }


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))],
    ids=lambda path: path.name,
)
def test_links_lead_to_files(page):
    links = [
        link for link in LINK.findall(page.read_text()) if not link.startswith(("http", "mailto"))
    ]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip(
        "myst_parser", reason="it comes with `pip install '.[docs]'`, as `make test` does it"
    )
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "--builder",
        "html",
        str(DOCS),
        str(tmp_path),
    ]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    assert (
        "graders.core.expect.close" in (tmp_path / "api.html").read_text()
        and not (tmp_path / "messages.html").exists()
    )
