"""Diffusion models: what to implement, and the checks that a student may read.

Steps are the indices 0, ..., T-1. A model is a network of two inputs: it maps a batch (N, D) and
its steps, noise levels or times (N,) to a tensor (N, D).
"""

import torch

from graders.core import expect, pictures, samples
from graders.core.contract import kept, net, number, positives, rates, reals, steps, unit
from graders.core.draw import Draw
from graders.core.exercise import Law, answer, check, exercise, stand_in, written
from graders.core.fixtures import Network, dense
from graders.core.forms import Bool, Table
from graders.core.language import say
from graders.core.manners import declared
from graders.core.pictures import Panel, picture


@exercise(
    covers=(),
    takes=(rates("T"),),
    gives=reals("T"),
)
def alpha_bar(betas):
    """How much of the data's variance is left at each step, (T,), from the variances of
    the noise.

    betas: tensor (T,), each between 0 and 1, both excluded; ValueError for any other
    value.
    alpha_bar[t] belongs to x_t, so it includes the step t. In float32 the relative
    error stays below 1e-4 for T = 1000. The result needs no gradient.
    """
    ...


@exercise(
    covers=(),
    takes=(
        reals("N D", graph=False),
        steps("N", "T"),
        reals("N D", graph=False),
        kept("T"),
    ),
    gives=reals("N D"),
)
def q_sample(x_0, t, eps, alpha_bar):
    """x_t, drawn from x_0 in one go with the noise eps. Draws nothing itself.

    x_0, eps: tensors (N, D); t: int64 tensor (N,), a step for each example; alpha_bar:
    tensor (T,).
    Returns a tensor (N, D). The result needs no gradient.
    """
    ...


@exercise(
    covers=(),
    takes=(
        reals("N D"),
        steps("N", "T"),
        reals("N D"),
        kept("T"),
    ),
    gives=reals("N D"),
)
def predict_x_0(x_t, t, eps, alpha_bar):
    """The x_0 that `q_sample` maps to x_t with the noise eps.

    x_t, eps: tensors (N, D); t: int64 tensor (N,); alpha_bar: tensor (T,). Returns a
    tensor (N, D).
    """
    ...


@exercise(
    covers=(),
    requires=("alpha_bar",),
    takes=(
        reals("N D"),
        reals("N D"),
        steps("N", "T"),
        rates("T"),
    ),
    gives=(reals("N D"), reals("N")),
)
def q_posterior(x_0, x_t, t, betas):
    """Mean (N, D) and variance (N,) of q(x_{t-1} | x_t, x_0), a pair.

    x_0, x_t: tensors (N, D); t: int64 tensor (N,); betas: tensor (T,). Every coordinate
    has the same variance. Where t = 0 the state before x_t is x_0 itself: mean x_0,
    variance 0.
    """
    ...


@exercise(
    covers=(),
    requires=("q_sample",),
    takes=(
        net("D, step of T -> D"),
        reals("N D", graph=False),
        steps("N", "T"),
        reals("N D", graph=False),
        kept("T"),
    ),
    gives=reals(""),
)
def epsilon_loss(eps_model, x_0, t, eps, alpha_bar):
    """The loss of a network that predicts the noise: squared error, summed over D, mean
    over N.

    eps_model maps x_t (N, D) and t (N,) to (N, D); t is passed on as it came. x_0, eps:
    tensors (N, D); t: int64 tensor (N,); alpha_bar: tensor (T,). Returns a scalar
    tensor, differentiable in the network's parameters.
    """
    ...


@exercise(
    covers=(),
    requires=("alpha_bar", "predict_x_0", "q_posterior"),
    takes=(
        net("D, step of T -> D"),
        reals("N D", graph=False),
        reals("N D", graph=False),
        steps("N", "T", "late_steps"),
        rates("T"),
    ),
    gives=reals("N"),
)
def vlb_term(eps_model, x_0, x_t, t, betas):
    """KL(q(x_{t-1} | x_t, x_0) || the model's step), one divergence for each example,
    (N,).

    The model's step is Gaussian with the variance of `q_posterior` and, as its mean,
    that of `q_posterior` at the x_0 that follows from the predicted noise. eps_model
    maps (N, D) and (N,) to (N, D); x_0, x_t: tensors (N, D); t: int64 tensor (N,);
    betas: tensor (T,). Differentiable in the network's parameters. ValueError when a t
    is 0.
    """
    ...


