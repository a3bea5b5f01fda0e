"""Runs the cells of a submission, one statement at a time: what fails costs what it defines, and
the rest goes on. The same at home and where submissions are graded.

What people stop stays stopped: below a statement that failed, in the same cell, a name that exists
already gets no new value, for an older attempt often stands there. A library that is missing here
is no such failure: where the code was written it was there, and the rest ran.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import linecache
import sys
import types
from collections import deque
from collections.abc import Callable
from typing import Any

from graders.core.again import Later, mended
from graders.core.beside import MISSING
from graders.core.inert import Stage, installed
from graders.core.ipython import IPython, MagicFailed
from graders.core.magics import chunks, python
from graders.core.reused import Meanings
from graders.core.statements import (
    IMPORTS,
    LOST,
    SCOPES,
    below,
    bound,
    definition,
    one_by_one,
    root,
    tried,
    unfolded,
    without,
)
from graders.core.syntax import newer
from graders.core.timers import Stopped
from graders.core.troubles import Trouble

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
# Raised by nothing that the author of the code saw: no failure of theirs.
EXCUSED = (ImportError, EOFError, MagicFailed)


class Cells:
    """One namespace, `__main__`, in which cells run. `file`: of a script, where it lies.
    `troubles`: what went wrong so far.
    """

    def __init__(self, file: str = "") -> None:
        self.module = types.ModuleType("__main__")
        self.namespace: dict[str, Any] = self.module.__dict__
        self.troubles: list[Trouble] = []
        self.lost: set[str] = set()
        self.shell = IPython(self.namespace)
        self.meanings = Meanings(self.namespace)
        self.stage = Stage()
        self.later = Later(self.namespace)
        self.flags = 0
        self._told: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.namespace.update(
            {"__builtins__": __builtins__, "get_ipython": lambda: self.shell, "display": _nothing,
             "exit": _nothing, "quit": _nothing, "help": _nothing}
        )  # fmt: skip
        self._own = set(self.namespace)
        self.belong_to(file)

    def belong_to(self, file: str) -> None:
        """Let the code know the script that it is."""
        if file:
            self.namespace["__file__"] = file

    def enter(self, back: bool = True) -> Callable[[], None]:
        """Let the cells be the main module of this process, find what lies in the working folder,
        and have stand-ins for missing libraries. Returns what undoes it.

        back: whether it will be undone; to note what is loaded before takes a while.
        """
        main, arguments, path = sys.modules["__main__"], sys.argv, list(sys.path)
        modules = set(sys.modules) if back else set()
        # As if it were run without any: ours are nothing that code in a cell can parse.
        sys.argv = [str(self.namespace.get("__file__", "notebook"))]
        sys.modules["__main__"] = self.module
        sys.meta_path.insert(0, self.stage)
        sys.path.insert(0, "")

        def leave() -> None:
            sys.argv = arguments
            sys.modules["__main__"] = main
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self.stage]
            sys.path[:] = [p for p in sys.path if p] + [p for p in path if p not in sys.path]
            for name in set(sys.modules) - modules:
                if not _installed(sys.modules[name]):
                    del sys.modules[name]

        return leave

    def defined(self, names: list[str]) -> list[str]:
        """Those of the names that the submission defines; what it imports from a library is the
        library's.
        """
        return [name for name in names if name in self.namespace and not self._foreign(name)]

    def start(self, code: str, number: int, definitions: bool = False) -> Run:
        """A cell (from 1), ready to run; only its imports, definitions and constants, if so
        wanted.
        """
        return Run(self, code, number, definitions)

    def execute(self, node: ast.stmt, filename: str) -> None:
        """Run one statement in the namespace."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            import __future__

            self.flags |= getattr(__future__, node.names[0].name).compiler_flag
        flags = self.flags | AWAIT
        if isinstance(node, ast.Expr):
            code = compile(ast.Expression(node.value), filename, "eval", flags, True)
        else:
            code = compile(ast.Module([node], []), filename, "exec", flags, True)
        value = eval(code, self.namespace)
        if code.co_flags & inspect.CO_COROUTINE:
            self._loop = self._loop or asyncio.new_event_loop()
            value = self._loop.run_until_complete(value)
        if isinstance(node, ast.Expr) and value is not None:
            self.namespace["_"] = value
        self.namespace["get_ipython"] = lambda: self.shell

    def tell_names(self, cell: int) -> None:
        """Say which cells use the names of libraries for something else, and what modules beside
        the submission do without, once each.
        """
        for name, later in self.meanings.needed().items():
            if name not in self._told:
                self._told.add(name)
                self.troubles.append(Trouble("reused", name, later))
        self.troubles += [
            Trouble("library", name.split(".")[0], cell, 0, ModuleNotFoundError.__name__)
            for name in MISSING
        ]
        MISSING.clear()
        for name in self.stage.used:
            if name not in self._told:
                self._told.add(name)
                self.troubles.append(Trouble("stand-in", name))

    def _foreign(self, name: str) -> bool:
        value = self.namespace[name]
        if self.meanings.imported.get(name, self) is not value:
            return name in self._own
        where = str(
            getattr(value, "__module__", None) or self.meanings.taken_from.get(name, "torch")
        )
        where = where.split(".")[0]
        return where == "graders" or _installed(sys.modules.get(where))


