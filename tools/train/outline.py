"""The steps from a rough mask to a leaf's outline. Masks are 0/1 bytes (height, width)."""

import cv2
import numpy as np

from .border import apart

# For telling a leaf from its background: a dark corner and a dark leaf differ in colour only.
COLOUR = np.array([0.15, 1.4, 1.4], np.float32)


def disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def hull(mask: np.ndarray) -> np.ndarray:
    """The convex hull."""
    out = np.zeros_like(mask)
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.fillPoly(out, [cv2.convexHull(np.concatenate(outline))], 1)
    return out


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest part that hangs together; nothing of nothing."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return np.zeros_like(mask)
    return (label == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)


def closed(mask: np.ndarray, radius: int) -> np.ndarray:
    """Bays narrower than twice the radius filled; the frame's edge counts as outside."""
    room = 2 * radius
    wide = cv2.copyMakeBorder(mask, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    return cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc(radius))[room:-room, room:-room]


def filled(mask: np.ndarray) -> np.ndarray:
    """Small holes closed (bright specks on a leaf); large ones are gaps and stay."""
    mask = mask.copy()
    holes, label, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    limit = 0.06 * float(mask.sum())
    for i in range(1, holes):
        if stats[i, cv2.CC_STAT_AREA] < limit:
            mask[label == i] = 1
    return mask


def smooth(mask: np.ndarray) -> np.ndarray:
    """A leaf's margin has no bays as deep as those that white specks at it tear into a mask."""
    return filled(closed(mask, int(np.clip(0.16 * np.sqrt(mask.sum()), 4, 30))))


def refined(picture: np.ndarray, mask: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """The mask drawn anew along its margin, and where it was filled without being sure, by the colours on both sides (GrabCut)."""
    radius = max(4, int(0.05 * np.sqrt(mask.sum())))
    inside = cv2.erode(mask, disc(radius), borderType=cv2.BORDER_REPLICATE)
    near = cv2.dilate(mask, disc(radius))
    parts = np.select([inside > 0, mask > 0, near > 0], [cv2.GC_FGD, cv2.GC_PR_FGD, cv2.GC_PR_BGD], cv2.GC_BGD).astype(np.uint8)
    known = filled(cv2.morphologyEx(sure, cv2.MORPH_CLOSE, disc(2)))
    parts[(known == 0) & (mask > 0)] = cv2.GC_PR_FGD
    if min((parts == cv2.GC_BGD).sum(), (parts == cv2.GC_FGD).sum()) < 50:
        return mask
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, parts, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    found = np.isin(parts, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    found = largest(cv2.morphologyEx(found, cv2.MORPH_OPEN, disc(2)))
    return filled(closed(found, 4)) if found.any() else found


def alike(lab: np.ndarray, mask: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """What of the outside is nearer the object's median colour than its own."""
    own, other = np.median(lab[mask > 0], axis=0), np.median(lab[outside], axis=0)
    return outside & (apart(lab, own, COLOUR) < apart(lab, other, COLOUR))


def missed(lab: np.ndarray, mask: np.ndarray, outside: np.ndarray, limit: float) -> np.ndarray | None:
    """What of the outside seems to belong to the object, where that is more than limit of it."""
    outside = outside & (cv2.dilate(mask, disc(5)) == 0)
    if outside.sum() < 100:
        return None
    more = alike(lab, mask, outside)
    return more.astype(np.uint8) if more.sum() > max(limit * mask.sum(), 0.02 * mask.size) else None


def soft(mask: np.ndarray, width: float, size: tuple[int, int]) -> np.ndarray:
    """0..255 at size (width, height), drawn in by width: a fringe of the old background would tell the class on any other."""
    wide = cv2.copyMakeBorder(mask, 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, 5)[8:-8, 8:-8]
    inner = (np.clip(depth - width + 0.5, 0, 1) * 255).astype(np.uint8)
    return cv2.GaussianBlur(cv2.resize(inner, size, interpolation=cv2.INTER_LINEAR), (0, 0), 0.8)