@exercise(
    covers=(),
    requires=("alpha_bar",),
    random=True,
    takes=(
        net("D, step of T -> D", graph=False),
        reals("N D", graph=False),
        steps("N", "T"),
        rates("T"),
    ),
    gives=reals("N D"),
)
def p_sample(eps_model, x_t, t, betas):
    """One step of ancestral sampling: x_{t-1}, (N, D), with fresh noise of variance
    beta_t.

    Its mean is that of `q_posterior` at the x_0 that follows from the predicted noise.
    Where t = 0 no noise is added. eps_model maps (N, D) and (N,) to (N, D); x_t: tensor
    (N, D); t: int64 tensor (N,), a step for each example; betas: tensor (T,). Needs no
    gradient: it is called under torch.no_grad.
    """
    ...


@exercise(
    covers=(),
    requires=("predict_x_0",),
    takes=(
        net("D, step of T -> D", graph=False),
        reals("N D", graph=False),
        steps("N", "T", "late_steps"),
        steps("N", "T", "early_steps"),
        kept("T"),
    ),
    gives=reals("N D"),
)
def ddim_step(eps_model, x_t, t, s, alpha_bar):
    """The deterministic step from x_t to x_s, (N, D). Draws nothing.

    eps_model maps (N, D) and (N,) to (N, D); x_t: tensor (N, D); t, s: int64 tensors
    (N,) with s < t, not only s = t - 1; s = -1 stands for the data, without any noise;
    alpha_bar: tensor (T,). Needs no gradient.
    """
    ...


@exercise(
    covers=(),
    takes=(
        reals("N D"),
        reals("N D"),
        number(-1.0, 5.0),
    ),
    gives=reals("N D"),
)
def guided_epsilon(eps_conditional, eps_unconditional, w):
    """The noise predicted under classifier-free guidance of strength w, (N, D).

    eps_conditional, eps_unconditional: tensors (N, D); w: a number. w = 0 is no
    guidance: the conditional prediction; w = -1 the unconditional one; linear in w.
    """
    ...


@exercise(
    covers=(),
    takes=(
        reals("N D"),
        steps("N", "T"),
        kept("T"),
    ),
    gives=reals("N D"),
)
def score_from_epsilon(eps, t, alpha_bar):
    """The score of q(x_t | x_0), its gradient with respect to x_t, at the x_t that has
    noise eps.

    eps: tensor (N, D); t: int64 tensor (N,); alpha_bar: tensor (T,). Returns a tensor
    (N, D).
    """
    ...


@exercise(
    covers=(),
    takes=(
        net("D, number -> D"),
        reals("N D", graph=False),
        reals("N D", graph=False),
        positives("N"),
    ),
    gives=reals(""),
)
def score_matching_loss(score_model, x, eps, sigma):
    """Denoising score matching, weighted by the variance of the noise: summed over D,
    mean over N.

    score_model maps noisy examples (N, D) and their noise levels (N,) to (N, D); x,
    eps: tensors (N, D); sigma: tensor (N,), positive, the standard deviation of the
    noise of each example, passed on as it came. Returns a scalar tensor, differentiable
    in the network's parameters.
    """
    ...


@exercise(
    covers=(),
    takes=(
        net("D -> D", graph=False),
        reals("N D", graph=False),
        number(0.01, 2.0),
        reals("N D", graph=False),
    ),
    gives=reals("N D"),
)
def langevin_step(score_model, x, step, eps):
    """One step of Langevin dynamics with step size `step` and the noise eps, (N, D).
    Draws nothing.

    score_model maps (N, D) to (N, D); x, eps: tensors (N, D); step: a number;
    ValueError unless it is positive. `step` is the factor of the score. Needs no
    gradient.
    """
    ...


