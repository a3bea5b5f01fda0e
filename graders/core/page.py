"""Reports as HTML for a cell of a notebook. Colours of text come from the notebook's own theme;
what is coloured carries its own background and a word, so that it reads in the dark and without
colours.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from graders.core.findings import Finding, Table
from graders.core.language import say, to_say
from graders.core.verdict import Status

if TYPE_CHECKING:
    from graders.core.report import Report, Summary

# White on each of these has a contrast of at least 4.5 to 1.
GREEN, RED, GREY, BLUE = "#1a7f37", "#b3261e", "#57606a", "#0b5cad"
BADGES = {
    Status.PASSED: ("✓", to_say("holds"), GREEN),
    Status.FAILED: ("✗", to_say("fails"), RED),
    Status.STUDENT_ERROR: ("✗", to_say("error"), RED),
    Status.TIMED_OUT: ("✗", to_say("too slow"), RED),
    Status.SKIPPED: ("·", to_say("waits"), GREY),
    Status.GRADER_FAULT: ("!", to_say("broke"), BLUE),
    Status.WAITING: ("…", to_say("waits"), GREY),
}
STATES = {
    "passes": ("✓", to_say("passes"), GREEN),
    "fails": ("✗", to_say("fails"), RED),
    "not started": ("○", to_say("not started"), GREY),
    "answered": ("●", to_say("answered"), BLUE),
    "checked later": ("●", to_say("later"), BLUE),
    "read by a person": ("✎", to_say("for a person"), BLUE),
}
LINE = "1px solid rgba(128,128,128,.4)"
CELL = f"padding:.15em .8em;text-align:right;border:0;border-bottom:{LINE};white-space:nowrap"
WHOLE = (
    "font-family:system-ui,sans-serif;font-size:14px;line-height:1.5;max-width:60em;"
    "overflow-wrap:anywhere;margin:.3em 0"
)

# JupyterLab cuts off what is wider than its cell: on a small screen formulas and names are.
STYLE = """<style>
.jp-RenderedMarkdown code { overflow-wrap: anywhere; white-space: pre-wrap; }
.jp-RenderedMarkdown mjx-container[display="true"] { overflow-x: auto; overflow-y: hidden; }
@media (max-width: 700px) {
.jp-RenderedMarkdown :is(p, ul, ol) { overflow-x: auto; overflow-y: hidden; }
}
</style>"""


def welcome(text: str) -> str:
    """What the first cell says, and how the page behaves on small screens."""
    return f'{STYLE}<div style="{WHOLE}">{prose(text)}</div>'


def report(found: Report) -> str:
    """One exercise: a heading, what to look at first, its checks, what to do next."""
    parts = [
        _region(say("checks of {name}", name=found.name)),
        f'<div style="font-weight:600">{_badge(*STATES[found.state])} {prose(found.heading)}</div>',
        _note(found.first, RED),
        *(_finding(one) for one in found.listed),
        f'<div style="margin-top:.5em">{prose(found.next)}</div>' if found.next else "",
        "</div>",
    ]
    return "".join(parts)


def summary(found: Summary) -> str:
    """All exercises: one line each, what failed one click away, and the next one to look at."""
    rows = "".join(_row(one) for one in found.reports)
    return (
        _region(say("all public checks"))
        + f'<div style="font-weight:600">{prose(found.counts)}</div>{rows}'
        f'<div style="margin-top:.5em">{prose(found.next)}</div></div>'
    )


def _region(label: str) -> str:
    return f'<div style="{WHOLE}" role="region" aria-label="{escape(label)}">'


def prose(text: str) -> str:
    """Text as HTML, what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _row(one: Report) -> str:
    line = f"{_badge(*STATES[one.state])} <code>{escape(one.name)}</code>"
    style = f"padding:.2em 0;border-bottom:{LINE}"
    if not one.listed or one.state == "passes":
        return f'<div style="{style}">{line}</div>'
    return (
        f'<details style="{style}"><summary style="cursor:pointer">{line}'
        f" {prose(one.tally)}</summary>{report(one)}</details>"
    )


def _finding(one: Finding) -> str:
    said = [f"<div>{prose(text)}</div>" for text in one.said]
    if one.table:
        said.insert(1, _table(one.table))
    inside = "".join([*said, _note(say("Hint: {hint}", hint=one.hint) if one.hint else "", BLUE)])
    body = f'<div style="margin:.2em 0 .4em 1.5em">{inside}</div>' if inside else ""
    return (
        f'<div style="margin-top:.4em">{_badge(*BADGES[one.status])} {prose(one.sentence)}</div>'
        + body
    )


def _badge(mark: str, word: str, colour: str) -> str:
    return (
        f'<span style="background:{colour};color:#fff;border-radius:.3em;padding:.05em .5em;'
        f'font-size:12px;font-weight:600;white-space:nowrap">{mark} {say(word)}</span>'
    )


def _note(text: str, colour: str) -> str:
    """Something set apart: a bar at its left, and its first word in bold."""
    if not text:
        return ""
    first, _, rest = text.partition(" ")
    return (
        f'<div style="border-left:4px solid {colour};padding:.1em .7em;margin:.4em 0">'
        f"<strong>{prose(first)}</strong> {prose(rest)}</div>"
    )


def _table(table: Table) -> str:
    rows = "".join(
        f'<tr style="background:none"><th scope="row" style="{CELL};text-align:left;'
        f'font-weight:600">{label}</th>'
        + "".join(f'<td style="{CELL}">{escape(value)}</td>' for value in values)
        + "</tr>"
        for label, values in table.rows
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:.2em 0;'
        "font-family:ui-monospace,monospace;font-variant-numeric:tabular-nums;color:inherit;"
        f'background:none">{rows}</table></div>'
    )
