"""What each view should be answered with: target rows and weights of the three heads."""

import numpy as np

from .pictures import CLASSES, GATE, Row

HEADS = {"leaf": len(CLASSES["leaf"]), "fruit": len(CLASSES["fruit"]), "gate": len(GATE)}


def of_rows(rows: list[Row], smoothing: float, outlier: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each row: a target distribution and a weight for every head.

    A leaf with an unlisted disease and a thing that is no mango pull the class
    heads to the flat answer: that is what teaches them not to be sure.
    """
    out = {}
    for head, size in HEADS.items():
        flat = np.full(size, 1 / size, np.float32)
        goal, weight = np.zeros((len(rows), size), np.float32), np.zeros(len(rows), np.float32)
        for i, row in enumerate(rows):
            answer = GATE.index(row.kind) if head == "gate" else row.target
            if head != "gate" and row.kind == head and row.target < 0:
                goal[i], weight[i] = flat, 1.0
            elif head != "gate" and row.kind != head:
                goal[i], weight[i] = flat, outlier if row.kind == "other" else outlier / 2
            else:
                goal[i] = smoothing * flat
                goal[i][answer] += 1 - smoothing
                weight[i] = 1.0
        out[head] = (goal, weight)
    return out


def of_views(rows: list[Row], order: np.ndarray, tidy: np.ndarray, smoothing: float, outlier: float, clean_weight: float):
    """The same for each view of a bank: of row order[k], left clean where tidy[k]."""
    out = {head: (goal[order], weight[order]) for head, (goal, weight) in of_rows(rows, smoothing, outlier).items()}
    for head in CLASSES:
        # In a clean view the ground may give the class away again: it counts less.
        out[head][1][tidy] *= clean_weight
    return out