@exercise(
    covers=(),
    takes=(
        net("D, number -> D"),
        reals("N D", graph=False),
        reals("N D", graph=False),
        unit("N"),
    ),
    gives=reals(""),
)
def flow_matching_loss(velocity_model, x_0, x_1, t):
    """The loss of a network that predicts the velocity along straight paths from noise
    to data.

    Squared error, summed over D, mean over N. velocity_model maps points (N, D) and
    times (N,) to (N, D); x_0: noise (N, D); x_1: data (N, D); t: tensor (N,) of numbers
    in [0, 1], 0 at the noise, passed on as it came. Returns a scalar tensor,
    differentiable in the network's parameters.
    """
    ...


diffusion_facts = answer(
    Table(
        (
            "bound_is_kls_and_a_reconstruction_term",
            "ddim_needs_another_training",
            "epsilon_is_a_scaled_score",
            "unweighted_loss_is_the_bound",
        ),
        Bool(),
    ),
    covers=(),
)
diffusion_elbo = written(covers=())


@stand_in("alpha_bar", coefficients=1)
def exponential_decay(betas, a):
    return (1 - betas[0]) * torch.exp(-a * torch.arange(len(betas), dtype=betas.dtype) / len(betas))


@stand_in("q_sample", coefficients=2)
def fixed_mixture(x_0, t, eps, alpha_bar, a, b):
    return a * x_0 + b * eps


@stand_in("predict_x_0", coefficients=2)
def fixed_difference(x_t, t, eps, alpha_bar, a, b):
    return a * x_t - b * eps


@stand_in("q_posterior", coefficients=3)
def fixed_posterior(x_0, x_t, t, betas, a, b, c):
    return a * x_0 + b * x_t, c * torch.ones_like(x_0[:, 0])


X_0 = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], dtype=torch.float64)
X_T = torch.tensor([[0.8, 0.4, -0.6], [1.2, 2.1, 0.8]], dtype=torch.float64)
EPS = torch.tensor([[0.5, 1.0, -1.0], [2.0, -0.5, 0.0]], dtype=torch.float64)
ALPHA_BAR = torch.tensor([0.64, 0.36], dtype=torch.float64)
LATER_FIRST = torch.tensor([1, 0])
DATA = "x_0 = [[1, -2, 0.5], [0, 3, 1]], eps = [[0.5, 1, -1], [2, -0.5, 0]]"
LEVELS = "t = [1, 0], alpha_bar = [0.64, 0.36]"


def _float64(values):
    return torch.tensor(values, dtype=torch.float64)


def step_model(slope, size, steps=4):
    """The model of integer steps (x, t) -> slope * x + t."""
    inputs = {"x": ("reals",), "t": ("embedding", steps, 1)}
    model = Network(dense((size + 1, size), inputs=inputs))
    return _linear(model, slope, size, model.inputs[1].weight)


def time_model(slope, size):
    """The model of real times or noise levels (x, t) -> slope * x + t."""
    inputs = {"x": ("reals",), "t": ("number",)}
    return _linear(Network(dense((size + 1, size), inputs=inputs)), slope, size)


def plain_model(slope, size):
    """The model of one input x -> slope * x."""
    return _linear(Network((size, size)), slope, size)


def _linear(model, slope, size, table=None):
    with torch.no_grad():
        weight = model.heads[0].weight
        weight[:, :size] = slope * torch.eye(size, dtype=weight.dtype)
        weight[:, size:] = 1
        if table is not None:
            table[:, 0] = torch.arange(len(table), dtype=table.dtype)
    return model


@check("alpha_bar", "A schedule of three steps comes out right.")
def worked_example_alpha_bar(student):
    mistakes = (
        (_float64([0.1, 0.02, 0.01]), "What is left after a step that adds the variance beta?"),
        (_float64([0.9, 0.8, 0.5]), "Each value belongs to one step only. What is left of x_0?"),
        (
            _float64([1.0, 0.9, 0.72]),
            "Your values are one step late: does x_t have the noise of t?",
        ),
        (_float64([0.9, 0.7, 0.2]), "What is left is a fraction of a fraction: nothing adds up."),
        (
            _float64([0.9486832981, 0.8485281374, 0.6]),
            "Your values are factors of x_0 itself. Are those its variance's?",
        ),
    )
    expect.close(
        student.alpha_bar(_float64([0.1, 0.2, 0.5])),
        _float64([0.9, 0.72, 0.36]),
        subject="alpha_bar([0.1, 0.2, 0.5])",
        mistakes=mistakes,
    )


