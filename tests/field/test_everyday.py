"""Right work as people hand it in from everywhere: from other notebooks than Jupyter, in other
forms of function, with what a day of work leaves behind. At home and graded it keeps its points.
"""

import pytest

from tests.field.conftest import right, write

NAMES = ("kl_standard_normal", "kl_to_itself")
KL = """def kl_standard_normal(mu, logvar):
    return (mu ** 2 + torch.exp(logvar) - logvar - 1).sum(dim=-1) / 2"""
BODY = "(mu ** 2 + torch.exp(logvar) - logvar - 1).sum(dim=-1) / 2"
ANSWER = "kl_to_itself = 0"
WORK = f"import torch\n{KL}\n{ANSWER}"

# Cells of a notebook, or the text of a script.
SILENT = {
    # places where people write notebooks
    "colab: where am I": (
        "import sys\nIN_COLAB = 'google.colab' in sys.modules\nif IN_COLAB:\n"
        "    from google.colab import drive\n    drive.mount('/content/drive')",
        WORK,
    ),
    "colab: a form": (
        "#@title Setup { display-mode: 'form' }\nrate = 0.1 #@param {type:'number'}",
        WORK,
    ),
    "kaggle: listing the input": (
        "import os\nfor folder, _, names in os.walk('/kaggle/input'):\n"
        "    for name in names:\n        print(os.path.join(folder, name))",
        WORK,
    ),
    "vs code: markdown and cells": f"# %% [markdown]\n# # Title\n# %%\nimport torch\n# %%\n"
    f"{KL}\n#%%\n{ANSWER}",
    "jupytext: a header": (
        "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n\n# %%\n"
        f'import torch\n\n# %% tags=["a"]\n{KL}\n\n# %%\n{ANSWER}\n'
    ),
    "jupytext: light": f"# # Title\n\n# + tags=['b']\nimport torch\n# -\n\n# +\n{KL}\n# -\n\n"
    f"{ANSWER}\n",
    "databricks": (
        "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\n"
        f"import torch\n\n# COMMAND ----------\n\n{KL}\n{ANSWER}\n"
    ),
    "nbdev: directives": (
        "#| default_exp core\n#| hide\nimport torch",
        f"#| export\n{KL}",
        f"#|export\n{ANSWER}",
    ),
    "spyder: old cells": f"#%% Setup\nimport torch\n#%% The KL\n{KL}\n##%% Answer\n{ANSWER}",
    "doctests": (WORK, "import doctest\ndoctest.testmod(verbose=False)"),
    "unit tests": (
        WORK,
        "import unittest\nclass TestKL(unittest.TestCase):\n    def test_zero(self):\n"
        "        z = torch.zeros(2, 3)\n"
        "        self.assertEqual(kl_standard_normal(z, z).sum(), 0)\n"
        "unittest.main(argv=[''], exit=False)",
    ),
    # scripts
    "main guard with the work in it": (
        f"import torch\nif __name__ == '__main__':\n"
        f"    {KL.replace(chr(10), chr(10) + '    ')}\n    {ANSWER}\n"
    ),
    "main guard that trains": f"{WORK}\ndef main():\n    print('done')\n"
    f"if __name__ == '__main__':\n    main()\n",
    "argparse": (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--half', type=float, default=2.0)\nargs = parser.parse_args()\n"
        f"import torch\n{KL.replace('/ 2', '/ args.half')}\n{ANSWER}\n"
    ),
    "its own path": (
        "from pathlib import Path\nHERE = Path(__file__).resolve().parent\n"
        f"assert HERE.is_dir()\n{WORK}\nassert __file__.endswith('.py')\n"
    ),
    "a shebang, an encoding and a byte order mark": (
        f"\ufeff#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n{WORK}\n"
    ),
    "windows line ends": WORK.replace("\n", "\r\n"),
    "old mac line ends": WORK.replace("\n", "\r"),
    "form feeds": f"import torch\n\x0c\n{KL}\n\x0c\n{ANSWER}\n",
    # forms of a function
    "a lambda": (f"import torch\nkl_standard_normal = lambda mu, logvar: {BODY}", ANSWER),
    "a method": (
        f"import torch\nclass VAE:\n    def kl(self, mu, logvar):\n        return {BODY}",
        f"kl_standard_normal = VAE().kl\n{ANSWER}",
    ),
    "a static method": (
        f"import torch\nclass VAE:\n    @staticmethod\n    def kl(mu, logvar):\n"
        f"        return {BODY}",
        f"kl_standard_normal = VAE.kl\n{ANSWER}",
    ),
    "an object that is called": (
        "import torch\nclass KL(torch.nn.Module):\n    def forward(self, mu, logvar):\n"
        f"        return {BODY}",
        f"kl_standard_normal = KL()\n{ANSWER}",
    ),
    "a partial": (
        "import torch\nfrom functools import partial\ndef kl(scale, mu, logvar):\n"
        f"    return scale * {BODY}",
        f"kl_standard_normal = partial(kl, 1.0)\n{ANSWER}",
    ),
    "torch.compile": ("import torch", f"@torch.compile\n{KL}", ANSWER),
    "torch.jit.script": ("import torch", f"@torch.jit.script\n{KL}", ANSWER),
    "vmap": (
        "import torch\ndef one(mu, logvar):\n"
        "    return (mu ** 2 + torch.exp(logvar) - logvar - 1).sum() / 2\n"
        "def kl_standard_normal(mu, logvar):\n    flat = mu.reshape(-1, mu.shape[-1])\n"
        "    found = torch.vmap(one)(flat, logvar.reshape(flat.shape))\n"
        "    return found.reshape(mu.shape[:-1])",
        ANSWER,
    ),
    "decorators of one's own": (
        "import functools, time, torch\ndef timed(f):\n    @functools.wraps(f)\n"
        "    def inner(*args, **kwargs):\n        started = time.time()\n"
        "        result = f(*args, **kwargs)\n        inner.seconds = time.time() - started\n"
        "        return result\n    return inner",
        f"@timed\n{KL}",
        ANSWER,
    ),
    "a cached constant": (
        "import torch\nfrom functools import lru_cache\n@lru_cache(maxsize=None)\n"
        "def half():\n    return 0.5\ndef kl_standard_normal(mu, logvar):\n"
        "    return half() * (mu ** 2 + torch.exp(logvar) - logvar - 1).sum(-1)",
        ANSWER,
    ),
    "a global counter": (
        "import torch\ncalls = 0\ndef kl_standard_normal(mu, logvar):\n    global calls\n"
        f"    calls += 1\n    return {BODY}",
        ANSWER,
    ),
    "a closure": (
        "import torch\ndef make(scale):\n    def kl(mu, logvar):\n"
        f"        return scale * {BODY}\n    return kl",
        f"kl_standard_normal = make(1.0)\n{ANSWER}",
    ),
    "torch.distributions": (
        "import torch\nfrom torch.distributions import Normal, kl_divergence, Independent",
        "def kl_standard_normal(mu, logvar):\n"
        "    p = Normal(torch.zeros_like(mu), torch.ones_like(mu), validate_args=False)\n"
        "    q = Normal(mu, torch.exp(logvar / 2), validate_args=False)\n"
        "    return kl_divergence(q, p).sum(-1)",
        ANSWER,
    ),
    "dataclasses": (
        "from dataclasses import dataclass, field\nimport torch\n@dataclass\nclass Config:\n"
        "    half: float = 0.5\n    sizes: list[int] = field(default_factory=list)\n"
        "config = Config()",
        KL.replace("/ 2", "* config.half"),
        ANSWER,
    ),
    "annotations of today": (
        "from __future__ import annotations\nimport torch\nfrom typing import Final\n"
        "HALF: Final = 2",
        "def kl_standard_normal(mu: torch.Tensor | None, logvar: 'torch.Tensor') -> object:\n"
        f"    if (m := mu) is None:\n        return None\n    return {BODY}",
        ANSWER,
    ),
    "a match statement": (
        "import torch\nmode = 'exact'\nmatch mode:\n    case 'exact':\n        factor = 1.0\n"
        "    case _:\n        factor = 2.0",
        KL + " * factor",
        ANSWER,
    ),
    "a namedtuple": (
        "import torch\nfrom collections import namedtuple\n"
        "Gauss = namedtuple('Gauss', 'mu logvar')",
        "def kl_standard_normal(mu, logvar):\n    q = Gauss(mu, logvar)\n"
        "    return (q.mu ** 2 + torch.exp(q.logvar) - q.logvar - 1).sum(-1) / 2",
        ANSWER,
    ),
    "names with umlauts": (
        "import torch\nσ_länge = 2",
        KL.replace("/ 2", "/ σ_länge"),
        "# ✔ größer 日本語\n" + ANSWER,
    ),
    # several attempts
    "cells that define it again": ("import torch", KL.replace("/ 2", "/ 3"), KL, ANSWER),
    "deleted and defined again": ("import torch", KL, "del kl_standard_normal", KL, ANSWER),
    "an attempt in a comment": ("import torch", f"'''\n{KL.replace('/ 2', '')}\n'''\n{KL}", ANSWER),
    "star imports": ("from torch import *\nfrom math import *\nimport torch", KL, ANSWER),
    "sum of its own": ("import torch", KL, "sum = 3\nmax = min = abs = None", ANSWER),
    "an answer as a tensor": ("import torch", KL, "kl_to_itself = torch.tensor(0.)"),
    "an answer as a numpy number": (
        "import torch",
        KL,
        "import numpy as np\nkl_to_itself = np.float32(0)",
    ),
    # what a notebook shows and does beside
    "plots": (
        WORK,
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()",
    ),
    "magics": (
        "%load_ext autoreload\n%autoreload 2\n%matplotlib inline\n"
        "%config InlineBackend.figure_format = 'retina'",
        WORK,
        "%timeit -n 1 -r 1 kl_standard_normal(torch.zeros(1, 2), torch.zeros(1, 2))\n%who\n%debug",
    ),
    "cells in other languages": (
        "%%html\n<b>x</b>",
        "%%javascript\nalert(1)",
        "%%latex\n$x$",
        WORK,
    ),
    "tensorboard": (
        "%load_ext tensorboard\n%tensorboard --logdir runs",
        WORK,
    ),
    "installing": ("!pip install -q torch\n%pip install numpy\n!nvidia-smi", WORK),
    "a progress bar": (
        "from tqdm.auto import tqdm\nfor i in tqdm(range(3), desc='x'):\n    pass",
        WORK,
    ),
    "much output": (WORK, "for i in range(20000):\n    print('x' * 100)"),
    "help": ("import torch\ntorch.exp?\nhelp(torch.exp)", WORK),
    "a device where there is one": (
        "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
        "if device.type == 'cuda':\n    torch.cuda.manual_seed_all(0)\n"
        "    print(torch.cuda.get_device_name())",
        WORK,
        "torch.nn.Linear(2, 2).to(device)",
    ),
    # what is left behind
    "warnings that raise": ("import warnings\nwarnings.simplefilter('error')", WORK),
    "errors of numpy that raise": ("import numpy as np\nnp.seterr(all='raise')", WORK),
    "a logger": (
        "import logging\nlogging.basicConfig(filename='run.log', level=logging.DEBUG)\n"
        "logging.info('x')",
        WORK,
    ),
    "a thread": (
        WORK,
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ),
    "a pool of threads": (
        WORK,
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n"
        "    list(pool.map(lambda i: i, range(4)))",
    ),
    "another folder": ("import os\nos.makedirs('work', exist_ok=True)\nos.chdir('work')", WORK),
    "a closed standard output": ("import sys, io\nsys.stdout = io.StringIO()\nprint('x')", WORK),
    "an alarm of its own": (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.alarm(1)",
        WORK,
    ),
    "no collecting": ("import gc\ngc.disable()", WORK),
    "a seed everywhere": (
        "import random, numpy as np, torch\nrandom.seed(0)\nnp.random.seed(0)\n"
        "torch.manual_seed(0)\n"
        "torch.use_deterministic_algorithms(True)\ntorch.set_printoptions(precision=2)",
        WORK,
    ),
    "a dataset with workers": (
        WORK,
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "data = DataLoader(TensorDataset(torch.zeros(4, 2)), 2, num_workers=0)\n"
        "total = sum(x.sum() for x, in data)",
    ),
    "needed only when called": (WORK, "def plot():\n    import hurz_plots\n    hurz_plots.show()"),
    "a missing helper, asked for politely": (
        "try:\n    from my_helpers import *\nexcept ImportError:\n    helpers = None",
        WORK,
    ),
    "type checking only": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from hurz import Hurz",
        WORK,
    ),
}


