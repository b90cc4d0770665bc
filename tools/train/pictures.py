"""The picture table and the decoded pictures, held in memory.

Decoding is paid once: every picture is kept as RGB bytes with its long side
at most LONG, and everything later crops and rotates from there.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from . import joined, signs
from .diseases import CLASSES, FRUIT, LEAF  # noqa: F401

PROJECT = Path(__file__).resolve().parents[2]
LONG = 320
GATE = ["leaf", "fruit", "other"]
UNLISTED = -1


@dataclass(frozen=True)
class Row:
    """One line of the table; target is UNLISTED where no class of the kind fits.

    thing names the leaf, fruit or other thing that is shown, where train.copies found it in several pictures.
    """

    path: str
    kind: str
    label: str
    session: str
    group: str
    target: int
    thing: str = ""

    @property
    def stratum(self) -> str:
        """What is sampled evenly: a class on a session, or a source of other things."""
        return f"{self.kind}/{self.label}/{self.session}"


def data_root(given: str | None = None) -> Path:
    """The folder of photographs: the option, MANGO_DATA, or ../shared/data."""
    text = given or os.environ.get("MANGO_DATA") or str(PROJECT / ".." / "shared" / "data")
    return Path(text).resolve()


def spelled(label: str) -> str:
    """A class name as it is shown to the outside."""
    return label.replace("_", " ").replace("Mould", "Mold")


def read_table(root: Path) -> list[Row]:
    """All rows of manifest.csv, labels in outside spelling."""
    rows, things = [], joined.things()
    with open(root / "manifest.csv", newline="", encoding="utf-8-sig") as f:  # Excel writes a mark
        for line in csv.DictReader(f):
            label = spelled(line["label"])
            names = CLASSES.get(line["kind"], [])
            named = label in names and signs.soft(line["path"], label, line["session"]) != signs.GATE_ONLY
            target = names.index(label) if named else UNLISTED
            rows.append(Row(line["path"], line["kind"], label, line["session"], line["group"], target,
                            things.get(line["path"], "")))
    return rows


# How credits.csv says that a picture's licence is not known.
UNSTATED = ("not stated", "none in the repository", "none stated", "believed")


def licence_stated(root: Path, rows: list[Row]) -> np.ndarray:
    """A flag a row: False where credits.csv says that the licence was not stated where the picture was found."""
    with open(root / "credits.csv", newline="", encoding="utf-8-sig") as f:
        doubtful = {x["path"] for x in csv.DictReader(f) if any(words in x["licence"].lower() for words in UNSTATED)}
    return np.array([row.path not in doubtful for row in rows])


def decode(path: Path, long_side: int = LONG) -> np.ndarray:
    """An upright RGB picture, shrunk so that its long side is at most long_side."""
    with Image.open(path) as photo:
        photo = ImageOps.exif_transpose(photo).convert("RGB")
        scale = long_side / max(photo.size)
        if scale < 1:
            size = [max(1, round(s * scale)) for s in photo.size]
            photo = photo.resize(size, Image.BILINEAR)
        return np.asarray(photo)


def as_input(path: Path, side: int) -> np.ndarray:
    """The model's own sample of a photo: upright, stretched to a square, antialiased triangle."""
    with Image.open(path) as photo:
        photo = ImageOps.exif_transpose(photo).convert("RGB")
        return np.asarray(photo.resize((side, side), Image.BILINEAR))


def load(root: Path, rows: list[Row]) -> list[np.ndarray]:
    """All rows decoded."""
    return [decode(root / row.path) for row in rows]