@check("alpha_bar", "A beta of 1 is refused.", after=(worked_example_alpha_bar,))
def public_refusal_of_one(student):
    def call():
        return student.alpha_bar(_float64([0.1, 1.0, 0.5]))

    expect.raises("ValueError", call, subject="alpha_bar([0.1, 1, 0.5])")


@check("q_sample", "Two examples at different steps come out right.")
def worked_example_q_sample(student):
    mistakes = (
        (
            _float64([[0.68, -0.08, -0.46], [0.72, 1.74, 0.64]]),
            "alpha_bar is a fraction of a variance. By what is x_0 itself multiplied?",
        ),
        (
            _float64([[1.1, -1.0, -0.2], [1.6, 1.4, 0.6]]),
            "As alpha_bar goes to 0, should x_t be data or noise?",
        ),
        (
            _float64([[0.92, -0.56, -0.34], [0.72, 2.22, 0.8]]),
            "By what is eps multiplied to give it a certain variance?",
        ),
        (
            _float64([[0.8, -0.8, -0.1], [0.4, 2.3, 0.8]]),
            "Which sum should be 1 here: that of the two factors, or that of the two variances?",
        ),
    )
    expect.close(
        student.q_sample(X_0, LATER_FIRST, EPS, ALPHA_BAR),
        _float64([[1.0, -0.4, -0.5], [1.2, 2.1, 0.8]]),
        subject="q_sample(x_0, t, eps, alpha_bar)",
        inputs=f"{DATA}, {LEVELS}",
        mistakes=mistakes,
    )


@check("predict_x_0", "It gives back the x_0 of a worked example.")
def worked_example_predict(student):
    x_t = _float64([[1.0, -0.4, -0.5], [1.2, 2.1, 0.8]])
    mistakes = (
        (
            _float64([[0.6, -1.2, 0.3], [0.0, 2.4, 0.8]]),
            "Your result is still scaled down: what multiplies x_0 in x_t?",
        ),
        (
            _float64([[1.6666666667, -3.3333333333, 0.8333333333], [0.0, 3.75, 1.25]]),
            "You divide by the factor of a variance. What multiplies x_0 itself?",
        ),
        (
            _float64([[1.1333333333, -1.7333333333, 0.2333333333], [0.6, 2.85, 1.0]]),
            "By what is eps multiplied in x_t?",
        ),
        (
            _float64([[2.3333333333, 0.6666666667, -2.1666666667], [3.0, 2.25, 1.0]]),
            "Is the noise to be added, or to be taken away?",
        ),
    )
    expect.close(
        student.predict_x_0(x_t, LATER_FIRST, EPS, ALPHA_BAR),
        X_0,
        subject="predict_x_0(x_t, t, eps, alpha_bar)",
        inputs=f"x_t = {x_t.tolist()}, eps = {EPS.tolist()}, {LEVELS}",
        mistakes=mistakes,
    )


@check("q_posterior", "Two examples at different steps come out right.")
def worked_example_posterior(student):
    x_t = _float64([[1.0, -0.4, -0.5], [1.2, 2.1, 0.8]])
    inputs = f"x_0 = {X_0.tolist()}, x_t = {x_t.tolist()}, t = [2, 1], betas = [0.1, 0.2, 0.5]"
    subject = "q_posterior(x_0, x_t, t, betas)"
    got = student.q_posterior(X_0, x_t, torch.tensor([2, 1]), _float64([0.1, 0.2, 0.5]))
    mean, variance = expect.parts(got, ("mean", "variance"), subject=subject)
    of_mean = (
        (
            _float64(
                [
                    [0.9722718241, -0.8838834765, -0.1767766953],
                    [0.8131571126, 2.3813397946, 0.8615430242],
                ]
            ),
            "Which weight grows with the noise of the step: that of x_0 or that of x_t?",
        ),
        (
            _float64([[0.78125, -1.2125, 0.171875], [0.3428571429, 2.5285714286, 0.8714285714]]),
            "Variances and the factors of states are mixed up: which of them are roots?",
        ),
        (
            _float64(
                [
                    [1.1758567812, -1.2203427125, -0.1191783906],
                    [1.0733126292, 3.6965716813, 1.3216332795],
                ]
            ),
            "How much noise does the state before x_t have?",
        ),
    )
    of_variance = (
        (_float64([0.5, 0.2]), "This is the variance without any knowledge of x_0."),
        (
            _float64([1.1428571429, 0.56]),
            "Knowing more should not make the variance larger than that of the step.",
        ),
        (_float64([0.4677071733, 0.2672612419]), "A variance is asked for."),
    )
    wanted = _float64(
        [[0.9722718241, -1.4495689014, 0.1767766953], [0.383325939, 2.7037131748, 0.9331815532]]
    )
    expect.close(
        mean,
        wanted,
        subject=say("the mean of {subject}", subject=subject),
        inputs=inputs,
        mistakes=of_mean,
    )
    expect.close(
        variance,
        _float64([0.21875, 0.0714285714]),
        subject=say("the variance of {subject}", subject=subject),
        inputs=inputs,
        mistakes=of_variance,
    )


