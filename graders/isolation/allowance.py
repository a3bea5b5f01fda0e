"""How long the calls of one exercise, and of all exercises of a submission, may take together, and
how much they may answer: a submission that computes, sleeps or returns megabytes in every call
meets no limit of a single one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graders.core.language import say
from graders.core.pace import patience
from graders.core.verdict import Died, TimedOut, TooMuch
from graders.isolation.activity import Effort, counted
from graders.isolation.limits import Limits

# The grader looks at each item of an answer: for each byte that describes it, that takes as long as
# so many bytes of a tensor.
ITEMS = 1024
# Seconds until a call is first looked at: most have answered long before.
FIRST_LOOK = 0.25
# A call that takes longer shows what the next ones of its exercise are: these are looked at from
# the first moment on, or who waits a little in every call would never be seen to wait.
SLOW = 0.05
# Where the kernel counts what a call computes and how long it waits for a processor, time on the
# wall says nothing more: so much longer a busy machine may take.
BUSY = 5.0


class WallTimedOut(TimedOut):
    """The wall guard was met, not the CPU limit: the machine may have been busy, so run it again
    alone before it stands.
    """


@dataclass
class Share:
    """What one call may use: seconds of CPU time, of wall time, and of waiting for nothing that is
    computed. `lost`: what calls used before it that did not end, so that it may use less. `effort`:
    what it used, as far as somebody looked; `seconds`: how long it took; `answered`: how much came
    back, in bytes.
    """

    cpu: float
    wall: float
    idle: float
    effort: Effort
    lost: float = 0.0
    seconds: float = 0.0
    answered: int = 0

    def read(self, tensors: int, notes: int) -> None:
        """Count an answer of so many bytes of tensors and of what describes its items."""
        self.answered += tensors + ITEMS * notes

    def look(self) -> None:
        """See what the call does. Raises TimedOut where it has used up what is its own to use."""
        self.effort.look()
        self.enough()

    def enough(self) -> None:
        """Raise TimedOut where it has."""
        if self.effort.idle > self.idle:
            raise TimedOut(
                say(
                    "the code waited for more than {idle:.2g} s without computing, and was ended",
                    idle=self.idle,
                )
            )
        if self.effort.computed > self.cpu + min(self.cpu, 1.0):
            raise TimedOut(self.too_long())

    def too_long(self) -> str:
        """The sentence on a call that used its CPU time."""
        told = say("the call used more than {call:g} s of CPU time and was stopped", call=self.cpu)
        if not self.lost:
            return told
        return say(
            "{told}; calls before it used {lost:g} s and did not end", told=told, lost=self.lost
        )


class Allowance:
    """What is left, by exercise and in all: of CPU time, also of calls that do not end, and of time
    in which nothing is computed. A call costs its CPU time, or the part of its wall time for which
    a limit on CPU time stands; one that does not end costs such calls its limit, so that what is
    left for others is the same whenever it is graded.
    """

    def __init__(self, limits: Limits, pids: Callable[[], Sequence[int]] = tuple):
        self._limits = limits
        self._pids = pids
        self._spent: dict[str, float] = defaultdict(float)
        self._idle: dict[str, float] = defaultdict(float)
        self._hung: dict[str, int] = defaultdict(int)
        self._lost = 0.0
        self._slow: set[str] = set()
        self._answered: dict[str, int] = defaultdict(int)

    @contextmanager
    def spending(self, exercise: str) -> Iterator[Share]:
        """What one call of an exercise may use: after calls that did not end, less. The caller
        says how long it took. Raises TimedOut when nothing is left, and in place of the call's own
        when it is the rest that it used up; TooMuch when the answers before were too large.
        """
        limits = self._limits
        self._see_what_came(exercise)
        left, enough = self._left(exercise)
        if left <= 0:
            raise TimedOut(enough)
        self._see_what_hung(exercise)
        granted, wanted = self._granted(exercise)
        cpu = min(granted, left)
        wall = limits.wall(cpu) * (BUSY if counted() else 1.0)
        lost = self._lost if granted < wanted else 0.0
        share = Share(cpu, wall, self._may_idle(exercise), Effort(self._pids), lost)
        busy, slow = False, exercise in self._slow
        if slow:
            share.effort.look()
        try:
            yield share
        except TimedOut as error:
            busy = isinstance(error, WallTimedOut) and share.effort.known
            if cpu < granted and not isinstance(error, Died):
                raise TimedOut(enough) from None
            self._hung[exercise] += not busy
            if not busy and not isinstance(error, Died) and share.effort.idle <= share.idle:
                self._lost += cpu
            raise
        finally:
            self._count(exercise, share, slow, busy)

    def _count(self, exercise: str, share: Share, slow: bool, busy: bool) -> None:
        """Take what a call used from what there is."""
        if slow:
            share.effort.look()
        if share.seconds > SLOW:
            self._slow.add(exercise)
        # What a busy machine took is not the submission's to pay for, as far as that is known.
        seen = slow and share.effort.known
        unseen = min(share.seconds, FIRST_LOOK) if share.effort.known else share.seconds
        self._spent[exercise] += share.effort.computed
        self._spent[exercise] += 0.0 if busy or seen else unseen / self._limits.guard
        self._idle[exercise] += share.effort.idle
        self._answered[exercise] += share.answered

    def _left(self, exercise: str) -> tuple[float, str]:
        """The CPU time that is left for calls of an exercise, and the sentence for when it is used
        up.
        """
        limits = self._limits
        one = limits.exercise_seconds - self._spent[exercise]
        left = min(one, limits.calls_seconds - sum(self._spent.values()))
        whose = say("this exercise") if one <= left else say("all exercises")
        limit = limits.exercise_seconds if one <= left else limits.calls_seconds
        return left, say(
            "the calls of {whose} took more than {limit:g} s together, so no more are made",
            whose=whose,
            limit=limit,
        )

    def _granted(self, exercise: str) -> tuple[float, float]:
        """The CPU time that the next call may use, and what it could if calls of others had ended:
        half of what is left to such calls.
        """
        limits = self._limits
        own = patience(limits.call_seconds, min(self._hung[exercise], 1))
        return min(own, max((limits.hung_seconds - self._lost) / 2, limits.hung_least)), own

    def _see_what_hung(self, exercise: str) -> None:
        """Raise TimedOut where the exercise did not end before, or waited in many calls, and all
        that such calls may take is used up.
        """
        limits = self._limits
        hung = self._hung[exercise] > 0
        if hung and self._lost >= limits.hung_seconds:
            raise TimedOut(
                say(
                    "calls that did not end took more than {limit:g} s together, so no more of this"
                    " exercise are made",
                    limit=limits.hung_seconds,
                )
            )
        waited = hung or self._idle[exercise] > 2 * limits.idle_least
        if waited and self._idle_left(exercise) <= 0:
            raise TimedOut(
                say(
                    "the calls of this exercise waited for more than {limit:.2g} s without"
                    " computing, so no more are made",
                    limit=limits.idle_seconds,
                )
            )

    def _see_what_came(self, exercise: str) -> None:
        one, limits = self._answered[exercise], self._limits
        for whose, came, limit in (
            (say("this exercise"), one, limits.answers_of_one_mb),
            (say("all exercises"), sum(self._answered.values()), limits.answers_in_all_mb),
        ):
            if came > limit * 2**20:
                raise TooMuch(
                    say(
                        "the calls of {whose} returned more than {limit} MB together, or as many"
                        " values as take as long to look at, so no more are made",
                        whose=whose,
                        limit=limit,
                    )
                )

    def _idle_left(self, exercise: str) -> float:
        limits = self._limits
        one = limits.idle_seconds - self._idle[exercise]
        return min(one, limits.idle_in_all - sum(self._idle.values()))

    def _may_idle(self, exercise: str) -> float:
        """Of an exercise that never hung, each call may look like waiting for a moment."""
        return max(self._idle_left(exercise), self._limits.idle_least)
