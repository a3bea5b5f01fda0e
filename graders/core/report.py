"""The result of an exercise's public checks as a student sees it: HTML in a notebook, text in a
terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from graders.core import page
from graders.core.findings import Finding, Table, finding
from graders.core.language import counted, listed, say, to_say
from graders.core.render import MARKS
from graders.core.verdict import Status, Verdict
from graders.core.worth import Worth

WIDTH = 88
PASSES, FAILS, EMPTY, ANSWERED, LATER, PERSON = (
    to_say("passes"), to_say("fails"), to_say("not started"), to_say("answered"),
    to_say("checked later"), to_say("read by a person"),
)  # fmt: skip
SIGNS = {PASSES: "✓", FAILS: "✗", EMPTY: "○", ANSWERED: "●", LATER: "●", PERSON: "✎"}

NEXT = {
    PASSES: to_say("Hidden checks look at it more closely after you hand in."),
    FAILS: to_say("Begin with the first check that fails: those below it may follow from it."),
    EMPTY: to_say("Nothing to check yet: replace the `...` above, run that cell, then this one."),
    ANSWERED: to_say(
        "It has the form that was asked for. Whether it is right is said after you hand in."
    ),
    LATER: to_say("It has no public checks; it is checked after you hand in."),
    PERSON: to_say("A person reads this one; write your answer in the cell below its question."),
}

NOTHING_LEFT = to_say(
    "`experiment.npz` holds nothing for it yet: complete its part in the cell of the training, run"
    " that cell, then this one."
)

# How many exercises there are of each state: of one, of several.
COUNTED = {
    PASSES: (
        to_say("{number} passes its public checks"),
        to_say("{number} pass their public checks"),
    ),
    FAILS: (to_say("{number} fails one"), to_say("{number} fail one")),
    EMPTY: (to_say("{number} is not started"), to_say("{number} are not started")),
    ANSWERED: (to_say("{number} is answered"), to_say("{number} are answered")),
    LATER: (to_say("{number} is checked later"), to_say("{number} are checked later")),
    PERSON: (to_say("{number} is read by a person"), to_say("{number} are read by a person")),
}


@dataclass(frozen=True)
class Report:
    """What the public checks of one exercise found. `causes` are the exercises it calls that fail
    checks of their own; `worth` says what it would pass if these were right. `left`: it is what
    a training run leaves, and is written nowhere.
    """

    name: str
    state: str
    findings: tuple[Finding, ...] = ()
    causes: tuple[str, ...] = ()
    worth: Worth | None = None
    left: bool = False

    @property
    def heading(self) -> str:
        """The name, and how many checks pass; of an answer, that it is one."""
        if self.state not in (PASSES, FAILS):
            return f"{self.name}: {say(self.state)}"
        return say(
            "{name}: {passed} of {number} checks pass",
            name=self.name,
            passed=self.passed,
            number=len(self.findings),
        )

    @property
    def passed(self) -> int:
        """How many checks pass."""
        return sum(found.status is Status.PASSED for found in self.findings)

    @property
    def tally(self) -> str:
        """The state in a few words."""
        if self.state != FAILS:
            return say(self.state)
        passed, number = self.passed, len(self.findings)
        if not self.causes:
            return say("{passed} of {number} checks pass", passed=passed, number=number)
        return say(
            "{passed} of {number} checks pass, after {names}",
            passed=passed,
            number=number,
            names=listed(self.causes),
        )

    @property
    def first(self) -> str:
        """What to look at before anything else."""
        if not self.causes:
            return ""
        names = listed(f"`{name}`" for name in self.causes)
        begin = counted(
            len(self.causes),
            "Begin with {names}: it fails public checks of its own, and `{name}` calls it. What is"
            " wrong below may come from there; in grading it costs its points only once.",
            "Begin with {names}: they fail public checks of their own, and `{name}` calls them."
            " What is wrong below may come from there; in grading it costs its points only once.",
            names=names,
            name=self.name,
        )
        return " ".join(filter(None, [begin, self._by_itself(names)]))

    def _by_itself(self, names: str) -> str:
        if self.worth is None:
            return ""
        passes, checks = self.worth.passes, self.worth.checks
        if passes == checks:
            text = to_say("With a right {names} it would pass all {checks} checks.")
        elif self.worth.exactly:
            text = to_say("With a right {names} it would pass {passes} of its {checks} checks.")
        else:
            text = to_say(
                "With a right {names} it would pass at least {passes} of its {checks} checks."
            )
        return say(text, names=names, passes=passes, checks=checks)

    @property
    def next(self) -> str:
        """What to do now."""
        if self.left and self.state == EMPTY:
            return say(NOTHING_LEFT)
        return "" if self.causes else say(NEXT[self.state])

    @property
    def listed(self) -> tuple[Finding, ...]:
        """The checks worth a line: an empty exercise fails all of them for one reason."""
        return self.findings if self.state in (PASSES, FAILS) else ()

    def __str__(self) -> str:
        lines = [f"{SIGNS[self.state]} {self.heading}", *_wrapped(self.first, 2)]
        for found in self.listed:
            lines += _lines(found)
        return "\n".join([*lines, *_wrapped(self.next, 2)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page.report(self)


@dataclass(frozen=True)
class Welcome:
    """What the first cell of a notebook says once the folder is found. exercises: how many."""

    exercises: int

    def __str__(self) -> str:
        return say(
            "Ready: {exercises} exercises. `grader.check_all()` says at any time what is"
            " done, and what is next.",
            exercises=self.exercises,
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page.welcome(str(self))


@dataclass(frozen=True)
class Summary:
    """The public checks of all exercises of a notebook, in its order."""

    reports: tuple[Report, ...]

    @property
    def counts(self) -> str:
        """How many there are of each state, such as "3 pass, 1 fails"."""
        count = {state: sum(r.state == state for r in self.reports) for state in COUNTED}
        parts = [say(COUNTED[state][n != 1], number=n) for state, n in count.items() if n]
        number = len(self.reports)
        all_of = counted(number, "{number} exercise", "{number} exercises")
        return f"{all_of}: {', '.join(parts)}."

    @property
    def next(self) -> str:
        """The exercise to look at now: the first that fails by itself, else an empty one."""
        own = [r.name for r in self.reports if r.state == FAILS and not r.causes]
        empty = [r.name for r in self.reports if r.state == EMPTY]
        if own:
            return say('Next: `{name}`. `grader.check("{name}")` says more.', name=own[0])
        if empty:
            return say("Next: `{name}`, which is not started.", name=empty[0])
        return say("Nothing fails. Hidden checks look more closely after you hand in.")

    def __str__(self) -> str:
        width = max((len(report.name) for report in self.reports), default=0)
        lines = [
            f"{SIGNS[report.state]} {report.name:<{width}}  {report.tally}"
            for report in self.reports
        ]
        return "\n".join([*lines, "", *_wrapped(self.counts, 0), *_wrapped(self.next, 0)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page.summary(self)


def of_verdicts(
    name: str,
    verdicts: Sequence[Verdict],
    *,
    state: str,
    causes: Sequence[str] = (),
    worth: Worth | None = None,
    left: bool = False,
) -> Report:
    """The report of an exercise."""
    return Report(name, state, tuple(map(finding, verdicts)), tuple(causes), worth, left)


def _lines(found: Finding) -> list[str]:
    lines = _wrapped(f"{MARKS[found.status]} {found.sentence}", 2, hanging=2)
    for index, text in enumerate(found.said):
        lines += _wrapped(text, 6)
        if found.table and index == 0:
            lines += _aligned(found.table)
    hanging = len(say("Hint: {hint}", hint=""))
    return lines + (
        _wrapped(say("Hint: {hint}", hint=found.hint), 6, hanging) if found.hint else []
    )


def _aligned(table: Table) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*(values for _, values in table.rows))]
    longest = max(len(label) for label, _ in table.rows)
    return [
        f"        {label:<{longest + 1}} " + "  ".join(f"{v:>{w}}" for v, w in zip(values, widths))
        for label, values in table.rows
    ]


def _wrapped(text: str, indent: int, hanging: int = 0) -> list[str]:
    """Text in lines of at most WIDTH columns; its own line breaks stay."""
    return [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(
            part,
            WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hanging),
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