@check("q_posterior", "Where t = 0 it is x_0, without variance.", after=(worked_example_posterior,))
def public_posterior_of_the_first_step(student):
    subject = "q_posterior with t = [0, 0]"
    got = student.q_posterior(X_0, X_T, torch.tensor([0, 0]), _float64([0.1, 0.2, 0.5]))
    mean, variance = expect.parts(got, ("mean", "variance"), subject=subject)
    expect.close(mean, X_0, subject=say("the mean of {subject}", subject=subject))
    expect.close(
        variance, _float64([0.0, 0.0]), subject=say("the variance of {subject}", subject=subject)
    )


@check("epsilon_loss", "A model that is linear in x comes out right.")
def worked_example_epsilon_loss(student):
    mistakes = (
        (_float64(1.4375), "Is the error of an example a sum over D, or a mean?"),
        (_float64(8.625), "Is the loss of a batch a sum over N, or a mean?"),
        (_float64(6.3375), "What does this network predict?"),
        (_float64(7.65625), "The network sees clean data here."),
        (_float64(2.15625), "There is a factor too many."),
        (_float64(2.0760399709), "The error is squared."),
    )
    expect.close(
        student.epsilon_loss(step_model(0.5, 3), X_0, LATER_FIRST, EPS, ALPHA_BAR),
        _float64(4.3125),
        subject="epsilon_loss of the model x / 2 + t",
        inputs=f"{DATA}, {LEVELS}",
        mistakes=mistakes,
    )


@check("vlb_term", "A model that is linear in x comes out right.")
def worked_example_vlb(student):
    mistakes = (
        (_float64([45.1540178571, 27.5880917992]), "Is there a factor missing in your divergence?"),
        (
            _float64([9.8774414063, 4.9264449641]),
            "Which variance do the two Gaussians of this exercise share?",
        ),
        (
            _float64([10.5594290286, 3.6866138381]),
            "Does a divergence have a variance or a standard deviation below?",
        ),
        (_float64([7.5256696429, 4.5980152999]), "Divergences of independent coordinates add up."),
        (
            _float64([51.3752380952, 30.0403666258]),
            "The means of the two steps are compared, not the two x_0.",
        ),
    )
    got = student.vlb_term(
        step_model(0.5, 3), X_0, X_T, torch.tensor([2, 1]), _float64([0.1, 0.2, 0.5])
    )
    expect.close(
        got,
        _float64([22.5770089286, 13.7940458996]),
        subject="vlb_term of the model x / 2 + t",
        inputs=f"x_0 = {X_0.tolist()}, x_t = {X_T.tolist()}, t = [2, 1], betas = [0.1, 0.2, 0.5]",
        mistakes=mistakes,
    )


@check("vlb_term", "A step t = 0 is refused.", after=(worked_example_vlb,))
def public_refusal_of_step_0(student):
    def call():
        return student.vlb_term(
            step_model(0.5, 3), X_0, X_T, torch.tensor([2, 0]), _float64([0.1, 0.2, 0.5])
        )

    expect.raises("ValueError", call, subject="vlb_term with t = [2, 0]")


