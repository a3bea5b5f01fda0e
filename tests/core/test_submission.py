"""Reading submissions: which code counts, and what is said about files that hold none."""

import json

import pytest

from graders.core.asides import misplaced
from graders.core.magics import python
from graders.core.submission import Unreadable, read


def notebook(*cells, **extra):
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": list(cells), **extra})


def code(source, tags=()):
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_code_cells_in_order_without_text_and_experiments(tmp_path):
    text = notebook(
        {"cell_type": "markdown", "source": "hello"},
        code(["a = 1\n", "b = 2"]),
        code("train()", ["experiment"]),
        code('check("elbo")'),
    )
    source = read(write(tmp_path, "n.ipynb", text))
    assert source.cells == ("a = 1\nb = 2", 'check("elbo")') and source.mentions == ("elbo",)


TYPED = [
    ("markdown", "kl_to_itself = 0"),
    ("raw", "kl_to_itself = 0\n"),
    ("markdown", ["**Answer**\n", "\n", "`kl_to_itself = 0`"]),
    ("markdown", "My answer:\n```python\nkl_to_itself = 0\n```\nbecause it doesn't change."),
    ("markdown", "> def kl_to_itself(mu,\n>     logvar):\n>     return mu\n"),
]
UNTYPED = [
    ("markdown", "kl_to_itself = ..."),
    ("markdown", "Define `kl_to_itself`: it's 0.\n\n```\ndef kl_to_itself(mu):\n    ...\n```"),
    ("markdown", "kl_to_itself == 0, y = kl_to_itself"),
    ("raw", {"kl_to_itself = 0": 1}),
]


@pytest.mark.parametrize(("kind", "text"), TYPED + UNTYPED)
def test_code_in_a_cell_of_text_is_told_where_no_cell_of_code_answers(tmp_path, kind, text):
    said = []
    for answer in ("kl_to_itself = ...", "kl_to_itself = 1", "from helper import kl_to_itself"):
        typed = {"cell_type": kind, "source": text}
        source = read(write(tmp_path, "n.ipynb", notebook(code("x = 1"), typed, code(answer))))
        assert source.cells == ("x = 1", answer)
        said.append(misplaced(source.asides, source.cells, ["kl_to_itself", "elbo"]))
    place = (
        f"a {'Markdown' if kind == 'markdown' else 'raw'} cell below cell 1, where it does not run"
    )
    assert [place in sentence for sentence in said[0]] == [True] * ((kind, text) in TYPED)
    assert said[1:] == [[], []]


BOOK = notebook(code("a = 'x'"), code("b = 2\nc = 3"))


@pytest.mark.parametrize(
    "text",
    [
        BOOK + "\n }\n]}",
        BOOK + "\0" * 100,
        BOOK + BOOK,
        BOOK.replace("\\n", "\n"),
        BOOK.replace("}]", "},]"),
        notebook(None, code("a = 'x'"), {"cell_type": "code"}, 7, code("b = 2\nc = 3")),
        json.dumps({"name": "n.ipynb", "type": "notebook", "content": json.loads(BOOK)}),
    ],
)
def test_a_damaged_notebook_is_read_where_its_cells_are_whole(tmp_path, text):
    assert read(write(tmp_path, "n.ipynb", text)).cells == ("a = 'x'", "b = 2\nc = 3")


def test_what_was_typed_at_the_prompts_of_ipython_is_read():
    typed = "In [3]: def f(x):\n   ...:     return x\n   ...: \nIn [4]: y = f(2)"
    assert python(typed) == "def f(x):\n    return x\n\ny = f(2)"


def test_a_script_is_one_cell(tmp_path):
    assert read(write(tmp_path, "s.py", "a = 1\n")).cells == ("a = 1\n",)


def test_the_old_format_is_read(tmp_path):
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}]}
    assert read(write(tmp_path, "old.ipynb", json.dumps(old))).cells == ("a = 1",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("n.ipynb", b"", "n.ipynb is empty"),
        ("n.ipynb", b"\x89PNG\x0d\x0a", "n.ipynb is not a text file but a picture"),
        ("n.ipynb", '{"cells": [', "not a complete notebook"),
        ("n.ipynb", "[" * 100_000, "not a complete notebook"),
        ("n.ipynb", "[1, 2]", "is JSON but not a notebook"),
        ("n.ipynb", '{"cells": [{"cell_type": "code"}]}', "is JSON but not a notebook"),
        ("n.ipynb", '{"hello": 1}', "is JSON but not a notebook"),
        ("n.ipynb", '{"paragraphs": [{"text": "%python"}], "cells": 1}', "is JSON but not a"),
        ("n.ipynb", "version https://git-lfs.github.com/spec/v1\noid sha256:1", "Git LFS"),
        ("n.ipynb", "https://colab.research.google.com/drive/1?usp=sharing\n", "only a link"),
        ("n.ipynb", "[InternetShortcut]\nURL=https://example.org\n", "only a link"),
        ("n.ipynb", "From: Ada\nTo: Eve\nMIME-Version: 1.0\n\nhello", "is a mail"),
        ("s.py", b"\xff\xfe\x00", "s.py is not a text file"),
    ],
)
def test_unreadable_files_say_why_and_what_to_do(tmp_path, name, content, message):
    with pytest.raises(Unreadable, match=message):
        read(write(tmp_path, name, content))


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    path = tmp_path / "big.ipynb"
    with path.open("wb") as file:
        file.truncate(257 * 2**20)
    with pytest.raises(Unreadable, match="larger than 256 MB"):
        read(path)


def test_ipython_lines_become_calls_and_keep_their_lines():
    assert python("%matplotlib inline\nx = 3 % 2\n!ls\nfiles = !ls") == (
        "get_ipython().run_line_magic('matplotlib', 'inline')\nx = 3 % 2\n"
        "get_ipython().system('ls')\nfiles = get_ipython().getoutput('ls')"
    )
    assert python("%%bash\nls") == "get_ipython().run_cell_magic('bash', '', 'ls')\n"
    assert python("%%time\nx = 1") == "\nx = 1"
