"""Grades as plain data and back, by the fields of their own dataclasses: no field can be forgotten.

Fields that take no part in comparisons hold live objects (evidence, records) and are left out.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

Kind = TypeVar("Kind")


@cache
def names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that are data, in their order."""
    return tuple(field.name for field in fields(kind) if field.compare)


def plain(value: Any) -> Any:
    """Dicts, lists, strings and numbers: what JSON takes."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in names(type(value))}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, str):
        # Half of a surrogate pair, which a submission may put into a message, has no encoding.
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def built(kind: type[Kind], data: Any) -> Kind:
    """The value of this kind that `plain` wrote. Keys that are no field are left out."""
    return typing.cast(Kind, _built(kind, data))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _built(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(
            **{name: _built(_hints(kind)[name], data[name]) for name in names(kind) if name in data}
        )
    if origin is tuple:
        return tuple(_built(typing.get_args(kind)[0], item) for item in data)
    if origin is types.UnionType:
        parts = [part for part in typing.get_args(kind) if part is not type(None)]
        return None if data is None else _built(parts[0], data)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(data)
    return bool(data) if kind is bool else data
