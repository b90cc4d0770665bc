"""The published weights fit the layers, and know their classes."""

import keras
import numpy as np
import pytest

from train import blocks, imagenet, network, torchfile, pictures

SIDE = 224


def test_every_layer_finds_its_weights():
    path = imagenet.file(pictures.data_root())
    if not path.exists():
        pytest.skip("the start weights are not here (MANGO_DATA)")
    weights, whole = imagenet.weights(path), network.deliverable(64, 8, 3)
    wanted = {layer.name for layer in whole.layers if layer.get_weights()} - {"classes_map", "gate_map"}
    assert network.lift(whole, weights) == len(wanted) == len(weights)


@pytest.mark.skipif(blocks.NAME != "efficientnet-lite0", reason="asked of EfficientNet-Lite0 (MANGO_NETWORK), whose classifier is in its file")
def test_it_knows_fruit_as_imagenet_taught_it():
    """The whole published network on shared pictures of fruit and vegetables that ImageNet has a class for."""
    root = pictures.data_root()
    if not (root / "manifest.csv").exists():
        pytest.skip("the photographs are not here (MANGO_DATA)")
    found, weights = torchfile.tensors(imagenet.file(root)), imagenet.weights(imagenet.file(root))
    stem, inp = network.stem(SIDE), keras.Input(network.split_shape(SIDE))
    body = keras.Model(inp, network._body(inp))
    network.lift(stem, weights)
    network.lift(body, weights)
    gain, bias, mean, spread = (found[f"_bn1.{k}"] for k in ("weight", "bias", "running_mean", "running_var"))
    # ImageNet's numbers: grocery store, Granny Smith, orange, lemon, pineapple, banana, pomegranate, cucumber, zucchini, bell pepper, mushroom, cabbage.
    named = {582, 948, 950, 951, 953, 954, 957, 943, 939, 945, 947, 936}
    rows = [r for r in pictures.read_table(root) if r.label == "grocery produce"][::8]
    shown = np.stack([pictures.as_input(root / r.path, SIDE) for r in rows]).astype(np.float32) / 127.5 - 1
    x = body.predict(stem.predict(shown, verbose=0), verbose=0)
    x = x @ found["_conv_head.weight"][:, :, 0, 0].T
    x = np.clip((x - mean) / np.sqrt(spread + imagenet.EPSILON) * gain + bias, 0, 6).mean((1, 2))
    said = (x @ found["_fc.weight"].T + found["_fc.bias"]).argmax(-1)
    assert np.mean([n in named for n in said]) > 0.6, f"1 % of ImageNet's classes should get most of these pictures: {said}"
