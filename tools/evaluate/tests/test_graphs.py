"""Every way of keeping numbers gives a smaller graph that still answers."""

import keras
import numpy as np

from convert import quantise, source
from evaluate import graphs


def test_kernels_kept_in_fewer_bits_answer_nearly_the_same(tmp_path):
    keras.utils.set_random_seed(1)
    inp = keras.Input((32, 32, 3))
    x = keras.layers.ReLU(6.0)(keras.layers.Conv2D(64, 3)(inp))
    x = keras.layers.ReLU(6.0)(keras.layers.Conv2D(64, 3)(x))
    keras.Model(inp, keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 1)(x))).save(tmp_path / "m.keras")
    src = source.read(tmp_path / "m.keras")
    shown = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8)
    floats = quantise.float_answers(src, shown, "-1..1")["classes"]
    size = None
    for change in (lambda converter: None, graphs.halves, graphs.weights_only):
        content = quantise.converted(src, change)
        found = quantise.Runner(content, 1)(shown)["classes"]
        assert np.abs(found - floats).max() < 0.05 * np.abs(floats).max()
        assert size is None or len(content) < 0.8 * size
        size = len(content)
