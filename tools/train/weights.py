"""Weights by layer name in one .npz file."""

from pathlib import Path

import numpy as np


def save(path: Path, weights: dict[str, list[np.ndarray]]) -> None:
    """Layer name → [kernel, bias], in Keras's own order of axes."""
    np.savez(path, **{f"{name}/{k}": np.asarray(array, np.float32) for name, pair in weights.items() for k, array in enumerate(pair)})


def load(path: Path) -> dict[str, list[np.ndarray]]:
    """What save wrote."""
    out: dict[str, list[np.ndarray]] = {}
    arrays = np.load(path)
    for key in sorted(arrays.files):
        out.setdefault(key.rsplit("/", 1)[0], []).append(arrays[key])
    return out
