"""Held-out pictures in the eight orientations and flips of a square: the same question eight times, so that one lucky
picture counts less where two models are compared, or int8 with float, and so that there are wrong answers left to
fit a temperature on: where all are right no confidence is too high.
"""

from pathlib import Path

import numpy as np

from convert.pictures import oriented
from train import folds, pictures

from . import calibrate, delivered, tables


def eight(shown: np.ndarray):
    """All pictures (n, side, side, 3) in each of the eight ways; the first is as photographed."""
    for way in range(8):
        yield oriented(shown, way)


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """Recall of each class in the mean of the eight, the lowest and highest, how often the float file names the
    same class, and, of all, the temperature that fits the int8 logits; written to orientations-KIND.csv."""
    at = folds.unseen_of(rows, model.kind)
    goal = np.array([rows[i].target for i in at])
    ways = list(eight(delivered.shown(root, rows, at, model.side)))
    logits, floats = (np.stack([ask(x)["classes"] for x in ways]) for ask in (model.int8, model.float32))
    said, floats = logits.argmax(-1), floats.argmax(-1)
    right, same = said == goal, said == floats
    found = []
    for name, here in [*((n, goal == c) for c, n in enumerate(pictures.CLASSES[model.kind])), ("all", goal >= 0)]:
        each = right[:, here].mean(1)
        found.append({"class": name, "pictures": int(here.sum()), "as photographed": round(float(each[0]), 4),
                      "mean of eight": round(float(each.mean()), 4), "lowest": round(float(each.min()), 4), "highest": round(float(each.max()), 4),
                      "float, mean of eight": round(float((floats == goal)[:, here].mean()), 4), "same as float": round(float(same[:, here].mean()), 4),
                      "temperature": ""})
        print(found[-1], flush=True)
    found[-1]["temperature"] = round(calibrate.temperature(np.concatenate(logits), np.tile(goal, 8)), 4)
    tables.write(out / f"orientations-{model.kind}.csv", found)
    return found
