"""Modules that stand beside a notebook or script: found in its folder, as Jupyter finds them, but
never in the place of a library.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import SourceLoader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from graders.core.ipython import IPython, plain
from graders.core.submission import Unreadable

# What of this program submissions may import: a copy of it that was handed in is not looked at.
OURS = ("graders", "otter", "grader")


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
        if path is not None or _is_library(name):
            return None
        places = [*_working_folder(), *self.folders]
        for place in places:
            # A file that a cell wrote a moment ago has to be seen.
            if finder := sys.path_importer_cache.get(place):
                getattr(finder, "invalidate_caches", lambda: None)()
        found = PathFinder.find_spec(name, places, target) or _notebook(name, places)
        # A mere folder goes behind a package of that name, as in Python.
        mere = found is not None and found.loader is None
        return None if mere and PathFinder.find_spec(name, None, target) else found


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
