"""What `Student.observe` reports of the arguments after a call."""

import pytest
import torch

from graders.core.draw import Draw
from graders.core.fixtures import network
from graders.core.student import local
from graders.core.verdict import Unacceptable


def observe(function, net):
    return local({"function": function}).observe("function", net)


def test_a_parameter_that_is_the_result_of_an_operation_is_no_leaf():
    def clips_with_a_record(critic):
        critic.heads[0]._parameters["bias"] = critic.heads[0].bias.clamp(-1, 1)

    assert observe(lambda critic: None, network(Draw(1), (3, 1))).states[0].leaf == (True, True)
    assert observe(clips_with_a_record, network(Draw(1), (3, 1))).states[0].leaf == (True, False)


def test_a_value_that_cannot_be_returned_does_not_hide_the_arguments():
    def doubles(critic):
        for parameter in critic.parameters():
            parameter.data.mul_(2)
        return critic.parameters()

    net = network(Draw(1), (3, 1))
    observed = observe(doubles, net)
    assert observed.value is None
    assert torch.equal(observed.arguments[0].heads[0].weight, 2 * net.heads[0].weight)
    with pytest.raises(Unacceptable):
        local({"doubles": doubles}).doubles(net)


def test_a_network_with_other_layers_is_refused():
    def reshapes(critic):
        critic.heads[0] = torch.nn.Linear(3, 2)

    with pytest.raises(Unacceptable, match="layers were replaced"):
        observe(reshapes, network(Draw(1), (3, 1)))


def test_a_recording_network_can_be_vectorised():
    def slopes(critic, points):
        return torch.func.vmap(torch.func.grad(lambda point: critic(point).squeeze()))(points)

    net, points = network(Draw(1), (3, 4, 1), record=True), Draw(2).normal(5, 3)
    student = local({"slopes": slopes})
    assert student.slopes(net, points).shape == (5, 3)
    assert len(net.calls) == 1 and torch.equal(net.calls[0], points)
