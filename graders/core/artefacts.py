"""What a training run left behind, served to checks by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from graders.core.arrays import FILE, Unusable, read_artefacts
from graders.core.files import is_file
from graders.core.host import Reply, Request
from graders.core.language import say
from graders.core.verdict import Missing


class ArtefactHost:
    """Serves the groups of a file as answers; there is nothing to call. `why` says why there is no
    file, if there is none.
    """

    # What a branch of a submission says when it hung or ended; a file does neither.
    broken = False

    def __init__(self, groups: Mapping[str, Mapping[str, NDArray[Any]]], why: str = ""):
        self._groups = groups
        self._why = why

    def has(self, name: str) -> bool:
        """Whether there are arrays of this group."""
        return name in self._groups

    def get(self, name: str) -> Any:
        """A group of arrays. Raises Missing."""
        if name not in self._groups:
            raise Missing(
                self._why
                or say(
                    "{file} holds no array whose name begins with `{name}/`", file=FILE, name=name
                )
            )
        return dict(self._groups[name])

    def call(self, request: Request) -> Reply:
        raise Missing(
            say("`{name}` is not a function: {file} holds arrays", name=request.name, file=FILE)
        )

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        raise Missing(say("{file} holds arrays", file=FILE))

    def release(self, handles: list[int]) -> None:
        """There are no graphs to forget."""


def artefact_file(notebook: Path) -> Path | None:
    """The file of artefacts that was handed in beside a notebook or script, if there is one.

    In a folder of one submission it is called experiment.npz; where submissions lie side by side,
    ada.npz goes with ada.ipynb.
    """
    own, common = notebook.parent / f"{notebook.stem}.npz", notebook.parent / FILE
    path = own if os.path.exists(own) or not os.path.exists(common) or _others(notebook) else common
    return path if is_file(path) else None


def _others(notebook: Path) -> bool:
    """Whether other notebooks lie in the same folder."""
    return any(path.suffix == ".ipynb" and path != notebook for path in notebook.parent.iterdir())


def artefact_host(notebook: Path) -> ArtefactHost:
    """What was handed in beside a notebook or script, or the reason why it cannot be used."""
    return artefacts_in(artefact_file(notebook))


def artefacts_in(path: Path | None) -> ArtefactHost:
    """What a file of artefacts holds, or the reason why it cannot be used."""
    if path is None:
        return ArtefactHost(
            {},
            say(
                "there is no {file} beside the notebook: the cells of the experiment write it",
                file=FILE,
            ),
        )
    try:
        return ArtefactHost(read_artefacts(path))
    except Unusable as error:
        return ArtefactHost({}, say("{file} cannot be used: {error}", file=FILE, error=error))
