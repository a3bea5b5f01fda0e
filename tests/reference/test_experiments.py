"""The experiment on small scale, its loading code, and the stored run of the reference."""

import math

import numpy as np
import pytest
import torch

from graders.core.arrays import read_artefacts
from graders.public import experiments as given
from reference import experiments as reference


def test_digits_are_the_same_in_every_call_and_split_without_overlap():
    train, test, labels = given.load_data()
    again = given.load_data()
    assert all(torch.equal(a, b) for a, b in zip((train, test, labels), again))
    assert (train.shape, test.shape, labels.shape) == ((1297, 64), (500, 64), (500,))
    assert train.min() >= 0 and train.max() == 1 and train.dtype == torch.float32
    assert set(labels.tolist()) == set(range(10))


def openml(images=70, fail=False):
    """What scikit-learn's fetch_openml gives, on small scale: grey values up to 255 and labels as
    text.
    """

    def fetch(name, *, version, return_X_y, as_frame):
        assert (name, version, return_X_y, as_frame) == ("mnist_784", 1, True, False)
        if fail:
            raise OSError("Name or service not known")
        generator = np.random.default_rng(0)
        return generator.integers(0, 256, (images, 784)).astype(float), generator.integers(
            0, 10, images
        ).astype(str).astype(object)

    return fetch


def test_mnist_takes_the_same_path_as_the_digits():
    train, test, labels = given.load_data("mnist", fetch=openml())
    assert (train.shape, test.shape) == ((60, 784), (10, 784)) and train.dtype == torch.float32
    assert train.min() >= 0 and train.max() <= 1 and labels.dtype == torch.int64
    networks = {name: (given.Encoder(784), given.Decoder(784)) for name in given.ALGORITHMS}
    artefacts = reference.run_experiment(train, test, labels, networks, epochs=10, batch_size=30)
    assert (
        artefacts["manifold"]["aevb"].shape == (20, 20, 784)
        and len(artefacts["bound_history"]["wake_sleep"]) == 1
    )


def test_without_a_network_there_is_one_clear_error():
    with pytest.raises(
        ConnectionError, match=r"MNIST could not be fetched from OpenML .*Is there a network\?"
    ):
        given.load_data("mnist", fetch=openml(fail=True))
    with pytest.raises(ValueError, match='"digits" and "mnist"'):
        given.load_data("fashion")


def test_a_small_run_leaves_artefacts_that_can_be_read_back(tmp_path):
    train, test, labels = (part[:120] for part in given.load_data())
    networks = {name: (given.Encoder(64), given.Decoder(64)) for name in given.ALGORITHMS}
    rounds = []
    artefacts = reference.run_experiment(
        train, test, labels, networks, epochs=20, tell=rounds.append
    )
    assert rounds == [10, 20] * 2
    given.save_experiment(networks, artefacts, tmp_path / "experiment.npz")
    found = read_artefacts(tmp_path / "experiment.npz")
    assert set(found) == {"parameters", *artefacts}
    assert {name: set(parts) for name, parts in found.items() if name != "parameters"} == {
        name: set(parts) for name, parts in artefacts.items()
    }
    saved = found["parameters"]["wake_sleep/decoder.logits.bias"]
    np.testing.assert_array_equal(saved, networks["wake_sleep"][1].logits.bias.detach().numpy())
    losses = artefacts["loss_history"]
    assert all(len(losses[name]) == 20 for name in ("wake", "sleep", "aevb"))
    assert losses["aevb"][-1] < losses["aevb"][0]


def test_mean_bound_of_a_machine_that_ignores_its_code_is_the_log_likelihood():
    encoder, decoder = given.Encoder(4), given.Decoder(4)
    with torch.no_grad():
        for parameter in [*encoder.parameters(), *decoder.parameters()]:
            parameter.zero_()
    assert reference.mean_bound(torch.rand(7, 4), encoder, decoder) == pytest.approx(
        4 * math.log(0.5), rel=1e-5
    )


def test_the_grid_has_corners_at_three_and_its_first_axis_first():
    class Identity(torch.nn.Module):
        def forward(self, z):
            return z

    grid = torch.logit(reference.decode_grid(Identity()))
    assert grid.shape == (20, 20, 2)
    torch.testing.assert_close(grid[0, 0], torch.tensor([-3.0, -3.0]))
    torch.testing.assert_close(grid[19, 0], torch.tensor([3.0, -3.0]))


def test_the_stored_run_is_a_whole_one_and_aevb_ends_higher():
    assert set(reference.ARTEFACTS) == {
        "parameters",
        "bound_history",
        "train_bound_history",
        "loss_history",
        "reconstructions",
        "latent_means",
        "manifold",
    }
    history = reference.bound_history
    assert history["aevb"].shape == history["wake_sleep"].shape == (10,)
    assert history["aevb"][-1] > history["wake_sleep"][-1] > -27.2


def test_while_something_is_missing_no_file_is_written_and_it_is_named(tmp_path, capsys):
    networks = {name: (given.Encoder(64), given.Decoder(64)) for name in given.ALGORITHMS}
    given.save_experiment(
        networks,
        {"bound_history": {"aevb": [], "wake_sleep": [-1.0]}, "manifold": {"aevb": ...}},
        tmp_path / "experiment.npz",
    )
    assert capsys.readouterr().out.endswith(
        "is not written yet. No numbers so far: bound_history/aevb, manifold/aevb\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_plots_for_which_everything_is_there_are_shown(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    given.plot(reference.ARTEFACTS)
    assert len(shown) == len(given.PLOTS) and all(
        picture.png.startswith(b"\x89PNG") and picture.caption for picture in shown
    )
    given.plot(
        {
            "bound_history": {"aevb": [-2.0, -1.0], "wake_sleep": [-3.0, -2.0]},
            "manifold": {"aevb": ..., "wake_sleep": ...},
        }
    )
    assert len(shown) == len(given.PLOTS) + 1
