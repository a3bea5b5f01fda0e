"""`experiment.npz`: what a training run leaves behind, read as plain arrays and served to checks by
name.

The file comes from a student, so nothing in it is believed: at most 32 MB, packed and unpacked, no
pickles, numbers only.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders.core.host import Reply, Request
from graders.core.verdict import Missing

FILE = "experiment.npz"
MAX_BYTES = 32 * 2**20
MAX_ARRAYS = 256
MAX_NAME = 100


class Unusable(Exception):
    """A file that is no collection of plain arrays; the text says why."""


def read_artefacts(path: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """The arrays of a file by group and key: `bound_history/aevb` is `["bound_history"]["aevb"]`.
    Raises Unusable.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unusable(
                f"{path.name} is larger than {MAX_BYTES // 2**20} MB: save only the arrays that are"
                " asked for"
            )
        with zipfile.ZipFile(path) as archive:
            return _grouped({info.filename: _array(archive, info) for info in _entries(archive)})
    except Unusable:
        raise
    except Exception as error:  # a damaged or a hand-made archive may raise anything
        raise Unusable(
            f"{path.name} cannot be read as a file of np.savez ({type(error).__name__}): run the"
            " cells that write it again"
        ) from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ARRAYS:
        raise Unusable(f"more than {MAX_ARRAYS} arrays")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Unusable(f"the arrays take more than {MAX_BYTES // 2**20} MB")
    return entries


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    name = entry.filename.removesuffix(".npy")
    if not name.isascii() or not name.isprintable() or len(name) > MAX_NAME:
        raise Unusable("an array whose name is not short printable text")
    with archive.open(entry) as stream:
        # What the archive says of its sizes is the student's word too: never more is unpacked.
        content = stream.read(entry.file_size + 1)
    try:
        # The types of older numpy, the newest for Python 3.10, lack this function.
        array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)  # type: ignore[no-untyped-call, unused-ignore]
    except (ValueError, TypeError, EOFError, MemoryError, SyntaxError) as error:
        raise Unusable(f"`{name}` is not a plain array ({type(error).__name__})") from None
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise Unusable(f"`{name}` holds {array.dtype}, wanted numbers")
    return array.astype(array.dtype.newbyteorder("="), order="C")


def _grouped(arrays: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, NDArray[Any]]]:
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        group, _, key = name.removesuffix(".npy").partition("/")
        groups.setdefault(group, {})[key] = array
    return groups


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
            raise Missing(self._why or f"{FILE} holds no array whose name begins with `{name}/`")
        return dict(self._groups[name])

    def call(self, request: Request) -> Reply:
        raise Missing(f"`{request.name}` is not a function: {FILE} holds arrays")

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        raise Missing(f"{FILE} holds arrays")

    def release(self, handles: list[int]) -> None:
        """There are no graphs to forget."""


def artefact_file(notebook: Path) -> Path | None:
    """The file of artefacts that was handed in beside a notebook or script, if there is one.

    In a folder of one submission it is called experiment.npz; where submissions lie side by side,
    ada.npz goes with ada.ipynb.
    """
    own, common = notebook.parent / f"{notebook.stem}.npz", notebook.parent / FILE
    path = own if own.exists() or not common.exists() or _others(notebook) else common
    return path if path.is_file() and not path.is_symlink() else None


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
            {}, f"there is no {FILE} beside the notebook: the cells of the experiment write it"
        )
    try:
        return ArtefactHost(read_artefacts(path))
    except Unusable as error:
        return ArtefactHost({}, f"{FILE} cannot be used: {error}")
