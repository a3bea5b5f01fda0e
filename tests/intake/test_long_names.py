"""A name as long as a file system takes: those that are made from it are too long for any file."""

import json

import pytest

from graders.bulk.pictures import _namesakes
from graders.core.artefacts import artefact_file
from graders.core.outside import check_file
from graders.intake.find import find

CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "kl_to_itself = 0"}
BOOK = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [CELL]})


@pytest.mark.parametrize(
    ("name", "text"),
    [("a" * 252 + ".py", "kl_to_itself = 0"), ("é" * 126 + ".py", "kl_to_itself = 0"),
     ("b" * 249 + ".ipynb", BOOK)],
    ids=["ascii", "two bytes a letter", "notebook"],
)  # fmt: skip
def test_its_code_is_found_and_nothing_beside_it(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    (found,) = find(tmp_path)
    assert found.name == name and found.artefacts is None and _namesakes(found.file) == {}
    assert artefact_file(found.file) is None


def test_it_is_checked_at_home(tmp_path):
    (tmp_path / ("a" * 252 + ".py")).write_text("kl_to_itself = 0")
    (report,) = check_file(tmp_path / ("a" * 252 + ".py")).reports
    assert report.name == "kl_to_itself" and report.checks == report.passed
