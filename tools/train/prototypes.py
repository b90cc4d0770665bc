"""What the known diseases look like to the last feature map, in a hundred directions.

A photo's features are compared with these by the cosine: a leaf of a new
orchard or with an unlisted disease is farther from the nearest one than a leaf
like those learnt from. Told by this, wrong answers of left-out days are found
far better than by a head trained to tell altered pictures (docs/models.md).
"""

import numpy as np

# How many prototypes a model may have; each costs 1,280 bytes in the int8 file, four times that in the float one.
COUNT = 104
ROUNDS = 15


def directions(vectors: np.ndarray) -> np.ndarray:
    """Each row at length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def centres(points: np.ndarray, count: int, rng) -> np.ndarray:
    """Spherical k-means: count directions (fewer where there are fewer points) that the points gather round."""
    found = points[rng.choice(len(points), min(count, len(points)), replace=False)]
    for _ in range(ROUNDS):
        nearest = (points @ found.T).argmax(1)
        found = directions(np.stack([points[nearest == k].mean(0) if (nearest == k).any() else points[rng.integers(len(points))]
                                     for k in range(len(found))]))
    return found


def make(features: np.ndarray, keys: list[str], count: int = COUNT, seed: int = 5) -> np.ndarray:
    """(prototypes, features): the same number for every key (a class on a day), at most count in all."""
    rng = np.random.default_rng(seed)
    names = sorted(set(keys))
    points, keys = directions(features.astype(np.float32)), np.array(keys)
    return np.concatenate([centres(points[keys == n], count // len(names), rng) for n in names])


def cosine(features: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Cosine to the nearest prototype, from the two outputs of the graph."""
    length = np.linalg.norm(features, axis=-1)
    return np.where(length > 0, near.max(-1) / np.maximum(length, 1e-9), 0.0)
