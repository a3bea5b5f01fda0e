"""Markdown with formulas as HTML that a page can hold: prompts, rubrics, and what students write.

Nothing of the text becomes live: raw HTML is shown as text, formulas become MathML of known
elements, pictures are data of four formats that cannot hold a script.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

from graders.core.language import say

# How the formats begin; SVG is none of them, since it can hold a script.
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"RIFF": "webp",
}
ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle",
    "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded",
    "mphantom", "menclose", "merror", "ms",
))  # fmt: skip
ATTRIBUTES = frozenset((
    "display", "displaystyle", "mathvariant", "stretchy", "fence", "form", "width", "height",
    "depth", "lspace", "rspace", "voffset", "columnalign", "rowspacing", "columnspacing", "minsize",
    "maxsize", "linethickness", "accent", "accentunder", "movablelimits", "separator", "symmetric",
    "notation", "scriptlevel", "largeop", "linebreak",
))  # fmt: skip
# Environments that mean the same in a notebook, and that the converter knows under one name.
ALIGNED = re.compile(r"\\(begin|end)\{(aligned|align|gathered|gather\*?|split|eqnarray\*?)\}")
BARE = re.compile(r"^\\begin\{(align|equation|gather|eqnarray)\*?\}.*?^\\end\{\1\*?\}", re.M | re.S)
# Formulas between the marks of LaTeX itself, as many copy them; bounded, since an end may lack.
# Code comes first: in it they stay what they are.
MARKED = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|(?<!\\)\\(?:\((?P<inline>[^\n`$]{1,500}?)(?<!\\)\\\)|"
    r"\[(?P<block>[^`$]{1,1500}?)(?<!\\)\\\])",
    re.DOTALL,
)


def as_html(text: str, pictures: Mapping[str, bytes] | None = None) -> Markup:
    """Markdown as HTML. `pictures`: by the name under which the text shows them."""
    shown = {name: data_url(data) for name, data in (pictures or {}).items()}
    text = MARKED.sub(_in_dollars, text)
    tokens = _markdown().parse(BARE.sub(r"$$\n\g<0>\n$$", text))
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                _only_data(child, shown)
            elif child.type == "link_open":
                _only_elsewhere(child)
    return Markup(_markdown().renderer.render(tokens, _markdown().options, {}))


def _in_dollars(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"]
    return f"${match['inline'].strip()}$" if match["inline"] else f"$${match['block']}$$"


def _only_data(image: Token, pictures: Mapping[str, str]) -> None:
    """A picture is in the page itself, or is a sentence: nothing is fetched from anywhere."""
    name = str(image.attrs.get("src", ""))
    url = pictures.get(name.removeprefix("attachment:"), name)
    image.attrs["src"] = url
    if not url.startswith("data:image/"):
        image.type, image.tag = "text", ""
        image.content = say("(a picture {name} that cannot be shown)", name=repr(unquote(name)))


def _only_elsewhere(link: Token) -> None:
    """A link leads to the web, in a window of its own, and tells nothing of this page."""
    if str(link.attrs.get("href", "")).lower().startswith(("http://", "https://", "mailto:", "#")):
        link.attrs |= {"target": "_blank", "rel": "noreferrer noopener"}
    else:
        link.attrs.pop("href", None)


def mathml(latex: str, block: bool = False) -> str:
    """A formula as MathML; its source where it cannot be read."""
    try:
        source = ALIGNED.sub(r"\\\1{align*}", latex)
        element = convert_to_element(source, display="block" if block else "inline")
    except Exception:
        # The converter has no errors of its own: whatever a formula does to it is the formula's.
        return f"<code>{html.escape(latex)}</code>"
    _tame(element)
    return ElementTree.tostring(element, encoding="unicode")


def data_url(picture: bytes) -> str:
    """A picture as an address that holds it; nothing when it is no picture of a known format."""
    kind = next((kind for start, kind in PICTURES.items() if picture.startswith(start)), "")
    encoded = base64.b64encode(picture).decode()
    return f"data:image/{kind};base64,{encoded}" if kind else ""


def _tame(element: ElementTree.Element) -> None:
    """Only elements and attributes of formulas, and text that is text."""
    for part in element.iter():
        if part.tag not in ELEMENTS:
            part.tag = "mrow"
        part.text, part.tail = html.unescape(part.text or ""), html.unescape(part.tail or "")
        for name in set(part.attrib) - ATTRIBUTES:
            del part.attrib[name]
        # Browsers know the alignment of a cell from its style only.
        if part.get("columnalign") in ("left", "right"):
            part.set("style", f"text-align: {part.get('columnalign')}")


@cache
def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": False})
    reader.enable(["table", "strikethrough"])
    return reader.use(
        dollarmath_plugin,
        allow_space=True,
        double_inline=True,
        renderer=lambda content, options: mathml(content, options["display_mode"]),
    )