# What is near to another kind is tried less often.
RARELY = {
    "colab: a form", "kaggle: listing the input", "spyder: old cells", "doctests",
    "a static method",
    "a closure", "a cached constant", "a global counter", "a namedtuple", "an attempt in a comment",
    "sum of its own", "cells that define it again", "torch.distributions", "much output",
    "decorators of one's own", "no collecting", "a pool of threads", "a dataset with workers",
    "a seed everywhere", "type checking only", "an answer as a numpy number", "form feeds",
    "old mac line ends", "a match statement", "installing", "cells in other languages",
    "tensorboard", "errors of numpy that raise", "a logger",
}  # fmt: skip
assert set(SILENT) > RARELY
KINDS = [pytest.param(kind, marks=pytest.mark.slow if kind in RARELY else ()) for kind in SILENT]


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_its_points_without_a_word(judged, tmp_path, kind):
    grade, notes = judged(write(tmp_path, SILENT[kind]), NAMES)
    assert right(grade) == set(NAMES), grade.notes
    assert tuple(grade.notes) == () and notes == []


# ... and a part of what is said about it.
TOLD = {
    "colab: a drive": (
        (
            "from google.colab import drive, files\ndrive.mount('/content/drive')\n"
            "%cd /content/drive",
            WORK,
        ),
        "`google.colab` is not installed here",
    ),
    "kaggle: a secret": (
        (
            "from kaggle_secrets import UserSecretsClient\n"
            "key = UserSecretsClient().get_secret('k')\n" + WORK,
        ),
        "`kaggle_secrets` is not installed here",
    ),
    "databricks: widgets": (
        "# Databricks notebook source\ndbutils.widgets.text('x', '1')\n\n# COMMAND ----------\n"
        + WORK,
        "raised NameError",
    ),
    "nbdev: its tools": (
        (f"from nbdev.showdoc import *\nimport nbdev\n{WORK}", "nbdev.nbdev_export()"),
        "`nbdev` is not installed here",
    ),
    "logging to a service": (
        (
            "import wandb\nwandb.init(project='vae', config={'lr': 1e-3})\n" + WORK,
            "for step in range(3):\n    wandb.log({'loss': step})\nwandb.finish()",
        ),
        "`wandb` is not installed here; it only shows or logs",
    ),
    "a device that is not there": (
        (
            f"import torch\ndevice = torch.device('cuda')\n"
            f"net = torch.nn.Linear(2, 2).to(device)\n{WORK}",
        ),
        "raised",
    ),
    "arguments that are required": (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--data', required=True)\n"
        f"args = parser.parse_args()\n{WORK}\n",
        "raised SystemExit",
    ),
    "a test that fails": (
        (WORK, f"assert kl_standard_normal is None, 'x'\n{ANSWER}"),
        "AssertionError",
    ),
    "a question": (("who = input('Your name? ')", WORK), "EOFError"),
    "weights that are not there": (
        (f"import torch\nweights = torch.load('vae.pt')\n{KL}\n{ANSWER}",),
        "`vae.pt` cannot be found",
    ),
    "a plot into a folder that is not there": (
        (f"import matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('figures/a.png')\n{WORK}",),
        "`figures/a.png` cannot be found",
    ),
    "annotations of a missing library": (
        (
            "from jaxtyping import Float, jaxtyped\nfrom beartype import beartype\nimport torch",
            "@jaxtyped(typechecker=beartype)\n"
            "def kl_standard_normal(mu: Float[torch.Tensor, 'b d'], logvar: Float):\n"
            f"    return {BODY}",
            ANSWER,
        ),
        "`jaxtyping` is not installed here",
    ),
    "a missing helper": (
        (f"from my_helpers import *\n{WORK}",),
        "`my_helpers` is not installed here, nor does a file of that name lie beside",
    ),
    "a command that is not there": (
        (f"import subprocess\nsubprocess.run(['nvidia-smi-hurz'])\n{WORK}",),
        "`nvidia-smi-hurz` cannot be found",
    ),
    "an export of everything": (
        f"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\n"
        f"get_ipython().system('pip install x')\n"
        f"get_ipython().run_line_magic('run', 'setup_all.py')\n\n# In[2]:\n\n\n{WORK}\n",
        "`%run setup_all.py` does not work here",
    ),
}


@pytest.mark.parametrize("kind", TOLD)
def test_it_keeps_its_points_and_a_sentence_says_what_was_not_there(judged, tmp_path, kind):
    content, said = TOLD[kind]
    grade, notes = judged(write(tmp_path, content), NAMES)
    assert right(grade) == set(NAMES), grade.notes
    assert any(said in note for note in grade.notes) and any(said in note for note in notes)
