"""The delivered network is the trained one: same weights, same answers, logits that are means of the map."""

import keras
import numpy as np

from train import blocks, goals, network, setting
from train.__main__ import write

SIDE = 64


def test_stem_and_learner_together_are_the_deliverable():
    keras.utils.set_random_seed(3)
    stem = network.stem(SIDE)
    learner = network.learner(SIDE, goals.HEADS)
    weights = network.weights_of(stem) | network.weights_of(learner)
    rng = np.random.default_rng(1)
    channels = stem.get_layer(blocks.SETTING).output.shape[-1]
    taken = setting.Setting(rng.normal(size=(channels, setting.WIDTH)).astype(np.float32), rng.normal(size=setting.WIDTH).astype(np.float32),
                            rng.normal(size=(5, setting.EACH, setting.WIDTH)).astype(np.float32))
    whole = write(weights, SIDE, "fruit", taken)
    x = np.random.default_rng(0).uniform(-1, 1, (2, SIDE, SIDE, 3)).astype(np.float32)
    parts = learner(stem(x))
    out = whole(x)
    assert np.allclose(parts["fruit"], out["classes"], atol=1e-4)
    assert np.allclose(parts["gate"], out["gate"], atol=1e-4)
    assert np.allclose(np.mean(out["cam"], (1, 2)), out["classes"], atol=1e-4)
    means = np.mean(keras.Model(stem.input, stem.get_layer(blocks.SETTING).output)(x), (1, 2))
    assert np.allclose(means @ taken.kernel + taken.bias, out["setting"], atol=1e-3)
    for said in range(5):
        found = setting.nearest(np.array(out["setting"]), np.array(out["near"]), np.array([said, said]))
        assert np.allclose(taken.cosine(means, np.array([said, said])), found, atol=1e-4)


def test_size_is_that_of_mobilenet_without_its_classifier():
    whole = network.deliverable(SIDE, 8, 3)
    heads = (blocks.FEATURES + 1) * (8 + 3)
    # keras.applications.MobileNetV2(include_top=False) has 2,257,984 parameters, 68,224 of them in 52 normalisations
    # beyond the bias that folding leaves (17,056 channels × 4 less one bias each).
    assert whole.count_params() - heads == 2257984 - 4 * 17056 + 17056


def test_strides_pad_like_the_published_network():
    x = np.random.default_rng(1).normal(size=(1, 16, 16, 2)).astype(np.float32)
    same = keras.layers.DepthwiseConv2D(3, strides=2, padding="same")
    a = same(x)
    padded = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    valid = keras.layers.DepthwiseConv2D(3, strides=2, padding="valid")
    valid.build(padded.shape)
    valid.set_weights(same.get_weights())
    assert np.allclose(a, valid(padded), atol=1e-5)


def test_blending_meets_in_the_middle_and_leaves_other_layers_alone():
    before = network.weights_of(network.learner(SIDE, goals.HEADS))
    after = network.blended(before, {"conv_last": [w + 2 for w in before["conv_last"]]}, 0.25)
    assert list(after) == list(before)
    for name, arrays in before.items():
        for was, now in zip(arrays, after[name]):
            assert np.allclose(now - was, 0.5 if name == "conv_last" else 0, atol=1e-5), name
