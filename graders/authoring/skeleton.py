"""The text of a new exercise of each kind: what stands in its files before the author writes. Each
`TODO:` is a sentence of the audit.
"""

from __future__ import annotations

from dataclasses import dataclass

PROMPT_HEAD = """\
# {heading}

TODO: say in two or three sentences what this topic is about and what it is used for.
"""

PROMPT = """\
## {name}

TODO: say what is given, what to derive or decide, and what to implement.
"""

RUBRIC = """
### Rubric

| points | earned by |
|---|---|
| 1 | TODO: the first step, and how it may be written |
"""

REFERENCE = '''\
def {name}({arguments}):
    r"""TODO: the formula, then the shapes, then the source it comes from."""
    raise NotImplementedError("TODO: the right solution")
'''

# What the laws check follows from `takes` and `gives`.
PUBLIC = '''\
@exercise(
    covers=(),{random}
    # TODO: what each argument is and its axes; docs/vocabulary.md has the kinds
    takes=({takes}),
    gives=reals("{gives}"),
)
def {name}({arguments}):
    """TODO: one sentence that says what comes out, without the formula.

    TODO: the arguments and their shapes, the shape of the result, and what is refused.
    """
    ...


@check("{name}", "TODO: a sentence that is true when this check passes, such as: A worked example comes out right.")
def {name}_example(student):
    # TODO: inputs and the right value as numbers. Students read this file: no formula.
{example}
    expect.close(student.{name}({arguments}), 0.0, subject="{name}({arguments})")
'''

CLASS_REFERENCE = '''\
class {name}(torch.nn.Module):
    r"""TODO: the formula, then the shapes, then the source it comes from."""

    def __init__(self, {arguments}):
        super().__init__()
        raise NotImplementedError("TODO: the layers")

    def forward(self, x):
        raise NotImplementedError("TODO: the right solution")
'''

CLASS_PUBLIC = '''\
@exercise(
    covers=(),
    # TODO: what its constructor takes: letters of axes, whose sizes it is given, or values
    made=({letters},),
    # TODO: what `forward` takes and gives; docs/vocabulary.md has the kinds
    takes=(reals("N D"),),
    gives=reals("N D"),
)
class {name}(torch.nn.Module):
    """TODO: one sentence that says what it computes, without the formula.

    TODO: the names and kinds of its layers, the arguments of `forward` and their shapes, the result.
    """

    def __init__(self, {arguments}):
        super().__init__()
        ...

    def forward(self, x):
        ...


@check("{name}", "TODO: a sentence that is true when this check passes, such as: A worked example comes out right.")
def {name}_example(student):
    # TODO: sizes, parameters and the right value as numbers. Students read this file: no formula.
    model = student.module("{name}", {sizes}).fill(lambda name, value: torch.ones_like(value))
    expect.close(model(torch.ones(2, 3)), torch.zeros(2, 3), subject="{name}({arguments})(x)")
'''

CLASS_MISTAKE = """\


@{NAME}.laws.law_values.catches("TODO: name the idea that is misunderstood, not the fix.")
class {name}_mistaken(torch.nn.Module):
    # TODO: a mistake that students make, as they would write it. Add a class for each one that you know.
    def __init__(self, {arguments}):
        super().__init__()

    def forward(self, x):
        ...
"""

HEAD = """\
{NAME} = Words({name})

"""

VALUES = """\
{name}_values = {NAME}.equals_reference(
    "TODO: a sentence that is true when this check passes, such as: It equals the closed form.",
    # TODO: inputs that a right solution must handle and a wrong one gets wrong: signs, sizes, shapes.
    lambda draw: ({drawn},),
)
"""

NOISE = """\
{name}_noise_law = noise_law(ENOUGH)


@{NAME}.check(
    "TODO: a sentence that is true when this check passes, such as: The noise is standard normal, fresh and independent.",
    law={name}_noise_law,
)
def {name}_noise(student, draw):
    # TODO: a call whose result is the noise, and nothing else; as many values as the law has.
    shape = (4, 140, ENOUGH // 560)
    eps = student.{name}({zeros}, seed=draw.seed())
    standard_normal(eps, {name}_noise_law, subject="the noise of {name}")
"""