@check("p_sample", "The last step, t = 0, adds no noise and comes out right.")
def worked_example_p_sample(student):
    x_t = _float64([[0.8, -1.6, 0.4], [0.0, 2.4, 0.8]])
    mistakes = (
        (_float64([[1.3, -2.6, 0.65], [0.0, 3.9, 1.3]]), "Is noise taken away, or added?"),
        (
            _float64([[0.56, -1.12, 0.28], [0.0, 1.68, 0.56]]),
            "A step of noising also scales the state down. Is that undone?",
        ),
        (
            _float64([[0.82, -1.64, 0.41], [0.0, 2.46, 0.82]]),
            "How much of the predicted noise, whose variance is 1, came in at this step?",
        ),
        (
            _float64([[0.875, -1.75, 0.4375], [0.0, 2.625, 0.875]]),
            "By what was the state itself multiplied in this step?",
        ),
    )
    with torch.no_grad():
        got = student.p_sample(step_model(0.5, 3), x_t, torch.tensor([0, 0]), _float64([0.36, 0.2]))
    expect.close(
        got,
        _float64([[0.7, -1.4, 0.35], [0.0, 2.1, 0.7]]),
        subject="p_sample of the model x / 2 + t",
        inputs=f"x_t = {x_t.tolist()}, t = [0, 0], betas = [0.36, 0.2]",
        mistakes=mistakes,
    )


@check("p_sample", "Where t > 0, two calls differ.", after=(worked_example_p_sample,))
def public_noise_is_fresh(student):
    arguments = step_model(0.5, 3), X_T, torch.tensor([1, 1]), _float64([0.36, 0.2])
    with torch.no_grad():
        expect.differs(
            student.p_sample(*arguments),
            student.p_sample(*arguments),
            subject="p_sample with t = [1, 1] called twice",
        )


@check(
    "p_sample",
    "In a batch of several steps each example has the mean and the noise of its own step.",
    after=(worked_example_p_sample,),
    law=Law("mean, spread and tails", 4000, samples.FALSE_FAIL),
)
def steps_of_a_batch(student):
    t = torch.tensor([0, 2, 0, 2]).repeat(1000)
    x_t = _float64([1.2, -0.4]).expand(4000, 2)
    with torch.no_grad():
        got = student.p_sample(step_model(0.5, 2), x_t, t, _float64([0.1, 0.2, 0.5]))
    subject = "p_sample of the model x / 2 + t, with x_t = (1.2, -0.4), betas = [0.1, 0.2, 0.5]"
    expect.tensor(got, shape=(4000, 2), subject=subject)
    last = say("{subject}, where t = 0", subject=subject)
    expect.close(got[t == 0], _float64([1.0649110641, -0.3549703547]).expand(2000, 2), subject=last)
    samples.of_gaussian(
        got[t == 2],
        [-0.6010407640, -2.1566756826],
        [0.7071067812, 0.7071067812],
        axes=("example", "coordinate"),
        subject=say("{subject}, where t = 2", subject=subject),
    )


@check("ddim_step", "Steps to a noisy state and to the data come out right.")
def worked_example_ddim(student):
    x_t = _float64([[1.0, -0.4], [1.2, 2.1], [-1.0, 0.5]])
    mistakes = (
        (
            _float64([[0.6333333333, -0.9066666667], [1.11, 1.9425], [-1.0, 0.5]]),
            "What does Python give for alpha_bar[-1], and what is meant here?",
        ),
        (
            _float64([[0.6333333333, -0.9066666667], [1.2, 2.1], [-1.5666666667, 0.0833333333]]),
            "Is any noise left in the data itself, s = -1?",
        ),
        (
            _float64(
                [
                    [0.3266666667, -0.8213333333],
                    [1.05, 1.8375],
                    [-2.3333333333, -0.8333333333],
                ]
            ),
            "alpha_bar is a fraction of a variance. By what is a state multiplied?",
        ),
        (
            _float64(
                [[-0.3333333333, -1.7333333333], [1.05, 1.8375], [-2.3333333333, -0.8333333333]]
            ),
            "This is the predicted x_0. How much noise does x_s have?",
        ),
    )
    with torch.no_grad():
        got = student.ddim_step(
            step_model(0.5, 2), x_t, torch.tensor([1, 0, 1]), torch.tensor([0, -1, -1]), ALPHA_BAR
        )
    expect.close(
        got,
        _float64([[0.6333333333, -0.9066666667], [1.05, 1.8375], [-2.3333333333, -0.8333333333]]),
        subject="ddim_step of the model x / 2 + t",
        inputs=f"x_t = {x_t.tolist()}, t = [1, 0, 1], s = [0, -1, -1], alpha_bar = [0.64, 0.36]",
        mistakes=mistakes,
    )


