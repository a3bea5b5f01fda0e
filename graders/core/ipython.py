"""What `get_ipython()` gives while a notebook's cells are run for a check: the magics that do
something to the code below them do it, all others do nothing.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graders.core.inert import Inert
from graders.core.magics import python
from graders.core.submission import Unreadable, read

SHELLS = ("bash", "sh", "shell", "script", "system", "sx", "cmd")
# There is no network, and nothing is installed while somebody's work is checked.
INSTALLS = re.compile(
    r"\s*(?:sudo\s+)?(?:\S*pip3?|\S*python3?\s+-m\s+pip|conda|mamba|uv|apt|apt-get|brew)\b"
)


class MagicFailed(Exception):
    """A magic that does not work here. The text is the magic."""


class IPython:
    """The part of IPython's shell that code in a cell uses.

    namespace: where `%run` and `%pylab` put names.
    """

    def __init__(self, namespace: dict[str, Any]):
        self.user_ns = namespace
        self.kernel = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert(name)

    def run_line_magic(self, name: str, line: str = "", *_: Any, **__: Any) -> Any:
        """Do what `%name line` does to the code below it. Raises MagicFailed."""
        action: dict[str, Callable[[str], Any]] = {
            "run": self._run, "cd": self._cd, "env": _set, "set_env": _set, "pylab": self._pylab,
            "system": self.getoutput, "sx": self.getoutput,
        }  # fmt: skip
        if name in ("mkdir", "cp", "mv"):
            return self.system(f"{name} {line}")
        if name in action:
            return self._tried(f"%{name} {line}", lambda: action[name](line))
        return None

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Do what `%%name line` does with its cell. Raises MagicFailed."""
        if name in ("writefile", "file"):
            return self._tried(f"%%{name} {line}", lambda: _write(line, cell))
        if name in SHELLS:
            program = line if name == "script" and line else "sh"
            return self._tried(f"%%{name}", lambda: _shell(shlex.split(program), cell))
        return None

    def magic(self, line: str) -> Any:
        """`get_ipython().magic("cd data")`, as old exports write it."""
        name, _, rest = line.partition(" ")
        return self.run_line_magic(name, rest)

    def system(self, command: str) -> None:
        """`!command`: what it prints and whether it fails is not looked at, as in a notebook."""
        if not INSTALLS.match(command):
            _shell(command)

    def getoutput(self, command: str) -> list[str]:
        """The lines that `!command` prints."""
        return [] if INSTALLS.match(command) else _shell(command, output=True).splitlines()

    def _tried(self, text: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (OSError, ValueError, ImportError, Unreadable) as error:
            raise MagicFailed(text.strip()) from error

    def _run(self, line: str) -> None:
        words = [word for word in shlex.split(line) if not word.startswith("-")]
        path = Path(words[0] if words else "")
        path = path if path.suffix else path.with_suffix(".py")
        exec(compile(plain(path), str(path), "exec"), self.user_ns)

    def _cd(self, line: str) -> None:
        os.chdir(os.path.expanduser(line.strip().strip("\"'") or "~"))

    def _pylab(self, _: str) -> None:
        import numpy

        self.user_ns.update(np=numpy, numpy=numpy)
        self.user_ns["plt"] = importlib.import_module("matplotlib.pyplot")


def plain(path: Path) -> str:
    """A script or a notebook that other code runs or imports, as Python. Raises OSError and
    Unreadable.
    """
    return "\n".join(map(python, read(path).cells))


def _set(line: str) -> None:
    name, _, value = line.replace(" ", "=", 1).partition("=")
    if value:
        os.environ[name] = value.lstrip("= ")


def _write(line: str, text: str) -> None:
    words = shlex.split(line)
    mode = "a" if words[:1] == ["-a"] else "w"
    path = Path(words[-1] if words else "")
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)
    importlib.invalidate_caches()


def _shell(command: str | list[str], text: str = "", output: bool = False) -> str:
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        input=text.encode(),
        stdout=subprocess.PIPE if output else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    importlib.invalidate_caches()
    return (done.stdout or b"").decode(errors="replace")
