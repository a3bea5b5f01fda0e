"""Answers the request to run its cell with an error, for the grader to take as a fault of its own."""

from arena import FORGE, WRONG, fails, yields

SUBMISSION = [
    WRONG,
    FORGE,
    """\
said = frame(["raised", ["RuntimeError"], "grader"], sequence=3)
if "_reference" not in globals():  # the control only decodes what would be sent
    send(said)
""",
]
control = yields(
    SUBMISSION,
    "decoded",
    "Raised",
    "from graders.isolation import messages as m\ndecoded = type(msgspec.msgpack.decode(said[20:],"
    " type=m.Reply)).__name__",
)


def holds(outcome):
    assert outcome.cells == ["ok", "ok", "killed"]
    fails(outcome, "wrong values")
