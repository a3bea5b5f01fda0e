"""The two sets of versions that tests run with follow pyproject.toml: `constraints.txt` and
`constraints-min.txt`.
"""

import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# `test` asks for `critic[cluster]` by name: what that brings is listed here.
NEEDED = [
    r
    for r in map(Requirement, (*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["cluster"]))
    if r.name != PROJECT["name"]
]


def pins(name, python):
    """The version of each package in a file of constraints, for one version of Python."""
    lines = [
        line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")
    ]
    held = [
        r
        for r in map(Requirement, lines)
        if r.marker is None
        or r.marker.evaluate({"python_version": python, "python_full_version": f"{python}.9"})
    ]
    assert len({r.name for r in held}) == len(held), "a package has two versions for one Python"
    return {r.name: Version(next(iter(r.specifier)).version) for r in held}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_what_we_need_is_pinned_to_a_version_that_fits(python):
    newest = pins("constraints.txt", python)
    needed = [
        r for r in NEEDED if r.marker is None or r.marker.evaluate({"python_version": python})
    ]
    assert [
        r.name for r in needed if r.name not in newest or newest[r.name] not in r.specifier
    ] == []


@pytest.mark.parametrize("python", ["3.10", "3.12"])
def test_the_lowest_versions_are_those_of_the_ranges(python):
    lowest = pins("constraints-min.txt", python)
    for needed in NEEDED:
        if needed.marker is None or needed.marker.evaluate({"python_version": python}):
            # Of a range that begins with 1.11, the first that was not withdrawn.
            bound = next(Version(s.version) for s in needed.specifier if s.operator == ">=")
            assert (
                lowest[needed.name].release[: len(bound.release)] == bound.release
                and lowest[needed.name] in needed.specifier
            )
