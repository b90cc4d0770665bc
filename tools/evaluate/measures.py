"""The numbers: accuracy, F1, calibration error, sure-and-wrong, gate curves."""

import numpy as np

SURE = 0.8


def confusion(goal: np.ndarray, said: np.ndarray, size: int) -> np.ndarray:
    """Counts, rows what it is, columns what was said."""
    out = np.zeros((size, size), int)
    np.add.at(out, (goal, said), 1)
    return out


def f1_and_recall(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F1 and recall of each class; nan where a class does not occur."""
    hit, is_, said = np.diag(table), table.sum(1), table.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.where(is_ > 0, 2 * hit / np.maximum(is_ + said, 1), np.nan)
        recall = np.where(is_ > 0, hit / np.maximum(is_, 1), np.nan)
    return f1, recall


def calibration_error(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """ECE: the gap between confidence and accuracy, weighted over equal bins."""
    edge = np.clip((sure * bins).astype(int), 0, bins - 1)
    gap = 0.0
    for b in range(bins):
        here = edge == b
        if here.any():
            gap += here.mean() * abs(sure[here].mean() - right[here].mean())
    return float(gap)


def sure_and_wrong(sure: np.ndarray, right: np.ndarray) -> float:
    """Share of all pictures answered wrongly with SURE confidence or more."""
    return float(np.mean((sure >= SURE) & ~right)) if len(sure) else float("nan")


def passing(mine: np.ndarray, share: float) -> float:
    """The threshold at which this share of our own pictures passes."""
    return float(np.quantile(mine, 1 - share))


def auroc(mine: np.ndarray, others: np.ndarray) -> float:
    """Chance that one of ours scores above one of the others; ties count half."""
    both = np.concatenate([mine, others])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    rank = (last - (count - 1) / 2)[place]
    n, m = len(mine), len(others)
    if not n * m:
        return float("nan")
    return float((rank[:n].sum() - n * (n + 1) / 2) / (n * m))
