"""The door for text that a submission chose: a name of a file, a message, a class, an answer.

Whatever comes through here can be encoded, and does nothing to a terminal, a page, a table or a
file system.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

# Joiners that words of several scripts and emoji are written with.
JOINERS = "\u200c\u200d"


def plain(text: str, limit: int = 100_000, keep: str = "\n\t") -> str:
    """Text without control characters, marks that turn the direction of reading, and halves of
    characters: each becomes its escape. `keep` stays as it is; at most `limit` characters.
    """
    cut = text if len(text) <= limit else f"{text[:limit]} [cut: {len(text)} characters]"
    return "".join(c if c in keep or _visible(c) else _escape(c) for c in cut)


def line(text: str, limit: int = 2_000) -> str:
    """Plain text on one line."""
    return plain(" ".join(text.split("\n")), limit, keep="")


def name(text: str, limit: int = 1_100) -> str:
    """The name of a file or folder as text that can be stored and shown. Different names, whatever
    bytes they have, stay different: a backslash of their own is written twice.
    """
    return plain(text.replace("\\", "\\\\"), limit, keep="")


def file_name(text: str, suffix: str = "", limit: int = 200) -> str:
    """A name as one part of a path: at most `limit` bytes with its suffix, a hash in place of what
    is too much.
    """
    safe = name(text).replace("/", "\\x2f")
    whole = f"{safe}{suffix}"
    if len(whole.encode()) <= limit and whole not in (".", "..") and whole:
        return whole
    mark = f"~{hashlib.sha256(safe.encode()).hexdigest()[:12]}{suffix}"
    return safe.encode()[: limit - len(mark.encode())].decode(errors="ignore") + mark


def _visible(character: str) -> bool:
    return (
        character.isprintable() or character in JOINERS or unicodedata.category(character) == "Zs"
    )


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is no UTF-8, as Python reads it
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"


def few(sentences: Sequence[str], most: int = 20) -> list[str]:
    """Sentences for one person: of very many the first, and how many more there are."""
    more = len(sentences) - most
    said = list(sentences[:most])
    return [*said, f"and {more:,} more like these"] if more > 0 else said
