"""Leaves torch.py, sitecustomize.py and a .pth file where later processes might import them."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
for name in ("torch.py", "numpy.py", "sitecustomize.py", "usercustomize.py", "grader.py", "evil.pth"):
    open(name, "w").write("raise SystemExit")
import subprocess
loot = subprocess.run([sys.executable, "-c", "import grader"], capture_output=True).returncode
""",
]
control = yields(
    SUBMISSION,
    "shadowed",
    1,
    "import subprocess, sys\nopen('mine.py', 'w').write('raise SystemExit(1)')\nshadowed ="
    " subprocess.run([sys.executable, '-S', '-c', 'import mine']).returncode",
)


def holds(outcome):
    fails(outcome, "wrong values")
