"""Experiments that nobody ran, and one that somebody did, on each of the two sizes of images."""

import numpy as np
import pytest
import torch

from graders.audit.unearned import share
from graders.core.artefacts import ArtefactHost
from graders.core.engine import run_exercise
from graders.core.verdict import Status
from graders.grading.catalogue import load_homework
from graders.hidden.experiments import _trained
from graders.public.experiments import ALGORITHMS, Decoder, Encoder, load_data
from reference import experiments as reference

FORM = {
    "bounds_have_their_form", "training_bounds_have_their_form", "losses_have_their_form",
    "images_have_their_form", "means_have_their_form", "grid_has_its_form",
}  # fmt: skip
HOMEWORK = load_homework("helmholtz")


def verdicts(groups):
    host = ArtefactHost(groups)
    return [
        verdict
        for entry in HOMEWORK.graded
        if entry.exercise.kind == "E"
        for verdict in run_exercise(entry.hidden, host, key="k", public=False, right=HOMEWORK.right)
    ]


def shares(groups):
    """What each experiment earns, its public checks counted too."""
    host = ArtefactHost(groups)
    return [share(e, HOMEWORK, host) for e in HOMEWORK.graded if e.exercise.kind == "E"]


def forged(test, change=lambda nets: None):
    """The file of somebody who trained nothing: decoders that ignore z and give the mean image."""
    pixels = test.shape[-1]
    p = test.mean(0).clamp(1e-4, 1 - 1e-4)
    bound = (test * p.log() + (1 - test) * (1 - p).log()).sum(1).mean().item()
    groups = {"parameters": {}, "bound_history": {}, "train_bound_history": {}}
    groups |= {"reconstructions": {"original": test[:100].numpy()}, "manifold": {}}
    groups["latent_means"] = {"labels": np.full(100, 3)}
    groups["loss_history"] = {key: np.linspace(2, 1, 100) for key in ("wake", "sleep", "aevb")}
    groups["loss_history"] |= {"learning_rates": np.full(3, 0.1), "sample_sizes": np.ones(2)}
    for algorithm in ALGORITHMS:
        nets = {"encoder": Encoder(pixels), "decoder": Decoder(pixels)}
        with torch.no_grad():
            for parameter in (p for net in nets.values() for p in net.parameters()):
                parameter.zero_()
            nets["decoder"].logits.bias.copy_(torch.logit(p))
            change(nets)
        for name, net in nets.items():
            for key, parameter in net.named_parameters():
                groups["parameters"][f"{algorithm}/{name}.{key}"] = parameter.detach().numpy()
        for name in ("bound_history", "train_bound_history"):
            groups[name][algorithm] = np.linspace(bound - 5, bound, 10)
        groups["reconstructions"][algorithm] = np.tile(p.numpy(), (100, 1))
        groups["latent_means"][algorithm] = np.zeros((100, 2))
        groups["manifold"][algorithm] = np.tile(p.numpy(), (20, 20, 1))
    return groups


def noisy(nets):
    """A forger who has heard that codes have to matter."""
    for net in nets.values():
        for parameter in net.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))


@pytest.mark.parametrize("change", [lambda nets: None, noisy], ids=["plain", "noisy"])
@pytest.mark.parametrize("pixels", [1, 64, 784])
def test_a_file_made_without_training_passes_no_check_of_values(pixels, change):
    torch.manual_seed(0)
    test = load_data()[1] if pixels == 64 else torch.rand(500, pixels).round()
    groups = forged(test, change)
    found = verdicts(groups)
    assert found and {v.check for v in found if v.passed} <= FORM
    assert not any(v.status is Status.GRADER_FAULT for v in found)
    assert set(shares(groups)) == {0.0}


def test_mnist_without_its_file_waits_for_a_person(monkeypatch):
    """Networks that may have been trained, on images that cannot be told from MNIST."""
    monkeypatch.delenv("CRITIC_MNIST", raising=False)
    for looked_at in ("_uses_codes", "_explains", "_differ"):
        monkeypatch.setattr(_trained, looked_at, lambda *arguments: None)
    found = verdicts(forged(torch.rand(500, 784).round(), noisy))
    waiting = [v for v in found if v.status is Status.WAITING]
    assert waiting and all("a person has to look" in v.message for v in waiting)
    assert not any(v.status is Status.GRADER_FAULT for v in found)


def test_networks_that_did_not_learn_from_the_data_pass_no_check_of_values():
    torch.manual_seed(0)
    groups = {name: dict(group) for name, group in reference.ARTEFACTS.items()}
    groups["parameters"] = {
        key: array[:, torch.randperm(array.shape[1])] if "encoder.hidden.weight" in key else array
        for key, array in groups["parameters"].items()
    }
    assert {v.check for v in verdicts(groups) if v.passed} <= FORM


def test_one_pair_of_networks_does_not_count_for_both_algorithms():
    groups = {name: dict(group) for name, group in reference.ARTEFACTS.items()}
    groups["parameters"] |= {
        key.replace("aevb", "wake_sleep"): array
        for key, array in groups["parameters"].items()
        if key.startswith("aevb")
    }
    assert {v.check for v in verdicts(groups) if v.passed} <= FORM


def test_the_stored_run_passes_and_earns_everything():
    assert all(v.passed for v in verdicts(reference.ARTEFACTS))
    assert set(shares(reference.ARTEFACTS)) == {1.0}


@pytest.fixture(scope="module")
def run_on_large_images():
    """A short honest run on digits of 28 x 28 pixels, which stand for MNIST."""
    torch.manual_seed(1)
    train, test, labels = load_data()
    large = [
        torch.nn.functional.interpolate(images.view(-1, 1, 8, 8), 28).flatten(1)
        for images in (train, test)
    ]
    networks = {name: (Encoder(784), Decoder(784)) for name in ALGORITHMS}
    # A hundred entries and ten bounds of fewer epochs would not have their form.
    artefacts = reference.run_experiment(*large, labels, networks)
    groups = {
        name: {key: np.asarray(value) for key, value in group.items()}
        for name, group in artefacts.items()
    }
    groups["parameters"] = {
        f"{algorithm}/{what}.{key}": parameter.detach().numpy()
        for algorithm, pair in networks.items()
        for what, net in zip(("encoder", "decoder"), pair)
        for key, parameter in net.named_parameters()
    }
    return (*large, labels), groups


@pytest.mark.slow
def test_an_honest_run_on_known_mnist_passes(run_on_large_images, tmp_path, monkeypatch):
    (train, test, labels), groups = run_on_large_images
    file = tmp_path / "mnist.npz"
    np.savez(file, train=train.numpy(), test=test.numpy(), labels=labels.numpy())
    monkeypatch.setenv("CRITIC_MNIST", str(file))
    assert [(v.check, v.message) for v in verdicts(groups) if not v.passed] == []


@pytest.mark.slow
def test_without_the_file_an_honest_run_on_mnist_waits_for_a_person(run_on_large_images):
    found = [v for v in verdicts(run_on_large_images[1]) if v.check not in FORM]
    assert all(v.status is Status.WAITING and "a person has to look" in v.message for v in found)
