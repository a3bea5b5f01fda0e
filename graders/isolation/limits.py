"""How much of the machine one submission may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Limits:
    """Verdict limits are CPU time. Wall time only guards: twice as much, for cells that sleep and
    machines that are busy.
    """

    cell_seconds: float = 10.0
    call_seconds: float = 10.0
    total_seconds: float = 120.0
    guard: float = 2.0
    memory_mb: int = 2048
    processes: int = 64
    file_mb: int = 64
    scratch_mb: int = 512
    open_files: int = 256
    # Of the time for one call, what all of one exercise and of a submission may take. The right
    # solutions of a homework use a twentieth of the second.
    calls_of_one: float = 2.0
    calls_in_all: float = 3.0
    # What all answers to one exercise may be, and those of a submission, with the price of reading
    # them (`allowance.ITEMS`). The right solutions of a homework come to 41 MB, those that call a
    # network for every example and sample by itself to 230.
    answers_of_one_mb: int = 256
    answers_in_all_mb: int = 768
    respawns: int = 5

    @property
    def exercise_seconds(self) -> float:
        """Of CPU time, of all calls of one exercise together."""
        return self.calls_of_one * self.call_seconds

    @property
    def calls_seconds(self) -> float:
        """Of CPU time, of all calls of a submission together."""
        return self.calls_in_all * self.call_seconds

    @property
    def hung_seconds(self) -> float:
        """Of CPU time, of all calls of a submission together that do not end. One call may use half
        of what is left, and `hung_least` in any case, which right ones do not need.
        """
        return 2 * self.call_seconds

    @property
    def hung_least(self) -> float:
        """What a call has where others used all that up."""
        return self.call_seconds / 40

    @property
    def idle_seconds(self) -> float:
        """In which the calls of one exercise may have no use for a processor: no right one has."""
        return self.call_seconds / 2

    @property
    def idle_in_all(self) -> float:
        """The same of a submission; `idle_least` is always granted to a call."""
        return 0.75 * self.call_seconds

    @property
    def idle_least(self) -> float:
        """What may look like waiting in a call that does not wait."""
        return self.call_seconds / 40

    @property
    def again_seconds(self) -> float:
        """Of CPU time, of all cells that run again because something ended the process."""
        return self.total_seconds / 2

    @property
    def apart_seconds(self) -> float:
        """The same, so that an exercise finds nothing that another one has left."""
        return self.total_seconds / 6

    @property
    def left_seconds(self) -> float:
        """Of CPU time, of what the cells left running."""
        return self.cell_seconds / 10

    @property
    def idle_in_cells(self) -> float:
        """The same of all cells, which may wait for a process that they started or for a file."""
        return self.total_seconds / 4

    def given(self, seconds: Mapping[str, float]) -> Limits:
        """These limits with a homework's own seconds in their place, by their names here."""
        return replace(
            self,
            cell_seconds=seconds.get("cell_seconds", self.cell_seconds),
            call_seconds=seconds.get("call_seconds", self.call_seconds),
            total_seconds=seconds.get("total_seconds", self.total_seconds),
        )

    def wall(self, seconds: float) -> float:
        """The wall guard of a CPU limit."""
        return seconds * self.guard


DEFAULT = Limits()
