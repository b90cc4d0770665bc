"""Pictures made by code: a leaf-like ellipse on uneven paper."""

import cv2
import numpy as np


def leaf(seed=0, colour=(60, 120, 40), side=240):
    """(picture, true mask 0/1)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    paper = (np.array([215, 210, 205])[None, None] * (0.8 + 0.25 * x + 0.1 * y)[..., None]).astype(np.float32)
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (side // 2, side // 2), (int(side * 0.36), int(side * 0.13)), float(rng.uniform(0, 180)), 0, 360, 1, -1)
    out = np.where(mask[..., None] > 0, np.array(colour, np.float32), paper)
    out = out + rng.normal(0, 4, out.shape)
    return np.clip(out, 0, 255).astype(np.uint8), mask
