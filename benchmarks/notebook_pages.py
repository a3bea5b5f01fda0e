"""Every notebook in JupyterLab, in a real browser: what a student sees after `Run All Cells`, when
every third exercise is right, every third twice as large, and every third not started.

    python benchmarks/notebook_pages.py OUT LAB [--only vae gan] [--looks light-1280 dark-390]

LAB is a `jupyter-lab` of any environment (JupyterLab is no dependency of ours). The cells run once,
with this Python; every look is of the saved notebook. Chromium and its driver come from
`.ci/browser`. Writes pictures OUT/LOOK/NOTEBOOK-NUMBER.png from top to bottom, and prints what no
eye is needed for: formulas that are raw or broken, and what is cut off.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell
from selenium import webdriver

from graders.core.language import speaking
from graders.grading.catalogue import Homework, homework_names, load_homework
from graders.packaging.archive import place_of
from graders.packaging.bundle import write_bundle
from graders.packaging.master import EXPERIMENT, master_notebook
from graders.packaging.solutions import PROMPT, readable

TWICE = """

_right_{name} = {name}


def {name}(*arguments, **named):
    value = _right_{name}(*arguments, **named)
    return tuple(2 * part for part in value) if isinstance(value, tuple) else 2 * value
"""
FAULTS = r"""
const text = [...document.querySelectorAll('.jp-RenderedMarkdown')].map(e => e.innerText);
const raw = text.filter(t => /\$|\\[a-zA-Z]{2,}/.test(t.replace(/`[^`]*`/g, '')));
const broken = [...document.querySelectorAll('mjx-merror, .MathJax_Error, [data-mjx-error]')];
const cut = e => {  // whether nothing around it lets a reader move it
  for (; e && !e.matches('.jp-Cell'); e = e.parentElement)
    if (getComputedStyle(e).overflowX != 'visible') return false;
  return true;
};
const wide = [...document.querySelectorAll(
    '.jp-RenderedMarkdown, .jp-RenderedHTMLCommon *, .jp-OutputArea-output *')]
  .filter(e => e.scrollWidth > e.clientWidth + 2 && e.clientWidth && !e.closest('mjx-container')
    && getComputedStyle(e).display != 'inline' && cut(e));
const shown = (e, most) => [...e.innerText.replace(/\s+/g, ' ')].slice(0, most).join('');
return [raw.map(t => 'raw: ' + [...t].slice(0, 200).join('')),
        broken.map(e => 'broken: ' + shown(e, 90)),
        wide.map(e => `wide by ${e.scrollWidth - e.clientWidth}: ${e.tagName} ${shown(e, 90)}`)];
"""


def half_right(homework: Homework) -> NotebookNode:
    """The student's notebook of a homework, partly solved."""
    book = master_notebook(homework, place_of("student_template"))
    cells, where, number = [], "", -1
    names = [entry.name for entry in homework.entries]
    kinds = {entry.name: entry.exercise.kind for entry in homework.entries}
    for cell in book.cells:
        if cell.cell_type == "raw":
            where = cell.source.split("\n")[0]
            if where == "# BEGIN QUESTION":
                name = json.loads(cell.source.partition("\n")[2])["name"]
                number = names.index(name) if name in names else -1
            elif where == "# BEGIN TESTS":
                cells.append(new_code_cell(f'grader.check("{names[number]}")'))
        elif where == "# BEGIN SOLUTION":
            if cell.cell_type == "code" and EXPERIMENT not in cell.metadata.get("tags", ()):
                cells.append(new_code_cell(_attempt(cell.source, names[number], kinds, number % 3)))
        elif where != "# BEGIN TESTS":
            cells.append(cell)
    book.cells = cells
    return book


def _attempt(source: str, name: str, kinds: dict[str, str], part: int) -> str:
    if kinds[name] == "A":
        return f"{name} = ..." if part else readable(source)
    if part == 2:
        source = re.sub(r"(?ms)^# BEGIN SOLUTION NO PROMPT$.*?^# END SOLUTION\s*", "", source)
        return re.sub(r"(?ms)^    # BEGIN SOLUTION$.*?^    # END SOLUTION$", "    ...", source)
    solved = readable(PROMPT.sub("", source))
    return solved + (TWICE.format(name=name) if part else "")


@contextmanager
def served(lab: Path, folder: Path) -> Iterator[str]:
    """JupyterLab over a folder; yields its address."""
    settings = folder / ".settings" / "@jupyterlab"
    for place, value in (
        ("notebook-extension/tracker", {"windowingMode": "none", "autoStartDefaultKernel": False}),
        ("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False}),
    ):
        path = settings / f"{place}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
        "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTER_DATA_DIR": str(folder / ".data"),
    }
    process = subprocess.Popen(
        [str(lab), "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=",
         "--expose-app-in-browser", f"--ServerApp.root_dir={folder}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            with socket.socket() as test:
                if test.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def saved(name: str, folder: Path) -> None:
    """The student's folder of a homework, its half solved notebook run and trusted."""
    homework = load_homework(name)
    place = folder / name
    with speaking(homework.tongue):
        write_bundle(homework, half_right(homework), place_of("student_template"), place)
    path = place / f"{name}.ipynb"
    book = nbformat.read(path, 4)
    NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": str(place)}}
    ).execute()
    nbformat.write(book, path)
    keys = folder / ".data"
    keys.mkdir(exist_ok=True)
    NotebookNotary(data_dir=str(keys)).sign(nbformat.read(path, 4))


def opened(driver: webdriver.Chrome, address: str, name: str) -> None:
    """Show one notebook, with its formulas set."""
    driver.get(f"{address}/doc/tree/{name}/{name}.ipynb")
    _wait(driver, "return !!window.jupyterapp && !!document.querySelector('.jp-Cell')")
    _wait(driver, "return !!document.querySelector('.jp-OutputArea-output')")
    _wait(driver, "return !!document.querySelector('mjx-container')")
    time.sleep(2)
    driver.execute_script("document.querySelector('.jp-Dialog .jp-mod-reject')?.click()")


def pictures(driver: webdriver.Chrome, look: str, height: int, name: str, out: Path) -> list[str]:
    """Picture the notebook that is shown from top to bottom; returns what is wrong with it."""
    theme, _, width = look.partition("-")
    # A window is never narrower than 500 pixels; a device may be.
    metrics = {"width": int(width), "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_script(
        "window.jupyterapp.commands.execute('apputils:change-theme', {theme: arguments[0]})",
        f"JupyterLab {theme.title()}",
    )
    time.sleep(2)
    found = [text for part in driver.execute_script(FAULTS) for text in part]
    scroller = "document.querySelector('.jp-WindowedPanel-outer')"
    whole = driver.execute_script(f"return {scroller}.scrollHeight")
    step = driver.execute_script(f"return {scroller}.clientHeight")
    folder = out / look
    folder.mkdir(parents=True, exist_ok=True)
    for number, top in enumerate(range(0, whole, step)):
        driver.execute_script(f"{scroller}.scrollTop = {top}")
        time.sleep(0.2)
        driver.save_screenshot(str(folder / f"{name}-{number:02}.png"))
    return found


def _wait(driver: webdriver.Chrome, condition: str, seconds: float = 120) -> None:
    for _ in range(int(seconds * 2)):
        if driver.execute_script(condition):
            return
        time.sleep(0.5)
    raise SystemExit(f"waited {seconds:g} s for: {condition}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("lab", type=Path)
    parser.add_argument("--only", nargs="*", default=homework_names())
    parser.add_argument("--looks", nargs="*", default=["light-1280", "dark-1280", "light-390"])
    parser.add_argument("--height", type=int, default=2000)
    parser.add_argument("--keep", type=Path, help="a folder for the notebooks that were run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="critic-pages-") as scratch:
        folder = asked.keep or Path(scratch)
        for name in asked.only:
            if not Path(folder, name).exists():
                saved(name, folder)
        with served(asked.lab, folder) as address, browser() as driver:
            for name in asked.only:
                opened(driver, address, name)
                for look in asked.looks:
                    found = pictures(driver, look, asked.height, name, asked.out)
                    print(f"{name}, {look}: {len(found)} faults", *found, sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
