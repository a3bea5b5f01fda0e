"""For Classroom 50: this file and the folder `graders` go into CLASSROOM/autograders/ASSIGNMENT/ of
the configuration repository. After a push the public checks run; hidden checks are not here.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INDEX = "https://download.pytorch.org/whl/cpu"
homework = json.loads((HERE / "graders" / "public" / "homework.json").read_text())

if importlib.util.find_spec("torch") is None:
    wanted = ["--extra-index-url", INDEX, "torch", "numpy", *homework["libraries"]]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wanted], check=True)
sys.path.insert(0, str(HERE))

from graders.core.classroom50 import main  # noqa: E402

sys.exit(main(f"{homework['name']}.ipynb"))
