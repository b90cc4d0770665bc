"""Directions that stand for many: spherical k-means.

What the photos of a class on one session look like, in a few vectors of length 1.
"""

import numpy as np

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
