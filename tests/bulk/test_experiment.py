"""The instructor's run of the experiment, on a few images and one round of epochs."""

from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from graders.bulk import experiment
from graders.core.arrays import read_artefacts


@pytest.fixture
def small(monkeypatch):
    """A homework with the experiment, and 120 images instead of 1,797."""
    room = experiment.given()
    data = [part[:120] for part in room.load_data()]
    monkeypatch.setattr(room, "load_data", lambda name="digits": data)
    monkeypatch.setattr(
        experiment,
        "load_homework",
        lambda name: SimpleNamespace(topics=["experiments"] if name == "helmholtz" else ["kl"]),
    )


@pytest.mark.usefixtures("small")
def test_it_writes_a_table_plots_and_the_file_of_the_first_seed(tmp_path):
    console = Console(record=True, width=120)
    assert experiment.run(console, "helmholtz", tmp_path / "out", seeds=2, epochs=20) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "experiment.md",
        "experiment.npz",
        *(f"{name}.png" for name in experiment.given().PLOTS),
    }
    rows = (tmp_path / "out" / "experiment.md").read_text().splitlines()
    assert [row.split("|")[1].strip() for row in rows[-2:]] == ["10", "20"] and all(
        row.count("±") == 3 for row in rows[-2:]
    )
    assert rows[-1] in console.export_text()
    found = read_artefacts(tmp_path / "out" / "experiment.npz")
    assert found["bound_history"]["aevb"].shape == (2,)


@pytest.mark.usefixtures("small")
def test_a_seed_gives_the_same_run_again():
    first, again, other = (
        experiment.one_seed(seed, "digits", 10)["bound_history"]["wake_sleep"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert first != other


@pytest.mark.usefixtures("small")
def test_a_homework_without_the_experiment_is_a_clear_error(tmp_path):
    console = Console(record=True, width=200)
    assert experiment.run(console, "vae", tmp_path / "out") == 2
    assert "has no experiment" in console.export_text() and not (tmp_path / "out").exists()


def test_without_a_network_mnist_is_a_clear_error(tmp_path, monkeypatch):
    def no_network(name="digits"):
        raise ConnectionError("MNIST could not be fetched from OpenML")

    monkeypatch.setattr(experiment.given(), "load_data", no_network)
    monkeypatch.setattr(
        experiment, "load_homework", lambda name: SimpleNamespace(topics=["experiments"])
    )
    console = Console(record=True, width=200)
    assert experiment.run(console, "helmholtz", tmp_path / "out", data="mnist") == 2
    assert "could not be fetched" in console.export_text()


def test_the_table_shows_differences_seed_by_seed():
    results = [
        {
            "bound_history": {
                "aevb": np.array([-10.0 + shift]),
                "wake_sleep": np.array([-12.0 + shift]),
            }
        }
        for shift in (0.0, 1.0)
    ]
    assert (
        experiment.table(results, 10).splitlines()[-1]
        == "| 10 | -9.50 ± 0.50 | -11.50 ± 0.50 | 2.00 ± 0.00 |"
    )


def test_tiles_lie_in_reading_order_with_a_margin():
    tiles = experiment.given()._tiles(np.arange(1.0, 5.0).reshape(2, 2, 1))
    assert tiles.shape == (6, 6)
    assert [tiles[1, 1], tiles[1, 4], tiles[4, 1], tiles[4, 4]] == [
        1.0,
        2.0,
        3.0,
        4.0,
    ] and tiles.sum() == 10
