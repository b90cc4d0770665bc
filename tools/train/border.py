"""What a picture's background looks like, learnt from its own border: a smooth surface, flat colours, a table.

Colours are OpenCV's Lab of bytes, as float32 (height, width, 3).
"""

from dataclasses import dataclass

import cv2
import numpy as np

# Shadows change lightness more than colour, so lightness counts less.
WEIGHTS = np.array([0.55, 1.4, 1.4], np.float32)
# Colours that the border is divided into.
COLOURS = 5
# A pixel so near a table's colour is table.
TABLE = 40.0


@dataclass(frozen=True)
class Background:
    """off: how far each pixel is from any of the background's colours. table: where a coloured table shows round a sheet."""

    off: np.ndarray
    table: np.ndarray


def apart(lab: np.ndarray, colour, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """Distance of each pixel from a colour (or from a picture of colours)."""
    return np.linalg.norm((lab - colour) * weights, axis=-1)


def learnt(lab: np.ndarray) -> Background:
    """The background of a picture."""
    h, w, _ = lab.shape
    edge = max(3, round(0.05 * min(h, w)))
    band = np.ones((h, w), bool)
    band[edge:-edge, edge:-edge] = False
    colours = lab[band]
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, label, centres = cv2.kmeans(colours, COLOURS, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    places = np.full((h, w), -1)
    places[band] = label.ravel()
    off, table = apart(lab, _surface(lab, band)), np.zeros((h, w), bool)
    for k, centre in enumerate(centres):
        sides = sorted(float((side == k).mean()) for side in (places[:edge], places[-edge:], places[:, :edge], places[:, -edge:]))
        share = float((label == k).mean())
        # A colour that touches little of the border may be the leaf itself; a strongly green or brown one usually is.
        coloured = abs(centre[1] - 128) + abs(centre[2] - 128) > 24
        is_table = coloured and _table(centre, sides)
        if is_table or share > (0.45 if coloured else 0.12):
            off = np.minimum(off, apart(lab, centre))
        if is_table:
            table |= apart(lab, centre) < TABLE
    return Background(off, table)


def _table(colour: np.ndarray, sides: list[float]) -> bool:
    """A colour that fills two sides of the frame and is not green, or one side in bright orange; no leaf does."""
    light, red, yellow = colour[0], colour[1] - 128, colour[2] - 128
    return (sides[2] > 0.6 and red > -2) or (sides[3] > 0.6 and red > 4 and yellow > 30 and light > 110)


def _surface(lab: np.ndarray, band: np.ndarray) -> np.ndarray:
    """A second-order surface through the border colours, outliers dropped twice."""
    h, w, _ = lab.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    x, y = x / w - 0.5, y / h - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], -1)
    keep = band.copy()
    fitted = np.zeros_like(lab)
    for _ in range(3):
        a, b = terms[keep], lab[keep]
        coef, *_ = np.linalg.lstsq(a, b, rcond=None)
        fitted = terms @ coef
        off = np.abs((lab - fitted) * WEIGHTS).sum(-1)
        limit = max(8.0, float(np.quantile(off[band], 0.7)))
        keep = band & (off <= limit)
        if keep.sum() < 40:
            break
    return fitted.astype(np.float32)
