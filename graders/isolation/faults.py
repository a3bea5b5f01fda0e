"""What ends more than one submission: a fault of the grader or the machine, or a refusal."""


class GroundFault(Exception):
    """The zygote could not start or could not carry out an order: a fault of the grader or the
    machine.
    """


class Refused(Exception):
    """Hidden checks may not run on this machine. The text says why, and what the ways out are."""
