"""Stand-ins that do nothing: for libraries that only show or log, where they are missing, and for
what a notebook calls to check itself, while it is being checked.

Never for a library by whose absence code finds out where it runs, such as `google.colab`.
"""

from __future__ import annotations

import sys
import sysconfig
import types
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

# A dotted name is a part of a library that needs the one behind the colon.
SHOWING = {
    name: name
    for name in (
        "tqdm", "wandb", "tensorboard", "tensorboardX", "seaborn", "IPython", "ipywidgets",
        "plotly", "bokeh", "altair", "livelossplot", "torchinfo", "torchsummary", "torchviz",
        "termcolor", "colorama", "prettytable", "tabulate", "icecream", "mlflow", "comet_ml",
        "neptune", "visdom", "aim", "swanlab", "matplotlib_inline", "ipympl", "watermark",
        "matplotlib", "rich", "progressbar", "alive_progress",
    )
} | {"torch.utils.tensorboard": "tensorboard"}  # fmt: skip
LIBRARY = sysconfig.get_paths()["stdlib"]
CHECKERS = ("otter", "grader", "graders.core.notebook")


class Inert(types.ModuleType):
    """A module, class, object or function all of whose parts are the same again.

    Called with something that can be gone through, it is gone through (a progress bar); called with
    a function, it is that function (a decorator).
    """

    def __init__(self, name: str = "inert", *_: Any, **__: Any):
        super().__init__(str(name))
        self.__path__: list[str] = []
        self.__version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert(name)

    def __call__(self, *arguments: Any, **__: Any) -> Any:
        first = arguments[0] if arguments else None
        if self.__name__ == "trange" and arguments:
            return _Bar(range(*arguments))
        if isinstance(first, types.FunctionType):
            return first
        return _Bar(first) if hasattr(first, "__iter__") else Inert(self.__name__)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        return Inert("item")

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)


class _Bar(Inert):
    """What it was given, gone through as if it stood alone."""

    def __init__(self, items: Any):
        super().__init__("bar")
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]


class Stage(MetaPathFinder, Loader):
    """Finds stand-ins for libraries of SHOWING that are not installed. `used`: those it gave."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """A stand-in for the module, if it is one of a missing library that only shows."""
        root = fullname.split(".")[0]
        name = next((n for n in (root, fullname) if n in SHOWING), "")
        if not name and fullname.startswith("torch.utils.tensorboard."):
            name = "torch.utils.tensorboard"
        if not name or _for_a_library() or PathFinder.find_spec(SHOWING[name]) is not None:
            return None
        if name not in self.used:
            self.used.append(name)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return Inert(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        return None


def _for_a_library() -> bool:
    """Whether it is a library that asks for a module: it knows what to do where that is missing."""
    frame = sys._getframe(2)
    while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return installed(frame.f_code.co_filename)


def installed(file: str) -> bool:
    """Whether a file of code is a library's, and not one that lies beside the submission."""
    return "-packages" in file or file.startswith(LIBRARY)


def without_checks() -> Callable[[], None]:
    """Let what a notebook calls to check itself do nothing. Returns what undoes it."""
    before = {name: sys.modules.get(name) for name in CHECKERS}
    package = sys.modules["graders.core"]
    notebook = getattr(package, "notebook", None)
    for name in CHECKERS:
        sys.modules[name] = Inert(name)
    package.notebook = sys.modules["graders.core.notebook"]  # type: ignore[attr-defined]

    def undo() -> None:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        package.notebook = notebook  # type: ignore[attr-defined]

    return undo
