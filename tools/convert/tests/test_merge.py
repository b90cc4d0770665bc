"""Merged convolutions answer as they did apart, and only those that save numbers are merged."""

import keras
import numpy as np
from keras import layers

from convert import merge
from convert.source import Source


def source(*, between=None, narrow=12):
    keras.utils.set_random_seed(1)
    inp = keras.Input((8, 8, 3))
    wide = layers.ReLU()(layers.Conv2D(32, 3, strides=2, padding="same", name="first")(inp))
    x = layers.Conv2D(narrow, 1, name="project", bias_initializer="uniform")(wide)
    y = between(x) if between else x
    maps = {"classes": layers.Conv2D(5, 1, name="classes_map", bias_initializer="uniform")(y), "gate": layers.Conv2D(3, 1, name="gate_map")(x)}
    outs = {role: layers.GlobalAveragePooling2D(name=role)(m) for role, m in maps.items()}
    return Source(keras.Model(inp, outs | {"cam": maps["classes"]}), 8, {"classes": 5, "gate": 3})


def names(found):
    return [layer.name for layer in found.model.layers if isinstance(layer, layers.Conv2D)]


def test_it_answers_as_before_with_fewer_numbers():
    before = source()
    after = merge.merged(before)
    x = np.random.default_rng(0).normal(0, 1, (4, 8, 8, 3)).astype(np.float32)
    for role, value in before.model(x).items():
        assert np.ptp(value) > 0.01
        assert np.allclose(value, after.model(x)[role], atol=1e-5), role
    assert names(after) == ["first", "classes_map", "gate_map"]
    assert after.model.count_params() < before.model.count_params()


def test_what_is_not_linear_stays():
    before = source(between=layers.ReLU())
    assert merge.merged(before) is before


def test_a_bottleneck_that_saves_numbers_stays():
    before = source(narrow=4)
    assert merge.merged(before) is before


def test_a_map_that_is_an_output_stays():
    before = source()
    before.model = keras.Model(before.model.input, before.model.output | {"cam": before.model.get_layer("project").output})
    assert merge.merged(before) is before


def test_of_three_in_a_row_one_is_left():
    before = source(between=layers.Conv2D(9, 1, name="between", bias_initializer="uniform"))
    after = merge.merged(before)
    x = np.random.default_rng(0).normal(0, 1, (4, 8, 8, 3)).astype(np.float32)
    for role, value in before.model(x).items():
        assert np.allclose(value, after.model(x)[role], atol=1e-5), role
    assert names(after) == ["first", "classes_map", "gate_map"]


def test_a_layer_that_is_called_twice_stays():
    inp = keras.Input((8, 8, 16))
    twice = layers.Conv2D(16, 1, name="twice")
    head = layers.Conv2D(2, 1, name="classes_map")(twice(twice(inp)))
    before = Source(keras.Model(inp, {"classes": layers.GlobalAveragePooling2D(name="classes")(head)}), 8, {"classes": 2})
    assert merge.merged(before) is before