class Run:
    """One cell: its statements, in order, each for itself."""

    def __init__(self, cells: Cells, code: str, number: int, definitions: bool):
        self._cells = cells
        self._number = number
        self._file = f"<cell {number}>"
        self._stopped = False
        self._definitions = definitions
        self._skipped = False
        self._pending = deque(self._statements(python(code)))

    @property
    def waits(self) -> bool:
        """Whether anything of the cell is left to run."""
        return bool(self._pending)

    @property
    def defines(self) -> bool:
        """Whether what comes next only imports, defines or names a constant."""
        return self._definitions or definition(self._pending[0], self._cheap)

    def step(self) -> None:
        """Run the next statement. A limit of time passes through; `rest` then follows."""
        self._cells.namespace[LOST] = self._lost
        self._do(self._pending.popleft())

    def end(self) -> None:
        """Say what there is to say about the cell, when nothing of it is left."""
        if self._skipped and not self._stopped:
            self._trouble("skipped")
        self._make_up_for()
        self._cells.tell_names(self._number)

    def go(self) -> None:
        """Run what is left of the cell."""
        while self._pending:
            self.step()
        self.end()

    def rest(self) -> None:
        """After a limit: the imports, definitions and constants among what is left."""
        self._definitions = True
        self.go()

    def _make_up_for(self) -> None:
        """Define what failed above for want of a name that is there now."""
        while ready := list(self._cells.later.ready()):
            for one in ready:
                try:
                    self._cells.execute(one.node, one.file)
                except NameError as error:
                    self._cells.later.wait(one.node, one.file, error)
                except Exception:
                    continue
                else:
                    self._trouble("order", ", ".join(sorted(bound(one.node))))
                    self._cells.meanings.note(one.node, self._number)

    def _statements(self, code: str) -> list[ast.stmt]:
        lines = code.splitlines(keepends=True)
        linecache.cache[self._file] = len(code), None, lines, self._file
        try:
            return [part for s in ast.parse(code, self._file).body for part in unfolded(s)]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            version = newer(code, error)
            # Where its author ran it, a cell that does not parse did nothing.
            self._stopped = self._definitions = not version
            kind = "newer syntax" if version else "syntax"
            self._trouble(kind, version, error, getattr(error, "lineno", 0) or 0)
        found = []
        for start, text in chunks(code):
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                found += ast.parse("\n" * start + text, self._file).body
        return found

    def _do(self, node: ast.stmt) -> None:
        if self._definitions and not definition(node, self._cheap):
            self._skipped = True
            return
        for part in one_by_one(node):
            self._run(part)

    def _run(self, node: ast.stmt) -> None:
        namespace = self._cells.namespace
        names = bound(node)
        if self._stopped and names and all(name in namespace for name in names):
            return
        before = dict(namespace) if self._stopped else {}
        try:
            self._execute(node)
        except Stopped as stop:
            line = _line(stop, self._file) or node.lineno
            self._pending.extendleft(reversed(list(below(node, line))))
            raise
        except BaseException as error:
            self._failed(node, error)
        else:
            self._retry_imports(node)
        namespace.update({n: v for n, v in before.items() if namespace.get(n) is not v})
        self._cells.meanings.note(node, self._number)

    def _execute(self, node: ast.stmt) -> None:
        try:
            self._cells.execute(node, self._file)
        except Exception as error:
            other = mended(node, error)
            if other is None:
                raise
            with other.within():
                self._cells.execute(node, self._file)
            line = _line(error, self._file) or node.lineno
            self._trouble(other.kind, other.name, error, line)

    def _failed(self, node: ast.stmt, error: BaseException) -> None:
        line = _line(error, self._file) or node.lineno
        names = bound(node)
        if isinstance(error, NameError) and getattr(error, "name", "") in self._cells.lost:
            if isinstance(node, SCOPES) and self._plainly(node):
                return
            self._cells.lost |= names - set(self._cells.namespace)
            return
        if isinstance(error, ImportError):
            self._cells.lost |= names - set(self._cells.namespace)
        if isinstance(error, NameError) and definition(node, self._cheap):
            self._cells.later.wait(node, self._file, error)
        self._tell(error, node, line)
        if not isinstance(error, EXCUSED):
            self._stopped = True
        if isinstance(error, SystemExit) or isinstance(node, ast.Raise):
            self._definitions = True
        # What the block that failed still holds below, and is not there yet.
        for inner in below(node, line):
            if definition(inner, self._cheap) and not bound(inner) <= set(self._cells.namespace):
                self._do(inner)

    def _lost(self, name: str, line: int) -> None:
        """An import inside a block failed: the name is missing, and the block goes on."""
        error = sys.exc_info()[1]
        self._cells.lost.add(name)
        if error is not None:
            self._tell(error, ast.Import([ast.alias(name)]), line)

    def _plainly(self, node: ast.stmt) -> bool:
        """Define a function or class again without what a missing library says about it."""
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return False
        without(node, self._cells.lost)
        try:
            self._cells.execute(node, self._file)
        except Exception:
            return False
        return True

    def _retry_imports(self, node: ast.stmt) -> None:
        """Imports below one that failed inside a `try` of the submission's own."""
        for alone in tried(node):
            if not bound(alone) <= set(self._cells.namespace):
                with contextlib.suppress(Exception):
                    self._cells.execute(alone, self._file)

    def _cheap(self, called: ast.expr) -> bool:
        """Whether a call is of a library's function or of a class: a constant, not a training."""
        name = root(called)
        value = self._cells.namespace.get(name)
        if isinstance(called, ast.Name):
            library = getattr(value, "__module__", "__main__") != "__main__"
            return isinstance(value, type) or library or name not in self._cells.namespace
        slow = isinstance(called, ast.Attribute) and called.attr in ("sleep", "system", "run")
        return isinstance(value, (types.ModuleType, type)) and not slow

    def _tell(self, error: BaseException, node: ast.stmt, line: int) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            # Of `google`, which several libraries share, the part that is missing is the library.
            name = error.name if error.name != "google" else _module(node)
            self._trouble(
                "library", name if name.startswith("google.") else name.split(".")[0], error, line
            )
        elif isinstance(error, ImportError) and isinstance(node, IMPORTS):
            self._trouble("version", _with_version(node), error, line)
        elif isinstance(error, MagicFailed):
            self._trouble("magic", str(error), error, line)
        elif isinstance(error, OSError) and isinstance(error.filename, str):
            self._trouble("file", error.filename, error, line)
        elif isinstance(error, SystemExit) or isinstance(node, ast.Raise):
            self._trouble("stopped", "", error, line)
        else:
            self._trouble("error", "", error, line)

    def _trouble(
        self, kind: str, name: str = "", error: BaseException | None = None, line: int = 0
    ) -> None:
        raised = "" if error is None else _short(type(error).__name__, 60)
        self._cells.troubles.append(
            Trouble(kind, _short(name, 200), self._number, max(line, 0), raised, _said(error))
        )


