"""What each sample should be answered with: target rows and weights of the three heads."""

import numpy as np

from . import signs
from .pictures import CLASSES, GATE, Row

HEADS = {"leaf": len(CLASSES["leaf"]), "fruit": len(CLASSES["fruit"]), "gate": len(GATE)}


def of_rows(rows: list[Row], smoothing: float, outlier: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each row: a target distribution and a weight for every head.

    Class labels are soft, by the sign that is seen (signs.py). A thing that is no mango pulls the class heads to
    the flat answer: that is what teaches them not to be sure.
    """
    out = {}
    for head, size in HEADS.items():
        flat = np.full(size, 1 / size, np.float32)
        goal, weight = np.tile(flat, (len(rows), 1)), np.zeros(len(rows), np.float32)
        for i, row in enumerate(rows):
            if head == "gate":
                soft = np.eye(size, dtype=np.float32)[GATE.index(row.kind)]
            elif row.kind != head:
                weight[i] = outlier if row.kind == "other" else outlier / 2
                continue
            else:
                soft = signs.distribution(row, CLASSES[head])
            if soft.any():
                # Smoothing must not lend Healthy a share of a leaf with a sign.
                goal[i], weight[i] = smoothing * (flat if head == "gate" else _diseases(head, soft)) + (1 - smoothing) * soft, 1.0
        out[head] = (goal, weight)
    return out


def _diseases(head: str, soft: np.ndarray) -> np.ndarray:
    """What smoothing spreads: over all classes for a healthy picture, over the diseases for one with a sign."""
    healthy = np.array([name == signs.HEALTHY for name in CLASSES[head]])
    if soft[healthy].any():
        return np.full(len(soft), 1 / len(soft), np.float32)
    return (~healthy / (~healthy).sum()).astype(np.float32)


def of_samples(rows: list[Row], order: np.ndarray, tidy: np.ndarray, smoothing: float, outlier: float, clean_weight: float):
    """The same for each sample of a bank: of row order[k], left clean where tidy[k]."""
    out = {head: (goal[order], weight[order]) for head, (goal, weight) in of_rows(rows, smoothing, outlier).items()}
    for head in CLASSES:
        # In a clean sample the background may give the class away again: it counts less.
        out[head][1][tidy] *= clean_weight
    return out
