"""Generative adversarial networks: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect, pictures
from graders.core.contract import densities, logits, net, probabilities, reals, unit
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in, written
from graders.core.fixtures import constant, network
from graders.core.forms import Letters, Number, Table
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("TUM-3a", "ICL-1b", "S4-3.1", "UIUC-4b"),
    takes=(
        unit("N", graph=True, column=True),
        unit("M", graph=True, column=True),
    ),
    gives=reals(""),
)
def gan_value(d_real, d_fake):
    """The value V of the game, estimated from the discriminator's probabilities on two
    batches.

    d_real: D(x) for real examples, d_fake: D(G(z)) for generated ones; tensors (N,) or
    (N, 1) of probabilities that the example is real. The two batches may have different
    sizes. Returns a scalar: a tensor without dimensions.
    """
    ...


@exercise(
    covers=("S4-3.1", "UIUC-4b"),
    takes=(
        logits("N", column=True),
        logits("M", column=True),
    ),
    gives=reals(""),
)
def discriminator_loss(real_logits, fake_logits):
    """What the discriminator minimises, -V, from its logits on two batches.

    real_logits, fake_logits: tensors (N,) or (N, 1); sigmoid(logit) is the probability
    that the example is real. The two batches may have different sizes. Returns a
    scalar; exact and finite for logits from -1e4 to 1e4.
    """
    ...


@exercise(covers=("ICL-1a", "CMU-2.1d"), takes=(logits("N", column=True),), gives=reals(""))
def generator_loss_saturating(fake_logits):
    """What the generator minimises in the minimax game, as far as it depends on the
    generator.

    fake_logits: the discriminator's logits on generated examples, (N,) or (N, 1).
    Returns a scalar, the mean over the batch; exact and finite for logits from -1e4 to
    1e4.
    """
    ...


@exercise(covers=("CMU-2.1d",), takes=(logits("N", column=True),), gives=reals(""))
def generator_loss_nonsaturating(fake_logits):
    """What the generator minimises in the non-saturating form of the game.

    fake_logits: the discriminator's logits on generated examples, (N,) or (N, 1).
    Returns a scalar, the mean over the batch; exact and finite for logits from -1e4 to
    1e4.
    """
    ...


@exercise(
    covers=("ICL-1a", "CMU-2.1d"),
    takes=(logits("N", graph=False, column=True),),
    gives=(reals("N", column=True), reals("N", column=True)),
)
def generator_logit_gradients(fake_logits):
    """The derivative of each generator loss of a single example with respect to its
    logit, written out (no autograd).

    fake_logits: tensor (N,) or (N, 1). Returns a tuple (saturating, nonsaturating) of
    two tensors of the same shape: the losses of the examples, not of the batch, so
    nothing is averaged.
    """
    ...


@exercise(
    covers=("S4-3.1",),
    requires=("discriminator_loss",),
    takes=(
        net("D -> 1", column=True),
        net("K -> D"),
        reals("N D", graph=False),
        reals("M K", graph=False),
    ),
    gives=reals(""),
)
def discriminator_step_loss(discriminator, generator, real, z):
    """The loss of one discriminator step. Its gradient reaches the discriminator only.

    discriminator maps (N, D) to logits (N, 1) or (N,); generator maps (M, K) to (M, D).
    real: (N, D), z: (M, K), the noise to use. Returns a scalar. Takes no optimiser step
    and leaves both networks as they are.
    """
    ...


@exercise(
    covers=("CMU-2.1d",),
    requires=("generator_loss_nonsaturating",),
    takes=(
        net("D -> 1", graph=False, column=True),
        net("K -> D"),
        reals("M K", graph=False),
    ),
    gives=reals(""),
)
def generator_step_loss(discriminator, generator, z):
    """The non-saturating loss of one generator step. Its gradient reaches the
    generator.

    discriminator maps (M, D) to logits (M, 1) or (M,); generator maps (M, K) to (M, D);
    z: (M, K), the noise to use. Returns a scalar. When it returns, `.grad` and
    `requires_grad` of the discriminator's parameters are as they were.
    """
    ...


@exercise(
    covers=("TUM-3a", "ICL-1b", "S4-3.2", "UIUC-4d", "CMU-2.1a"),
    takes=(
        densities("..."),
        densities("..."),
    ),
    gives=reals("..."),
)
def optimal_discriminator(p_data, p_g):
    """The discriminator that maximises V for a fixed generator, elementwise.

    p_data, p_g: the two densities at some points, tensors of one shape (any), not
    negative. Returns a tensor of that shape; 1/2 where both are 0.
    """
    ...


optimal_d_values = answer(Table(("i", "ii", "iii"), Number()), covers=("TUM-3b", "UIUC-4f"))


@exercise(
    covers=("UIUC-4c", "ICL-1b"),
    takes=(
        probabilities("S"),
        probabilities("S"),
        unit("S"),
    ),
    gives=reals(""),
)
def value_of(p_data, p_g, d):
    """The value V of the game for discrete distributions and any discriminator.

    p_data, p_g: probability vectors, tensors (S,); d: the probabilities in [0, 1] that
    the discriminator gives to each outcome, (S,). Returns a scalar; -inf where the
    mathematics says so, never NaN.
    """
    ...


@exercise(
    covers=("CMU-2.1a", "CMU-2.1b", "S4-3.3", "ICL-1d", "UIUC-4e"),
    requires=("jensen_shannon",),
    takes=(
        probabilities("S"),
        probabilities("S"),
    ),
    gives=reals(""),
)
def generator_criterion(p_data, p_g):
    """C(G), the value of the game when the discriminator is optimal, for discrete
    distributions.

    p_data, p_g: probability vectors, tensors (S,); entries may be 0. Returns a scalar.
    """
    ...


global_minimum = answer(Number(), covers=("CMU-2.1c", "S4-3.3"))
gan_proofs = written(
    covers=(
        "TUM-3a",
        "ICL-1b",
        "ICL-1d",
        "S4-3.1",
        "S4-3.2",
        "S4-3.3",
        "CMU-2.1a",
        "CMU-2.1b",
        "UIUC-4c",
        "UIUC-4d",
        "UIUC-4e",
    )
)
gan_discussion = written(covers=("UIUC-4a", "ICL-1a", "CMU-2.1d", "S4-4.3"))
mode_collapse = answer(Letters(tuple("ABCDEFG")), covers=("S4-4.3",))


@stand_in("discriminator_loss", coefficients=2)
def linear_discriminator_loss(real_logits, fake_logits, a, b):
    return a * real_logits.mean() + b * fake_logits.mean()


@stand_in("generator_loss_nonsaturating", coefficients=1)
def linear_generator_loss(fake_logits, a):
    return a * fake_logits.mean()


@stand_in("optimal_discriminator", coefficients=2)
def linear_discriminator(p_data, p_g, a, b):
    return a * p_data + b * p_g


def scalar(value):
    """A float64 tensor without dimensions."""
    return torch.tensor(value, dtype=torch.float64)


def _double(*values):
    return torch.tensor(values, dtype=torch.float64)


@check("gan_value", "A discriminator that is certain and right has the value 0.")
def certain_value(student):
    d_real, d_fake = torch.ones(3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    expect.close(
        student.gan_value(d_real, d_fake), scalar(0.0), subject="gan_value([1, 1, 1], [0, 0])"
    )


@check("gan_value", "A worked example comes out right.", after=(certain_value,))
def worked_example_value(student):
    d_real, d_fake = (
        torch.tensor([0.9, 0.6], dtype=torch.float64),
        torch.tensor([0.2, 0.5, 0.1], dtype=torch.float64),
    )
    mistakes = (
        (0.648643486, "Your value has the opposite sign: the discriminator maximises V."),
        (-1.637837387, "You add up each batch; an expectation is estimated by a mean."),
        (-0.324321743, "Your value is half of V."),
    )
    inputs = f"d_real = {d_real.tolist()}, d_fake = {d_fake.tolist()}"
    expect.close(
        student.gan_value(d_real, d_fake),
        scalar(-0.648643486),
        subject="gan_value(d_real, d_fake)",
        inputs=inputs,
        mistakes=mistakes,
    )


REAL, FAKE = (2.0, -0.5), (-1.0, 0.5, -3.0)


@check(
    "discriminator_loss", "A worked example comes out right, for logits of shape (N,) and (N, 1)."
)
def worked_example_discriminator(student):
    mistakes = (
        (2.912477839, "Your labels are exchanged: which class has the high probability?"),
        (-0.995811172, "This is V itself: what is minimised?"),
        (0.497905586, "Your value is half of the loss."),
        (0.487386204, "One mean over both batches at once weighs them by their sizes."),
        (2.436931018, "You add up each batch; the loss averages it."),
        (2.162477839, "Both batches have the label 1."),
        (1.303022391, "The sigmoid is applied twice: some library losses contain one."),
    )
    for shape in ((-1,), (-1, 1)):
        real, fake = (
            torch.tensor(values, dtype=torch.float64).reshape(shape) for values in (REAL, FAKE)
        )
        inputs = f"real_logits = {real.tolist()}, fake_logits = {fake.tolist()}"
        got = student.discriminator_loss(real, fake)
        expect.close(
            got,
            scalar(0.995811172),
            subject="discriminator_loss(real_logits, fake_logits)",
            inputs=inputs,
            mistakes=mistakes,
        )


@check(
    "discriminator_loss",
    "A logit of 1e4 costs nothing where it is right, and 1e4 where it is wrong.",
    after=(worked_example_discriminator,),
)
def certain_discriminator(student):
    high, low = torch.tensor([1e4], dtype=torch.float64), torch.tensor([-1e4], dtype=torch.float64)
    expect.close(
        student.discriminator_loss(high, low),
        scalar(0.0),
        subject="discriminator_loss([1e4], [-1e4])",
    )
    expect.close(
        student.discriminator_loss(low, low),
        scalar(1e4),
        subject="discriminator_loss([-1e4], [-1e4])",
    )


@check("generator_loss_saturating", "A worked example comes out right.")
def worked_example_saturating(student):
    mistakes = (
        (0.445308674, "Your value has the opposite sign: what does the generator do to V?"),
        (1.611975341, "This is the non-saturating loss."),
        (-1.335926023, "You add up the batch; the loss averages it."),
        (-0.868606579, "The sigmoid is applied twice."),
    )
    got = student.generator_loss_saturating(torch.tensor(FAKE, dtype=torch.float64))
    expect.close(
        got,
        scalar(-0.445308674),
        subject=f"generator_loss_saturating({list(FAKE)})",
        mistakes=mistakes,
    )


@check("generator_loss_nonsaturating", "A worked example comes out right.")
def worked_example_nonsaturating(student):
    mistakes = (
        (
            -1.611975341,
            "Your value has the opposite sign: what the generator maximises is not its loss.",
        ),
        (-0.445308674, "This is the saturating loss of the minimax game."),
        (0.445308674, "Minimising this makes the generator's examples easier to reject."),
        (4.835926023, "You add up the batch; the loss averages it."),
        (0.555664370, "The sigmoid is applied twice."),
    )
    got = student.generator_loss_nonsaturating(torch.tensor(FAKE, dtype=torch.float64))
    expect.close(
        got,
        scalar(1.611975341),
        subject=f"generator_loss_nonsaturating({list(FAKE)})",
        mistakes=mistakes,
    )


@check("generator_logit_gradients", "It returns two tensors of the shape of the logits.")
def two_gradients(student):
    for shape in ((3,), (3, 1)):
        logits = torch.ones(shape, dtype=torch.float64)
        pair_of(
            student.generator_logit_gradients(logits),
            logits,
            say("generator_logit_gradients of shape {shape}", shape=shape),
        )


@check("generator_logit_gradients", "A worked example comes out right.", after=(two_gradients,))
def worked_example_gradients(student):
    logits = torch.tensor([-1.0, 0.5], dtype=torch.float64)
    wanted = (-0.268941421, -0.622459331), (-0.731058579, -0.377540669)
    thirds = (
        "The derivative is that of each example's own loss: nothing is divided by the size of the"
        " batch."
    )
    sign = "A step against these derivatives would lower the logit. Does the generator want that?"
    got = pair_of(
        student.generator_logit_gradients(logits), logits, "generator_logit_gradients([-1, 0.5])"
    )
    for name, value, numbers in zip(("saturating", "nonsaturating"), got, wanted):
        want = torch.tensor(numbers, dtype=torch.float64)
        subject = say("the {name} part of generator_logit_gradients([-1, 0.5])", name=name)
        expect.close(value, want, subject=subject, mistakes=((want / 2, thirds), (-want, sign)))


def pair_of(got, like, subject):
    """A tuple of two tensors of the shape and dtype of `like`; fails when it is none."""
    names = ("saturating", "nonsaturating")
    return [
        expect.tensor(
            part,
            shape=like.shape,
            dtype=like.dtype,
            subject=say("part {i} of {subject}", i=i, subject=subject),
        )
        for i, part in enumerate(expect.parts(got, names, subject=subject))
    ]


def _players(logit=None):
    """A discriminator (of that constant logit), a generator, real examples (3, 4) and noise (2,
    3).
    """
    discriminator, generator = network(Draw(1), (4, 5, 1)), network(Draw(2), (3, 5, 4))
    if logit is not None:
        constant(discriminator, 0, logit)
    return discriminator, generator, Draw(3).normal(3, 4), Draw(4).normal(2, 3)


@check(
    "discriminator_step_loss",
    "With a discriminator whose logit is always 2, the loss is a known number.",
)
def blind_discriminator_step(student):
    got = student.discriminator_step_loss(*_players(2.0))
    expect.close(
        got, scalar(2.253856022), subject="discriminator_step_loss with a constant logit of 2"
    )


@check(
    "discriminator_step_loss",
    "No gradient reaches the generator.",
    after=(blind_discriminator_step,),
)
def generator_gets_nothing(student):
    discriminator, generator, real, z = _players()
    parameters = list(generator.parameters())
    names = [say("the generator's parameter {i}", i=i) for i in range(len(parameters))]
    expect.gradients(
        student.discriminator_step_loss(discriminator, generator, real, z),
        parameters,
        [None] * len(names),
        names=names,
        subject="discriminator_step_loss",
    )


@check(
    "generator_step_loss",
    "With a discriminator whose logit is always 2, the loss is a known number.",
)
def blind_generator_step(student):
    discriminator, generator, _, z = _players(2.0)
    mistakes = (
        (-0.126928011, "Your loss has the opposite sign."),
        (-2.126928011, "This is the saturating loss."),
    )
    got = student.generator_step_loss(discriminator, generator, z)
    expect.close(
        got,
        scalar(0.126928011),
        subject="generator_step_loss with a constant logit of 2",
        mistakes=mistakes,
    )


@check(
    "optimal_discriminator",
    "A worked example comes out right, and where both densities are 0 it is 1/2.",
)
def worked_example_optimal(student):
    p_data, p_g = (
        torch.tensor([[0.6, 0.1], [0.0, 2.0]], dtype=torch.float64),
        torch.tensor([[0.2, 0.3], [0.0, 0.5]], dtype=torch.float64),
    )
    wanted = torch.tensor([[0.75, 0.25], [0.5, 0.8]], dtype=torch.float64)
    mistakes = ((1 - wanted, "These are the probabilities of being generated."),)
    inputs = f"p_data = {p_data.tolist()}, p_g = {p_g.tolist()}"
    expect.close(
        student.optimal_discriminator(p_data, p_g),
        wanted,
        subject="optimal_discriminator(p_data, p_g)",
        inputs=inputs,
        mistakes=mistakes,
    )


DATA, GENERATED = (0.5, 0.5, 0.0), (0.1, 0.5, 0.4)


@check("value_of", "A worked example comes out right.")
def worked_example_value_of(student):
    p_data, p_g, d = (
        torch.tensor(values, dtype=torch.float64) for values in (DATA, GENERATED, (0.7, 0.4, 0.2))
    )
    mistakes = (
        (-1.994987239, "The two distributions have changed roles."),
        (1.101550351, "Your value has the opposite sign."),
        (-1.606781862, "The outcomes are averaged as if they all had one probability."),
        (-0.636482838, "Only the real data enter your value."),
    )
    inputs = f"p_data = {p_data.tolist()}, p_g = {p_g.tolist()}, d = {d.tolist()}"
    expect.close(
        student.value_of(p_data, p_g, d),
        scalar(-1.101550351),
        subject="value_of(p_data, p_g, d)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check("generator_criterion", "A worked example comes out right.")
def worked_example_criterion(student):
    p_data, p_g = (
        torch.tensor(DATA, dtype=torch.float64),
        torch.tensor(GENERATED, dtype=torch.float64),
    )
    mistakes = (
        (
            0.422810455,
            "A constant is missing: what is the value of the game where the divergence is 0?",
        ),
        (-1.174889133, "Check the factor in front of the divergence."),
        (-0.270336725, "Check the constant."),
        (0.963483906, "Your value has the opposite sign."),
    )
    inputs = f"p_data = {p_data.tolist()}, p_g = {p_g.tolist()}"
    expect.close(
        student.generator_criterion(p_data, p_g),
        scalar(-0.963483906),
        subject="generator_criterion(p_data, p_g)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check(
    "gan_value",
    "A discriminator that is certain and wrong has the value minus infinity.",
    after=(worked_example_value,),
)
def value_of_certain_and_wrong(student):
    got = student.gan_value(_double(0.5, 0.5), _double(0.5, 1.0))
    expect.close(got, scalar(-torch.inf), subject="gan_value([0.5, 0.5], [0.5, 1])")


def _certain_losses(student, name, wanted):
    """A loss of the generator at logits of both signs, and its gradient, which is a number too."""
    logits = _double(1e4, -1e4, 30.0, -30.0).requires_grad_()
    subject = f"{name}([1e4, -1e4, 30, -30])"
    got = getattr(student, name)(logits)
    expect.close(got, scalar(wanted), subject=subject)
    (gradient,) = expect.gradient_of(got, [logits])
    if gradient is not None:
        expect.finite(gradient, subject=say("the gradient of {subject}", subject=subject))


@check(
    "generator_loss_saturating",
    "Where the discriminator is certain, the loss is exact, and its gradient finite.",
    after=(worked_example_saturating,),
)
def certain_saturating(student):
    _certain_losses(student, "generator_loss_saturating", -2507.5)


@check(
    "generator_loss_nonsaturating",
    "Where the discriminator is certain, the loss is exact, and its gradient finite.",
    after=(worked_example_nonsaturating,),
)
def certain_nonsaturating(student):
    _certain_losses(student, "generator_loss_nonsaturating", 2507.5)


@check(
    "generator_logit_gradients",
    "Where the discriminator is certain, a derivative is 0 or -1.",
    after=(worked_example_gradients,),
)
def gradients_of_a_certain_discriminator(student):
    logits = _double(1000.0, -1000.0)
    subject = "generator_logit_gradients([1000, -1000])"
    for got, wanted in zip(
        pair_of(student.generator_logit_gradients(logits), logits, subject),
        (_double(-1.0, 0.0), _double(0.0, -1.0)),
    ):
        expect.close(got, wanted, subject=subject)


@check(
    "discriminator_step_loss",
    "With two small networks, three real and two generated examples it comes out right.",
    after=(blind_discriminator_step,),
)
def worked_discriminator_step(student):
    got = student.discriminator_step_loss(*_players())
    expect.close(got, scalar(1.4444171315), subject="discriminator_step_loss of two small networks")


@check(
    "discriminator_step_loss",
    "A discriminator that is certain and wrong has a large loss, not an infinite one.",
    after=(blind_discriminator_step,),
)
def certain_discriminator_step(student):
    got = student.discriminator_step_loss(*_players(1e4))
    expect.close(got, scalar(1e4), subject="discriminator_step_loss, logits of 1e4")


@check(
    "generator_step_loss",
    "With two small networks and two codes it comes out right.",
    after=(blind_generator_step,),
)
def worked_generator_step(student):
    discriminator, generator, _, z = _players()
    got = student.generator_step_loss(discriminator, generator, z)
    expect.close(got, scalar(0.5485710894), subject="generator_step_loss of two small networks")


@check(
    "generator_step_loss",
    "A discriminator that is certain costs the generator a large loss, not an infinite one.",
    after=(blind_generator_step,),
)
def certain_generator_step(student):
    discriminator, generator, _, z = _players(-1e4)
    got = student.generator_step_loss(discriminator, generator, z)
    expect.close(got, scalar(1e4), subject="generator_step_loss, logits of -1e4")


@check(
    "optimal_discriminator",
    "It may be certain, and however small the densities are, their ratio decides.",
    after=(worked_example_optimal,),
)
def optimal_in_the_tails(student):
    got = student.optimal_discriminator(_double(1.0, 0.0, 1e-300), _double(0.0, 1.0, 3e-300))
    expect.close(
        got,
        _double(1.0, 0.0, 0.25),
        subject="optimal_discriminator([1, 0, 1e-300], [0, 1, 3e-300])",
    )


@check(
    "value_of",
    "An outcome without probability adds nothing; one of which D is certain and wrong adds minus"
    " infinity.",
    after=(worked_example_value_of,),
)
def value_of_certain(student):
    p_data, p_g = _double(0.5, 0.5, 0.0), _double(0.0, 0.5, 0.5)
    for d, wanted in ((_double(1.0, 0.5, 0.0), -0.693147181), (_double(0.0, 0.5, 0.0), -torch.inf)):
        expect.close(
            student.value_of(p_data, p_g, d),
            scalar(wanted),
            subject=f"value_of([0.5, 0.5, 0], [0, 0.5, 0.5], {d.tolist()})",
        )


@check(
    "generator_criterion",
    "Distributions that hardly meet have a value near 0, which is its maximum.",
    after=(worked_example_criterion,),
)
def criterion_of_almost_disjoint(student):
    got = student.generator_criterion(_double(1.0, 0.0), _double(1e-20, 1.0))
    expect.close(got, scalar(0.0), subject="generator_criterion([1, 0], [1e-20, 1])", atol=1e-6)


gan_value_manners = manners(
    "gan_value",
    lambda: (Draw(1).uniform(0.1, 0.9, 4), Draw(2).uniform(0.1, 0.9, 3)),
    after=(certain_value,),
    graph=(0, 1),
)
discriminator_loss_manners = manners(
    "discriminator_loss",
    lambda: (Draw(1).normal(4), Draw(2).normal(3)),
    after=(worked_example_discriminator,),
    graph=(0, 1),
)
generator_loss_saturating_manners = manners(
    "generator_loss_saturating",
    lambda: (Draw(1).normal(4),),
    after=(worked_example_saturating,),
    graph=(0,),
)
generator_loss_nonsaturating_manners = manners(
    "generator_loss_nonsaturating",
    lambda: (Draw(1).normal(4),),
    after=(worked_example_nonsaturating,),
    graph=(0,),
)
generator_logit_gradients_manners = manners(
    "generator_logit_gradients", lambda: (Draw(1).normal(4),), after=(two_gradients,)
)
discriminator_step_loss_manners = manners(
    "discriminator_step_loss",
    lambda: (
        network(Draw(1), (4, 5, 1)),
        network(Draw(2), (3, 5, 4)),
        Draw(3).normal(3, 4),
        Draw(4).normal(2, 3),
    ),
    after=(blind_discriminator_step,),
    graph=(0,),
    barred=(1,),
)
generator_step_loss_manners = manners(
    "generator_step_loss",
    lambda: (network(Draw(1), (4, 5, 1)), network(Draw(2), (3, 5, 4)), Draw(4).normal(2, 3)),
    after=(blind_generator_step,),
    graph=(1,),
)
optimal_discriminator_manners = manners(
    "optimal_discriminator",
    lambda: (Draw(1).uniform(0.1, 0.9, 4), Draw(2).uniform(0.1, 0.9, 4)),
    after=(worked_example_optimal,),
)
value_of_manners = manners(
    "value_of",
    lambda: (Draw(1).probabilities(4), Draw(2).probabilities(4), Draw(3).uniform(0.1, 0.9, 4)),
    after=(worked_example_value_of,),
)
generator_criterion_manners = manners(
    "generator_criterion",
    lambda: (Draw(1).probabilities(4), Draw(2).probabilities(4)),
    after=(worked_example_criterion,),
)


@picture(
    "optimal_discriminator",
    shows="D* beside the two densities",
    caption="p_data = N(-1, 1), p_g = N(1.5, 0.7²), and what your optimal_discriminator makes of"
    " them at 121 points. Where is it 1/2, and what does it say where one density"
    " vanishes?",
)
def optimum_beside_densities(student):
    x = torch.linspace(-5, 5, 121, dtype=torch.float64)
    p_data, p_g = (
        torch.distributions.Normal(mean, std).log_prob(x).exp()
        for mean, std in ((-1.0, 1.0), (1.5, 0.7))
    )
    got = pictures.value(
        student.optimal_discriminator(p_data, p_g), (121,), "optimal_discriminator"
    )
    series = (
        pictures.line("p_data", x, p_data),
        pictures.line("p_g", x, p_g),
        pictures.line("your D*", x, got),
    )
    return [Panel("The best discriminator", "x", "density, probability", series)]


@picture(
    "generator_loss_nonsaturating",
    shows="both generator losses and their slopes against the logit of the discriminator",
    caption="Left: your two losses of one fake example. Right: their slopes, by automatic"
    " differentiation. Early in training the discriminator is sure that fakes are fake"
    " (far left): which loss still tells the generator something there?",
    needs=("generator_loss_saturating",),
)
def losses_and_slopes(student):
    logits = [-6 + 0.4 * i for i in range(31)]
    losses, slopes = [], []
    for ending in ("saturating", "nonsaturating"):
        name, found = f"generator_loss_{ending}", []
        for logit in logits:
            leaf = torch.tensor([logit], dtype=torch.float64, requires_grad=True)
            loss = pictures.value(getattr(student, name)(leaf), (), name)
            slope = expect.gradient_of(loss, [leaf])[0]
            found.append((float(loss.detach()), 0.0 if slope is None else float(slope)))
        loss, slope = zip(*found)
        losses.append(pictures.line(ending, logits, loss))
        slopes.append(pictures.line(ending, logits, slope))
    axis = "logit of the discriminator on a fake"
    return [
        Panel("Loss", axis, "loss in nats", tuple(losses)),
        Panel("Slope", axis, "slope in nats per logit", tuple(slopes)),
    ]


@picture(
    "value_of",
    shows="the value of the game as D moves",
    caption="Two states, p_data = (0.7, 0.3), p_g = (0.2, 0.8): your value_of when D is d on the"
    " first state and 0.25 on the second. Is there one best d, and what does your"
    " optimal_discriminator say?",
)
def value_as_d_moves(student):
    p_data, p_g = (torch.tensor(p, dtype=torch.float64) for p in ([0.7, 0.3], [0.2, 0.8]))
    grid = [0.02 * i for i in range(1, 50)]
    calls = [(p_data, p_g, torch.tensor([d, 0.25], dtype=torch.float64)) for d in grid]
    series = pictures.line("your value_of", grid, pictures.along(student, "value_of", calls))
    return [
        Panel("The value of the game", "d, the discriminator on the first state", "nats", (series,))
    ]
