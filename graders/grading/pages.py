"""Templates of the pages that this program writes: each room keeps its own in a folder
`templates`.
"""

import math
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from graders.core.language import ENGLISH, counted, say, spoken


@cache
def template(module: str, name: str) -> jinja2.Template:
    """A template from the folder beside a module, whose `__file__` this is. What goes into it is
    escaped.
    """
    loader = jinja2.FileSystemLoader(Path(module).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "say": say, "counted": counted, "language": language, "decimal": decimal, "moment": moment,
    }  # fmt: skip
    return environment.get_template(name)


def language() -> str:
    """The code of the language of a page."""
    return spoken().code


def decimal(value: float | None, digits: int | None = None) -> str:
    """A number as the language of the page writes it: with so many digits behind the point, or with
    at most four, rounded half up as people do; empty for what is not known.
    """
    if value is None:
        return ""
    if digits is None:
        value = math.floor(value * 10_000 + 0.5 + 1e-6) / 10_000
    if language() == ENGLISH:
        return f"{value:.4f}".rstrip("0").rstrip(".") if digits is None else f"{value:.{digits}f}"
    from babel.numbers import format_decimal  # takes a moment, and pages in English need none of it

    form = "0.####" if digits is None else f"0.{'0' * digits}".rstrip(".")
    return format_decimal(value, form, locale=language())


def moment(time: datetime) -> str:
    """A date with its time as the language of the page writes it."""
    if language() == ENGLISH:
        return time.strftime("%Y-%m-%d at %H:%M %Z").strip()
    from babel.dates import format_datetime

    return format_datetime(time, "long", locale=language())
