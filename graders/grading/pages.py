"""Templates of the pages that this program writes: each room keeps its own in a folder
`templates`.
"""

from functools import cache
from pathlib import Path

import jinja2


@cache
def template(module: str, name: str) -> jinja2.Template:
    """A template from the folder beside a module, whose `__file__` this is. What goes into it is
    escaped.
    """
    loader = jinja2.FileSystemLoader(Path(module).parent / "templates")
    return jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)
