"""How a photo was taken: its background, light and camera, and whether a class was ever seen so.

The class heads are taught not to look at the background, so their own features
hardly tell a new orchard from a known table. The first blocks do, as ImageNet
made them and as well when they are trained along. The means of one of their
layers (blocks.SETTING) are put into units in which the pictures of one
class-session spread alike in all directions (whitening), rotated towards where sessions
and kinds differ most, and compared by the cosine with prototypes of the class
that the model names: was this class ever learnt from photos like this one? It
never moves an answer, only the trust in it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from . import cached, prototypes
from .pictures import CLASSES, Row, as_input

# The delivered side, whatever side the heads are learnt at.
SIDE = 224
WIDTH = 64
# Prototypes of one class, shared out among its sessions.
EACH = 24
# Directions in which a class-session hardly varies are not blown up without end.
SHRINK = 1e-3


@dataclass(frozen=True)
class Setting:
    """Constants of the delivered graph: kernel (channels, WIDTH), bias (WIDTH), near (classes, EACH, WIDTH)."""

    kernel: np.ndarray
    bias: np.ndarray
    near: np.ndarray

    def cosine(self, means: np.ndarray, said: np.ndarray) -> np.ndarray:
        """Of each picture's means: to the nearest prototype of the class that was said."""
        vectors = means @ self.kernel + self.bias
        return nearest(vectors, np.einsum("nd,ckd->nck", vectors, self.near).max(-1), said)


def nearest(vectors: np.ndarray, near: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The cosine from the graph's two outputs: setting (n, WIDTH), and near (n, classes), the largest product of each class."""
    length = np.linalg.norm(vectors, axis=-1)
    mine = near[np.arange(len(near)), said]
    return np.where(length > 0, mine / np.maximum(length, 1e-9), 0.0)


def learnt(means: np.ndarray, rows: list[Row], usable: np.ndarray, kind: str, seed: int = 5) -> Setting:
    """The constants of one kind, from the rows that may be learnt from."""
    stratum = np.array([r.stratum for r in rows])
    target = np.array([r.target for r in rows])
    own = usable & np.array([r.kind == kind for r in rows]) & (target >= 0)
    sessions = sorted(set(stratum[own]))
    centre = means[own].mean(0)
    spread = np.mean([np.cov(means[own & (stratum == d)].T, bias=True) for d in sessions], axis=0)
    size = len(spread)
    values, axes = np.linalg.eigh(spread + SHRINK * np.trace(spread) / size * np.eye(size))
    white = axes / np.sqrt(values)
    others = sorted(set(stratum[usable & ~own]))
    places = np.stack([means[own & (stratum == d)].mean(0) for d in sessions] + [means[usable & ~own & (stratum == d)].mean(0) for d in others])
    angle = np.linalg.svd((places - centre) @ white, full_matrices=True)[2][:WIDTH]
    # Rounded as the int8 graph will round it; the bias then belongs to the rounded kernel. An error of the kernel alone
    # would move the centre by a hundred times what a picture moves.
    kernel = rounded(white @ angle.T)
    bias = -centre @ kernel
    rng, near = np.random.default_rng(seed), []
    for answer in range(len(CLASSES[kind])):
        mine = sorted(set(stratum[own & (target == answer)]))
        if not mine:  # a class left out of a throw-away model: nothing is near it
            near.append(np.zeros((EACH, kernel.shape[1])))
            continue
        parts = [EACH // len(mine) + (k < EACH % len(mine)) for k in range(len(mine))]
        near.append(np.concatenate([filled(prototypes.directions(means[own & (stratum == d)] @ kernel + bias), n, rng)
                                    for d, n in zip(mine, parts)]))
    return Setting(kernel.astype(np.float32), bias.astype(np.float32), np.stack(near).astype(np.float32))


def filled(points: np.ndarray, count: int, rng) -> np.ndarray:
    """count prototypes; a session of fewer pictures than that has some twice."""
    found = prototypes.centres(points, count, rng)
    return found[np.arange(count) % len(found)]


def rounded(kernel: np.ndarray) -> np.ndarray:
    """Each column in 127 steps of its largest value: int8 per channel."""
    step = np.abs(kernel).max(0) / 127
    return np.round(kernel / step) * step


@cache
def _runner(weights_path: Path):
    # Not at the top: the constants can be learnt without Keras.
    from . import network

    return network.setting_runner(SIDE, network.start_weights(weights_path))


def _means(job):
    rows, root, weights_path = job
    run = _runner(weights_path)
    return np.stack([run(as_input(root / r.path, SIDE)) for r in rows])


def means(folder: Path, root: Path, rows: list[Row], weights_path) -> np.ndarray:
    """(rows, channels): the layer's means of the pictures as they are; made once a folder and start, half a minute."""
    return cached.once(folder / f"setting-{SIDE}-{cached.mark(weights_path)}.npy", rows, _means, root, weights_path)
