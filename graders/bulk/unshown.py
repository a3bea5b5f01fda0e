"""What a page says of a file that no browser shows: what it is, and what to do."""

from __future__ import annotations

from pathlib import PurePosixPath

from graders.core.text import plain

# Behind `ftyp`, from the fifth byte on: the brand of a file of pictures or films.
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif")
BEGINNINGS = {
    b"II*\x00": "a scan in TIFF",
    b"MM\x00*": "a scan in TIFF",
    b"BM": "a bitmap (BMP)",
    b"%PDF": "a PDF",
    b"<svg": "a drawing in SVG, which can hold a script",
    b"<?xml": "a drawing in SVG, which can hold a script",
}
SUFFIXES = {
    (".heic", ".heif"): "called a photograph in HEIC, but is none",
    (".tif", ".tiff"): "called a scan in TIFF, but is none",
    (".svg",): "a drawing in SVG, which can hold a script",
    (".doc", ".docx", ".odt", ".pages", ".rtf", ".gdoc"): "a text document",
    (".tex",): "a LaTeX source",
    (".mov", ".mp4"): "a film",
    (".avif",): "a picture in AVIF",
    (".bmp",): "a bitmap (BMP)",
}
PHOTOGRAPH = "a photograph in HEIC, as iPhones keep it"


def what_it_is(name: str, data: bytes) -> str:
    """What a file is, by how it begins, else by its name."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC:
        return PHOTOGRAPH
    begins = (what for start, what in BEGINNINGS.items() if data.lstrip().startswith(start))
    suffix = PurePosixPath(name.lower()).suffix
    called = (what for suffixes, what in SUFFIXES.items() if suffix in suffixes)
    return next(begins, next(called, "no picture that a page can show"))


def why_not_shown(name: str, data: bytes) -> str:
    """A sentence on a file beside the code, of which `data` is the beginning; none: it was empty,
    or too large to be kept.
    """
    if not data:
        return f"{name} is empty, or larger than 8 MB: open it in the folder that was handed in"
    return (
        f"{name} is {what_it_is(name, data)}; browsers do not show it: download and open it, or"
        " ask for a JPEG, PNG or PDF"
    )


def why_no_picture(name: str, data: bytes) -> str:
    """A sentence in place of a picture that a text shows under this name."""
    called = repr(plain(name.removeprefix("attachment:"), 300))
    if name.lower().startswith(("http:", "https:", "//")):
        return f"(the picture {called} lies elsewhere, and nothing is fetched: ask for the file)"
    if not data:
        return (
            f"(the picture {called} was not handed in, or is larger than 8 MB: look into the"
            " submission itself, or ask for it)"
        )
    return (
        f"(the picture {called} is {what_it_is(name, data)}; browsers do not show it: open the"
        " submission itself, or ask for a JPEG or PNG)"
    )
