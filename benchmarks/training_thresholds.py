"""Where the thresholds of the training checks come from: the reference over many seeds, on the
checks' own data.

python benchmarks/training_thresholds.py [SEEDS]

Prints, for each trainer, the mean and the standard deviation of L_100 on held-out data over that
many seeds (50 unless given), and the value 8 standard deviations below the mean, which the
threshold in graders/hidden/wake_sleep may not exceed.
"""

import statistics
import sys

import torch

from graders.core.draw import Draw
from graders.core.fixtures import Network
from graders.grading.right import compose
from graders.hidden.wake_sleep import _common as checks
from graders.hidden.wake_sleep.train_aevb import AEVB_THRESHOLD
from graders.hidden.wake_sleep.train_wake_sleep import WAKE_SLEEP_THRESHOLD
from reference import wake_sleep as reference


def trained_bound(train, seed):
    """L_100 on held-out data of networks that a trainer has left behind."""
    data, test, encoder, decoder = checks.source(Draw(0))
    networks = [Network.from_state(net.state()) for net in (encoder, decoder)]
    torch.manual_seed(seed)
    train(data, *networks, checks.LONG_EPOCHS, checks.LONG_BATCH, checks.LONG_RATE)
    return checks.test_bound(*networks, test)


def one_dream(data, encoder, decoder, epochs, batch_size, learning_rate):
    """The reference with a single dream in every sleep phase: the number is the student's choice,
    and this is the least.
    """

    def sleep_loss(encoder, decoder, n_samples, latent_dim):
        return reference.sleep_loss(encoder, decoder, 1, latent_dim)

    return compose(reference.train_wake_sleep, {"sleep_loss": sleep_loss})(
        data, encoder, decoder, epochs, batch_size, learning_rate
    )


def main(seeds):
    torch.set_num_threads(1)
    trainers = (
        ("train_aevb", reference.train_aevb, AEVB_THRESHOLD),
        ("train_wake_sleep", reference.train_wake_sleep, WAKE_SLEEP_THRESHOLD),
        ("train_wake_sleep with one dream per batch", one_dream, WAKE_SLEEP_THRESHOLD),
    )
    for name, train, threshold in trainers:
        bounds = [trained_bound(train, seed) for seed in range(seeds)]
        mean, deviation = statistics.mean(bounds), statistics.stdev(bounds)
        print(
            f"{name}: mean {mean:.3f}, standard deviation {deviation:.3f}, lowest {min(bounds):.3f}"
            f" over {seeds} seeds"
        )
        print(
            f"    8 standard deviations below: {mean - 8 * deviation:.2f}, threshold in use:"
            f" {threshold}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
