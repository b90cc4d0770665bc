"""Backgrounds to put a cut-out leaf or fruit on.

Plain ones are made from nothing but a random surface, so that no session's real
table can leak into another; busy ones are crops of photographs of other things.
"""

import cv2
import numpy as np

# What may lie behind a mango leaf: no close-up of another leaf, no other fruit.
SCENES = {
    "background", "ground and weeds", "household", "farm scene",
    "cherry orchard", "pear orchard",
}


def plain(rng: np.random.Generator, side: int) -> np.ndarray:
    """Paper, table, cloth: one colour under uneven light, with grain."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    if rng.random() < 0.7:
        grey = rng.uniform(90, 255)
        colour = grey + rng.normal(0, 10, 3) + rng.uniform(-14, 22) * np.array([-0.5, 0, 1.0])
    else:
        colour = rng.uniform(20, 245, 3)
    light = 1 + rng.normal(0, 0.22) * x + rng.normal(0, 0.22) * y
    light = light + rng.normal(0, 0.35) * (x * x + y * y) + rng.normal(0, 0.2) * x * y
    out = colour[None, None] * light[..., None]
    if rng.random() < 0.5:
        cells = int(rng.integers(6, 90))
        grain = rng.normal(0, 1, (cells, cells, 1)).astype(np.float32)
        grain = cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)
        out = out + grain[..., None] * rng.uniform(1, 12)
    if rng.random() < 0.25:
        out = _second(rng, out, x, y)
    return np.clip(out + rng.normal(0, rng.uniform(0.5, 4), out.shape), 0, 255).astype(np.uint8)


def _second(rng, out, x, y):
    """A sheet's edge: the other side of a line has another colour."""
    angle = rng.uniform(0, 2 * np.pi)
    beyond = x * np.cos(angle) + y * np.sin(angle) > rng.uniform(0.1, 0.45)
    out = out.copy()
    out[beyond] = rng.uniform(20, 245, 3) + rng.normal(0, 4, (int(beyond.sum()), 3))
    return out


def scene(rng: np.random.Generator, picture: np.ndarray, side: int) -> np.ndarray:
    """A rotated square crop of a photograph, sometimes out of focus."""
    h, w = picture.shape[:2]
    cut = int(min(h, w) * rng.uniform(0.5, 1.0))
    y, x = int(rng.integers(0, h - cut + 1)), int(rng.integers(0, w - cut + 1))
    out = cv2.resize(picture[y:y + cut, x:x + cut], (side, side), interpolation=cv2.INTER_AREA)
    out = np.rot90(out, int(rng.integers(0, 4)))
    if rng.random() < 0.5:
        out = cv2.GaussianBlur(np.ascontiguousarray(out), (0, 0), rng.uniform(0.8, 4))
    return np.ascontiguousarray(out)
