"""A converted graph is changed where it is meant to be, and nowhere else."""

import keras
import numpy as np
import pytest
from keras import layers

from convert import graph, quantise
from convert.source import Refusal, Source


@pytest.fixture(scope="module")
def made():
    """(int8 graph of a small network with two heads, its float model, pictures)."""
    keras.utils.set_random_seed(4)
    inp = keras.Input((16, 16, 3))
    x = layers.ReLU(6.0)(layers.Conv2D(24, 3, strides=2, name="last")(inp))
    maps = {role: layers.Conv2D(size, 1, name=f"{role}_map", bias_initializer="uniform")(x) for role, size in (("classes", 5), ("gate", 3))}
    outs = {role: layers.GlobalAveragePooling2D(name=role)(m) for role, m in maps.items()} | {"cam": maps["classes"]}
    model = keras.Model(inp, outs)
    shown = np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), np.uint8)
    return quantise.to_int8(Source(model, 16, {"classes": 5, "gate": 3}), shown, "-1..1"), model, shown


def features(model, shown):
    last = keras.Model(model.input, layers.GlobalAveragePooling2D()(model.get_layer("classes_map").input))
    return last.predict(quantise.scaled(shown, "-1..1"), verbose=0)


def same(before, after, shown, but=()):
    a, b = (quantise.Runner(content, 1)(shown) for content in (before, after))
    return all(np.array_equal(a[role], b[role]) for role in a if role not in but), b


def test_the_features_are_added_and_all_else_stays_bit_for_bit(made):
    content, model, shown = made
    with_features = graph.with_features(content, shown)
    alike, found = same(content, with_features, shown)
    assert alike and len(with_features) < len(content) + 2000
    wanted = features(model, shown)
    assert np.abs(found["features"] - wanted).max() < 0.03 * wanted.max()
    assert quantise.Runner(with_features, 1).index("features") == 3, "after the others, whose places stay"
    with pytest.raises(Refusal, match="already"):
        graph.with_features(with_features, shown)


def test_another_head_answers_as_its_float_numbers_do(made):
    content, model, shown = made
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(0, 0.4, (24, 3)).astype(np.float32), rng.normal(0, 0.3, 3).astype(np.float32)
    wanted = features(model, shown) @ kernel + bias
    changed = graph.with_head(content, "gate", [(kernel, bias)], shown)
    alike, found = same(content, changed, shown, but=("gate",))
    assert alike
    assert np.abs(found["gate"] - wanted).max() < 0.05 * np.abs(wanted).max()


def test_what_is_no_mean_of_a_convolution_is_refused(made):
    content, _, _ = made
    with pytest.raises(Refusal, match="not the mean"):
        graph.Graph(content).head("cam")
