"""The delivered network is the trained one: same weights, same answers, logits that are means of the map."""

import zipfile

import keras
import numpy as np
import pytest

from train import blocks, targets, network, setting
from train.__main__ import write

SIDE = 64


def test_stem_and_learner_together_are_the_deliverable():
    keras.utils.set_random_seed(3)
    stem = network.stem(SIDE)
    learner = network.learner(SIDE, targets.HEADS)
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
    kernel, bias = weights["fruit_map"]
    assert np.allclose(out["features"] @ kernel[0, 0] + bias, out["classes"], atol=1e-4), "the features are what the heads are linear in"
    means = np.mean(keras.Model(stem.input, stem.get_layer(blocks.SETTING).output)(x), (1, 2))
    assert np.allclose(means @ taken.kernel + taken.bias, out["setting"], atol=1e-3)
    for said in range(5):
        found = setting.nearest(np.array(out["setting"]), np.array(out["near"]), np.array([said, said]))
        assert np.allclose(taken.cosine(means, np.array([said, said])), found, atol=1e-4)


# keras.applications.MobileNetV2(include_top=False) has 2,257,984 numbers, half of those in its normalisations not learnt.
PUBLISHED = 2257984 - 2 * 17056


def test_size_is_that_of_the_published_network():
    whole = network.deliverable(SIDE, 8, 3)
    heads = (blocks.FEATURES + 1) * (8 + 3)
    # Of each normalisation the bias alone is left.
    channels = sum(layer.get_weights()[1].size for layer in whole.layers if "_map" not in layer.name and layer.get_weights())
    assert whole.count_params() - heads == PUBLISHED - channels


@pytest.mark.parametrize("kernel, before, after", [(3, 0, 1)])
def test_strides_pad_like_the_published_network(kernel, before, after):
    x = np.random.default_rng(1).normal(size=(1, 16, 16, 2)).astype(np.float32)
    same = keras.layers.DepthwiseConv2D(kernel, strides=2, padding="same")
    a = same(x)
    padded = keras.layers.ZeroPadding2D(((before, after), (before, after)))(x)
    valid = keras.layers.DepthwiseConv2D(kernel, strides=2, padding="valid")
    valid.build(padded.shape)
    valid.set_weights(same.get_weights())
    assert np.allclose(a, valid(padded), atol=1e-5)


def test_the_same_weights_give_the_same_file(tmp_path, monkeypatch):
    keras.utils.set_random_seed(5)
    whole = network.deliverable(32, 5, 3)
    files = []
    for name, now in (("a", 1_700_000_000), ("b", 1_800_000_000)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        (tmp_path / name).mkdir()
        network.save(whole, tmp_path / name / "leaf.keras")
        files.append((tmp_path / name / "leaf.keras").read_bytes())
    assert files[0] == files[1]


def test_a_file_packs_to_less_and_says_the_same(tmp_path):
    whole = network.deliverable(SIDE, 8, 3, setting.WIDTH, setting.EACH)
    rng = np.random.default_rng(2)
    for layer in whole.layers:
        layer.set_weights([rng.normal(0, 0.05, w.shape) for w in layer.get_weights()])
    taken = whole.get_layer("setting_map").get_weights()
    network.save(whole, tmp_path / "leaf.keras")
    again = keras.models.load_model(tmp_path / "leaf.keras", compile=False)
    for layer in whole.layers:
        for ours, theirs in zip(layer.get_weights(), again.get_layer(layer.name).get_weights()):
            assert np.array_equal(ours, theirs), layer.name
    assert all(np.array_equal(a, b) for a, b in zip(taken, again.get_layer("setting_map").get_weights())), "moved off the int8 grid"
    assert (tmp_path / "leaf.keras").stat().st_size < 0.75 * 4 * whole.count_params()
    assert [p.name for p in tmp_path.iterdir()] == ["leaf.keras"]


def test_a_file_is_the_same_after_any_models_before_it(tmp_path):
    keras.utils.set_random_seed(1)
    first = network.deliverable(SIDE, 8, 3, setting.WIDTH, setting.EACH, blocks.GATE_TAPS["leaf"])
    network.save(first, tmp_path / "a.keras")
    # A resumed run builds other models before, and its process has other addresses.
    network.learner(SIDE, targets.HEADS)
    second = network.deliverable(SIDE, 8, 3, setting.WIDTH, setting.EACH, blocks.GATE_TAPS["leaf"])
    network.lift(second, network.weights_of(first))
    network.save(second, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.keras") as found:
        assert b"shared_object_id" not in found.read("config.json")
    again = keras.models.load_model(tmp_path / "a.keras", compile=False)
    assert all(np.array_equal(x, y) for x, y in zip(first.get_weights(), again.get_weights()))
