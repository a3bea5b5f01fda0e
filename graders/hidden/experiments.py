"""Hidden checks and misconceptions of the topic `experiments`: what can be told from the file that
a training run left.

The saved networks are rebuilt here and asked again: bounds, means, reconstructions and manifolds
have to be theirs. The test images are known where the data come with a library (8 x 8 digits); of
others only the hundred that were handed in.
"""

from functools import cache

import numpy as np
import torch

from graders.core import expect
from graders.core.exercise import Misconception, check
from graders.public.experiments import (
    ALGORITHMS,
    Decoder,
    Encoder,
    artefact,
    load_data,
    per_algorithm,
    within_0_and_1,
)
from reference import experiments as reference

DIGITS = 64
# Half a percent of L_100 on the digits, and many times the Monte Carlo error of its mean over 500
# images, 0.01.
BOUND_TOLERANCE = 0.1


@cache
def digits():
    """Training images, test images and test labels of the data that come with scikit-learn."""
    return load_data("digits")


def machines(student):
    """The saved networks, `{"aevb": (encoder, decoder), ...}`, and the number of pixels."""
    saved = student.answer("parameters")
    first = saved.get("aevb/encoder.hidden.weight")
    fits = first is not None and first.ndim == 2 and 0 < first.shape[1] <= 1024
    expect.true(
        fits,
        "no parameters of the given networks",
        subject="parameters/aevb/encoder.hidden.weight",
        detail="wanted a matrix (128, D)",
        got=sorted(saved),
    )
    pixels = first.shape[1]
    return {
        name: (
            _rebuilt(Encoder(pixels), saved, f"{name}/encoder"),
            _rebuilt(Decoder(pixels), saved, f"{name}/decoder"),
        )
        for name in ALGORITHMS
    }, pixels


def _rebuilt(net, saved, prefix):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            subject = f"parameters/{prefix}.{name}"
            array = saved.get(f"{prefix}.{name}")
            fits = array is not None and array.shape == tuple(parameter.shape)
            expect.true(
                fits,
                "no parameters of the given networks",
                subject=subject,
                detail=f"wanted shape {tuple(parameter.shape)}",
                got=None if array is None else array.shape,
            )
            parameter.copy_(torch.as_tensor(np.asarray(array, dtype=np.float32)))
            expect.finite(parameter, subject=subject)
    return net


