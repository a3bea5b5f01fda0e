"""The same right solution of ten exercises as it is handed in from everywhere: by the name of the
trouble, what is handed in, and a part of what is said about it.
"""

import io
import json
import tarfile
import zipfile

from tests.field.conftest import notebook

IMPORTS = "import math\nimport torch\nimport torch.nn.functional as F"
NOISE = """def reparameterize(mu, logvar):
    spread = torch.exp(logvar / 2)
    return mu + spread * torch.randn_like(spread)"""
KLS = """def kl_standard_normal(mu, logvar):
    per_dim = mu ** 2 + torch.exp(logvar) - logvar - 1
    return per_dim.sum(dim=-1) / 2

def kl_equal_variance(mu_q, mu_p, sigma):
    return ((mu_q - mu_p) / sigma) ** 2 / 2"""
LIKELIHOOD = """def bernoulli_log_likelihood(x, logits):
    loss = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction='none')
    return -loss.sum(-1)"""
GAUSS = """def log_gauss(z, m, lv):
    return (-0.5 * (math.log(2 * math.pi) + lv + (z - m) ** 2 / lv.exp())).sum(-1)"""
ELBO = """def elbo(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    total = 0
    for _ in range(n_samples):
        total = total + bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
    return total / n_samples - kl_standard_normal(mu, logvar)"""
SAMPLED = """def log_weight(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = reparameterize(mu, logvar)
    prior = log_gauss(z, torch.zeros_like(z), torch.zeros_like(z))
    return bernoulli_log_likelihood(x, decoder(z)) + prior - log_gauss(z, mu, logvar)

def elbo_sampled(x, encoder, decoder, n_samples=1):
    return torch.stack([log_weight(x, encoder, decoder) for _ in range(n_samples)]).mean(0)"""
LOSSES = """def vae_loss(x, encoder, decoder):
    return -elbo(x, encoder, decoder).sum()

def iwae_bound(x, encoder, decoder, k):
    weights = torch.stack([log_weight(x, encoder, decoder) for _ in range(k)])
    return torch.logsumexp(weights, 0) - math.log(k)"""
ANSWERS = "kl_to_itself = 0\noptimal_q_equals = '3'"
FUNCTIONS = (NOISE, KLS, LIKELIHOOD, GAUSS, ELBO, SAMPLED, LOSSES)
WORK = (IMPORTS, *FUNCTIONS, ANSWERS)
SCRIPT = "\n\n\n".join(WORK) + "\n"
# Above it the helper, below it the rest.
HELPER = f"import math\n\n{GAUSS}\n"
WITHOUT_HELPER = tuple(part for part in FUNCTIONS if part != GAUSS)
TEN = (
    "reparameterize", "kl_standard_normal", "kl_equal_variance", "kl_to_itself",
    "bernoulli_log_likelihood", "elbo", "elbo_sampled", "vae_loss", "optimal_q_equals",
    "iwae_bound",
)  # fmt: skip
WRONG = "\n".join(f"def {name}(*args): return 7" for name in TEN if "_to_" not in name)


def book(*cells, **more):
    """A notebook as text; a cell is code, or a cell as it is."""
    made = notebook(*(cell if isinstance(cell, str) else "" for cell in cells))
    for number, cell in enumerate(cells):
        if not isinstance(cell, str):
            made["cells"][number] = cell
    return json.dumps({**made, **more})


def first(*lines):
    """The work, with lines above the imports in their cell."""
    return book("\n".join([*lines, IMPORTS]), *FUNCTIONS, ANSWERS)


def zipped(files, **dates):
    """A zip of files by name."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, dates.get(name, (2026, 1, 1, 0, 0, 0))), content)
    return data.getvalue()


def tarred(files):
    """A tar.gz of files by name."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as file:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            file.addfile(info, io.BytesIO(content.encode()))
    return data.getvalue()


def magic(kind, code):
    """A cell under a magic, as nbconvert writes it into a script."""
    return f"get_ipython().run_cell_magic({kind!r}, '', {code + chr(10)!r})"


