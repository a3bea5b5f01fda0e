"""Modules that stand beside a notebook or script: found in its folder, as Jupyter finds them, but
never in the place of a library.
"""

from __future__ import annotations

import ast
import contextlib
import os
import sys
import types
from collections.abc import Iterator, Sequence
from importlib.abc import SourceLoader
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.core.elsewhere import end_of
from graders.core.ipython import IPython, plain
from graders.core.statements import LOST, tolerant
from graders.core.submission import Unreadable

# What of this program submissions may import: a copy of it that was handed in is not looked at.
OURS = ("graders", "otter", "grader")
# Libraries that modules of the submission import and that are not installed, until they are told.
MISSING: list[str] = []


class Finder:
    """Finds modules in the working folder and in folders of the submission.

    It stands before Python's own way of looking, so that `utils.py` is the student's whatever is
    installed. A file that is named like a library (`torch.py`, `random.py`) is not taken for it.
    """

    def __init__(self, folders: Sequence[str]):
        self.folders = list(folders)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module lies; None when it is none of the submission's."""
        if path is not None:
            own = any(_within(place, [*_working_folder(), *self.folders]) for place in path)
            return _tolerant(PathFinder.find_spec(name, path, target)) if own else None
        if _is_library(name):
            return None
        places = self._places(name)
        for place in places:
            # A file that a cell wrote a moment ago has to be seen.
            if finder := sys.path_importer_cache.get(place):
                getattr(finder, "invalidate_caches", lambda: None)()
        found = _tolerant(PathFinder.find_spec(name, places, target)) or _notebook(name, places)
        # A mere folder goes behind a package of that name, as in Python.
        mere = found is not None and found.loader is None
        return None if mere and PathFinder.find_spec(name, None, target) else found

    def _places(self, name: str) -> list[str]:
        """The folders in which a module is looked for: also where the folder lies that the code is
        in, if that is called so, and folders of the path as they are called on another machine.
        """
        here = _working_folder()
        near = [p for place in here for p in Path(place, "x").parents[:2]]
        above = [str(folder.parent) for folder in near if folder.name == name]
        gone = [entry for entry in sys.path if entry and not os.path.exists(entry)]
        ends = [end_of(entry, folder) for entry in gone for folder in self.folders]
        return [*here, *self.folders, *above, *(e for e in ends if e and os.path.isdir(e))]


class Helper(SourceFileLoader):
    """Loads a module of the submission. A library that it imports and that is not installed costs
    what is imported from it, as in a cell; MISSING hears its name.
    """

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> types.CodeType:  # type: ignore[override]
        """Its code, each import of another module for itself."""
        tree = ast.parse(data, path)
        whole = "." not in self.name and not self.is_package(self.name)
        return compile(tolerant(tree, whole), path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        module.__dict__[LOST] = _lost
        super().exec_module(module)

    def get_code(self, fullname: str) -> types.CodeType | None:
        """Compiled each time: what Python keeps beside it is of the code as it stands."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class Notebook(SourceLoader):
    """Loads a notebook as a module, as `import_ipynb` does for whoever has it."""

    def __init__(self, path: str):
        self.path = path

    def get_filename(self, fullname: str) -> str:
        """Where the notebook lies."""
        return self.path

    def get_data(self, path: str) -> bytes:
        """The code of its cells. Raises OSError."""
        try:
            return plain(Path(path)).encode()
        except Unreadable as error:
            raise OSError(str(error)) from None

    def exec_module(self, module: ModuleType) -> None:
        """Run the cells in the module."""
        shell = IPython(module.__dict__)
        module.__dict__["get_ipython"] = lambda: shell
        super().exec_module(module)


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder, with its modules, until the end of the block; then forget them."""
    before, loaded, finder = Path.cwd(), set(sys.modules), Finder([str(folder.resolve())])
    os.chdir(folder)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        os.chdir(before)
        for name in set(sys.modules) - loaded:
            if _lies_in(sys.modules[name], finder.folders[0]):
                del sys.modules[name]


def _tolerant(spec: ModuleSpec | None) -> ModuleSpec | None:
    if spec is not None and type(spec.loader) is SourceFileLoader:
        spec.loader = Helper(spec.loader.name, spec.loader.path)
    return spec


def _lost(name: str, line: int) -> None:
    error = sys.exc_info()[1]
    if not isinstance(error, ModuleNotFoundError):
        raise
    MISSING.append(error.name or name)


def _within(place: str, folders: Sequence[str]) -> bool:
    return any(f"{place}{os.sep}".startswith(f"{folder}{os.sep}") for folder in folders)


def _is_library(name: str) -> bool:
    if name in sys.stdlib_module_names or name in OURS:
        return True
    try:
        distribution(name)
    except (PackageNotFoundError, ValueError):
        return False
    return True


def _notebook(name: str, places: Sequence[str]) -> ModuleSpec | None:
    paths = [os.path.join(place, f"{name}.ipynb") for place in places]
    path = next(filter(os.path.isfile, paths), None)
    return spec_from_file_location(name, path, loader=Notebook(path)) if path else None


def _working_folder() -> list[str]:
    try:
        return [os.getcwd()]
    except OSError:
        return []


def _lies_in(module: ModuleType | None, folder: str) -> bool:
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())]
    return any(str(place).startswith(folder + os.sep) for place in places if place)
