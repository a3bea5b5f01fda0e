"""More of the same: what an outsider, who had not read the cells' runner, thought of."""

import json

from tests.field.everywhere import (
    ANSWERS,
    ELBO,
    FUNCTIONS,
    GAUSS,
    HELPER,
    IMPORTS,
    KLS,
    LIKELIHOOD,
    LOSSES,
    NOISE,
    SAMPLED,
    SCRIPT,
    TEN,
    WITHOUT_HELPER,
    WORK,
    WRONG,
    book,
    first,
    indented,
    typed,
    zipped,
)

HALVED = KLS.replace("/ 2", "* half", 1)


def last(*cells):
    """The work, with cells below it."""
    return book(*WORK, *cells)


def half(reading, *before):
    """The work, whose one half comes from a file."""
    return book(*before, IMPORTS, reading, NOISE, HALVED, *FUNCTIONS[2:], ANSWERS)


def helped(*cells):
    """The work, whose log_gauss comes from elsewhere."""
    return book(IMPORTS, *cells, *WITHOUT_HELPER, ANSWERS)


NOTEBOOKS = {
    # --- state left behind ---
    "an exercise takes its own name as its result": (
        last("x = torch.zeros(2, 3)\nencoder = lambda x: (x, x)\ndecoder = lambda z: z",
             "elbo = elbo(x, encoder, decoder)"), None),
    "a helper of one's own becomes its result": (
        last("x = torch.zeros(2, 3)\nlog_gauss = log_gauss(x, x, x)"), None),
    "math is a mark": (last("math, art = 85, 90\nrange = (0, 10)\nlen = 3"), None),
    "a loop over files called F": (last("for F in ['a', 'b']:\n    pass"), None),
    "a meta device left": (last("torch.set_default_device('meta')"), ""),
    "mps": (
        first("import torch", "device = 'mps' if torch.backends.mps.is_available() else 'cpu'",
              "torch.set_default_device('mps')", "net = torch.nn.Linear(2, 2)"), None),
    "autocast entered": (last("torch.autocast('cpu', dtype=torch.bfloat16).__enter__()"), ""),
    "flush denormal, no mkldnn": (
        last("torch.set_flush_denormal(True)\ntorch.backends.mkldnn.enabled = False\n"
             "torch.set_num_interop_threads(4)"), ""),
    "tracing and profiling": (
        last("import sys, tracemalloc, faulthandler\ntracemalloc.start()\n"
             "sys.settrace(lambda *_: None)\nsys.setprofile(lambda *_: None)"), ""),
    "a tensor's own repr": (
        last("torch.Tensor.__repr__ = lambda self: f'tensor[{tuple(self.shape)}]'\n"
             "torch.Tensor.__str__ = torch.Tensor.__repr__"), ""),
    "print and input changed": (
        last("import builtins, sys\nbuiltins.print = lambda *a, **k: None\nprint = print\n"
             "sys.excepthook = lambda *_: None"), ""),
    "standard output with another encoding": (
        book("import sys, io\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\n"
             "print('ä')", IMPORTS, NOISE, KLS.replace("    per", "    print('kl')\n    per", 1),
             *FUNCTIONS[2:], ANSWERS), ""),
    "standard output reconfigured": (
        book("import sys\nsys.stdout.reconfigure(encoding='utf-8')\nsys.stderr.reconfigure("
             "errors='replace')\nsys.stdout.flush()\nsys.stdout.isatty(), sys.stdout.encoding",
             *WORK), ""),
    "standard output closed": (
        book(IMPORTS, NOISE, KLS.replace("    per", "    print('kl')\n    per", 1),
             *FUNCTIONS[2:], ANSWERS, "import sys\nsys.stdout.close()"), None),
    "the working folder deleted": (
        last("import os, shutil\nos.makedirs('tmp_run', exist_ok=True)\nos.chdir('tmp_run')\n"
             "shutil.rmtree(os.getcwd())"), ""),
    "an empty environment and path": (
        last("import os, sys\nos.environ.clear()\nsys.path.clear()\nsys.modules.pop('math', None)"),
        ""),
    "priorities and limits": (
        last("import os, resource, atexit, signal\nos.nice(5)\nos.umask(0)\n"
             "resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))\n"
             "atexit.register(print, 'bye')\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"), ""),
    "a generator of one's own": (
        book(IMPORTS + "\ng = torch.Generator().manual_seed(0)",
             NOISE.replace("torch.randn_like(spread)",
                           "torch.randn(mu.shape, generator=g, dtype=mu.dtype)"),
             *FUNCTIONS[1:], ANSWERS), ""),
    "noise of numpy": (
        book(IMPORTS + "\nimport numpy as np\nrng = np.random.default_rng(0)",
             NOISE.replace("torch.randn_like(spread)",
                           "torch.as_tensor(rng.standard_normal(mu.shape), dtype=mu.dtype)"),
             *FUNCTIONS[1:], ANSWERS), ""),
    "rsample": (
        book(IMPORTS + "\nfrom torch.distributions import Normal",
             "def reparameterize(mu, logvar):\n"
             "    return Normal(mu, torch.exp(logvar / 2)).rsample()",
             *FUNCTIONS[1:], ANSWERS), ""),
    "names deleted at the end": (
        last("x = torch.zeros(10)\ndel x, encoder\nimport gc; gc.collect()\n"
             "torch.cuda.empty_cache()"), None),
    # --- training in cells ---
    "a loader with two workers": (
        last("from torch.utils.data import DataLoader, TensorDataset\n"
             "data = TensorDataset(torch.zeros(8, 2))\n"
             "for x, in DataLoader(data, 2, num_workers=2):\n    x.sum()"), ""),
    "a pool of processes": (
        book(IMPORTS + "\nfrom multiprocessing import Pool\ndef square(i):\n    return i * i\n"
             "with Pool(2) as pool:\n    half = pool.map(square, range(4))[1] / 2",
             NOISE, HALVED, *FUNCTIONS[2:], ANSWERS), ""),
    "joblib": (
        last("from joblib import Parallel, delayed\n"
             "Parallel(n_jobs=2)(delayed(abs)(i) for i in range(4))"), None),
    "saved, loaded, pickled": (
        last("class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
             "        self.a = torch.nn.Linear(2, 2)\nnet = Net()",
             "torch.save(net.state_dict(), 'net.pt')\nnet.load_state_dict(torch.load('net.pt'))\n"
             "torch.save(net, 'whole.pt')\nnet = torch.load('whole.pt', weights_only=False)\n"
             "import pickle\nnet = pickle.loads(pickle.dumps(net))"), ""),
    "early stopping by a signal": (
        last("try:\n    for step in range(10):\n        if step == 3:\n"
             "            raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    print('stopped')",
             "raise KeyboardInterrupt", "done = True"), None),
    "lightning": (
        book(IMPORTS + "\nimport pytorch_lightning_x as pl\nfrom lightning_x import Trainer",
             "class VAE(pl.LightningModule):\n    def __init__(self):\n        super().__init__()\n"
             "        self.net = torch.nn.Linear(2, 2)\n    @staticmethod\n    "
             + indented(GAUSS) + "\n    def training_step(self, batch, i):\n        return 0",
             "log_gauss = VAE.log_gauss", NOISE, KLS, LIKELIHOOD, ELBO, SAMPLED, LOSSES, ANSWERS,
             "Trainer(max_epochs=1).fit(VAE())"), None),
    "a class of settings from a missing library": (
        book(IMPORTS + "\nfrom easydict_x import EasyDict\nfrom omegaconf_x import OmegaConf",
             "cfg = EasyDict(n=1, lr=1e-3)\ncfg.batch = 64\nconf = OmegaConf.create({'n': 1})",
             *FUNCTIONS, ANSWERS), None),
    # --- environment ---
    "installing by a subprocess": (
        first("import subprocess, sys, importlib.util",
              "if importlib.util.find_spec('einops_x') is None:",
              "    subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'einops_x'])",
              "import pip"), None),
    "downloads": (
        first("import os, urllib.request", "if not os.path.exists('mnist.npz'):",
              "    urllib.request.urlretrieve('https://example.org/mnist.npz', 'mnist.npz')",
              "import numpy as np", "data = np.load('mnist.npz')"), None),
    "a window": (
        first("import tkinter", "root = tkinter.Tk()", "from tkinter import filedialog",
              "path = filedialog.askopenfilename()"), None),
    "matplotlib with a window": (
        first("import matplotlib", "matplotlib.use('TkAgg')", "import matplotlib.pyplot as plt",
              "plt.style.use('seaborn')", "plt.rcParams['text.usetex'] = True",
              "plt.plot([1]); plt.show(block=True)", "%matplotlib qt"), None),
    "versions asked for": (
        first("import torch", "assert torch.__version__.startswith('1.13'), torch.__version__",
              "if not torch.cuda.is_available():", "    raise SystemError('no GPU')",
              "from typing import override_x, Self"), None),
    "old numpy and torch": (
        first("import numpy as np, torch", "inf = np.Inf", "f = np.float_(1)",
              "scaler = torch.cuda.amp.GradScaler()", "u, s, v = torch.svd(torch.eye(2))",
              "torch.symeig(torch.eye(2))"), None),
    "where am I": (
        first("in_notebook = 'IPKernelApp' in get_ipython().config",
              "shell = get_ipython().__class__.__name__",
              "get_ipython().events.register('post_run_cell', lambda *a: None)",
              "get_ipython().ast_node_interactivity = 'all'",
              "from IPython.core.interactiveshell import InteractiveShell",
              "InteractiveShell.ast_node_interactivity = 'all'",
              "from IPython import get_ipython", "get_ipython().run_line_magic('load_ext', 'x')"),
        ""),
    "cleared first": (
        first("%reset -f", "get_ipython().magic('reset -sf')", "%clear", "%precision 3",
              "%xmode Plain", "%env LR=0.1", "import os; lr = float(os.environ['LR'])",
              "from IPython.display import clear_output, HTML, Math; clear_output(wait=True)",
              "files = !ls", "t = %timeit -o -n 1 1 + 1", "%time y = 1", "!{sys.executable} -V"),
        None),
    # --- how code is typed ---
    "prompts of IPython": (
        book(*("\n".join(f"In [{n}]: {line}" if not i else f"   ...: {line}"
                         for i, line in enumerate(part.split("\n")))
               for n, part in enumerate(WORK, 1))), ""),
    "magics with a comment above": (
        book("# my imports\n%%time\n" + IMPORTS,
             *(f"\n# exercise\n\n%%time\n{p}" for p in FUNCTIONS), ANSWERS), ""),
    "magics of other libraries": (
        book(IMPORTS, *(f"%%{m}\n{p}" for m, p in zip(
            ("memit", "mypy", "black", "heat", "snakeviz", "debug", "add_log x"), FUNCTIONS)),
            ANSWERS), ""),
    "a print of Python 2": (
        book(IMPORTS, NOISE + "\nprint 'done'", KLS + "\nprint \"kl\", 3", *FUNCTIONS[2:],
             ANSWERS), "SyntaxError"),
    "lines of every ending": (
        json.dumps({**json.loads(book()), "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "source": [
                f"{line}\r\n" if n % 2 else f"{line}\n" for line in part.split("\n")]}
            for n, part in enumerate(WORK)]}), ""),
    "annotations of everything": (
        first("from typing import *", "from collections.abc import Callable",
              "from torch import Tensor", "Encoder: TypeAlias = Callable[[Tensor], tuple]",
              "T = TypeVar('T', bound=Tensor)", "class Pair(NamedTuple):", "    mu: Tensor",
              "    logvar: Tensor", "class Opt(TypedDict, total=False):", "    lr: float"), ""),
    # --- answers ---
    "answers in a dictionary": (
        book(*WORK[:-1], "answers = {'kl_to_itself': 0.0, 'optimal_q_equals': '3'}\n"
             "globals().update(answers)\nlocals().update(answers)"), ""),
    "answers by exec and for": (
        book(*WORK[:-1], "exec('kl_to_itself = 0')\nfor optimal_q_equals in ['1', '2', '3']:\n"
             "    pass"), ""),
    "answers computed": (
        book(*WORK[:-1], "z = torch.zeros(1, 3)\nkl_to_itself = kl_standard_normal(z, z).item()\n"
             "optimal_q_equals = str(1 + 2)"), ""),
    "answers with a gradient, as a character of numpy": (
        book(*WORK[:-1], "import numpy as np\nkl_to_itself = torch.zeros((), requires_grad=True)\n"
             "optimal_q_equals = np.array(['3'])[0]"), None),
    "answers with blanks": (book(*WORK[:-1], "kl_to_itself = +0.\noptimal_q_equals = ' 3 '"), None),
    "answers as numbers": (book(*WORK[:-1], "kl_to_itself = int(0)\noptimal_q_equals = 3.0"), None),
    # --- files of notebooks ---
    "left over behind the end": (book(*WORK) + '\n}\n ]\n}', None),
    "null bytes at the end": (book(*WORK) + "\0" * 512, None),
    "tabs and breaks inside the strings": (
        book(*WORK).replace("\\n", "\n", 30), None),
    "saved from the server": (
        json.dumps({"name": "hw.ipynb", "path": "hw.ipynb", "type": "notebook", "format": "json",
                    "content": json.loads(book(*WORK))}), None),
    "two notebooks one after the other": (book(*WORK) + "\n" + book(*WORK[:3]), None),
    "nbformat as text, nothing else": (
        json.dumps({"nbformat": "4", "cells": [{"cell_type": "code", "source": p} for p in WORK]}),
        ""),
    "attachments and raw cells": (
        book(typed("markdown", "![a](attachment:a.png)", attachments={"a.png": {"image/png": "x"}}),
             typed("raw", "\\newpage"), typed("heading", "x", level=1), *WORK), ""),
    # --- names ---
}  # fmt: skip
SCRIPTS = {
    "colab's own export": (
        '# -*- coding: utf-8 -*-\n"""HW3.ipynb\n\nAutomatically generated by Colab.\n\nOriginal'
        ' file is located at\n    https://colab.research.google.com/drive/1AbC\n\n# Title\n"""\n\n'
        "!pip install -q einops\n\n# Commented out IPython magic to ensure Python compatibility.\n"
        "# %matplotlib inline\n# %load_ext autoreload\nfrom google.colab import drive\n"
        "drive.mount('/content/drive')\n\n" + '\n\n"""## Exercise\n\nIt\'s $x$."""\n\n'.join(WORK),
        "`google.colab` is not installed here"),
    "kaggle's own export": (
        "# %% [code] {\"jupyter\":{\"outputs_hidden\":false}}\n" + "\n\n# %% [code]\n".join(WORK)
        + "\n\n# %% [markdown]\n# Title\n", ""),
    "latin-1 by a cookie of vim": (
        b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n# gr\xf6\xdfer\n"
        + SCRIPT.encode(), ""),
    "gbk by a cookie": (
        "# -*- coding: gbk -*-\n# 变分自编码器\n".encode("gbk") + SCRIPT.encode(), ""),
    "an unknown cookie": ("# -*- coding: cp65001 -*-\n# größer\n" + SCRIPT, ""),
    "utf-16 with line ends of Windows": (SCRIPT.replace("\n", "\r\n").encode("utf-16"), ""),
    "sys.exit(main())": (
        SCRIPT + "\n\ndef main():\n    print(kl_to_itself)\n    return 0\n\n\n"
        "if __name__ == '__main__':\n    import sys\n    sys.exit(main())\n", None),
    "spyder clears first": (
        "from IPython import get_ipython\nget_ipython().magic('reset -sf')\n"
        "get_ipython().run_line_magic('matplotlib', 'inline')\n" + SCRIPT, ""),
    "inline metadata and the name of an author": (
        "# /// script\n# requires-python = '>=3.11'\n# dependencies = ['torch']\n# ///\n"
        "__author__ = 'Ada 🎉'\n" + SCRIPT, ""),
    "main guard with training and pools": (
        SCRIPT + "\n\ndef work(i):\n    return i\n\n\nif __name__ == '__main__':\n"
        "    import multiprocessing as mp\n    with mp.get_context('fork').Pool(2) as pool:\n"
        "        print(pool.map(work, range(3)))\n", ""),
    "tests by unittest at the end": (
        SCRIPT + "\n\nimport unittest\n\nclass T(unittest.TestCase):\n    def test(self):\n"
        "        self.assertEqual(kl_to_itself, 0)\n\nif __name__ == '__main__':\n"
        "    unittest.main()\n", None),
    "typer": (
        SCRIPT + "\n\nimport typer\napp = typer.Typer()\n\n@app.command()\ndef main(n: int):\n"
        "    print(n)\n\nif __name__ == '__main__':\n    app()\n", None),
    "everything in main, called": (
        f"{IMPORTS}\n\ndef main():\n    global {', '.join([*TEN, 'log_gauss', 'log_weight'])}\n    "
        + indented("\n\n".join([*FUNCTIONS, ANSWERS])) + "\n\nmain()\n", ""),
    "pycharm's cells": ("\n\n#%%\n".join(["#%% md\n# Title", *WORK]), ""),
    "regions and folds": (
        "# region imports\n" + "\n# endregion\n# region work {{{\n".join(WORK) + "\n# }}}\n", ""),
    "marked cells of markdown that hold code": (
        "# %% [markdown]\n# Title\n# %%\n" + "\n# %%\n".join(WORK)
        + "\n# %% [markdown]\nx = 1\n", ""),
}  # fmt: skip
FILES = {
    # --- names and suffixes ---
    "a name of emoji": ("🎉 作业3 ✅.ipynb", book(*WORK)),
    "a second suffix twice": ("ada", {"hw.ipynb.txt.txt": book(*WORK)}),
    "a suffix with a slip": ("ada", {"hw.ipnyb": book(*WORK)}),
    "a suffix of a browser": ("ada", {"hw.ipynb.crdownload": book(*WORK), "notes.txt": "x"}),
    "only a backup": ("ada", {"hw.ipynb.bak": book(*WORK)}),
    "a script as text": ("ada", {"hw.txt": SCRIPT}),
    "a script without a suffix": ("ada", {"hw3": SCRIPT, "notes.txt": "x"}),
    "a script as pyw": ("ada", {"hw.pyw": SCRIPT}),
    "a notebook in a script's name": ("ada", {"hw.py": book(*WORK)}),
    "a script in a notebook's name": ("ada", {"hw.ipynb": SCRIPT}),
    "a blank before the suffix": ("ada", {"hw .ipynb ": book(*WORK)}),
    # --- what stands beside ---
    "a path in other capitals": ("ada", {
        "hw.ipynb": half("half = float(open('Data/Half.TXT').read())"), "data/half.txt": "0.5"}),
    "an absolute path of Colab": ("ada", {
        "hw.ipynb": half("half = float(open('/content/drive/MyDrive/hw3/half.txt').read())"),
        "half.txt": "0.5"}),
    "a folder by a constant": ("ada", {
        "hw.ipynb": half("half = float(open(DATA + '/half.txt').read())",
                         "DATA = '/home/ada/hw3/data'"), "data/half.txt": "0.5"}),
    "an absolute path of Windows": ("ada", {
        "hw.ipynb": half("half = float(open(r'C:\\Users\\ada\\hw3\\data\\half.txt').read())"),
        "data/half.txt": "0.5"}),
    "a decomposed umlaut": ("ada", {
        "hw.ipynb": half("half = float(open('H\u00e4lfte.txt').read())"),
        "Ha\u0308lfte.txt": "0.5"}),
    "a download that is there already": ("ada", {
        "hw.ipynb": half(
            "import os, urllib.request\nif not os.path.exists('half.txt'):\n"
            "    urllib.request.urlretrieve('https://example.org/half.txt', 'half.txt')\n"
            "half = float(open('half.txt').read())"), "half.txt": "0.5"}),
    "data by numpy, torch, csv and json": ("ada", {
        "hw.ipynb": half(
            "import numpy as np, csv, json\nfrom pathlib import Path\n"
            "a = np.loadtxt('a.csv', delimiter=',')\nb = json.load(open('b.json'))\n"
            "c = Path.cwd() / 'a.csv'\nassert c.exists() and Path('.').glob('*.csv')\n"
            "half = a[0] * b['one']"), "a.csv": "0.5,2", "b.json": '{"one": 1}'}),
    "a folder on the path that is Colab's": ("ada", {
        "hw.ipynb": helped("import sys\nsys.path.insert(0, '/content/drive/MyDrive/hw3/src')\n"
                           "from gauss import log_gauss"),
        "src/gauss.py": HELPER}),
    "a folder on the path by a variable": ("ada", {
        "hw.ipynb": helped("import os\nos.environ['PYTHONPATH'] = 'lib'\n%cd lib\n"
                           "from gauss import *\n%cd .."),
        "lib/gauss.py": HELPER}),
    "the project's own name": ("ada", {
        "hw3/hw.ipynb": helped("from hw3.gauss import log_gauss"), "hw3/gauss.py": HELPER,
        "hw3/__init__.py": ""}),
    "the project's own name from above": ("ada", {
        "hw3/notebooks/hw.ipynb": helped("import sys\nsys.path.append('../..')\n"
                                         "from hw3.src.gauss import log_gauss"),
        "hw3/src/gauss.py": HELPER}),
    "a helper by its file": ("ada", {
        "hw.ipynb": helped(
            "import importlib.util\nspec = importlib.util.spec_from_file_location('g', './g.py')\n"
            "g = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(g)\n"
            "log_gauss = g.log_gauss\nimport runpy\nrunpy.run_path('g.py')"),
        "g.py": HELPER + "\nif __name__ == '__main__':\n    print(1)\n"}),
    "a helper in latin-1, with data beside it": ("ada", {
        "hw.ipynb": helped("from lib.gauss import *"), "lib/two.txt": "2",
        "lib/gauss.py": b"# -*- coding: latin-1 -*-\n# gr\xf6\xdfe\nimport os, math\n"
        b"two = open(os.path.join(os.path.dirname(__file__), 'two.txt')).read()\n"
        + HELPER.encode()}),
    "a helper that needs a missing library": ("ada", {
        "hw.ipynb": helped("from gauss import log_gauss"),
        "gauss.py": "import seaborn_x as sns\nimport wandb\n" + HELPER}),
    "a helper that logs": ("ada", {
        "hw.ipynb": helped("from gauss import log_gauss"),
        "gauss.py": "import wandb\nfrom tqdm import tqdm\nfrom IPython.display import display\n"
        + HELPER}),
    "a helper of magics": ("ada", {
        "hw.ipynb": helped('%run "my helper.py"', "%run -i ./tools/more"),
        "my helper.py": HELPER, "tools/more.py": "more = torch.ones(1)\n"}),
    "a helper made by a script": ("ada", {
        "hw.ipynb": helped("!python make.py", "from made import log_gauss"),
        "make.py": f"open('made.py', 'w').write({HELPER!r})\n"}),
    "helpers in a circle": ("ada", {
        "hw.ipynb": helped("import a\nfrom b import log_gauss"),
        "a.py": "import b\nx = 1\n", "b.py": "import a\n" + HELPER}),
    "answers in a script": ("ada", {
        "hw.ipynb": book(*WORK[:-1]), "answers.py": ANSWERS + "\n"}),
    "one module for each": ("ada", {
        "src/__init__.py": "", "src/gauss.py": HELPER,
        **{f"src/part{n}.py": f"{IMPORTS}\nfrom .gauss import log_gauss\n"
           + "".join(f"from .part{m} import *\n" for m in range(n)) + f"\n\n{part}\n"
           for n, part in enumerate([*WITHOUT_HELPER, ANSWERS])},
        "src/part6.py": ANSWERS + "\n"}),
    "the archive beside what it holds": ("ada", {
        "hw.zip": zipped({"hw.ipynb": book(*WORK)}), "hw.ipynb": book(*WORK)}),
    "a zip with a mail and a placeholder": ("hw.zip", zipped({
        "hw.ipynb": book(*WORK), ".hw.ipynb.icloud": b"bplist00", "Re hw.eml": "From: a\n\nx",
        "desktop.ini": "x", "~$hw.docx": "x", "hw.ipynb:Zone.Identifier": "[ZoneTransfer]"})),
    "a repository": ("ada", {
        ".git/HEAD": "ref", ".github/workflows/a.yml": "x", "hw3/.vscode/settings.json": "{}",
        "hw3/hw.ipynb": book(*WORK), "hw3/tests/test_hw.py": f"from hw import *\n{WRONG}",
        "hw3/pyproject.toml": "x", "hw3/docs/index.md": "# x", "hw3/build/lib/hw.py": WRONG}),
    "handed in twice": ("ada", {
        "hw_v1.ipynb": book(*WORK[:4]), "hw_final.ipynb": book(*WORK[:6]),
        "hw_final_FINAL.ipynb": book(*WORK), "old/hw.ipynb": book(*WORK[:7], ANSWERS)}),
    "exports beside": ("ada", {
        "hw.ipynb": book(*WORK), "hw.html": "<html></html>", "hw.pdf": "%PDF", "hw.py": SCRIPT,
        "hw.slides.html": "<html>", "hw.tex": "x", "hw_files/hw_1_0.png": "x"}),
}  # fmt: skip
