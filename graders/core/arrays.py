"""`experiment.npz`: what a training run leaves behind, read as plain arrays.

The file comes from a student, so nothing in it is believed: at most 32 MB, packed and unpacked, no
pickles, numbers only. Nothing here needs torch.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graders.core.language import say

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
                say(
                    "{name} is larger than {megabytes} MB: save only the arrays that are asked for",
                    name=path.name,
                    megabytes=MAX_BYTES // 2**20,
                )
            )
        with zipfile.ZipFile(path) as archive:
            return _grouped({info.filename: _array(archive, info) for info in _entries(archive)})
    except Unusable:
        raise
    except Exception as error:  # a damaged or a hand-made archive may raise anything
        raise Unusable(
            say(
                "{name} cannot be read as a file of np.savez ({error}): run the cells that"
                " write it again",
                name=path.name,
                error=type(error).__name__,
            )
        ) from None


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ARRAYS:
        raise Unusable(say("more than {max_arrays} arrays", max_arrays=MAX_ARRAYS))
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Unusable(
            say("the arrays take more than {megabytes} MB", megabytes=MAX_BYTES // 2**20)
        )
    return entries


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    name = entry.filename.removesuffix(".npy")
    if not name.isascii() or not name.isprintable() or len(name) > MAX_NAME:
        raise Unusable(say("an array whose name is not short printable text"))
    with archive.open(entry) as stream:
        # What the archive says of its sizes is the student's word too: never more is unpacked.
        content = stream.read(entry.file_size + 1)
    try:
        # The types of older numpy, the newest for Python 3.10, lack this function.
        array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)  # type: ignore[no-untyped-call, unused-ignore]
    except (ValueError, TypeError, EOFError, MemoryError, SyntaxError) as error:
        raise Unusable(
            say("`{name}` is not a plain array ({error})", name=name, error=type(error).__name__)
        ) from None
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise Unusable(say("`{name}` holds {dtype}, wanted numbers", name=name, dtype=array.dtype))
    return array.astype(array.dtype.newbyteorder("="), order="C")


def _grouped(arrays: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, NDArray[Any]]]:
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        group, _, key = name.removesuffix(".npy").partition("/")
        groups.setdefault(group, {})[key] = array
    return groups
