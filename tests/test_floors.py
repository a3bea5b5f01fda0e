"""Who may import whom. Parsed from the source, and tried in a fresh interpreter; a planted
violation must be found.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each room and what of ours it may import beside itself. Hidden checks, public stubs and the
# reference reach the rooms above through `graders.grading.catalogue`, by name.
FLOORS = {
    "reference": set(),
    "graders/core": {"graders.public"},
    "graders/public": {"graders.core"},
    "graders/hidden": {"graders.core", "graders.public", "reference"},
    "graders/isolation": {"graders.core", "graders.public"},
    "graders/course": {"graders.core", "assignments"},
    "graders/intake": {"graders.core", "graders.course"},
    "graders/grading": {
        "graders.core",
        "graders.isolation",
        "graders.course",
        "graders.intake",
        "reference",
    },
    "graders/audit": {"graders.core", "graders.grading", "graders.course"},
    "graders/bulk": {
        "graders.core",
        "graders.isolation",
        "graders.grading",
        "graders.course",
        "graders.intake",
        "reference",
    },
    "graders/review": {"graders.core", "graders.grading", "graders.course", "graders.bulk"},
    "graders/authoring": {"graders.core", "graders.grading", "graders.course", "graders.packaging"},
    "graders/packaging": {
        "graders.core",
        "graders.public",
        "graders.isolation",
        "graders.grading",
        "graders.course",
        "graders.intake",
        "student_template",
    },
}
OURS = ("graders", "reference", "assignments", "student_template", "tests")
# Standard library, torch and numpy are all that a student has.
SHIPPED = {"torch", "numpy", "__future__"}


def imported(source: str) -> set[str]:
    """The modules that a source text imports, dotted."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {
                f"{node.module}.{alias.name}" for alias in node.names if node.module == "graders"
            }
    return found


def violations(room: str, sources: dict[str, str]) -> list[str]:
    """Imports of ours that the floors do not allow, as `file: module`."""
    allowed = (room.replace("/", "."), *FLOORS[room])
    ours = [
        (name, module)
        for name, text in sources.items()
        for module in imported(text)
        if module.split(".")[0] in OURS and module != "graders"
    ]
    return [
        f"{name}: {module}"
        for name, module in ours
        if not any(module == a or module.startswith(a + ".") for a in allowed)
    ]


def sources_of(room: str) -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / room).rglob("*.py")}


@pytest.mark.parametrize("room", FLOORS)
def test_imports_go_down_only(room):
    assert violations(room, sources_of(room)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import reference.kl",
        "from reference import kl",
        "from graders import hidden",
        "from graders.hidden.kl import closed_form",
    ],
)
def test_a_planted_violation_is_found(statement):
    assert violations("graders/core", {"planted.py": statement}) and violations(
        "graders/isolation", {"planted.py": f"def f():\n    {statement}"}
    )


@pytest.mark.parametrize("room", ["graders/core", "graders/public"])
def test_what_ships_needs_torch_and_numpy_only(room):
    foreign = (
        {module.split(".")[0] for text in sources_of(room).values() for module in imported(text)}
        - set(sys.stdlib_module_names)
        - SHIPPED
        - {"graders"}
    )
    assert foreign == set()


@pytest.mark.parametrize("room", ["graders/core", "graders/public", "graders/isolation"])
def test_the_reference_is_not_even_named(room):
    words = ("import reference", "from reference", "reference.", "graders.hidden", "graders/hidden")
    named = [
        name
        for name, text in sources_of(room).items()
        if any(
            word in line
            for line in text.splitlines()
            for word in words
            if not line.strip().startswith("#")
        )
    ]
    assert named == []


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.split()
    )


def test_loading_what_ships_loads_nothing_private():
    found = loaded_after("import graders.core.local; graders.core.local.exercises()")
    private = (
        "reference",
        "graders.hidden",
        "graders.isolation",
        "graders.grading",
        "hypothesis",
        "scipy",
        "msgspec",
        "IPython",
        "sklearn",
    )
    assert [name for name in found if name.startswith(private)] == []


def test_loading_the_worker_loads_neither_reference_nor_hidden_checks():
    found = loaded_after("import graders.isolation.worker, graders.isolation.zygote")
    assert [
        name
        for name in found
        if name.startswith(("reference", "graders.hidden", "graders.grading", "hypothesis"))
    ] == []


def test_what_grades_nothing_loads_neither_torch_nor_a_check():
    """All of `critic export` and `critic score`; `critic grade` until something is due; and the
    process that has a file checked at home.
    """
    found = loaded_after(
        "import graders.cli, graders.bulk.bookkeeping, graders.bulk.pool, graders.authoring.at_home"
        "\nfrom graders.grading.listed import list_homework\nlist_homework('vae')"
    )
    heavy = ("torch", "scipy", "sklearn", "matplotlib", "otter", "hypothesis", "graders.hidden.")
    assert [name for name in found if name.startswith(heavy)] == []


def test_the_subprocess_would_see_a_private_module():
    assert "reference.kl" in loaded_after("import reference.kl")
