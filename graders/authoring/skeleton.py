"""The text of a new exercise: what stands in its files before the author writes. Each `TODO:` is a sentence of the audit."""

PROMPT_HEAD = """\
# {heading}

TODO: say in two or three sentences what this topic is about and what it is used for.
"""

PROMPT = """\
## {name}

TODO: say what is given, what to derive or decide, and what to implement.
"""

REFERENCE = '''\
def {name}({arguments}):
    r"""TODO: the formula, then the shapes, then the source it comes from."""
    raise NotImplementedError("TODO: the right solution")
'''

PUBLIC = '''\
@exercise(covers=())
def {name}({arguments}):
    """TODO: one sentence that says what comes out, without the formula.

    TODO: the arguments and their shapes, the shape of the result, and what is refused.
    """
    ...


@check("{name}", "TODO: a sentence that is true when this check passes, such as: A worked example comes out right.")
def {name}_example(student):
    # TODO: inputs and the right value as numbers. Students read this file: no formula.
{zeros}
    expect.close(student.{name}({arguments}), torch.tensor(0.0, dtype=torch.float64), subject="{name}({arguments})")
'''

HIDDEN = """\
@check("{name}", "TODO: a sentence that is true when this check passes, such as: It equals the closed form.")
def {name}_values(student, draw, right):
    # TODO: inputs that a right solution must handle and a wrong one gets wrong: signs, sizes, shapes.
{drawn}
    expect.close(student.{name}({arguments}), right.{name}({arguments}), subject="{name}({arguments})")


@misconception("{name}", hint="TODO: name the idea that is misunderstood, not the fix.", caught_by="{name}_values")
def {name}_mistaken({arguments}):
    # TODO: a mistake that students make, as they would write it. Add a function for each one that you know.
    ...
"""

ORACLE = """\
def test_{name}_agrees_with_something_that_shares_no_algebra():
    # TODO: another way to the same number: quadrature, enumeration, torch.distributions, finite differences.
    assert {topic}.{name} is None
"""

# By folder: the first line of a new file, what it imports, and what each exercise adds to it.
MODULES = {
    "reference": ('"""The reference of the topic `{topic}`."""', ("import torch",), REFERENCE),
    "graders/public": (
        '"""The topic `{topic}`: what to implement, and the checks that a student may read."""',
        (
            "import torch",
            "from graders.core import expect",
            "from graders.core.exercise import check, exercise",
        ),
        PUBLIC,
    ),
    "graders/hidden": (
        '"""Hidden checks and misconceptions of the topic `{topic}`."""',
        (
            "import torch",
            "from graders.core import expect",
            "from graders.core.exercise import check, misconception",
        ),
        HIDDEN,
    ),
}
TEST = (
    '"""The reference of `{topic}` against oracles that share no algebra with it."""',
    ("from reference import {topic}",),
    ORACLE,
)
