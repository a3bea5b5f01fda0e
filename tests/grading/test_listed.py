"""A homework as a list says what the homework with its checks says."""

import pytest

from graders.course.homeworks import UnknownName
from graders.grading import listed
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.listed import list_homework, with_required
from graders.grading.versions import check_versions


@pytest.mark.parametrize("name", homework_names())
def test_the_list_agrees_with_the_homework(name):
    whole, listing = load_homework(name), list_homework(name)
    for what in ("name", "title", "topics", "points", "environment"):
        assert getattr(listing, what) == getattr(whole, what)
    for what in ("name", "topic", "kind", "requires", "followed", "choices"):
        assert [getattr(e, what) for e in listing.entries] == [
            getattr(e, what) for e in whole.entries
        ]
    assert {e.name: e.version for e in listing.graded} == check_versions(whole)
    assert [e.name for e in listing.graded] == [e.name for e in whole.graded]
    last = [listing.entries[-1].name]
    assert with_required(listing, last) == with_required(whole, last)


def test_what_is_not_there_is_named():
    with pytest.raises(UnknownName, match="there is no homework 'nothing'; there are vae,"):
        list_homework("nothing")
    with pytest.raises(UnknownName, match="has no exercise 'nothing'; it has reparameterize,"):
        list_homework("vae").entry("nothing")


def test_a_list_that_a_fork_made_is_the_same(monkeypatch):
    monkeypatch.setattr(listed, "CATALOGUE", "graders.grading.catalogue_not_loaded")
    monkeypatch.setattr(listed, "_rows", lambda name: [{"name": name}])
    assert listed._rows_elsewhere("x") == [{"name": "x"}]

    def wrong(name):
        raise UnknownName(name)

    monkeypatch.setattr(listed, "_rows", wrong)
    with pytest.raises(UnknownName):
        listed._rows_elsewhere("x")
