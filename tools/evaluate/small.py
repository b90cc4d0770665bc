"""The leaf on a quarter and on a tenth of the frame: cut out, on held-out photographs of other things."""

import numpy as np
import cv2

from train import cutout, folds

from . import backgrounds

# Share of the frame that the leaf's box covers.
SHARES = {"whole": None, "small 1/4": 0.25, "small 1/10": 0.1}
# Leaves of each class-session that are asked.
EACH = 40


def chosen(rows, at: np.ndarray) -> np.ndarray:
    """At most EACH of every class-session among the rows at these places."""
    rng, by = np.random.default_rng(6), {}
    for i in rng.permutation(at):
        by.setdefault(rows[i].stratum, []).append(int(i))
    return np.array(sorted(i for members in by.values() for i in members[:EACH]))


def placed(rows, stock, at: np.ndarray, side: int):
    """(part, pictures (n, side, side, 3)) for each share: the same leaf, background and place, only the size differs."""
    scenes = [i for i in np.flatnonzero(folds.unseen(rows)) if rows[i].label in backgrounds.BACKGROUNDS]
    for part, share in SHARES.items():
        yield part, np.stack([at_size(np.random.default_rng([6, int(i)]), stock.picture(i), stock.mask(i), stock, scenes, share, side) for i in at])


def at_size(rng, picture, mask, stock, scenes, share, side: int) -> np.ndarray:
    """The leaf of a mask on a photograph; its box covers this share of the frame, or as much as it can."""
    behind = cv2.resize(stock.picture(scenes[int(rng.integers(len(scenes)))]), (side, side), interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = cutout.box(mask)
    wide, high = x1 - x0, y1 - y0
    most = 0.95 * side / max(wide, high)
    zoom = most if share is None else min(most, side * (share / (wide * high)) ** 0.5)
    spare_x, spare_y = side - zoom * wide, side - zoom * high
    left, top = rng.random() * spare_x, rng.random() * spare_y
    place = np.float32([[zoom, 0, left - zoom * x0], [0, zoom, top - zoom * y0]])
    if zoom < 0.9:
        # Warping alone would alias what a real resize smooths.
        picture, mask = (cv2.GaussianBlur(x, (0, 0), 0.45 / zoom) for x in (picture, mask))
    front = cv2.warpAffine(picture, place, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return backgrounds.on(front, cv2.warpAffine(mask, place, (side, side), flags=cv2.INTER_LINEAR), behind)