def _nothing(*_: Any, **__: Any) -> None:
    """`display(...)`, which nobody looks at; `exit()`, after which a notebook's cell goes on."""


def _installed(module: Any) -> bool:
    """Whether a module is a library's, and not one that lies beside the submission."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str):
        return getattr(module, "__name__", "") in sys.builtin_module_names
    return installed(file)


def _line(error: BaseException, filename: str) -> int:
    """The line of the cell where it went wrong, 0 when that cannot be told."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == filename else line
        trace = trace.tb_next
    return line


def _module(node: ast.stmt) -> str:
    """The module that an import asks for."""
    if isinstance(node, ast.ImportFrom):
        return (
            f"{node.module}.{node.names[0].name}" if node.module == "google" else str(node.module)
        )
    return node.names[0].name if isinstance(node, ast.Import) else ""


def _with_version(node: ast.stmt) -> str:
    """The library that an import asks, with its version here."""
    name = str(getattr(node, "module", None) or next(iter(bound(node)), "")).split(".")[0]
    version = getattr(sys.modules.get(name), "__version__", "")
    return f"{name} {version}".strip()


def _said(error: BaseException | None) -> str:
    """What an exception says; a hostile one says nothing."""
    try:
        return "" if error is None or isinstance(error, SyntaxError) else _short(str(error), 200)
    except BaseException:
        return ""


def _short(text: str, length: int) -> str:
    return "".join(c for c in text[:length] if c.isprintable())