def bound_of(images, pair):
    """L_100 averaged over images, its own random numbers fixed."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return reference.mean_bound(images, *pair)


def ends_at_own_bound(student, name, images_of):
    """Checks that the last entries of a history are L_100 of the saved networks on some images of
    (pixels).
    """
    history = artefact(student, name, per_algorithm(10))
    saved, pixels = machines(student)
    images = images_of(student, pixels)
    for algorithm, pair in saved.items():
        wanted, got = bound_of(images, pair), history[algorithm][-1].item()
        # A hundred images stand for the whole test set: their mean has a standard error of its own,
        # about 4 % of L_100.
        tolerance = BOUND_TOLERANCE if pixels == DIGITS else 0.25 * abs(wanted)
        detail = f"got {got:.3f}, the saved networks have {wanted:.3f} (tolerance {tolerance:.2f})"
        expect.true(
            abs(got - wanted) <= tolerance,
            "not the bound of the saved networks",
            subject=f"the last entry of {name}/{algorithm}",
            detail=detail,
            got=torch.tensor(got),
        )


def test_images(student, pixels):
    """The test images where they are known, else the hundred that were handed in."""
    return (
        digits()[1]
        if pixels == DIGITS
        else artefact(student, "reconstructions", {"original": (100, pixels)})["original"].float()
    )


def rises(student, name):
    """Checks that bounds are those of a discrete variable, and better at the end than at the
    beginning.
    """
    for algorithm, bounds in artefact(student, name, per_algorithm(10)).items():
        subject = f"{name}/{algorithm}"
        expect.true(
            bool((bounds <= 0).all()),
            "a bound above 0",
            subject=subject,
            detail="the bound is on the logarithm of a probability",
            got=bounds,
        )
        expect.true(
            bool(bounds[-1] > bounds[0]),
            "bounds that do not rise",
            subject=subject,
            detail=f"{bounds[0]:.2f} at the beginning, {bounds[-1]:.2f} at the end",
            got=bounds,
        )


@check("bound_history", "There are ten finite bounds for each algorithm.")
def bounds_have_their_form(student):
    artefact(student, "bound_history", per_algorithm(10))


@check(
    "bound_history",
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=("bounds_have_their_form",),
)
def bounds_rise(student):
    rises(student, "bound_history")


@check(
    "bound_history",
    "The last bound of each algorithm is L_100 of its saved networks on the test images.",
    after=("bounds_have_their_form",),
)
def bounds_are_of_saved_networks(student):
    ends_at_own_bound(student, "bound_history", test_images)


@check(
    "bound_history",
    "Both machines explain the test images better than independent pixels do.",
    after=("bounds_have_their_form",),
)
def bounds_beat_independent_pixels(student):
    _, pixels = machines(student)
    history = artefact(student, "bound_history", per_algorithm(10))
    train, test, _ = digits()
    p = train.mean(0).clamp(1e-3, 1 - 1e-3)
    baseline = (
        (test * p.log() + (1 - test) * (1 - p).log()).sum(-1).mean().item()
        if pixels == DIGITS
        else -float("inf")
    )
    for algorithm, bounds in history.items():
        detail = f"got {bounds[-1]:.2f}, independent pixels have {baseline:.2f}"
        expect.true(
            bounds[-1].item() > baseline,
            "no better than independent pixels",
            subject=f"bound_history/{algorithm}",
            detail=detail,
            got=bounds,
        )


@check("train_bound_history", "There are ten finite bounds for each algorithm.")
def training_bounds_have_their_form(student):
    artefact(student, "train_bound_history", per_algorithm(10))


@check(
    "train_bound_history",
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=("training_bounds_have_their_form",),
)
def training_bounds_rise(student):
    rises(student, "train_bound_history")


@check(
    "train_bound_history",
    "The last bound of each algorithm is L_100 of its saved networks on the training images.",
    after=("training_bounds_have_their_form",),
)
def training_bounds_are_of_saved_networks(student):
    # Where the training images are not known, the bound on the test images is near enough for the
    # tolerance.
    ends_at_own_bound(
        student,
        "train_bound_history",
        lambda student, pixels: digits()[0] if pixels == DIGITS else test_images(student, pixels),
    )


@check(
    "loss_history",
    "There are a hundred finite losses of each kind, three learning rates and two sample sizes.",
)
def losses_have_their_form(student):
    found = artefact(
        student,
        "loss_history",
        {
            "wake": (100,),
            "sleep": (100,),
            "aevb": (100,),
            "learning_rates": (3,),
            "sample_sizes": (2,),
        },
    )
    rates, sizes = found["learning_rates"], found["sample_sizes"]
    detail = "wake, sleep and AEVB: between 0 and 1"
    expect.true(
        bool(((rates > 0) & (rates < 1)).all()),
        "learning rates that cannot be",
        subject="loss_history/learning_rates",
        detail=detail,
        got=rates,
    )
    detail = "wake and sleep: whole numbers from 1"
    expect.true(
        bool(((sizes >= 1) & (sizes == sizes.round())).all()),
        "sample sizes that are no counts",
        subject="loss_history/sample_sizes",
        detail=detail,
        got=sizes,
    )


@check(
    "loss_history",
    "The losses of the wake phase and of AEVB fall.",
    after=("losses_have_their_form",),
)
def losses_fall(student):
    losses = artefact(student, "loss_history", {"wake": (100,), "aevb": (100,)})
    for key, values in losses.items():
        first, last = values[:10].mean().item(), values[-10:].mean().item()
        detail = f"{first:.2f} in the first ten epochs, {last:.2f} in the last ten"
        expect.true(
            last < first,
            "a loss that does not fall",
            subject=f"loss_history/{key}",
            detail=detail,
            got=values,
        )


@check("reconstructions", "There are a hundred images of each kind, between 0 and 1.")
def images_have_their_form(student):
    _, pixels = machines(student)
    within_0_and_1(
        artefact(
            student, "reconstructions", {"original": (100, pixels), **per_algorithm(100, pixels)}
        ),
        "reconstructions",
    )


@check(
    "reconstructions",
    "The originals are images of the test set.",
    after=("images_have_their_form",),
)
def originals_are_test_images(student):
    _, pixels = machines(student)
    if pixels == DIGITS:
        originals = artefact(student, "reconstructions", {"original": (100, pixels)})["original"]
        distance = torch.cdist(originals, digits()[1].double()).min(1).values
        detail = f"{int((distance > 1e-3).sum())} of 100 are not in the test set"
        expect.true(
            bool((distance <= 1e-3).all()),
            "originals that are not of the test set",
            subject="reconstructions/original",
            detail=detail,
            got=distance,
        )


@check(
    "reconstructions",
    "Each machine's images are what its saved networks make of the originals.",
    after=("images_have_their_form",),
)
def images_are_of_saved_networks(student):
    saved, pixels = machines(student)
    images = artefact(
        student, "reconstructions", {"original": (100, pixels), **per_algorithm(100, pixels)}
    )
    average = (images["original"] - images["original"].mean(0)).square().mean().item()
    for algorithm, pair in saved.items():
        # Decoding a sample of q instead of its mean is right too: it lies nearer to the decoded
        # mean than images to each other.
        wanted = reference.reconstruct(images["original"].float(), *pair).double()
        error = (images[algorithm] - wanted).square().mean().item()
        detail = (
            f"mean squared distance {error:.4f} from what the saved networks give, {average:.4f}"
            " between images"
        )
        expect.true(
            error < 0.18 * average,
            "not the images of the saved networks",
            subject=f"reconstructions/{algorithm}",
            detail=detail,
            got=images[algorithm],
        )


@check(
    "latent_means",
    "There is a point in the plane for each image and algorithm, and a label for each image.",
)
def means_have_their_form(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, 2), "labels": (None,)})
    counts = sorted({len(array) for array in points.values()})
    expect.true(
        len(counts) == 1 and counts[0] >= 100,
        "different numbers of points and labels",
        subject="latent_means",
        detail=f"got {counts}",
        got=counts,
    )


@check(
    "latent_means",
    "The points are the means that the saved encoders give the test images.",
    after=("means_have_their_form",),
)
def means_are_of_saved_encoders(student):
    saved, pixels = machines(student)
    points = artefact(student, "latent_means", per_algorithm(None, 2))
    for algorithm, (encoder, _) in saved.items() if pixels == DIGITS else ():
        known = encoder(digits()[1])[0].detach().double()
        far = torch.cdist(points[algorithm], known).min(1).values > 1e-3
        detail = f"{int(far.sum())} of {len(far)} points are no test image's mean"
        expect.true(
            not far.any(),
            "not the means of the saved encoder",
            subject=f"latent_means/{algorithm}",
            detail=detail,
            got=points[algorithm],
        )


@check(
    "latent_means",
    "The labels belong to the points: neighbours in the plane are often the same digit.",
    after=("means_have_their_form",),
)
def labels_belong_to_points(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, 2), "labels": (None,)})
    count = min(2000, *map(len, points.values()))
    labels = points["labels"][:count]
    for algorithm in ALGORITHMS:
        near = (
            torch.cdist(points[algorithm][:count], points[algorithm][:count])
            .fill_diagonal_(float("inf"))
            .argmin(1)
        )
        share = (labels[near] == labels).double().mean().item()
        # Ten digits at random agree in 10 % of the cases, with a standard error of 3 % for a
        # hundred points.
        detail = f"{share:.0%} of the nearest neighbours have the same label"
        expect.true(
            share > 0.3,
            "labels that do not belong to the points",
            subject=f"latent_means/{algorithm}",
            detail=detail,
            got=share,
        )


@check("manifold", "There is an image between 0 and 1 for each code of the grid.")
def grid_has_its_form(student):
    _, pixels = machines(student)
    within_0_and_1(artefact(student, "manifold", per_algorithm(20, 20, pixels)), "manifold")


@check(
    "manifold",
    "The images are what the saved decoders make of a regular grid of codes from -3 to 3.",
    after=("grid_has_its_form",),
)
def grid_is_of_saved_decoders(student):
    saved, pixels = machines(student)
    grids = artefact(student, "manifold", per_algorithm(20, 20, pixels))
    for algorithm, (_, decoder) in saved.items():
        wanted = reference.decode_grid(decoder).double()
        # Which axis runs down and which way each grows is free.
        turned = [
            image.flip(axes)
            for image in (wanted, wanted.transpose(0, 1))
            for axes in ((), (0,), (1,), (0, 1))
        ]
        error = min((grids[algorithm] - image).abs().max().item() for image in turned)
        detail = f"some pixel differs by {error:.3f} in every orientation of the grid"
        expect.true(
            error <= 5e-3,
            "not the images of the saved decoder",
            subject=f"manifold/{algorithm}",
            detail=detail,
            got=grids[algorithm],
        )


# --- misconceptions: the reference's artefacts, with one thing wrong ------------------------------


def wrong(exercise, hint, caught_by, **changes):
    """A misconception that hands in the reference's artefact with some arrays replaced."""
    return Misconception(exercise, hint, caught_by, {**getattr(reference, exercise), **changes})


