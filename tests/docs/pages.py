"""A page as a test follows it: its commands with what they should print, and its files."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n+```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# `$ critic ...   # fails`: the command has to end with another status than 0.
FAILS = re.compile(r"#\s*fails\b")


@dataclass(frozen=True)
class Command:
    """One command of a page, and the text that stands below it."""

    line: str
    printed: str = ""

    @property
    def fails(self):
        return bool(FAILS.search(self.line))

    @property
    def plain(self):
        """Without its comment."""
        return re.sub(r"\s+#.*", "", self.line).strip()


@dataclass(frozen=True)
class Written:
    """One file that a page asks its reader to write."""

    name: str
    text: str


def steps(page):
    """Commands and files of a page, in order."""
    found = [(match.start(), [Written(*match.groups())]) for match in FILE.finditer(page)]
    found += [(match.start(), commands(*match.groups())) for match in FENCE.finditer(page)]
    return [step for _, several in sorted(found, key=lambda item: item[0]) for step in several]


def commands(language, text):
    """The commands of a block: each line of an `sh` block, and of a `console` block what follows a
    `$`.
    """
    if language == "sh":
        return [
            Command(line.strip())
            for line in text.replace("\\\n", " ").splitlines()
            if line.strip() and not line.startswith("#")
        ]
    if language == "console":
        blocks = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
        return [Command(*(block.rstrip("\n").split("\n", 1))) for block in blocks]
    return []


def agrees(printed, wanted):
    """Whether a command printed what the page shows; `...` stands for anything."""
    pattern = ".*".join(map(re.escape, wanted.strip("\n").split("...")))
    return not wanted.strip() or re.fullmatch(rf"\s*{pattern}\s*", printed, re.DOTALL) is not None


class Shell:
    """Runs commands one after the other as in one terminal: `cd` lasts, and `critic` is this very
    code.
    """

    def __init__(self, folder):
        self.folder = folder
        programs = folder.parent / f"{folder.name}-programs"
        programs.mkdir()
        for name, module in (("critic", "-m graders.cli"), ("python", "")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            (programs / name).chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CRITIC_")},
            "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "250",
            "XDG_DATA_HOME": str(programs),
        }  # fmt: skip

    def run(self, command, instead=""):
        """Run a command, or another in its place; it must end as the page says, and print what the
        page shows.
        """
        script = f"{instead or command.line}\nstatus=$?\npwd >&3\nexit $status"
        with open(self.folder.parent / f"{self.folder.name}-pwd", "w+") as place:
            done = subprocess.run(
                ["bash", "-c", f"exec 3>&{place.fileno()}\n{script}"], cwd=self.folder,
                env=self.environment, pass_fds=[place.fileno()],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            place.seek(0)
            self.folder = Path(place.read().strip() or self.folder)
        assert (done.returncode != 0) == command.fails, f"$ {command.line}\n{done.stdout}"
        assert agrees(done.stdout, command.printed), (
            f"$ {command.line}\nprinted\n{done.stdout}\nand the page says\n{command.printed}"
        )
        return done.stdout

    def follow(self, step, instead=""):
        """Run a command, or write a file."""
        if isinstance(step, Command):
            return self.run(step, instead)
        path = self.folder / step.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text)
        return ""
