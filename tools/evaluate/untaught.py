"""What a start knows of leaves before it has learnt any: a straight line on its last map's means, days left out.

No view is altered and no block is trained, so two networks can be compared in minutes. The ground may help here, as in
every table of days.
"""

from pathlib import Path

import numpy as np

from train import bank, blocks, doubtful, fit, network, probe

from . import leaving, measures
from .confidence import softmax


def run(root: Path, rows, source: Path, work: Path, side: int) -> list[dict]:
    """A line a class-day and one from Bangladesh to Malaysia; the last is the class-days' mean."""
    maps = bank.untouched(work, root, rows, side, source)
    known = doubtful.learnable(rows) & np.array([r.kind == "leaf" and r.target >= 0 for r in rows])
    means = np.zeros((len(rows), blocks.FEATURES), np.float32)
    means[known] = fit.means(network.start_weights(source), maps, np.flatnonzero(known), side)
    goal = np.array([r.target for r in rows])
    lines = []
    for one in leaving.plans(rows, together=False):
        if "asked" not in one.asked:
            continue
        at, asked = np.flatnonzero(one.learn & known), np.flatnonzero(one.asked["asked"] & known)
        line, base = probe.fitted(means[at], np.eye(goal.max() + 1)[goal[at]], 1 / np.bincount(goal[at])[goal[at]])
        p = softmax(means[asked] @ line + base)
        right = p.argmax(-1) == goal[asked]
        lines.append({"left out": one.title, "pictures": len(asked), "recall": round(float(right.mean()), 4),
                      "sure and wrong": round(measures.sure_and_wrong(p.max(-1), right), 4)})
    days = lines[:-1]
    return lines + [{"left out": "mean of class-days", "pictures": sum(x["pictures"] for x in days),
                     **{k: round(float(np.mean([x[k] for x in days])), 4) for k in ("recall", "sure and wrong")}}]
