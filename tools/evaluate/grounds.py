"""Held-out leaves and fruit put on other grounds: a class that is known by its own table falls here, and only here."""

from pathlib import Path

import cv2
import numpy as np

from train import folds, pictures, shelf

from . import delivered, tables

# Photographs without a lone leaf in the middle.
GROUNDS = ("background", "ground and weeds", "farm scene", "household")
WAYS = ("as photographed", "on photographs", "on plain colours")
# One ground says little of a leaf: each is put on so many.
EACH = 5


def on(picture: np.ndarray, mask: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The object of a mask (0..255) on a ground: a picture, brought to the same size, or one colour."""
    if ground.ndim > 1:
        ground = cv2.resize(ground, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    share = mask[..., None].astype(np.float32) / 255
    return np.round(picture * share + ground * (1 - share)).astype(np.uint8)


def three_ways(rng, picture: np.ndarray, mask: np.ndarray, grounds: list[np.ndarray], side: int) -> list[list[np.ndarray]]:
    """The model's view of a picture, its views of the object on each of the grounds, and on as many colours."""
    colours = [rng.uniform((150, 140, 120), (240, 230, 220)) for _ in grounds]
    ways = [picture], [on(picture, mask, ground) for ground in grounds], [on(picture, mask, colour) for colour in colours]
    return [[cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in way] for way in ways]


def of_days(model: delivered.Delivered, root: Path, rows, ways: tuple[str, ...], views) -> list[dict]:
    """Recall of each class-day, the int8 file on held-out pictures in several ways.

    views(rng, picture, mask, grounds) gives a list of views for each way; what cannot be cut out is left out, and a day of it has no recall.
    """
    rng, judging = np.random.default_rng(4), folds.unseen(rows)
    grounds = [row for row, judges in zip(rows, judging) if judges and row.label in GROUNDS]
    days: dict[tuple[int, str], list] = {}
    for row, judges in zip(rows, judging):
        if judges and row.kind == model.kind and row.target >= 0:
            days.setdefault((row.target, row.session), []).append(row)
    found = []
    for (target, day), mine in sorted(days.items()):
        cut = []
        for row in mine:
            behind = [pictures.decode(root / grounds[k].path) for k in rng.integers(len(grounds), size=EACH)]
            picture = pictures.decode(root / row.path)
            mask = shelf.mask(row, picture)
            if mask is not None:
                cut.append(views(rng, picture, mask, behind))
        line = {"class": pictures.CLASSES[model.kind][target], "day": day, "pictures": len(mine), "cut out": len(cut)} | dict.fromkeys(ways, "")
        for k, way in enumerate(ways if cut else ()):
            said = model.int8(np.stack([view for made in cut for view in made[k]]))["classes"].argmax(-1)
            line[way] = round(float((said == target).mean()), 4)
        found.append(line)
        print(line, flush=True)
    return found


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """As photographed, on photographs and on plain colours; written to grounds-KIND.csv."""
    found = of_days(model, root, rows, WAYS, lambda *what: three_ways(*what, model.side))
    tables.write(out / f"grounds-{model.kind}.csv", found)
    return found
