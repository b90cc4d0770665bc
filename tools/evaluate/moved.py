"""The asked leaves cut out and put on made-up grounds: what a class-day's table says without the day's paper.

As photographed a leaf may be named by what it lies on, rightly or wrongly; here only the leaf is left. Grounds are made
from random numbers, none is a day's own (train/ground.py).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from train import ground, kept, network, shelf

from . import grounds

# One ground says little of a leaf.
EACH = 2
SEED = 9

# Their part among the raw rows; of these nobody looks at how they were taken.
PART = "moved"


@dataclass(frozen=True)
class Moved:
    """rows are places in the table, EACH of every leaf that can be cut out; maps the learner's view of each."""

    rows: np.ndarray
    maps: np.ndarray

    def of(self, flags: np.ndarray) -> np.ndarray:
        """Places in maps of the flagged rows."""
        return np.flatnonzero(flags[self.rows])


def made(work: Path, asked: np.ndarray, side: int, weights_path, parts: int = 2) -> Moved:
    """Of the asked rows (flags), from the shelf in work; made once a folder, choice and start."""
    stock = shelf.Shelf(work / "shelf")
    rows = np.repeat(np.flatnonzero(asked & stock.trusted), EACH)
    path = work / f"moved-{side}-{kept.digest(rows.tolist(), SEED, shelf.EDITION)}-{kept.mark(weights_path)}.npy"
    return Moved(rows, kept.once(path, list(enumerate(rows)), _maps, work / "shelf", side, weights_path, parts=parts))


def view(stock, i: int, side: int, rng) -> np.ndarray:
    """Row i's leaf where it lay, on a made-up ground: bytes (side, side, 3)."""
    whole = grounds.on(stock.picture(i), stock.mask(i), ground.plain(rng, side))
    return cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)


def _maps(job):
    places, shelved, side, weights_path = job
    cv2.setNumThreads(1)
    stock, run = shelf.Shelf(shelved), network.stem_runner(side, network.start_weights(weights_path))
    return np.stack([run(view(stock, i, side, np.random.default_rng([SEED, n]))).astype(np.float16) for n, i in places])
