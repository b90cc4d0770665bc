"""Finds the leaf or fruit in a picture taken before a plain ground.

The ground is learnt from the picture's own border: a smooth surface plus a
few flat colours. What differs and hangs together is the object. It is no
segmentation network and it gives up (None) rather than guess on a busy ground.
"""

import cv2
import numpy as np

WORK = 192
# Shadows change lightness more than colour, so lightness counts less.
WEIGHTS = np.array([0.55, 1.4, 1.4], np.float32)


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


def _distance(lab: np.ndarray) -> np.ndarray:
    h, w, _ = lab.shape
    edge = max(3, round(0.05 * min(h, w)))
    band = np.ones((h, w), bool)
    band[edge:-edge, edge:-edge] = False
    smooth = np.linalg.norm((lab - _surface(lab, band)) * WEIGHTS, axis=-1)
    colours = lab[band]
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, label, centres = cv2.kmeans(colours, 4, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    share = np.bincount(label.ravel(), minlength=4) / len(colours)
    flat = np.full((h, w), 1e3, np.float32)
    for centre, part in zip(centres, share):
        # A colour that touches little of the border may be the leaf itself;
        # a strongly green or brown one usually is.
        coloured = abs(centre[1] - 128) + abs(centre[2] - 128) > 24
        if part > (0.45 if coloured else 0.12):
            flat = np.minimum(flat, np.linalg.norm((lab - centre) * WEIGHTS, axis=-1))
    return np.minimum(smooth, flat)


def mask_of(picture: np.ndarray, convex: bool = False) -> np.ndarray | None:
    """A mask 0..255 of the picture's size, or None where none can be trusted.

    convex fills to the convex hull: a fruit is round, whatever its spots look like.
    """
    h0, w0 = picture.shape[:2]
    scale = WORK / max(h0, w0)
    small = cv2.resize(picture, (max(8, round(w0 * scale)), max(8, round(h0 * scale))), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 0.8), cv2.COLOR_RGB2LAB).astype(np.float32)
    d = _distance(lab)
    level, _ = cv2.threshold(np.clip(d, 0, 120).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    level = float(np.clip(level, 10, 34))
    raw = (d > level).astype(np.uint8)
    raw = cv2.morphologyEx(raw, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, label, stats, centre = cv2.connectedComponentsWithStats(raw, connectivity=8)
    if count < 2:
        return None
    h, w = raw.shape
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float32)
    off = np.hypot(centre[1:, 0] / w - 0.5, centre[1:, 1] / h - 0.5)
    # A strip of table runs along the border; a leaf mostly does not.
    rim = np.zeros((h, w), bool)
    rim[[0, -1]] = True
    rim[:, [0, -1]] = True
    along = np.bincount(label[rim], minlength=count)[1:] / float(h + w)
    score = area * (1.1 - np.clip(off, 0, 0.8)) * (1.0 - np.clip(1.6 * along, 0, 0.95))
    best = int(np.argmax(score))
    mask = (label == best + 1).astype(np.uint8)
    share = float(mask.mean())
    if not 0.02 < share < 0.85:
        return None
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
    if rim > 0.55:
        return None
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    mask = _filled(mask)
    if convex:
        outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.fillPoly(mask, [cv2.convexHull(np.concatenate(outline))], 1)
    big = cv2.resize(mask * 255, (w0, h0), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(big, (0, 0), 1.0)


def _filled(mask: np.ndarray) -> np.ndarray:
    """Small holes closed (bright specks on a leaf); large ones are gaps and stay."""
    holes, label, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    limit = 0.06 * float(mask.sum())
    for i in range(1, holes):
        if stats[i, cv2.CC_STAT_AREA] < limit:
            mask[label == i] = 1
    return mask


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of an object by its mask, right and bottom just outside."""
    ys, xs = np.nonzero(mask > 127)
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def solidity(mask: np.ndarray) -> float:
    """How much of its convex hull the object fills; torn masks fill little."""
    outline, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outline:
        return 0.0
    hull = cv2.contourArea(cv2.convexHull(np.concatenate(outline)))
    return float((mask > 127).sum() / max(hull, 1.0))
