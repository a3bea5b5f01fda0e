"""Hidden checks of `optimal_inference`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.public.bigan import optimal_inference

D = Words(optimal_inference)

INFERENCE = "optimal_inference(generator_map)"


def cycle(draw, size):
    """A permutation that moves all points round in one circle: from three points on it is not its
    own inverse.
    """
    order = draw.normal(size).argsort()
    permutation = torch.empty(size, dtype=torch.int64)
    permutation[order] = order.roll(1)
    return permutation


inference_value = D.equals_reference(
    "It is the inference map at the equilibrium.",
    lambda draw: [(cycle(draw, size),) for size in (7, 5, 2, 1)],
)


def shown_map(permutation):
    """A generator map for a message."""
    return f"generator_map = {permutation.tolist()}"


@D.check("It and the generator undo each other, whichever comes first.", after=inference_value)
def inference_inverts(student, draw):
    permutation, points = draw.normal(40).argsort(), torch.arange(40)
    got = expect.tensor(
        student.optimal_inference(permutation), shape=(40,), dtype=torch.int64, subject=INFERENCE
    )
    expect.true(
        int(got.min()) >= 0 and int(got.max()) < 40,
        "indices out of range",
        subject=INFERENCE,
        detail=f"got indices from {int(got.min())} to {int(got.max())}",
        got=got,
    )
    for name, both in (("Q(G(z))", got[permutation]), ("G(Q(x))", permutation[got])):
        expect.close(both, points, subject=f"{name} of {INFERENCE}")


@D.check("A generator that maps two codes to one point has no such map: ValueError.")
def inference_refuses(student, draw):
    collapsed = cycle(draw, 6)
    collapsed[4] = collapsed[1]
    for generator_map in (collapsed, torch.zeros(3, dtype=torch.int64), torch.tensor([1, 1])):
        expect.raises(
            "ValueError",
            lambda m=generator_map: student.optimal_inference(m),
            subject=f"{INFERENCE} for {shown_map(generator_map)}",
        )


def _one_to_one(generator_map):
    if len(set(generator_map.tolist())) < len(generator_map):
        raise ValueError


@inference_value.catches("This is the generator itself. Which way does the inference network go?")
def inference_is_the_generator(generator_map):
    _one_to_one(generator_map)
    return generator_map.clone()


@inference_value.catches(
    "You return every point's own number. A pair (x, Q(x)) of this kind would be easy to tell"
    " from (G(z), z)."
)
def inference_identity(generator_map):
    _one_to_one(generator_map)
    return torch.arange(len(generator_map))


@inference_value.catches("Reading the map backwards is not the same as undoing it.")
def inference_reversed(generator_map):
    _one_to_one(generator_map)
    return generator_map.flip(0)


@inference_value.catches("Applying the generator twice does not lead back.")
def inference_twice(generator_map):
    _one_to_one(generator_map)
    return generator_map[generator_map]


@inference_value.catches("The order in which you sort is the wrong way round.")
def inference_descending(generator_map):
    _one_to_one(generator_map)
    return generator_map.argsort(descending=True)


@inference_refuses.catches(
    "What does the inference network answer for a point that two codes are mapped to?"
)
def inference_unchecked(generator_map):
    return generator_map.argsort()


@inference_value.catches("An index is a whole number.")
def inference_as_floats(generator_map):
    _one_to_one(generator_map)
    return generator_map.argsort().double()
