"""Held-out leaves and fruit put on other backgrounds: a class that is known by its own table falls here, and only here."""

from pathlib import Path

import cv2
import numpy as np

from train import cutouts, folds, pictures

from . import delivered, tables

# Photographs without a lone leaf in the middle.
BACKGROUNDS = ("background", "ground and weeds", "farm scene", "household")
WAYS = ("as photographed", "on photographs", "on plain colours")
# One background says little of a leaf: each is put on so many.
EACH = 5


def on(picture: np.ndarray, mask: np.ndarray, background: np.ndarray) -> np.ndarray:
    """The object of a mask (0..255) on a background: a picture, brought to the same size, or one colour."""
    if background.ndim > 1:
        background = cv2.resize(background, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    share = mask[..., None].astype(np.float32) / 255
    return np.round(picture * share + background * (1 - share)).astype(np.uint8)


def three_ways(rng, picture: np.ndarray, mask: np.ndarray, backgrounds: list[np.ndarray], side: int) -> list[list[np.ndarray]]:
    """The model's sample of a picture, its samples of the object on each of the backgrounds, and on as many colours."""
    colours = [rng.uniform((150, 140, 120), (240, 230, 220)) for _ in backgrounds]
    ways = [picture], [on(picture, mask, background) for background in backgrounds], [on(picture, mask, colour) for colour in colours]
    return [[cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in way] for way in ways]


def of_sessions(model: delivered.Delivered, root: Path, rows, ways: tuple[str, ...], samples) -> list[dict]:
    """Recall of each class-session, the int8 file on held-out pictures in several ways.

    samples(rng, picture, mask, backgrounds) gives a list of samples for each way; what cannot be cut out is left out, and a session of it has no recall.
    """
    rng, judging = np.random.default_rng(4), folds.unseen(rows)
    backgrounds = [row for row, judges in zip(rows, judging) if judges and row.label in BACKGROUNDS]
    sessions: dict[tuple[int, str], list] = {}
    for row, judges in zip(rows, judging):
        if judges and row.kind == model.kind and row.target >= 0:
            sessions.setdefault((row.target, row.session), []).append(row)
    found = []
    for (target, session), mine in sorted(sessions.items()):
        cut = []
        for row in mine:
            behind = [pictures.decode(root / backgrounds[k].path) for k in rng.integers(len(backgrounds), size=EACH)]
            picture = pictures.decode(root / row.path)
            mask = cutouts.mask(row, picture)
            if mask is not None:
                cut.append(samples(rng, picture, mask, behind))
        line = {"class": pictures.CLASSES[model.kind][target], "session": session, "pictures": len(mine), "cut out": len(cut)} | dict.fromkeys(ways, "")
        for k, way in enumerate(ways if cut else ()):
            said = model.int8(np.stack([sample for made in cut for sample in made[k]]))["classes"].argmax(-1)
            line[way] = round(float((said == target).mean()), 4)
        found.append(line)
        print(line, flush=True)
    return found


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """As photographed, on photographs and on plain colours; written to backgrounds-KIND.csv."""
    found = of_sessions(model, root, rows, WAYS, lambda *what: three_ways(*what, model.side))
    tables.write(out / f"backgrounds-{model.kind}.csv", found)
    return found
