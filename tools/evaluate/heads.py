"""The class heads fitted anew without each later source: what stands for an orchard that is not here.

Blocks and the head that the fit begins on have learnt from the older sources alone, so a source that is left out here
has been seen by nothing that answers.
"""

from pathlib import Path

import numpy as np

from convert import classes, gate, quantise, source
from train import folds, setting
from train.pictures import CLASSES
from train.signs import HEALTHY

from . import confidence, delivered, heldout, measures, tables
from .transfer import share

# Folders whose pictures the blocks have not learnt from.
SOURCES = {"leaf": (("mldid",), ("field_leaf_mango", "field_foliage_mango")), "fruit": (("pakistan_fruit",),)}
STEPS = (0.2, 0.4, 0.6, 0.8, 1.0)


class Asked:
    """Pictures of one kind with everything that an answer is made of but the class head."""

    def __init__(self, model: delivered.Delivered, root: Path, rows, seen, later):
        self.entry, own = model.entry, np.array([r.kind == model.kind for r in rows])
        self.at = np.flatnonzero(own & (later | folds.unseen(rows)))
        run = quantise.Runner((model.folder / self.entry["files"]["tflite"]["name"]).read_bytes())
        found = run(delivered.shown(root, rows, self.at, model.side))
        self.taken, self.near, self.features = found["setting"], found["near"], seen[0, self.at]
        self.target, self.stratum = (np.array([f(rows[i]) for i in self.at]) for f in (lambda r: r.target, lambda r: r.stratum))

    def answers(self, head: classes.Head) -> np.ndarray:
        """p' of every class, as the program computes it."""
        logits = head.logits(self.features)
        cosine = setting.nearest(self.taken, self.near, logits.argmax(-1))
        return confidence.probabilities({"classes": logits, "cosine": cosine}, *heldout.constants(self.entry))

    def table(self, title: str, head: classes.Head, flags: np.ndarray) -> list[dict]:
        """A line a class-session of the rows with a flag, and their mean."""
        p, here = self.answers(head), flags[self.at]
        lines = [{"head": title, "asked": str(s)} | self.line(p, here & (self.stratum == s)) for s in np.unique(self.stratum[here])]
        if len(lines) > 1:
            found = {k: [x[k] for x in lines if x[k] != ""] for k in lines[0] if k not in ("head", "asked", "pictures")}
            lines.append({"head": title, "asked": "mean", "pictures": int(here.sum())} | {k: round(float(np.mean(v)), 4) if v else "" for k, v in found.items()})
            lines[-1] |= self.risk(p, here & (self.target >= 0))
        return lines

    def line(self, p: np.ndarray, here: np.ndarray) -> dict:
        """What is said of the answers to some pictures of one class, or of a sign that is on no list."""
        target, healthy = self.target[here], CLASSES[self.entry["kind"]].index(HEALTHY)
        said, sure = p[here].argmax(-1), p[here].max(-1)
        right, named, listed = said == target, sure >= self.entry["thresholds"]["unknown"], target[0] >= 0
        sign = target[0] != healthy
        return {"pictures": len(target), "recall": share(right) if listed else "", "answered": share(named),
                "right of answered": share(right[named]) if listed else "", "sure and wrong": round(measures.sure_and_wrong(sure, right), 4),
                "called healthy": share(said == healthy) if sign else "", "answered healthy": share((said == healthy) & named) if sign else ""}

    def risk(self, p: np.ndarray, here: np.ndarray) -> dict:
        """Share right of the surest answers, classes counting the same, and the area under the whole curve."""
        if not here.any():
            return {}
        target, p = self.target[here], p[here]
        weight = 1 / np.array([np.sum(target == t) for t in target])
        order = np.argsort(-p.max(-1), kind="stable")
        upto, hit = np.cumsum(weight[order]), np.cumsum((weight * (p.argmax(-1) == target))[order])
        covered, right = upto / upto[-1], hit / upto
        at = [int(np.searchsorted(covered, s - 1e-9).clip(max=len(order) - 1)) for s in STEPS]
        return {f"right of surest {int(100 * s)} %": round(float(right[k]), 4) for s, k in zip(STEPS, at)} | {
            "area": round(float(np.sum(right * np.diff(covered, prepend=0))), 4)}


def sessions(asked: Asked, first: classes.Head, seen, rows, usable, later) -> list[dict]:
    """Each later class-session left out alone, its source's others learnt: as trained, and fitted."""
    lines, stratum = [], np.array([r.stratum for r in rows])
    for one in np.unique(stratum[later]):
        gone = stratum == one
        head = classes.moved(seen, rows, usable & folds.apart(rows, gone), asked.entry, first)
        for title, h in (("as trained", first), ("fitted without this session", head)):
            lines += asked.table(title, h, gone)
    return lines


def of_model(model: delivered.Delivered, before: Path, root: Path, rows, usable, work: Path, out: Path) -> list[dict]:
    """The head as trained (in the files in before), fitted on all, and without each source and class-session; written to heads-KIND.csv."""
    content = (model.folder / model.entry["files"]["tflite"]["name"]).read_bytes()
    shown = gate.some(root, rows, model.side)
    seen = gate.features(gate.featured(content, shown), shown, root, rows, work)
    first = classes.trained(source.read(before / model.entry["files"]["keras"]["name"]).model)
    folder = np.array([r.path.split("/")[0] for r in rows])
    own, target = (np.array([f(r) for r in rows]) for f in (lambda r: r.kind == model.kind, lambda r: r.target))
    later = np.isin(folder, [name for group in SOURCES[model.kind] for name in group]) & own
    asked, table, judging = Asked(model, root, rows, seen, later), [], folds.unseen(rows) & own
    for title, head in (("as trained", first), ("fitted on all", classes.moved(seen, rows, usable, model.entry, first))):
        for flags in (judging & ~later & (target >= 0), judging & later & (target >= 0)):
            table += asked.table(f"{title}: held-out groups", head, flags)
    for group in SOURCES[model.kind]:
        gone = np.isin(folder, group) & own
        for title, head in (("as trained", first), (f"fitted without {group[0]}", classes.moved(seen, rows, usable & ~gone, model.entry, first))):
            table += asked.table(title, head, gone & (target >= 0)) + asked.table(title, head, gone & (target < 0))
    table += sessions(asked, first, seen, rows, usable, later & (target >= 0))
    names = list(dict.fromkeys(k for line in table for k in line))
    table = [{k: line.get(k, "") for k in names} for line in table]
    for line in table:
        print(model.kind, line, flush=True)
    tables.write(out / f"heads-{model.kind}.csv", table)
    return table
