"""How long the calls of one exercise, and of all exercises of a submission, may take together: a
submission that sleeps in every call meets no limit of a single one.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from graders.core.verdict import Died, TimedOut
from graders.isolation.limits import Limits


class Allowance:
    """Wall time that is left, by exercise and in all. Wall time, because waiting is what costs a
    class; as much of it as the guard of a limit on processor time is.
    """

    def __init__(self, limits: Limits):
        self._one = limits.wall(limits.exercise_seconds)
        self._all = limits.wall(limits.total_seconds)
        self._spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def spending(self, exercise: str, seconds: float) -> Iterator[float]:
        """How long one call of an exercise may take, at most `seconds`. Raises TimedOut when
        nothing is left, and in place of the call's own when it is the rest that it used up.
        """
        one = self._one - self._spent[exercise]
        left = min(one, self._all - sum(self._spent.values()))
        whose, limit = ("this exercise", self._one) if one <= left else ("all exercises", self._all)
        enough = f"the calls of {whose} took more than {limit:g} s together, so no more are made"
        if left <= 0:
            raise TimedOut(enough)
        started = time.monotonic()
        try:
            yield min(seconds, left)
        except TimedOut as error:
            if left < seconds and not isinstance(error, Died):
                raise TimedOut(enough) from None
            raise
        finally:
            self._spent[exercise] += time.monotonic() - started
