"""What a zygote loads and uses once before any worker is a fork of it: it is memory that all share,
and costs no time in any of them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
import random
import socket

import numpy as np
import torch

from graders.core.fixtures import Network
from graders.core.host import Host
from graders.core.host import Request as asked
from graders.core.verdict import StudentError
from graders.isolation import linux
from graders.isolation.channel import Channel
from graders.isolation.messages import Request
from graders.isolation.shell import Notebook
from graders.isolation.wire import Packer, Unpacker


def warm_up() -> Notebook:
    """Import and use once what every worker will need, so that it is shared memory and costs no
    time there.
    """
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    import matplotlib.pyplot as plt

    import graders.public

    for topic in pkgutil.iter_modules(graders.public.__path__):
        # A topic that cannot be imported is found, and reported, where it is used.
        with contextlib.suppress(Exception):
            importlib.import_module(f"graders.public.{topic.name}")
    import matplotlib_inline.backend_inline  # noqa: F401

    plt.close(plt.figure())
    leaf = torch.ones(2, 2, requires_grad=True)
    (leaf @ leaf).sum().backward()  # type: ignore[no-untyped-call]
    # The first call with weights imports sympy: half a second, which every worker would pay.
    torch.autograd.grad([leaf @ leaf], [leaf], [torch.ones(2, 2)], allow_unused=True)
    _rehearse()
    notebook = Notebook()
    gc.collect()
    gc.freeze()
    linux.collapse_pages()
    return notebook


def _rehearse() -> None:
    """One call, its gradients and an error, there and back: numpy's generators, the readers of
    messages and much else are made when they are first used, which every branch would pay.
    """
    np.random.seed(0)
    random.seed(0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(ours, Request)
    given = torch.ones(2, 2, dtype=torch.float64), Network((2, 3, 2), record=True).state()
    packer = Packer()
    notes = [packer.value(value) for value in given]
    received = Unpacker(bytearray(b"".join(packer.buffers)))
    arguments = tuple(received.value(note) for note in notes)
    host = Host({"f": lambda x, network: network(x).square().sum(-1)})
    reply = host.call(asked("f", arguments, (True,) * 5, 1, echo=True))
    for value in (reply.value, *reply.arguments):
        Packer().value(value)
    host.vjp(reply.handle, [torch.ones(2, dtype=torch.float64)], False)
    with contextlib.suppress(StudentError):
        host.call(asked("f", (), (), 1))
