"""What the teacher (train/teacher.py) calls the leaves as photographed, and what a share of its answers adds to models without a day.

No model is trained: the raw rows of a table of days are read again, with the teacher's own logits added to theirs. So
it says how much a learner that copied the teacher on days that neither has seen could gain.
"""

from pathlib import Path

import numpy as np

from train import kept, pictures, teacher
from train.pictures import LEAF

from . import tables

HEALTHY = LEAF.index("Healthy")


def _asked(job):
    rows, root, path = job
    ask = teacher.runner(path)
    return np.stack([ask(pictures.as_input(root / row.path, teacher.SIDE)) for row in rows])


def logits(root: Path, rows, work: Path) -> np.ndarray:
    """The teacher's, a row each; made once a folder."""
    path = teacher.file()
    return kept.once(work / f"told-{kept.digest([r.path for r in rows])}-{kept.mark(path)}.npy", rows, _asked, root, path)


def table(rows, told: np.ndarray, lines: list[dict], shares, wary: float) -> list[dict]:
    """A line a class-day of the raw rows' asked pictures, one for each model from source to source, then the class-days' mean.

    told are the teacher's logits of rows. For each share: recall, and how many diseased leaves are called healthy (none on a healthy day).
    """
    place = {row.path: i for i, row in enumerate(rows)}
    out = []
    for model in dict.fromkeys(x["model"] for x in lines):
        here = [x for x in lines if x["model"] == model and x["part"] == "asked"]
        if not here:
            continue
        mine = told[[place[x["path"]] for x in here]]
        goal = np.array([int(x["target"]) for x in here])
        names = np.bincount(mine.argmax(-1), minlength=len(teacher.NAMES)) / len(here)
        line = {"left out": model, "pictures": len(here)} | {f"teacher: {n}": round(float(s), 3) for n, s in zip(teacher.NAMES, names)}
        for share in shares:
            said = (tables.logits(here)["classes"] + teacher.as_names(mine, share, wary)).argmax(-1)
            line[f"recall, share {share}"] = round(float((said == goal).mean()), 4)
            ill = goal != HEALTHY
            line[f"healthy, share {share}"] = round(float((said[ill] == HEALTHY).mean()), 4) if ill.any() else ""
        out.append(line)
    days = [x for x in out if not x["left out"].startswith("Bangladesh")]
    mean = {"left out": "mean of class-days", "pictures": sum(x["pictures"] for x in days)}
    for key in out[0].keys() - mean.keys():
        mean[key] = round(float(np.mean([x[key] for x in days if x[key] != ""])), 4)
    return out + [{key: mean[key] for key in out[0]}]
