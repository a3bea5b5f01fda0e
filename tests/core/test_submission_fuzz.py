"""Whatever file arrives, it is refused with a sentence, or its cells are text that can be sent on
and made runnable.
"""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.core.magics import python
from graders.core.submission import Unreadable, read

QUICK = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# Half characters, null bytes, magics, and what does not parse are part of it.
text = (
    st.text(max_size=20)
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.just("\ud800")
    | st.sampled_from(
        ["%%time\nx", "!ls", "x = !ls", "\x00", "(" * 300, "a?", "\r\n%", "check('elbo')"]
    )
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)
# Mostly cells as they should be, with anything at all in the place of any part.
tags = (
    st.dictionaries(
        st.just("tags"), st.lists(st.just("experiment") | json_values, max_size=2) | json_values
    )
    | json_values
)
cells = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "markdown"]) | json_values},
    optional={
        "source": text | st.lists(text, max_size=3) | json_values,
        "input": text | json_values,
        "metadata": tags,
    },
)
sheets = st.lists(
    st.fixed_dictionaries(
        {}, optional={"cells": st.lists(cells | json_values, max_size=3) | json_values}
    )
    | json_values,
    max_size=2,
)
notebooks = (
    st.fixed_dictionaries(
        {},
        optional={
            "cells": st.lists(cells, max_size=4) | json_values,
            "worksheets": sheets | json_values,
            "nbformat": scalars,
        },
    )
    | json_values
)


def read_on(path):
    """The law: a refusal that names the file, or cells that any encoding and `python` take."""
    try:
        source = read(path)
    except Unreadable as refused:
        assert str(refused).startswith(path.name)
        return
    for cell in source.cells:
        assert type(cell) is str and cell.encode().decode() == cell
        assert type(python(cell)) is str
    assert all(type(name) is str for name in source.mentions)


@QUICK
@given(st.binary(max_size=300), st.sampled_from(["n.ipynb", "s.py"]))
def test_any_bytes(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    read_on(path)


@QUICK
@given(notebooks)
def test_any_notebook(tmp_path, notebook):
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(notebook))
    read_on(path)


@QUICK
@given(notebooks, st.data())
def test_any_notebook_with_bytes_changed(tmp_path, notebook, data):
    content = bytearray(json.dumps(notebook).encode())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "n.ipynb"
    path.write_bytes(bytes(content))
    read_on(path)


def test_half_a_character_becomes_a_question_mark(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": "x = '\ud800'"}]}))
    assert read(path).cells == ("x = '?'",)