@check("guided_epsilon", "Guidance of strength 0 and 2 comes out right.")
def worked_example_guidance(student):
    conditional, unconditional = (
        _float64([[1.0, -2.0], [0.5, 0.0]]),
        _float64([[0.0, 1.0], [-0.5, 2.0]]),
    )
    mistakes = ((_float64([[3.0, -4.0], [0.5, 4.0]]), "Guidance exaggerates a difference."),)
    for w, wanted in ((0, conditional), (2, _float64([[3.0, -8.0], [2.5, -4.0]]))):
        expect.close(
            student.guided_epsilon(conditional, unconditional, w),
            wanted,
            subject=f"guided_epsilon([[1, -2], [0.5, 0]], [[0, 1], [-0.5, 2]], {w})",
            mistakes=mistakes if w else (),
        )


@check("score_from_epsilon", "Two examples at different steps come out right.")
def worked_example_score(student):
    wanted = _float64([[-0.625, -1.25, 1.25], [-3.3333333333, 0.8333333333, 0.0]])
    mistakes = (
        (-wanted, "Does the density grow in the direction of the noise?"),
        (
            _float64([[-0.78125, -1.5625, 1.5625], [-5.5555555556, 1.3888888889, 0.0]]),
            "The derivative has the variance below, but how large is the deviation above it?",
        ),
        (-EPS, "What is the scale of the noise at step t?"),
        (
            _float64([[-0.8333333333, -1.6666666667, 1.6666666667], [-2.5, 0.625, 0.0]]),
            "alpha_bar says how much of the data is left. How much noise is there?",
        ),
    )
    expect.close(
        student.score_from_epsilon(EPS, LATER_FIRST, ALPHA_BAR),
        wanted,
        subject="score_from_epsilon(eps, t, alpha_bar)",
        inputs=f"eps = {EPS.tolist()}, {LEVELS}",
        mistakes=mistakes,
    )


@check("score_matching_loss", "A model that is linear in x comes out right.")
def worked_example_score_matching(student):
    mistakes = (
        (_float64(10.634765625), "Does the density grow in the direction of the noise?"),
        (_float64(8.6953125), "Which weight does each noise level have?"),
        (_float64(3.107421875), "Is the error of an example a sum over D, or a mean?"),
        (_float64(4.6611328125), "There is a factor too many."),
        (_float64(24.6640625), "The network sees clean data here."),
        (_float64(27.4790039062), "Is the norm squared after the weighting, or before it?"),
        (_float64(11.4887695312), "sigma is a standard deviation."),
    )
    expect.close(
        student.score_matching_loss(time_model(-0.5, 3), X_0, EPS, _float64([0.5, 2.0])),
        _float64(9.322265625),
        subject="score_matching_loss of the model -x / 2 + sigma",
        inputs=f"x = {X_0.tolist()}, eps = {EPS.tolist()}, sigma = [0.5, 2]",
        mistakes=mistakes,
    )


@check("langevin_step", "A step towards 0 comes out right.")
def worked_example_langevin(student):
    x, eps = _float64([[2.0, -4.0], [0.0, 1.0]]), _float64([[1.0, 0.5], [-2.0, 0.0]])
    mistakes = (
        (
            _float64([[2.625, -4.0], [-1.0, 1.0625]]),
            "Should the state move up or down the density?",
        ),
        (
            _float64([[2.2285533906, -3.5732233047], [-0.7071067812, 0.9375]]),
            "With this little noise the states would gather at the mode.",
        ),
        (
            _float64([[2.125, -3.625], [-0.5, 0.9375]]),
            "By what is eps multiplied to give it a certain variance?",
        ),
        (
            _float64([[2.2910533906, -3.6982233047], [-0.7071067812, 0.96875]]),
            "Papers write the step in two ways. What multiplies the score here?",
        ),
    )
    with torch.no_grad():
        got = student.langevin_step(plain_model(-0.5, 2), x, 0.125, eps)
    expect.close(
        got,
        _float64([[2.375, -3.5], [-1.0, 0.9375]]),
        subject="langevin_step of the score -x / 2",
        inputs=f"x = {x.tolist()}, step = 0.125, eps = {eps.tolist()}",
        mistakes=mistakes,
    )


