"""Held-out pictures in the eight turns and flips of a square: the same question eight times, so that one lucky
picture counts less where two models are compared."""

from pathlib import Path

import numpy as np

from train import folds, pictures

from . import delivered, tables


def eight(shown: np.ndarray):
    """All pictures (n, side, side, 3) in each of the eight ways; the first is as photographed."""
    for k in range(4):
        yield np.rot90(shown, k, (1, 2))
        yield np.rot90(shown, k, (1, 2))[:, :, ::-1]


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """Recall of each class in the mean of the eight, and the lowest and highest; written to turns-KIND.csv."""
    at = folds.held_of(rows, model.kind)
    goal = np.array([rows[i].target for i in at])
    right = np.stack([model.int8(np.ascontiguousarray(x))["classes"].argmax(-1) == goal
                      for x in eight(delivered.shown(root, rows, at, model.side))])
    found = []
    for name, here in [*((n, goal == c) for c, n in enumerate(pictures.CLASSES[model.kind])), ("all", goal >= 0)]:
        each = right[:, here].mean(1)
        found.append({"class": name, "pictures": int(here.sum()), "as photographed": round(float(each[0]), 4),
                      "mean of eight": round(float(each.mean()), 4), "lowest": round(float(each.min()), 4), "highest": round(float(each.max()), 4)})
        print(found[-1], flush=True)
    tables.write(out / f"turns-{model.kind}.csv", found)
    return found
