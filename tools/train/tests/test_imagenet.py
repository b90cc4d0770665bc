"""The published weights fit the layers."""

import pytest

from train import imagenet, network, pictures


def test_every_layer_finds_its_weights():
    path = imagenet.file(pictures.data_root())
    if not path.exists():
        pytest.skip("the start weights are not here (MANGO_DATA)")
    weights, whole = imagenet.weights(path), network.deliverable(64, 8, 3)
    wanted = {layer.name for layer in whole.layers if layer.get_weights()} - {"classes_map", "gate_map"}
    assert network.lift(whole, weights) == len(wanted) == len(weights)