def typed(cell_type, source, **more):
    return {"cell_type": cell_type, "metadata": {}, "source": source, **more}


def old(*cells):
    """A notebook of nbformat 3, its cells in two worksheets."""
    made = [
        {"cell_type": "code", "language": "python", "input": cell, "outputs": [], "metadata": {}}
        for cell in cells
    ]
    sheets = [{"cells": made[:2], "metadata": {}}, {"cells": made[2:], "metadata": {}}]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets})


def numbered(*cells):
    """Cells that were run in another order than they stand in."""
    made = notebook(*(code for _, code in cells))
    for cell, (number, _) in zip(made["cells"], cells):
        cell["execution_count"] = number
    return json.dumps(made)


def indented(text):
    return text.replace("\n", "\n    ")


# --- one file: its text ---
NOTEBOOKS = {
    "colab: an upload that nobody makes": (
        first(
            "from google.colab import files",
            "import io, pandas as pd_x",
            "uploaded = files.upload()",
            "data = pd_x.read_csv(io.BytesIO(uploaded['points.csv']))",
        ),
        "`google.colab` is not installed here",
    ),
    "colab: form fields and a repository": (
        first(
            "#@title Setup {run: 'auto'}",
            "rate = 0.1 #@param {type:'slider', min:0, max:1}",
            "!git clone -q https://example.org/course.git",
            "%cd course",
            "import sys; sys.path.append('/content/course')",
            "!pip install -q -r requirements.txt",
            "from google.colab import userdata, output",
            "output.no_vertical_scroll()",
        ),
        "`%cd course` does not work here",
    ),
    "colab: everything under %%capture": (
        book("%%capture\n!pip install torch\n" + IMPORTS, *FUNCTIONS, ANSWERS), ""),
    "cells that measure": (
        book(IMPORTS, *(f"%%time\n{part}" for part in FUNCTIONS), f"%%time\n\n{ANSWERS}"), ""),
    "an export of cells that measure": (
        "\n\n".join(
            ["#!/usr/bin/env python\n# coding: utf-8", "# In[1]:", IMPORTS]
            + [magic("time", part) for part in FUNCTIONS]
            + [magic("capture", ANSWERS)]
        ),
        "",
    ),
    "a question that insists": (
        first(
            "while True:",
            "    try:",
            "        epochs = int(input('Epochs? '))",
            "        break",
            "    except ValueError:",
            "        print('a number, please')",
        ),
        "raised EOFError",
    ),
    "future features below other code": (
        book("x = 1", f"from __future__ import annotations, division\n{IMPORTS}",
             *FUNCTIONS, ANSWERS), ""),
    "annotated globals": (
        book(IMPORTS, *FUNCTIONS,
             "kl_to_itself: float = 0\noptimal_q_equals: 'str' = '3'\nlr: int"),
        "",
    ),
    "walrus, match and parenthesised with": (
        book(
            IMPORTS + "\nfrom contextlib import nullcontext\nif (n := 2) > 1:\n    print(f'{n=}')\n"
            "match ('exact', n):\n    case ('exact', int(m)) if m > 1:\n        mode = 'exact'\n"
            "    case _:\n        mode = None\nwith (nullcontext() as a, nullcontext() as b):\n"
            "    pass",
            *FUNCTIONS, ANSWERS,
        ),
        "",
    ),
    "async at the top": (
        book(
            IMPORTS + "\nimport asyncio\nimport nest_asyncio_x\nnest_asyncio_x.apply()\n"
            "async def load():\n    await asyncio.sleep(0)\n    return 3\n"
            "async def count():\n    yield 1\n"
            "rate = await load()\nasync for n in count():\n    print(n)\n"
            "both = await asyncio.gather(load(), load())",
            *FUNCTIONS, ANSWERS,
        ),
        "`nest_asyncio_x` is not installed here",
    ),
    "asyncio.run": (
        book(IMPORTS + "\nimport asyncio\nasync def main():\n    return 3\nn = asyncio.run(main())",
             *FUNCTIONS, ANSWERS), ""),
    "decorators of missing libraries": (
        book(
            IMPORTS + "\nfrom typeguard_x import typechecked\nimport gin_x as gin",
            *(part.replace("def ", "@gin.configurable(module='hw')\n@typechecked\ndef ")
              for part in FUNCTIONS),
            ANSWERS,
        ),
        "`typeguard_x` is not installed here",
    ),
    "a scripted helper": (
        book(
            IMPORTS, NOISE, KLS, LIKELIHOOD,
            "from torch import Tensor\n@torch.jit.script\n"
            "def log_gauss(z: Tensor, m: Tensor, lv: Tensor):\n"
            "    return (-0.5 * (1.8378770664093453 + lv + (z - m) ** 2 / lv.exp())).sum(-1)",
            ELBO, SAMPLED, LOSSES, ANSWERS,
        ),
        "",
    ),
    "compiled below": (
        book(*WORK[:-1], "elbo = torch.compile(elbo)\n"
             "log_gauss = torch.compile(log_gauss, mode='reduce-overhead')\n"
             "kl_standard_normal = torch.compile(kl_standard_normal, fullgraph=True)", ANSWERS),
        "",
    ),
    "a graphics card in the first cell": (
        first(
            "import torch",
            "torch.backends.cudnn.benchmark = True",
            "net = torch.nn.Linear(2, 2).cuda()",
            "torch.cuda.set_device(0)",
            "x = torch.zeros(3, device='cuda')",
        ),
        "raised AssertionError",
    ),
    "a default device that is not there": (
        book(
            f"{IMPORTS}\ntorch.set_default_device('cuda')\n"
            "LOG_2PI = torch.log(torch.tensor(6.2831853071795864, dtype=torch.float64))",
            NOISE, KLS, LIKELIHOOD,
            GAUSS.replace("math.log(2 * math.pi)", "LOG_2PI.item()"), ELBO, SAMPLED, LOSSES,
            ANSWERS,
        ),
        "the default device that was set is not there",
    ),
    "a default tensor of the card": (
        first("import torch", "torch.set_default_tensor_type('torch.cuda.FloatTensor')"),
        "raised TypeError",
    ),
    "imports unpacked": (
        book("import math, torch as t, torch.nn.functional as F, os.path as p\n"
             "torch, (nn, optim) = t, (t.nn, t.optim)\nfrom torch import (\n    nn,  # layers\n"
             "    optim,\n)", *FUNCTIONS, ANSWERS), ""),
    "imports at the very end": (
        numbered(
            (2, NOISE.replace("mu, logvar)", "mu: torch.Tensor, logvar: torch.Tensor)", 1)),
            *((number, part) for number, part in enumerate(FUNCTIONS[1:], 3)),
            (20, ANSWERS), (1, IMPORTS),
        ),
        "`reparameterize` could not be defined where it stands",
    ),
    "a constant below its function": (
        numbered(
            (1, IMPORTS), (3, NOISE), (4, KLS), (5, LIKELIHOOD),
            (6, GAUSS.replace("z, m, lv", "z, m, lv, c=LOG_2PI", 1).replace(
                "math.log(2 * math.pi)", "c")),
            (2, "LOG_2PI = math.log(2 * math.pi)"), (7, ELBO), (8, SAMPLED), (9, LOSSES),
            (10, ANSWERS),
        ),
        "needs what only cell 6 below defines",
    ),
    "a class below the function that is made of it": (
        numbered(
            (1, IMPORTS), (2, NOISE), (3, KLS), (4, LIKELIHOOD), (6, "log_gauss = Gauss().log"),
            (5, "class Gauss:\n    " + indented(GAUSS).replace("log_gauss(z", "log(self, z")),
            (7, ELBO), (8, SAMPLED), (9, LOSSES), (10, ANSWERS),
        ),
        "`log_gauss` could not be defined where it stands",
    ),
    "the grader's cells deleted in part": (
        book(*WORK, "grader.check('elbo')\ngrader.check_all()", "grader.export(pdf=False)"),
        "raised NameError"),
    "functions under a condition": (
        book(
            IMPORTS,
            "try:\n    import torch_x\n    FAST = True\nexcept ImportError:\n    FAST = False",
            *(f"if not FAST:\n    {indented(part)}\nelse:\n    raise RuntimeError"
              for part in FUNCTIONS),
            ANSWERS,
        ),
        "",
    ),
    "functions in a with and a loop": (
        book(
            IMPORTS, "with torch.no_grad():\n    " + indented(KLS),
            "for _ in range(1):\n    " + indented(NOISE),
            *FUNCTIONS[2:], ANSWERS,
        ),
        "",
    ),
    "functions that talk": (
        book(
            IMPORTS + "\nimport logging, warnings, sys\nimport matplotlib.pyplot as plt\n"
            "from tqdm.auto import tqdm, trange",
            NOISE.replace("    spread", "    warnings.warn('noise')\n    spread"),
            KLS.replace("    per", "    print('kl', mu.shape, file=sys.stderr)\n    per", 1),
            LIKELIHOOD.replace("    loss", "    plt.figure(); plt.close('all')\n    loss", 1),
            GAUSS, ELBO.replace("range(n", "trange(n"),
            SAMPLED.replace("    mu,", "    logging.warning('x')\n    mu,", 1),
            LOSSES.replace("range(k)", "tqdm(range(k), leave=False)"), ANSWERS,
        ),
        "",
    ),
    "functions that write a log": (
        book(IMPORTS, NOISE, KLS.replace("    per", "    with open('log.txt', 'a') as f:\n"
             "        f.write('x')\n    per", 1), *FUNCTIONS[2:], ANSWERS), ""),
    "functions that measure": (
        book(
            IMPORTS + "\nimport time, contextlib\n@contextlib.contextmanager\ndef timer(name):\n"
            "    start = time.time()\n    yield\n    print(name, time.time() - start)",
            *(part.replace("    mu, logvar = encoder(x)", "    with timer('encode'):\n"
                           "        mu, logvar = encoder(x)") for part in FUNCTIONS),
            ANSWERS,
        ),
        "",
    ),
    "functions of a class": (
        book(
            IMPORTS, "class Work:\n" + "\n".join(
                "    " + indented(part).replace("def ", "@staticmethod\n    def ").replace(
                    "log_gauss(z,", "log_gauss(z,") for part in (NOISE, KLS)),
            "reparameterize, kl_standard_normal = Work.reparameterize, Work.kl_standard_normal\n"
            "kl_equal_variance = Work().kl_equal_variance",
            *FUNCTIONS[2:], ANSWERS,
        ),
        "",
    ),
    "two notebooks in one, the first unfinished": (
        book(IMPORTS, *(f"def {n}(*args):\n    ..." for n in TEN[:4]), "kl_to_itself = ...",
             *FUNCTIONS, ANSWERS), ""),
    "training in the main guard": (
        book(*WORK, "if __name__ == '__main__':\n    net = torch.nn.Linear(2, 2)\n"
             "    for step in range(50):\n        net(torch.ones(3, 2)).sum().backward()"), ""),
    "a cell for the shell and one switched off": (
        book("%%bash\nset -e\necho 'half = 0.5' > shell_made.py\n",
             "%%script echo off\n" + WRONG, "%%script false --no-raise-error\n" + WRONG,
             f"{IMPORTS}\nfrom shell_made import half", NOISE,
             KLS.replace("/ 2", "* half", 1), *FUNCTIONS[2:], ANSWERS), ""),
    "a helper written in pieces": (
        book("!mkdir -p src/more", f"%%writefile src/more/gauss.py\n{HELPER}",
             "%%writefile -a src/more/gauss.py\nhalf = 0.5\n",
             "import sys\nsys.path.insert(0, 'src')\nfrom more.gauss import *", IMPORTS,
             *WITHOUT_HELPER, ANSWERS), ""),
    "what %load left": (
        book(f"# %load gauss.py\n{HELPER}", IMPORTS, *WITHOUT_HELPER, ANSWERS), ""),
    "prose in a cell of code": (
        book(*WORK[:3], "Here I don't know why (see the lecture", "Das ist, wie gesagt: \"schwer",
             *WORK[3:]), "raised SyntaxError"),
    "answers of other types": (
        book(*WORK[:-1], "from fractions import Fraction\nimport numpy as np\n"
             "kl_to_itself = np.zeros(())\noptimal_q_equals = np.str_('3')"), ""),
    "a seed and doubles everywhere": (
        first("import torch, random, numpy as np, os", "os.environ['PYTHONHASHSEED'] = '0'",
              "torch.manual_seed(7); np.random.seed(7); random.seed(7)",
              "torch.set_default_dtype(torch.float64)", "torch.set_num_threads(8)",
              "torch.autograd.set_detect_anomaly(True)"), ""),
    "missing lines' ends": (
        json.dumps({**notebook(), "cells": [
            {"cell_type": "code", "metadata": {}, "source": part.split("\n")} for part in WORK]}),
        ""),
    "a cell without a type": (
        book(*WORK[:4], {"metadata": {}, "source": "1"}, {}, *WORK[4:]), ""),
    "nbformat 3": (old(*WORK), ""),
    "one line, with a byte order mark": ("\ufeff" + book(*WORK), ""),
    "not a number in an output": (
        book(*WORK[:-1], {"cell_type": "code", "metadata": {}, "source": ANSWERS, "outputs": [
            {"output_type": "display_data", "data": {"application/json": float("nan")}}]}), ""),
    "deepnote": (
        book("import os\nos.environ['DEEPNOTE_PROJECT_ID']", *(
            {"cell_type": "code", "source": part, "execution_count": n, "outputs": None,
             "metadata": {"deepnote_cell_type": "code", "source_hash": "b623e53d",
                          "deepnote_to_be_reexecuted": False}} for n, part in enumerate(WORK)),
             typed("markdown", "<a href='https://deepnote.com'></a>", outputs=[],
                   metadata={"created_in_deepnote_cell": True})),
        "raised KeyError"),
    "hex": (
        book("import hextoolkit\nimport json\nhex_run = json.loads('[]')",
             "_hex_pks.kernel_execution.input_cell.run_text_input(name='x')", *WORK),
        "`hextoolkit` is not installed here"),
    "datalore": (
        json.dumps({**notebook(), "cells": [
            {"cell_type": "code", "source": part.splitlines(True), "execution_count": None,
             "outputs": [], "metadata": {"datalore": {"node_id": "x", "type": "CODE"}}}
            for part in WORK], "metadata": {"datalore": {"version": 1, "packages": []}}}), ""),
    "kaggle": (
        first("# This Python 3 environment comes with many helpful analytics libraries installed",
              "import numpy as np # linear algebra", "import os",
              "data = np.load('/kaggle/input/mnist/mnist.npz')",
              "!cp -r ../input/mylib/* ./"), "`/kaggle/input/mnist/mnist.npz` cannot be found"),
}  # fmt: skip
SCRIPTS = {
    "jupytext: header, commented magics, markdown in quotes": (
        "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n"
        "#   kernelspec:\n#     name: python3\n# ---\n\n# %% [markdown]\n\"\"\"\n# It's (a title\n"
        "\"\"\"\n\n# %%\n# %matplotlib inline\n# !pip install torch\n# %load_ext autoreload\n"
        + "\n\n# %%\n".join(WORK), ""),
    "main guard with everything": (
        f"{IMPORTS}\n\nif __name__ == '__main__':\n    "
        + indented("\n\n".join([*FUNCTIONS, ANSWERS])), ""),
    "its own folder": (
        "import os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\n"
        "os.chdir(os.path.dirname(__file__) or '.')\n" + SCRIPT, ""),
    "docstring, future, all, version": (
        '#!/usr/bin/python3 -O\n"""Homework 3.\n\nAda Lovelace"""\n'
        "from __future__ import annotations\n__all__ = ['elbo']\n__version__ = '1.0'\n" + SCRIPT,
        ""),
    "interactive input at the end": (SCRIPT + "\ninput('Press Enter to close')\n",
                                     "raised EOFError"),
    "command lines": (
        "import click_x\nimport fire_x\n" + SCRIPT
        + "\n@click_x.command()\n@click_x.option('--n', default=1)\ndef main(n):\n    pass\n"
        "if __name__ == '__main__':\n    main()\n    fire_x.Fire(elbo)\n",
        "`click_x` is not installed here"),
    "sys.argv": ("import sys\nrate = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1\n"
                 "name = sys.argv[2]\n" + SCRIPT, "raised IndexError"),
    "tests below": (
        SCRIPT + "\n\nimport pytest_x\n\n@pytest_x.mark.parametrize('n', [1, 2])\n"
        "def test_kl(n):\n    assert kl_to_itself == 0\n", "`pytest_x` is not installed here"),
    "processes": (
        SCRIPT + "\nimport torch.multiprocessing as mp\nif __name__ == '__main__':\n"
        "    mp.set_start_method('spawn', force=True)\n    mp.freeze_support()\n", ""),
    "tabs and old line ends": (SCRIPT.replace("    ", "\t").replace("\n", "\r\n"), ""),
    "myst": (
        "---\njupytext:\n  text_representation:\n    format_name: myst\nkernelspec:\n"
        "  name: python3\n---\n\n# Title\n\n"
        + "\n\n".join(f"```{{code-cell}} ipython3\n:tags: [a]\n\n{part}\n```" for part in WORK)
        + "\n\n```python\nnot run, shown only\n```\n", None),
}  # fmt: skip

