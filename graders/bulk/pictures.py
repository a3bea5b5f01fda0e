"""Pictures that belong to what a student wrote: pasted into a cell, beside the notebook, or drawn
on paper and handed in as a scan.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from graders.bulk.unshown import SUFFIXES, why_no_picture, why_not_shown
from graders.core.files import is_file
from graders.grading.markdown import data_url
from graders.intake.find import Found

# Each part is bounded: a text of many openings and no end must not take long to read. A picture
# that is in the text itself, as Colab pastes it, needs nothing done.
MARKDOWN = re.compile(
    r"!\[([^\]\n]{0,300})\]\(\s*(?!data:)(?:<([^>\n]{1,300})>|([^)\n]{1,300}?))"
    r"(?:\s+[\"'][^\n]{0,200}[\"'])?\s*\)"
)
HTML = re.compile(r"<img\b([^<>]*)>", re.IGNORECASE)
SOURCE = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", re.IGNORECASE)
PASTED = re.compile(
    r"!\[([^\]\n]{0,300})\]\(\s*data:(?!image/(?:png|jpeg|gif|webp);)([^)\s]*)\s*\)"
)
# What may be an answer: pictures, scans and texts. Those that no browser shows are named.
SCANS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", *(s for ends in SUFFIXES for s in ends))
# Of one picture, and of how many of a submission.
LARGEST, MOST = 8 * 2**20, 24


def with_pictures(text: str, attachments: Mapping[str, Any], found: Found) -> str:
    """The text with each picture that was pasted, or lies with the submission, in it as data."""

    def shown(label: str, name: str) -> str:
        name = name.strip()
        for known in dict.fromkeys((name, unquote(name))):
            known = known.removeprefix("attachment:")
            data = _attached(attachments, known) or _beside(found, known)
            if url := data_url(data):
                return f"![{label}]({url})"
            if data:
                break
        return why_no_picture(name, data)

    text = PASTED.sub(lambda m: why_no_picture(m[1] or "pasted", _begins(m[2])), text)
    text = MARKDOWN.sub(lambda m: shown(m[1], m[2] or m[3]), text)

    def tag(match: re.Match[str]) -> str:
        source = SOURCE.search(match[1])
        name = next(filter(None, source.groups()), "") if source else ""
        return f"![picture]({name})" if name.startswith("data:") else shown("picture", name)

    return HTML.sub(tag, text)


def scans_of(found: Found) -> dict[str, bytes]:
    """Pictures, PDFs and documents that were handed in beside the code, by name; nothing in place
    of one that is empty or too large.
    """
    files = dict(found.files) or _namesakes(found.file)
    names = [n for n in files if n != found.main and n.lower().endswith(SCANS)]
    return {name: _read(files[name]) for name in sorted(names)[:MOST]}


@dataclass(frozen=True)
class Scan:
    """A file beside the code, as a page shows it. `kind`: its media type, or `why_not`; `kept`:
    whether the gradebook holds it.
    """

    name: str
    kind: str
    kept: bool
    why_not: str

    @staticmethod
    def of(name: str, data: bytes) -> Scan:
        """By its first bytes."""
        kind = kind_of(data)
        return Scan(name, kind, bool(data), "" if kind else why_not_shown(name, data))


def kind_of(scan: bytes) -> str:
    """The media type of a scan; nothing for what no page shows."""
    if scan.startswith(b"%PDF"):
        return "application/pdf"
    return data_url(scan[:16])[len("data:") :].partition(";")[0]


def _namesakes(file: Path | None) -> dict[str, Path]:
    """What lies beside a single file under its name: `ada.jpg` beside `ada.ipynb`."""
    if file is None:
        return {}
    named = (file.with_suffix(suffix) for end in SCANS for suffix in (end, end.upper()))
    return {path.name: path for path in named if is_file(path) and path != file}


def _attached(attachments: Mapping[str, Any], name: str) -> bytes:
    try:
        (encoded,) = list(attachments[name].values())[:1]
        return base64.b64decode(encoded if isinstance(encoded, str) else "".join(encoded))
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return b""


def _beside(found: Found, name: str) -> bytes:
    """A picture of the same submission. Nothing from elsewhere, and no link to elsewhere."""
    if found.files:
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(found.main), name))
        path = dict(found.files).get(inside)
    else:
        alone = found.file is not None and "/" not in name and "\\" not in name
        path = found.file.parent / name if alone and found.file else None
    return _read(path) if path else b""


def _begins(url: str) -> bytes:
    """How the content of a data URL begins; as it is written where it is not encoded."""
    about, _, content = url[:200].partition(",")
    try:
        return base64.b64decode(content[:64]) if about.endswith(";base64") else content.encode()
    except binascii.Error:
        return content.encode()


def _read(path: Path) -> bytes:
    try:
        fits = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST
        return path.read_bytes() if fits else b""
    except (OSError, ValueError):
        return b""