GRADIENTS = """\


{name}_gradients = {NAME}.gradients(
    "TODO: which parameters the gradient reaches, in a sentence, and which not.",
    lambda draw: ({drawn},),
    after={name}_values,
)
"""

MISTAKE = """\


@{name}_{first}.catches("TODO: name the idea that is misunderstood, not the fix.")
def {name}_mistaken({arguments}):
    # TODO: a mistake that students make, as they would write it. Add a function for each one that you know.
    ...
"""

ANSWER = """\
# TODO: the form of the answer (graders.core.forms): Number, Bool, Letters, Table and others
{name} = answer(Number(), covers=())
"""

RIGHT_ANSWER = """\
# TODO: the right answer, and the source it comes from
{name} = 0.0
"""

WRONG_ANSWER = """\
{name}_mistaken = wrong_answer(
    # TODO: a wrong answer that students give. Add one for each that you know.
    "{name}",
    1.0,
    hint="TODO: name the idea that is misunderstood, not the fix.",
)
"""

WRITTEN = """\
{name} = written(covers=())
"""

ORACLE = """\
def test_{name}_agrees_with_something_that_shares_no_algebra():
    # TODO: another way to the same number: quadrature, enumeration, torch.distributions, finite differences.
    assert {topic}.{name} is None
"""


@dataclass(frozen=True)
class Part:
    """What an exercise adds to a file: imports, and text below them."""

    imports: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Kind:
    """The files of an exercise of one kind, by folder; its prompt; whether a test of the reference
    goes with it.
    """

    parts: dict[str, Part]
    prompt: str = PROMPT
    oracle: bool = True


HEADLINES = {
    "reference": '"""The reference of the topic `{topic}`."""',
    "graders/public": (
        '"""The topic `{topic}`: what to implement, and the checks that a student may read."""'
    ),
    "graders/hidden": '"""Hidden checks and misconceptions of the topic `{topic}`."""',
}
TEST_HEADLINE = '"""The reference of `{topic}` against oracles that share no algebra with it."""'
TEST = Part(("from reference import {topic}",), ORACLE)
ASKED = (
    "from graders.core import expect",
    "from graders.core.exercise import check, exercise",
)
HIDDEN = (
    "from graders.hidden._words import Words",
    "from graders.public.{topic} import {name}",
)
REALS = "from graders.core.contract import reals"
FIXTURE = "from graders.core.fixtures import network"
NOISE_WORDS = "from graders.hidden._noise import ENOUGH, noise_law, standard_normal"


def _function(contract: str, checks: str, *imports: str, home: tuple[str, ...] = ()) -> Kind:
    asked = (*ASKED, f"from graders.core.contract import {contract}", *home)
    public = ("import torch", *sorted(asked))
    return Kind(
        {
            "reference": Part(("import torch",), REFERENCE),
            "graders/public": Part(public, PUBLIC),
            "graders/hidden": Part((*imports, *HIDDEN), HEAD + checks + MISTAKE),
        }
    )


KINDS = {
    "function": _function("reals", VALUES),
    "random": _function("reals", NOISE, "import torch", NOISE_WORDS),
    "network": _function(
        "net, reals",
        VALUES + GRADIENTS,
        FIXTURE,
        home=("from graders.core.draw import Draw", FIXTURE),
    ),
    "class": Kind(
        {
            "reference": Part(("import torch",), CLASS_REFERENCE),
            "graders/public": Part(
                ("import torch", "from graders.core import expect", REALS, ASKED[1]), CLASS_PUBLIC
            ),
            "graders/hidden": Part(("import torch", *HIDDEN), HEAD.rstrip() + CLASS_MISTAKE),
        }
    ),
    "answer": Kind(
        {
            "reference": Part((), RIGHT_ANSWER),
            "graders/public": Part(
                (
                    "from graders.core.exercise import answer",
                    "from graders.core.forms import Number",
                ),
                ANSWER,
            ),
            "graders/hidden": Part(
                ("from graders.core.exercise import wrong_answer",), WRONG_ANSWER
            ),
        },
        oracle=False,
    ),
    "written": Kind(
        {
            "reference": Part((), ""),
            "graders/public": Part(("from graders.core.exercise import written",), WRITTEN),
            "graders/hidden": Part((), ""),
        },
        PROMPT + RUBRIC,
        oracle=False,
    ),
}
