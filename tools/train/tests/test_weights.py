"""Weights come back from their file as they were."""

import numpy as np

from train import weights


def test_weights_come_back(tmp_path):
    start = {"b0_depth": [np.arange(18.0, dtype=np.float32).reshape(3, 3, 2, 1), np.ones(2, np.float32)]}
    weights.save(tmp_path / "start.npz", start)
    back = weights.load(tmp_path / "start.npz")
    assert all(np.array_equal(x, y) for x, y in zip(back["b0_depth"], start["b0_depth"], strict=True))