@check("langevin_step", "A step of 0 is refused.", after=(worked_example_langevin,))
def public_refusal_of_no_step(student):
    def call():
        return student.langevin_step(plain_model(-0.5, 3), X_0, 0.0, EPS)

    expect.raises("ValueError", call, subject="langevin_step with step = 0")


@check("flow_matching_loss", "A model that is linear in x comes out right.")
def worked_example_flow(student):
    x_0, x_1 = (
        _float64([[1.0, -1.0, 2.0], [0.0, 0.5, -2.0]]),
        _float64([[3.0, 1.0, 0.0], [2.0, -1.5, 0.0]]),
    )
    mistakes = (
        (_float64(28.71875), "In which direction does the path run?"),
        (_float64(15.96875), "At which end of the path is t = 0?"),
        (_float64(3.90625), "Is the error of an example a sum over D, or a mean?"),
        (_float64(4.59375), "Is the velocity of a path its end?"),
        (_float64(23.4375), "Is the loss of a batch a sum over N, or a mean?"),
        (_float64(11.96875), "How does the velocity change along a straight path?"),
    )
    expect.close(
        student.flow_matching_loss(time_model(1.0, 3), x_0, x_1, _float64([0.25, 1.0])),
        _float64(11.71875),
        subject="flow_matching_loss of the model x + t",
        inputs=f"x_0 = {x_0.tolist()}, x_1 = {x_1.tolist()}, t = [0.25, 1]",
        mistakes=mistakes,
    )


alpha_bar_manners = declared(alpha_bar, after=(worked_example_alpha_bar,))
q_sample_manners = declared(q_sample, after=(worked_example_q_sample,))
predict_x_0_manners = declared(predict_x_0, after=(worked_example_predict,))
q_posterior_manners = declared(q_posterior, after=(worked_example_posterior,))
epsilon_loss_manners = declared(epsilon_loss, after=(worked_example_epsilon_loss,))
vlb_term_manners = declared(vlb_term, after=(worked_example_vlb,))
p_sample_manners = declared(p_sample, after=(worked_example_p_sample,))
ddim_step_manners = declared(ddim_step, after=(worked_example_ddim,))
guided_epsilon_manners = declared(guided_epsilon, after=(worked_example_guidance,))
score_from_epsilon_manners = declared(score_from_epsilon, after=(worked_example_score,))
score_matching_loss_manners = declared(score_matching_loss, after=(worked_example_score_matching,))
langevin_step_manners = declared(langevin_step, after=(worked_example_langevin,))
flow_matching_loss_manners = declared(flow_matching_loss, after=(worked_example_flow,))


@picture(
    "q_sample",
    shows="what the noising does to two clusters, step by step",
    caption="1,000 points in two clusters, noised by your q_sample with the alpha_bar that you"
    " computed, for a linear schedule of 100 steps. After which step could you no longer"
    " tell the clusters apart, and what is left at the end?",
    needs=("alpha_bar",),
)
def noising_of_two_clusters(student):
    betas = torch.linspace(1e-3, 0.1, 100, dtype=torch.float64)
    kept = pictures.value(student.alpha_bar(betas), (100,), "alpha_bar").detach()
    draw = Draw(1)
    x_0 = 3 * (2 * draw.bits(1000, 1) - 1) + 0.3 * draw.normal(1000, 1)
    eps = draw.normal(1000, 1)
    series = []
    for step in (0, 29, 99):
        t = torch.full((1000,), step)
        got = pictures.value(student.q_sample(x_0, t, eps, kept), (1000, 1), "q_sample")
        series.append(pictures.histogram(f"t = {step}", got, -5, 5))
    share = pictures.line("your alpha_bar", range(100), kept)
    return [
        Panel("Noised points", "x_t", "density", tuple(series)),
        Panel("The schedule", "t", "share of the variance that is data", (share,)),
    ]
