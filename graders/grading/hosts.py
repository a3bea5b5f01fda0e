"""What runs a submission while it is judged: the whole of it, and a branch for each exercise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from graders.core.adapted import adapted
from graders.core.convention import Conventions
from graders.core.student import Hosting
from graders.grading.noted import Noted


class Submission(Protocol):
    """A submission whose cells have run. `branch` gives its state to one exercise and throws it
    away afterwards. `seal` says that from now on hidden inputs reach it: what it writes is noted no
    more.
    """

    def names(self, names: list[str]) -> set[str]: ...
    def branch(self, exercise: str) -> AbstractContextManager[Branch]: ...
    def seal(self) -> None: ...


class Branch(Hosting, Protocol):
    """A branch runs functions, and can put a public stand-in where they look for a prerequisite.

    `broken`: it hung or ended, and nothing more can be asked of it.
    """

    @property
    def broken(self) -> bool: ...

    def stand_in(
        self, topic: str, name: str, coefficients: list[float], conventions: Sequence[str]
    ) -> None: ...


Opened = Callable[[], AbstractContextManager[Any]]


@dataclass
class Hosts:
    """A branch for the checks of one exercise, and a new one when that one hung or ended: a hang
    costs one check.
    """

    branch: Opened
    stack: ExitStack
    stand_ins: Sequence[tuple[str, str, list[float], list[str]]]
    noted: list[str] | None = None
    host: Branch | None = None
    conventions: Conventions = field(default_factory=dict)

    def current(self) -> Branch:
        if self.host is None or self.host.broken:
            self.host = adapted(self.stack.enter_context(self.branch()), self.conventions)
            if self.noted is not None:
                self.host = Noted(self.host, self.noted)
            for stand_in in self.stand_ins:
                self.host.stand_in(*stand_in)
        return self.host
