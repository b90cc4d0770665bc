"""Decoded pictures and their cut-outs, made once and read by every process.

Cutting out costs fifty times what a sample costs, so it is paid once a data set
and not once a bank, and a stopped run goes on with the parts that are missing.
The arrays are mapped, not copied.
"""

import json
from pathlib import Path

import cv2
import numpy as np

from . import cached, cutout
from .diseases import TORN
from .pictures import Row, load

# Plants whose leaves lie alone on a background often enough to be cut out.
LONE = {"guava leaf", "plantvillage leaf", "strawberry leaf", "bean leaf", "blackgram leaf", "chilli leaf", "cashew leaf",
        "jackfruit leaf", "coffee leaf", "guava leaf bd", "citrus leaf", "citrus leaf b", "guava fruit", "grocery produce",
        "guava fruit b", "citrus fruit b", "citrus diseased fruit", "apple fruit", "apple rotten fruit", "pomegranate diseased fruit",
        "papaya fruit", "papaya diseased fruit", "starfruit"}

# Raised when masks of the same pictures change: an older cutouts is then made anew.
EDITION = 3


def mask(row: Row, picture: np.ndarray) -> np.ndarray | None:
    """The picture's cut-out where one can be trusted."""
    if row.kind == "other" and row.label not in LONE:
        return None
    form = "round" if row.kind == "fruit" else "torn" if row.label in TORN else "leaf"
    # Others lie among their like more often, and what is cut from them need not be all.
    found = cutout.mask_of(picture, form, missing=0.3 if row.kind == "other" else 0.1)
    if found is not None and form != "torn" and cutout.solidity(found) < (0.75 if row.kind == "other" else 0.5):
        return None
    return found


class Cutouts:
    """Pictures and masks by row number."""

    def __init__(self, folder: Path):
        self.shapes = np.load(folder / "shapes.npy")
        self.starts = np.load(folder / "starts.npy")
        self.trusted = np.load(folder / "trusted.npy")
        self.pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        self.masks = np.load(folder / "masks.npy", mmap_mode="r")

    def picture(self, i: int) -> np.ndarray:
        """RGB bytes, long side at most pictures.LONG."""
        h, w = self.shapes[i]
        at = int(self.starts[i])
        return np.asarray(self.pixels[3 * at:3 * (at + h * w)]).reshape(h, w, 3)

    def mask(self, i: int) -> np.ndarray | None:
        """0..255 of the picture's size, or None."""
        if not self.trusted[i]:
            return None
        h, w = self.shapes[i]
        at = int(self.starts[i])
        return np.asarray(self.masks[at:at + h * w]).reshape(h, w)


def _cut(job):
    rows, root = job
    cv2.setNumThreads(1)
    pictures = load(root, rows)
    masks = [mask(row, picture) for row, picture in zip(rows, pictures)]
    none = [np.zeros(p.shape[:2], np.uint8) for p in pictures]
    return {"shapes": np.array([p.shape[:2] for p in pictures]), "trusted": np.array([m is not None for m in masks]),
            "pixels": np.concatenate([p.ravel() for p in pictures]),
            "masks": np.concatenate([(n if m is None else m).ravel() for n, m in zip(none, masks)])}


def build(folder: Path, root: Path, rows: list[Row], parts: int = 2, say=print) -> Cutouts:
    """Makes the cut-outs of all rows, or finds them made."""
    made = folder / "made.json"
    card = {"edition": EDITION, "pictures": cached.digest([r.path for r in rows])}
    if made.exists() and json.loads(made.read_text()) == card:
        return Cutouts(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made.unlink(missing_ok=True)
    pieces = cached.pieces(folder / f"parts-{EDITION}-{card['pictures']}", rows, _cut, root, parts=parts, say=say)
    for name in ("shapes", "trusted", "pixels", "masks"):
        np.save(folder / f"{name}.npy", np.concatenate([piece[name] for piece in pieces]))
    sizes = np.load(folder / "shapes.npy").prod(1)
    np.save(folder / "starts.npy", np.cumsum(sizes) - sizes)
    cached.written(made, json.dumps(card).encode())
    pieces.remove()
    return Cutouts(folder)