# --- several files, archives, and names: what is handed in ---
FILES = {
    "a name with umlauts and brackets": ("Übung 3 (endgültig) – Kopie [2].ipynb", book(*WORK)),
    "a name that begins with a dash": ("-rf hw.ipynb", book(*WORK)),
    "a name with two suffixes": ("hw.v2.final.ipynb", book(*WORK)),
    "a backup of an editor": ("ada", {"hw.ipynb": book(*WORK), "hw.ipynb~": book(WRONG),
                                      "hw.ipynb.bak": book(WRONG), "#hw.ipynb#": book(WRONG)}),
    "a name without a suffix": ("ada", {"hw": book(*WORK), "README": "x"}),
    "a script of IPython": ("ada", {"hw.ipy": "%matplotlib inline\n" + SCRIPT}),
    "a script in capitals": ("HW.PY", SCRIPT),
    "checkpoints and copies": ("ada", {
        "hw.ipynb": book(*WORK), ".ipynb_checkpoints/hw-checkpoint.ipynb": book(WRONG),
        "hw-Copy1.ipynb": book(*WORK[:4]), ".hw.ipynb.swp": b"\0\1", "Thumbs.db": b"\0",
        ".virtual_documents/hw.ipynb": book(WRONG)}),
    "the handout beside the work": ("ada", {
        "vae.ipynb": book(IMPORTS, *(f"def {n}(*args):\n    ..." for n in TEN)),
        "vae_solved.ipynb": book(*WORK), "graders/core/x.py": "x = 1", "README.md": "# x"}),
    "a package beside": ("ada", {
        "hw.ipynb": book("from tools import *\nfrom tools.more import half as h", IMPORTS,
                         *WITHOUT_HELPER, ANSWERS),
        "tools/__init__.py": "from .gauss import log_gauss\n__all__ = ['log_gauss']\n",
        "tools/gauss.py": "from . import more\n" + HELPER, "tools/more.py": "half = 0.5\n"}),
    "a notebook that runs a notebook": ("ada", {
        "hw.ipynb": book("%run helper.ipynb", IMPORTS, *WITHOUT_HELPER, ANSWERS),
        "helper.ipynb": book("%matplotlib inline", HELPER)}),
    "a notebook that imports a notebook": ("ada", {
        "hw.ipynb": book("import import_ipynb\nfrom helper import log_gauss", IMPORTS,
                         *WITHOUT_HELPER, ANSWERS),
        "helper.ipynb": book(HELPER)}),
    "functions that read and import when they are called": ("ada", {
        "hw.ipynb": book(
            IMPORTS, NOISE, KLS.replace("    per", "    half = float(open('half.txt').read())\n"
                                        "    per", 1).replace("/ 2", "* half", 1), LIKELIHOOD,
            "def log_gauss(*args):\n    from helper import log_gauss as log\n"
            "    return log(*args)", ELBO, SAMPLED, LOSSES, ANSWERS),
        "half.txt": "0.5", "helper.py": HELPER}),
    "a script that runs another": ("ada", {
        "hw.py": "exec(open('helper.py').read())\n" + SCRIPT.replace(GAUSS, ""),
        "helper.py": HELPER}),
    "relative imports": ("ada", {
        "vae/__init__.py": "", "vae/helper.py": HELPER,
        "vae/hw.py": "from .helper import log_gauss\nfrom . import helper\n"
        + SCRIPT.replace(GAUSS, "")}),
    "folders of a project": ("ada", {
        "project/notebooks/hw.ipynb": book(
            "import sys, os\nsys.path.append(os.path.abspath('..'))\n"
            "from src.gauss import log_gauss\nassert open('../data/x.csv').read() == '1'",
            IMPORTS, *WITHOUT_HELPER, ANSWERS),
        "project/src/gauss.py": HELPER, "project/data/x.csv": "1", "project/setup.py": "x"}),
    "a helper that is reloaded": ("ada", {
        "hw.ipynb": book("import importlib, helper as h\nimportlib.reload(h)\n"
                         "from helper import log_gauss", IMPORTS, *WITHOUT_HELPER, ANSWERS),
        "helper.py": HELPER}),
    "a helper with the name of a common word": ("ada", {
        "hw.ipynb": book("import test, utils\nfrom models import log_gauss", IMPORTS,
                         *WITHOUT_HELPER, ANSWERS),
        "models.py": HELPER, "utils.py": "from models import log_gauss\n", "test.py": "x = 1\n"}),
    "exercises of a module by name": ("ada", {
        "main.ipynb": book("import work\n" + "\n".join(f"{n} = work.{n}" for n in TEN)),
        "work.py": SCRIPT}),
    "the path as Windows writes it": ("ada", {
        "hw.ipynb": book("half = float(open('data\\\\half.txt').read())", IMPORTS, NOISE,
                         KLS.replace("/ 2", "* half", 1), *FUNCTIONS[2:], ANSWERS),
        "data/half.txt": "0.5"}),
    "a Mac's zip": ("hw.zip", zipped({
        "HW 3/hw.ipynb": book(*WORK), "__MACOSX/HW 3/._hw.ipynb": b"\0\5\x16\7Mac OS X",
        "HW 3/.DS_Store": b"\0", "__MACOSX/._HW 3": b"\0"})),
    "a Windows zip": ("hw.zip", zipped({"HW 3\\data\\x.txt": "0.5", "HW 3\\hw.ipynb": book(
        "half = float(open('data/x.txt').read())", IMPORTS, NOISE,
        KLS.replace("/ 2", "* half", 1), *FUNCTIONS[2:], ANSWERS)})),
    "a zip in a zip in a zip": ("hw.zip", zipped({"a.zip": zipped({"b/c.ZIP": zipped({
        "hw.ipynb": book(*WORK)}), "__MACOSX/._c": b"\0"})})),
    "a tar of a folder": ("hw.tar.gz", tarred({"./hw/hw.py": SCRIPT, "./hw/._hw.py": "\0"})),
    "a virtual environment beside": ("ada", {
        "hw.ipynb": book(*WORK), "requirements.txt": "torch",
        **{f"{env}/lib/python3.11/site-packages/m{n}/x.py": WRONG
           for env in ("venv", ".venv", "env") for n in range(40)},
        "venv/pyvenv.cfg": "x", "venv/bin/activate_this.py": WRONG}),
}  # fmt: skip
