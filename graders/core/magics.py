"""IPython's language as plain Python: magics and shell lines become calls of `get_ipython()`.

The same in the notebook, in a terminal without IPython and when a submission is graded, so that a
cell means the same in all three. Every line keeps its number.
"""

from __future__ import annotations

import ast
import re
import string
import warnings
from collections.abc import Iterator

TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<string>[A-Za-z]{0,2}(?:\"{3}|'{3}|"|'))"""
    r"""|(?P<open>[([{])|(?P<close>[)\]}])|(?P<joined>\\\n)|\w+|\n"""
)
ENDS = {
    quote: re.compile(rf"(?:\\.|(?!{quote}).)*(?:{quote}|\Z)", re.DOTALL)
    for quote in ('"""', "'''")
} | {quote: re.compile(rf"(?:\\(?:.|\n)|[^\\\n{quote}])*(?:{quote}|(?=\n)|\Z)") for quote in "\"'"}
MAGIC = re.compile(r"[ \t]*(?:[%!?]|[\w.]+\?{1,2}[ \t]*(?=\n|\Z))")
ASSIGNED = re.compile(r"(\s*[\w., \t()\[\]]+=\s*)(?:(%)|(!))(.*)", re.DOTALL)
# Statements that cannot stand inside a bracket: one that was never closed ends above them.
FRESH = re.compile(r"(?:def|class|import|from|async def|@\w)\b", re.MULTILINE)
# Commands that IPython takes without a percent sign.
BARE = re.compile(
    r"(?:pip3?|conda|mamba|uv|cd|ls|mkdir|cat|cp|mv|rm|matplotlib|load_ext|autoreload)\s"
)
# Those of Python and of IPython.
PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?|^In \[\d+\]: ?|^ *\.{3,}: ?")
PYTHON = ("time", "capture", "prun", "python_body")
OTHER = (
    "timeit", "bash", "sh", "script", "shell", "system", "sx", "cmd", "html", "HTML", "javascript",
    "js", "latex", "svg", "SVG", "markdown", "perl", "ruby", "R", "sql", "cython", "writefile",
    "file", "python", "python2", "python3", "pypy",
)  # fmt: skip


def python(cell: str) -> str:
    """The cell as Python. What stays no Python is a syntax error of the cell."""
    if parses(cell):
        return cell
    cell = _without_prompts(cell)
    first = next((n for n, line in enumerate(cell.split("\n")) if _says_something(line)), 0)
    head = cell.split("\n")[first].strip()
    if head.startswith("%%"):
        return "\n" * first + _cell_magic(head[2:], cell.split("\n", first + 1)[first + 1 :])
    return "".join(map(_line, logical_lines(cell)))


def chunks(code: str) -> list[tuple[int, str]]:
    """Python code that does not parse, in parts as large as one statement: the number of the first
    line of each (0 is the first), and its text.
    """
    found: list[tuple[int, str]] = []
    number, joined = 0, False
    for line in logical_lines(code):
        word = line.lstrip("\n")
        inner = word[:1] in " \t\n#" or not word.strip()
        more = re.match(r"(?:else|elif|except|finally|case)\b|[)\]}]", word)
        if found and (inner or more or joined):
            found[-1] = found[-1][0], found[-1][1] + line
        else:
            found.append((number, line))
        joined = word.startswith("@") or (joined and inner)
        number += line.count("\n")
    return found


def logical_lines(text: str) -> Iterator[str]:
    """The text in pieces that each hold one line, or several that a bracket, a string or a
    backslash joins.
    """
    start = 0
    while start < len(text):
        end = _magic_end(text, start) if MAGIC.match(text, start) else _end(text, start)
        yield text[start:end]
        start = end


def parses(code: str) -> bool:
    """Whether this is Python."""
    return tree(code) is not None


def tree(code: str) -> ast.Module | None:
    """The parsed code, or None where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _end(text: str, position: int) -> int:
    depth = 0
    while match := TOKEN.search(text, position):
        position = match.end()
        if match["string"]:
            quote = match["string"].lstrip(string.ascii_letters)
            ended = ENDS[quote].match(text, position)
            position = ended.end() if ended else len(text)
        elif match["open"]:
            depth += 1
        elif match["close"]:
            depth = max(0, depth - 1)
        elif match[0] == "\n" and (not depth or FRESH.match(text, position)):
            return position
    return len(text)


def _magic_end(text: str, position: int) -> int:
    while (position := text.find("\n", position)) >= 0:
        position += 1
        if text[position - 2] != "\\":
            return position
    return len(text)


def _line(line: str) -> str:
    """One logical line, changed if it is no Python, with as many line breaks as before."""
    bare = line.strip()
    if not MAGIC.match(line) and not ASSIGNED.match(bare) and not BARE.match(bare + " "):
        return line
    if parses(bare):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return indent + _called(bare.replace("\\\n", " ")) + "\n" * line.count("\n")


def _called(text: str) -> str:
    if text.startswith("!"):
        return f"get_ipython().system({text.lstrip('!')!r})"
    if text.startswith("%"):
        return _line_magic(text.lstrip("%"))
    if match := ASSIGNED.match(text):
        if match[3]:
            return f"{match[1]}get_ipython().getoutput({match[4]!r})"
        name, _, rest = match[4].partition(" ")
        return f"{match[1]}get_ipython().run_line_magic({name!r}, {rest.strip()!r})"
    return _line_magic(text) if BARE.match(text + " ") else "pass"


def _line_magic(text: str) -> str:
    name, _, rest = text.strip().partition(" ")
    if name == "time":
        return rest.strip() if parses(rest.strip()) and rest.strip() else "pass"
    return f"get_ipython().run_line_magic({name!r}, {rest.strip()!r})"


def _cell_magic(head: str, rest: list[str]) -> str:
    """A cell under a magic: its body where that is Python, else one call."""
    name, _, arguments = head.partition(" ")
    body = rest[0] if rest else ""
    if name in PYTHON or (name not in OTHER and parses(python(body))):
        # `%%time f()` has its code on the line of the magic.
        first = arguments.strip() if name == "time" and parses(arguments.strip()) else ""
        return f"{first}\n{python(body)}"
    return f"get_ipython().run_cell_magic({name!r}, {arguments.strip()!r}, {body!r})\n"


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _without_prompts(cell: str) -> str:
    """A cell that was copied from a console or from an indented block, as it was typed there."""
    lines = cell.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if PROMPT.match(first):
        return "\n".join(PROMPT.sub("", line) for line in lines)
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(indent) for line in lines) if indent else cell
