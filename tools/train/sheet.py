"""A white sheet that lies on something else, by its colour; a leaf may lie on it."""

import cv2
import numpy as np

from . import outline


def found(lab: np.ndarray) -> np.ndarray | None:
    """The sheet's convex hull, 0/1 (height, width), in Lab colours as border.py takes them, or None where there is none."""
    light = lab[..., 0]
    level, _ = cv2.threshold(light.astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    white = ((light > max(level, 110)) & (np.abs(lab[..., 1:] - 128).sum(-1) < 24)).astype(np.uint8)
    white = outline.largest(cv2.morphologyEx(white, cv2.MORPH_OPEN, outline.disc(2)))
    if white.mean() < 0.15:
        return None
    hull = outline.hull(white)
    # The whole frame, or something so torn that it is no sheet.
    return None if hull.mean() > 0.93 or white.sum() < 0.55 * hull.sum() else hull
