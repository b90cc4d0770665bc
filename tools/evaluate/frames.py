"""Held-out leaves and fruit in a phone's long photos, which the model sees pressed to a square."""

from pathlib import Path

import cv2
import numpy as np

from train import cutout, pictures

from . import delivered, grounds, tables

# Long side by short side of a photo.
FRAMES = {"1:1": 1.0, "4:3": 4 / 3, "16:9": 16 / 9, "20:9": 20 / 9}
# Share of the frame that the object fills, in the direction that it fills more.
FILL = 0.85


def framed(picture: np.ndarray, mask: np.ndarray, ground: np.ndarray, ratio: float, side: int) -> np.ndarray:
    """The object in its own proportions, its long side along the frame's, on a ground; then pressed to a square."""
    mask = np.ascontiguousarray(mask)
    x, y, w, h = cv2.boundingRect((mask > 127).astype(np.uint8))
    if h > w:
        picture, mask = np.ascontiguousarray(np.rot90(picture)), np.ascontiguousarray(np.rot90(mask))
        x, y, w, h = cv2.boundingRect((mask > 127).astype(np.uint8))
    wide, high = round(pictures.LONG * ratio ** 0.5), round(pictures.LONG / ratio ** 0.5)
    zoom = FILL * min(wide / w, high / h)
    place = np.float32([[zoom, 0, wide / 2 - zoom * (x + w / 2)], [0, zoom, high / 2 - zoom * (y + h / 2)]])
    front = cv2.warpAffine(picture, place, (wide, high), borderMode=cv2.BORDER_REFLECT_101)
    photo = grounds.on(front, cv2.warpAffine(mask, place, (wide, high)), cv2.resize(ground, (wide, high), interpolation=cv2.INTER_AREA))
    return cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)


def in_frames(picture: np.ndarray, behind: list[np.ndarray], side: int, convex: bool) -> list[list[np.ndarray]] | None:
    """Views of the object in each of the frames, on each of the grounds; None where no object can be cut out."""
    mask = cutout.mask_of(picture, convex=convex)
    if mask is None:
        return None
    return [[framed(picture, mask, ground, ratio, side) for ground in behind] for ratio in FRAMES.values()]


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """Recall of each class-day by the frame's shape, on five held-out photographs a leaf; written to frames-KIND.csv."""
    found = grounds.of_days(model, root, rows, tuple(FRAMES), lambda rng, picture, behind: in_frames(picture, behind, model.side, model.kind == "fruit"))
    tables.write(out / f"frames-{model.kind}.csv", found)
    return found