def both(name, change):
    """The arrays of both algorithms, changed."""
    return {algorithm: change(getattr(reference, name)[algorithm]) for algorithm in ALGORITHMS}


def exchanged(name):
    """The arrays of the two algorithms in each other's place."""
    return dict(
        zip(ALGORITHMS, [getattr(reference, name)[algorithm] for algorithm in reversed(ALGORITHMS)])
    )


bounds_of_every_epoch = wrong(
    "bound_history",
    "There are more entries than rounds of ten epochs.",
    "bounds_have_their_form",
    **both("bound_history", lambda v: v.repeat(10)),
)
bounds_negated = wrong(
    "bound_history",
    "Your bounds are losses: which sign does the logarithm of a probability have?",
    "bounds_rise",
    **both("bound_history", lambda v: -v),
)
bounds_backwards = wrong(
    "bound_history",
    "The machine seems to get worse. In which order are the epochs?",
    "bounds_rise",
    **both("bound_history", lambda v: v[::-1].copy()),
)
bounds_per_pixel = wrong(
    "bound_history",
    "Your bounds are averaged over the pixels. What adds up over them?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v / DIGITS),
)
bounds_summed = wrong(
    "bound_history",
    "Your bounds are sums over the images. What is plotted is that of one image.",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v * 500),
)
bounds_without_log_k = wrong(
    "bound_history",
    "Your bounds are too large by a constant. What does L_k do with k?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v + 4.60517),
)
bounds_of_one_sample = wrong(
    "bound_history",
    "Your bounds are too low for a hundred samples. Which k did you evaluate?",
    "bounds_are_of_saved_networks",
    **both("bound_history", lambda v: v - 0.3),
)
bounds_exchanged = wrong(
    "bound_history",
    "The two algorithms are exchanged, in the histories or in the saved networks.",
    "bounds_are_of_saved_networks",
    **exchanged("bound_history"),
)
training_bounds_every_epoch = wrong(
    "train_bound_history",
    "Losses are wanted for every epoch, bounds for every tenth.",
    "training_bounds_have_their_form",
    **both("train_bound_history", lambda v: v.repeat(10)),
)
training_bounds_backwards = wrong(
    "train_bound_history",
    "The machine seems to get worse. In which order are the epochs?",
    "training_bounds_rise",
    **both("train_bound_history", lambda v: v[::-1].copy()),
)
training_bounds_exchanged = wrong(
    "train_bound_history",
    "The two algorithms are exchanged, in the histories or in the saved networks.",
    "training_bounds_are_of_saved_networks",
    **exchanged("train_bound_history"),
)
training_bounds_summed = wrong(
    "train_bound_history",
    "Your bounds are sums over the images. What is plotted is that of one image.",
    "training_bounds_are_of_saved_networks",
    **both("train_bound_history", lambda v: v * 1297),
)
losses_every_ten = wrong(
    "loss_history",
    "Losses are wanted for every epoch, bounds for every tenth.",
    "losses_have_their_form",
    wake=reference.loss_history["wake"][::10],
)
losses_without_sizes = wrong(
    "loss_history",
    "The sample sizes are counts of samples, not shares.",
    "losses_have_their_form",
    sample_sizes=reference.loss_history["sample_sizes"] / 100,
)
losses_negated = wrong(
    "loss_history",
    "A loss that is minimised falls. Is it the bound that you kept?",
    "losses_fall",
    aevb=-reference.loss_history["aevb"],
)
wake_losses_backwards = wrong(
    "loss_history",
    "A loss that is minimised falls. In which order are the epochs?",
    "losses_fall",
    wake=reference.loss_history["wake"][::-1].copy(),
)
images_as_logits = wrong(
    "reconstructions",
    "Your images are logits. What turns them into probabilities?",
    "images_have_their_form",
    **both("reconstructions", lambda v: 8 * v - 4),
)
images_of_average = wrong(
    "reconstructions",
    "All reconstructions look alike. Which code belongs to which image?",
    "images_are_of_saved_networks",
    **both("reconstructions", lambda v: 0 * v + v.mean(0)),
)
images_in_other_order = wrong(
    "reconstructions",
    "The reconstructions belong to other images than those beside them.",
    "images_are_of_saved_networks",
    **both("reconstructions", lambda v: v[::-1].copy()),
)
images_of_training = wrong(
    "reconstructions",
    "Some originals are not of the test set.",
    "originals_are_test_images",
    original=digits()[0][:100].numpy(),
)
means_with_noise = wrong(
    "latent_means",
    "Your points are samples of q(z | x). Its mean is asked for.",
    "means_are_of_saved_encoders",
    **both("latent_means", lambda v: v + 0.1 * (v[::-1] - v)),
)
means_exchanged = wrong(
    "latent_means",
    "The two algorithms are exchanged, in the points or in the saved networks.",
    "means_are_of_saved_encoders",
    **exchanged("latent_means"),
)
labels_shifted = wrong(
    "latent_means",
    "The labels belong to other images than the points.",
    "labels_belong_to_points",
    labels=reference.latent_means["labels"][::-1].copy(),
)
labels_of_training = wrong(
    "latent_means",
    "There are more labels than points. Of which images are they?",
    "means_have_their_form",
    labels=reference.latent_means["labels"].repeat(2),
)
grid_of_logits = wrong(
    "manifold",
    "Your images are logits. What turns them into probabilities?",
    "grid_has_its_form",
    **both("manifold", lambda v: 8 * v - 4),
)
grid_exchanged = wrong(
    "manifold",
    "The two algorithms are exchanged, in the grids or in the saved networks.",
    "grid_is_of_saved_decoders",
    **exchanged("manifold"),
)
grid_too_small = wrong(
    "manifold",
    "Your grid does not reach as far as was asked for.",
    "grid_is_of_saved_decoders",
    **both("manifold", lambda v: v[5:15, 5:15].repeat(2, 0).repeat(2, 1)),
)
grid_of_binary_images = wrong(
    "manifold",
    "Your images are rounded. The means of the decoder are asked for.",
    "grid_is_of_saved_decoders",
    **both("manifold", lambda v: v.round()),
)
