"""The same right solution with one everyday trouble around it: what the trouble costs, and that
`critic check` and the grader say the same.
"""

import json

import pytest

from tests.field.conftest import notebook, right, write

IMPORTS = "import math\nimport torch\nimport torch.nn.functional as F"
SAMPLE = """def reparameterize(mu, logvar):
    spread = torch.exp(logvar / 2)
    return mu + spread * torch.randn_like(spread)"""
KL = """def kl_standard_normal(mu, logvar):
    return (mu ** 2 + torch.exp(logvar) - logvar - 1).sum(dim=-1) / 2"""
LIKELIHOOD = """def bernoulli_log_likelihood(x, logits):
    loss = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction='none')
    return -loss.sum(-1)"""
TWO = ("reparameterize", "kl_standard_normal")
THREE = (*TWO, "bernoulli_log_likelihood")


# What stands in the cells, and a part of what is said about it ("": nothing at all).
STATEMENTS = {
    "missing_library": (f"import torchaudio_x\n{IMPORTS}", "`torchaudio_x` is not installed here"),
    "missing_among_names": (f"import hurz, math, torch\n{IMPORTS}", "`hurz` is not installed here"),
    "missing_in_with": (
        "import warnings\nwith warnings.catch_warnings():\n    import hurz\n"
        "    import math\n    import torch\n    import torch.nn.functional as F",
        "`hurz` is not installed here",
    ),
    "missing_in_try": (
        "try:\n    import hurz\n    import torch\n    import torch.nn.functional as F\n"
        "except ImportError:\n    pass",
        "",
    ),
    "missing_in_try_again": (
        "try:\n    import hurz\n    import torch\n    import torch.nn.functional as F\n"
        "except ImportError:\n    !pip install hurz\n    import hurz",
        "`hurz` is not installed here",
    ),
    "missing_name_of_a_library": (
        f"from torch import no_such_thing, nn\n{IMPORTS}",
        "torch 2",
    ),
    "colab": (
        f"from google.colab import drive\ndrive.mount('/content')\n{IMPORTS}",
        "`google.colab` is not installed here",
    ),
    "file": (f"data = open('nowhere.csv')\n{IMPORTS}", "`nowhere.csv`"),
    "folder": (f"import os\nos.makedirs('/proc/content')\n{IMPORTS}", "`/proc/content`"),
    "name": (f"net = undefined(3)\n{IMPORTS}", "raised NameError in line 1"),
    "exit": (f"import sys\n{IMPORTS}\nsys.exit()", "raised SystemExit in line 5"),
    "raise": (f"{IMPORTS}\nraise RuntimeError('stop')", "raised RuntimeError in line 4"),
    "input": (f"name = input('who?')\n{IMPORTS}", "raised EOFError"),
    "widget": (f"%matplotlib widget\n{IMPORTS}", ""),
    "run": (f"%run setup_helpers.py\n{IMPORTS}", "`%run setup_helpers.py` does not work here"),
    "cd": (f"%cd /nowhere/at/all\n{IMPORTS}", "`%cd /nowhere/at/all` does not work here"),
    "unknown_magic": (f"%load_ext nothing\n%nothing at all\n{IMPORTS}", ""),
    "pip_bare": (f"pip install hurz\n{IMPORTS}", ""),
    "shell": (f"!echo 1 > made.txt\nassert open('made.txt').read()\n{IMPORTS}", ""),
    "question": (f"torch?\n?torch\n{IMPORTS}", ""),
    "time": (f"%%time\n{IMPORTS}\n%time torch.ones(2)", ""),
    "capture": (f"%%capture out\nprint(1)\n1 / 0\n{IMPORTS}", "ZeroDivisionError in line 3"),
    "await": (f"import asyncio\nawait asyncio.sleep(0)\n{IMPORTS}", ""),
    "prompts": ("\n".join(f">>> {line}" for line in IMPORTS.splitlines()), ""),
    "shows_only": (
        f"import seaborn as sns\nsns.set_theme()\n{IMPORTS}",
        "`seaborn` is not installed here; it only shows or logs",
    ),
    "grad_off": (f"{IMPORTS}\ntorch.set_grad_enabled(False)", ""),
    "inference": (f"{IMPORTS}\ntorch.inference_mode().__enter__()", ""),
    "dtype": (f"{IMPORTS}\ntorch.set_default_dtype(torch.float64)", ""),
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_trouble_in_the_first_cell_costs_itself(judged, tmp_path, kind):
    cell, said = STATEMENTS[kind]
    grade, notes = judged(write(tmp_path, (cell, SAMPLE, KL, LIKELIHOOD)), THREE)
    assert right(grade) == set(THREE), grade.notes
    for told in (grade.notes, notes):
        assert (told == [] or tuple(told) == ()) if not said else any(said in note for note in told)


def test_code_in_a_cell_of_text_is_told_at_home_and_graded(judged, tmp_path):
    cells = [IMPORTS, SAMPLE, KL, "bernoulli_log_likelihood = ...", LIKELIHOOD]
    made = notebook(*cells)
    made["cells"][-1].update(cell_type="markdown", source=f"```python\n{LIKELIHOOD}\n```")
    grade, notes = judged(write(tmp_path, json.dumps(made), "hw.ipynb"), THREE)
    assert right(grade) == set(TWO)
    said = ["`bernoulli_log_likelihood`: the code stands in a Markdown cell below cell 4"]
    assert (
        [note[: len(said[0])] for note in grade.notes] == said == [n[: len(said[0])] for n in notes]
    )
