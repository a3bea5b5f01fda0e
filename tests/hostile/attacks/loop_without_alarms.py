"""Switches the alarms off and never ends."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
import signal
signal.signal(signal.SIGPROF, signal.SIG_IGN)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
while True: pass
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "killed"]
    fails(outcome, "wrong values")
