"""Finds the leaf or fruit in a picture taken before a plain background.

What differs from the background that the border shows (border.py) and hangs
together is the object; its margin is then drawn along the colours
(outline.py). A mask that follows the disease or the table in place of the leaf
would teach both, so it gives up (None) rather than guess.
"""

import cv2
import numpy as np

from . import border, outline, sheet

# The long side at which is looked.
WORK = 224
# What the object may look like (a leaf is smooth at its margin, a fruit round, what was eaten and a twig torn by nature), and
# how far its mask is drawn in, in pixels of WORK.
DRAWN_IN = {"leaf": 1.5, "round": 1.0, "torn": 0.8}
# The share of the frame that an object may fill.
MOST = 0.85


def mask_of(picture: np.ndarray, form: str = "leaf", missing: float = 0.1) -> np.ndarray | None:
    """A mask 0..255 of the picture's size, or None where none can be trusted.

    form is a key of DRAWN_IN; missing is the share of the object that may lie outside, by its colour.
    """
    h, w = picture.shape[:2]
    scale = WORK / max(h, w)
    small = cv2.resize(picture, (max(8, round(w * scale)), max(8, round(h * scale))), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 0.8), cv2.COLOR_RGB2LAB).astype(np.float32)
    found = _before_ground(small, lab, form, missing)
    if found is None and form == "leaf":
        found = _on_sheet(small, lab, missing)
    return None if found is None else outline.soft(found, DRAWN_IN[form], (w, h))


def _before_ground(small, lab, form, missing) -> np.ndarray | None:
    background = border.learnt(lab)
    rough = _rough(background.off, 10, form)
    if rough is None or not 0.02 < rough.mean() < MOST:
        return None
    if np.concatenate([rough[0], rough[-1], rough[:, 0], rough[:, -1]]).mean() > 0.55:
        return None
    if form == "torn":
        return outline.filled(outline.closed(rough, 3))
    if form == "round":
        return outline.hull(outline.smooth(rough))
    return _leaf(small, lab, rough, ~background.table, missing)


def _on_sheet(small, lab, missing) -> np.ndarray | None:
    """The leaf on a white sheet that lies on something else; the leaf must lie well within, and nothing like it beyond."""
    white_sheet = sheet.found(lab)
    if white_sheet is None:
        return None
    on = white_sheet > 0
    white = np.median(lab[on & (lab[..., 0] > np.median(lab[on][:, 0]) - 12)], axis=0)
    # Beyond the frame counts as sheet (erode's default): a sheet may be cut off there.
    well_on = cv2.erode(white_sheet, outline.disc(6)) > 0
    rough = _rough(border.apart(lab, white) * well_on, 18, "leaf")
    if rough is None or not 0.004 < rough.mean() < MOST:
        return None
    found = _leaf(small, lab, rough, on, missing)
    if found is None or (found > 0)[cv2.erode(white_sheet, outline.disc(7)) == 0].any():
        return None
    return None if outline.alike(lab, found, ~on).sum() > 0.2 * (~on).sum() else found


def _rough(off: np.ndarray, least: float, form: str) -> np.ndarray | None:
    """The object by its distance from the background: of the parts that hang together the one that is large, central and off the rim."""
    level, _ = cv2.threshold(np.clip(off, 0, 120).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    far = (off > float(np.clip(level, least, 34))).astype(np.uint8)
    far = cv2.morphologyEx(far, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if form != "torn":
        far = outline.closed(far, 3)
    count, label, stats, centre = cv2.connectedComponentsWithStats(far, connectivity=8)
    if count < 2:
        return None
    h, w = far.shape
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float32)
    away = np.hypot(centre[1:, 0] / w - 0.5, centre[1:, 1] / h - 0.5)
    # A strip of table runs along the border; a leaf mostly does not.
    rim = np.zeros((h, w), bool)
    rim[[0, -1]] = True
    rim[:, [0, -1]] = True
    along = np.bincount(label[rim], minlength=count)[1:] / float(h + w)
    score = area * (1.1 - np.clip(away, 0, 0.8)) * (1.0 - np.clip(1.6 * along, 0, 0.95))
    return (label == int(np.argmax(score)) + 1).astype(np.uint8)


def _leaf(small, lab, rough, within: np.ndarray, missing: float) -> np.ndarray | None:
    """The whole leaf that a rough mask shows a part of; within is where more of it may lie."""
    found = outline.refined(small, outline.smooth(rough), rough)
    more = outline.missed(lab, found, within, missing) if found.any() else None
    if more is not None:
        both = outline.smooth(outline.largest(outline.closed(found | more, 3)))
        found = outline.refined(small, both, both)
        if not found.any() or found.mean() > MOST or outline.missed(lab, found, within, missing) is not None:
            return None
    return found if found.any() and not _white(lab, found) else None


def _white(lab, mask) -> bool:
    """A sheet taken for the object that lies on it."""
    light, red, yellow = np.median(lab[mask > 0], axis=0) - (0, 128, 128)
    return light > 165 and abs(red) < 8 and abs(yellow) < 12


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of an object by its mask, right and bottom just outside."""
    ys, xs = np.nonzero(mask > 127)
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def solidity(mask: np.ndarray) -> float:
    """How much of its convex hull the object fills; torn masks fill little."""
    outer, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outer:
        return 0.0
    area = cv2.contourArea(cv2.convexHull(np.concatenate(outer)))
    return float((mask > 127).sum() / max(area, 1.0))
