"""What a page says of a file that no browser shows: what it is, and what to do."""

from __future__ import annotations

from pathlib import PurePosixPath

from graders.core.language import say, to_say
from graders.core.text import plain

# Behind `ftyp`, from the fifth byte on: the brand of a file of pictures or films.
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif")
BEGINNINGS = {
    b"II*\x00": to_say("a scan in TIFF"),
    b"MM\x00*": to_say("a scan in TIFF"),
    b"BM": to_say("a bitmap (BMP)"),
    b"%PDF": to_say("a PDF"),
    b"<svg": to_say("a drawing in SVG, which can hold a script"),
    b"<?xml": to_say("a drawing in SVG, which can hold a script"),
}
SUFFIXES = {
    (".heic", ".heif"): to_say("called a photograph in HEIC, but is none"),
    (".tif", ".tiff"): to_say("called a scan in TIFF, but is none"),
    (".svg",): to_say("a drawing in SVG, which can hold a script"),
    (".doc", ".docx", ".odt", ".pages", ".rtf", ".gdoc"): to_say("a text document"),
    (".tex",): to_say("a LaTeX source"),
    (".mov", ".mp4"): to_say("a film"),
    (".avif",): to_say("a picture in AVIF"),
    (".bmp",): to_say("a bitmap (BMP)"),
}
PHOTOGRAPH = to_say("a photograph in HEIC, as iPhones keep it")
NO_PICTURE = to_say("no picture that a page can show")


def what_it_is(name: str, data: bytes) -> str:
    """What a file is, by how it begins, else by its name."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC:
        return PHOTOGRAPH
    begins = (what for start, what in BEGINNINGS.items() if data.lstrip().startswith(start))
    suffix = PurePosixPath(name.lower()).suffix
    called = (what for suffixes, what in SUFFIXES.items() if suffix in suffixes)
    return next(begins, next(called, NO_PICTURE))


def why_not_shown(name: str, data: bytes) -> str:
    """A sentence on a file beside the code, of which `data` is the beginning; none: it was empty,
    or too large to be kept.
    """
    if not data:
        return say(
            "{name} is empty, or larger than 8 MB: open it in the folder that was handed in",
            name=name,
        )
    return say(
        "{name} is {what}; browsers do not show it: download and open it, or ask for a JPEG, PNG"
        " or PDF",
        name=name,
        what=say(what_it_is(name, data)),
    )


def why_no_picture(name: str, data: bytes) -> str:
    """A sentence in place of a picture that a text shows under this name."""
    called = repr(plain(name.removeprefix("attachment:"), 300))
    if name.lower().startswith(("http:", "https:", "//")):
        return say(
            "(the picture {name} lies elsewhere, and nothing is fetched: ask for the file)",
            name=called,
        )
    if not data:
        return say(
            "(the picture {name} was not handed in, or is larger than 8 MB: look into the"
            " submission itself, or ask for it)",
            name=called,
        )
    return say(
        "(the picture {name} is {what}; browsers do not show it: open the submission itself, or"
        " ask for a JPEG or PNG)",
        name=called,
        what=say(what_it_is(name, data)),
    )
