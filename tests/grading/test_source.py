"""Solutions as text: with everything that they need, and nothing that the notebook around them
has.
"""

import ast
import builtins
import importlib
import math
import pkgutil

import pytest

import reference
from graders.grading.catalogue import load_topic
from graders.grading.source import IMPORTS, assignment, needed, standalone


def solution(topic, name):
    return next(entry.solution for entry in load_topic(topic) if entry.name == name)


def test_imports_of_the_module_come_along_unless_every_notebook_has_them():
    assert needed(
        solution("elbo", "elbo_sampled"), frozenset({"reparameterize", "bernoulli_log_likelihood"})
    ) == ["from torch.distributions import Normal"]
    assert needed(solution("kl", "kl_standard_normal")) == []


def test_what_the_notebook_defines_is_left_out():
    code = "\n".join(needed(solution("elbo", "elbo"), frozenset({"reparameterize"})))
    assert "def kl_standard_normal" in code and "def reparameterize" not in code


@pytest.mark.parametrize("name", ["elbo", "elbo_sampled", "vae_loss"])
def test_a_standalone_solution_runs_alone(name):
    namespace = {}
    exec(f"{IMPORTS}\n\n{standalone(solution('elbo', name), name)}", namespace)
    assert callable(namespace[name])


def test_an_answer_keeps_its_comment_and_the_order_of_the_source():
    statement, comment = assignment(importlib.import_module("reference.kl"), "kl_properties")
    assert statement == "kl_properties = {'A', 'C', 'E', 'F'}"
    assert comment.startswith("UIUC 1b: symmetry (B)") and "#" not in comment


@pytest.mark.parametrize(
    "topic", [module.name for module in pkgutil.iter_modules(reference.__path__)]
)
def test_every_solution_and_every_misconception_finds_all_names_that_it_uses(topic):
    # What an experiment left is a file, not code.
    for entry in (entry for entry in load_topic(topic) if entry.exercise.kind != "E"):
        for value in (entry.solution, *(m.value for m in entry.misconceptions)):
            code = f"{IMPORTS}\n\n{standalone(value, entry.name)}"
            namespace = {}
            exec(code, namespace)
            nodes = list(ast.walk(ast.parse(code)))
            names = [n for n in nodes if isinstance(n, ast.Name)]
            bound = {
                *namespace,
                *dir(builtins),
                *(n.id for n in names if isinstance(n.ctx, ast.Store)),
                *(n.arg for n in nodes if isinstance(n, ast.arg)),
            }
            bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
            assert {n.id for n in names} <= bound, (entry.name, value)


def test_infinities_stay_numbers():
    namespace = {"math": math}
    exec(standalone((1.0, math.inf, -math.inf), "answer"), namespace)
    assert namespace["answer"] == (1.0, math.inf, -math.inf)
