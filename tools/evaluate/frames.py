"""Held-out leaves and fruit in a phone's long photos, which the model sees pressed to a square."""

from pathlib import Path

import cv2
import numpy as np

from train import cutout, pictures

from . import backgrounds, delivered, tables

# Long side by short side of a photo.
FRAMES = {"1:1": 1.0, "4:3": 4 / 3, "16:9": 16 / 9, "20:9": 20 / 9}
# Share of the frame that the object fills, in the direction that it fills more.
FILL = 0.85


def framed(picture: np.ndarray, mask: np.ndarray, box: tuple[int, int, int, int], ratio: float) -> list[np.ndarray]:
    """Picture and mask brought into a frame across, the object of the box in its own proportions in the middle."""
    left, top, right, bottom = box
    wide, high = round(pictures.LONG * ratio ** 0.5), round(pictures.LONG / ratio ** 0.5)
    zoom = FILL * min(wide / (right - left), high / (bottom - top))
    place = np.float32([[zoom, 0, wide / 2 - zoom * (left + right) / 2], [0, zoom, high / 2 - zoom * (top + bottom) / 2]])
    return [cv2.warpAffine(x, place, (wide, high), borderMode=border)
            for x, border in ((picture, cv2.BORDER_REFLECT_101), (mask, cv2.BORDER_CONSTANT))]


def in_frames(picture: np.ndarray, mask: np.ndarray, behind: list[np.ndarray], side: int) -> list[list[np.ndarray]]:
    """Samples of the object in each of the frames, its long side along the frame's, on each of the backgrounds."""
    left, top, right, bottom = cutout.box(mask)
    if bottom - top > right - left:
        picture, mask = (np.ascontiguousarray(np.rot90(x)) for x in (picture, mask))
    box = cutout.box(mask)
    samples = []
    for ratio in FRAMES.values():
        front = framed(picture, mask, box, ratio)
        samples.append([cv2.resize(backgrounds.on(*front, background), (side, side), interpolation=cv2.INTER_AREA) for background in behind])
    return samples


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """Recall of each class-session by the frame's shape, on five held-out photographs a leaf; written to frames-KIND.csv."""
    found = backgrounds.of_sessions(model, root, rows, tuple(FRAMES), lambda _, *what: in_frames(*what, model.side))
    tables.write(out / f"frames-{model.kind}.csv", found)
    return found
