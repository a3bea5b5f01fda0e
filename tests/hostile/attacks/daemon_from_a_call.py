"""Leaves the daemon from inside a call, out of a copy of the process."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def daemon(path, seconds):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    import json, signal, time
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(int(seconds / 0.05)):
        time.sleep(0.05)
        try:
            json.dump({"score": 1}, open(path + ".new", "w"))
            os.replace(path + ".new", path)
        except OSError:
            pass
    os._exit(0)
def double(x):
    daemon("@RESULTS@", 1.0)
    return 3 * x
""",
]
GRADER = (
    "import json, time\ndouble(1.0)\ntime.sleep(0.3)\nscore ="
    " json.load(open('results.json'))['score']"
)
OPTIONS = {"linger": 0.3}
control = yields(SUBMISSION, "score", 1, GRADER)


def holds(outcome):
    fails(outcome)
