"""The tables about new orchards, made from the raw rows of leftout.py. Each line of docs/models/*.csv comes from here.

p' is computed by the constants in the manifest, as the program computes it: what is Unknown there is not answered here.
"""

import csv
from pathlib import Path

import numpy as np

from train import joined
from train.pictures import GATE, LEAF

from . import confidence, measures, tables

HEALTHY = LEAF.index("Healthy")
# Class-sessions whose names do not stand for the same sign everywhere (train/labels.csv): left out of the second mean.
with (Path(__file__).parent / "disputed.csv").open(newline="") as table:
    DISPUTED = {(line["class"], line["session"]) for line in csv.DictReader(table)}


class Answers:
    """Raw rows with the probabilities that are shown."""

    def __init__(self, lines: list[dict], entry: dict):
        self.lines = np.array(lines, dtype=object)
        logits = tables.logits(lines)
        self.p = confidence.probabilities(logits, entry["calibration"]["temperature"], entry.get("familiarity"))
        self.bare = confidence.softmax(logits["classes"])
        self.gate = confidence.softmax(logits["gate"] / entry["gate"]["temperature"])
        self.limit, self.passes = entry["thresholds"]["unknown"], entry["gate"]["threshold"]
        self.goal = np.array([int(x["target"]) for x in lines])
        self.part = np.array([x["part"] for x in lines])
        self.model = np.array([x["model"] for x in lines])
        self.label = np.array([x["label"] for x in lines])
        self.session = np.array([x["session"] for x in lines])
        self.kind = np.array([x["kind"] for x in lines])
        self.folder = np.array([x["path"].split("/")[0] for x in lines])
        self.said, self.sure = self.p.argmax(-1), self.p.max(-1)
        self.right = self.said == self.goal


def every(lines: list[dict], entry: dict, out: Path) -> None:
    """Writes all tables."""
    a = Answers(lines, entry)
    for name, table in (("sessions", sessions(a)), ("sources", sources(a)), ("risk", risk(a)), ("gate", gate(a)), ("small", small(a))):
        if table:
            tables.write(out / f"{name}.csv", table)
            print(name)
            for line in table:
                print(" ", line)


def asked_of(a: Answers, here: np.ndarray) -> dict:
    """What is said of the answers at these places."""
    leaves: dict[str, list[bool]] = {}
    things = joined.things()
    for x, r in zip(a.lines[here], a.right[here]):
        leaves.setdefault(things.get(x["path"], x["path"]), []).append(bool(r))
    named = here & (a.sure >= a.limit)
    sign = here & (a.goal != HEALTHY)
    return {"pictures": int(here.sum()), "leaves": len(leaves), "recall": share(a.right[here]),
            "recall of leaves": round(float(np.mean([np.mean(v) for v in leaves.values()])), 4),
            "answered": share(named[here]), "right of answered": share(a.right[named]),
            "sure and wrong": round(measures.sure_and_wrong(a.sure[here], a.right[here]), 4),
            "diseased called healthy": share((a.said == HEALTHY)[sign]),
            "diseased answered healthy": share(((a.said == HEALTHY) & (a.sure >= a.limit))[sign])}


def share(flags) -> float | str:
    """Their mean; nothing where there are none."""
    return round(float(np.mean(flags)), 4) if len(flags) else ""


def averaged(name: str, lines: list[dict]) -> dict:
    """The lines' mean of every number, and the worst recall."""
    out = dict.fromkeys(lines[0], "") | {"class": name, "pictures": sum(x["pictures"] for x in lines), "leaves": sum(x["leaves"] for x in lines)}
    for key in lines[0]:
        values = [x[key] for x in lines if isinstance(x[key], float)]
        if values:
            out[key] = round(float(np.mean(values)), 4)
    return out | {"worst recall": min(x["recall"] for x in lines)}


def by_class(a: Answers, part: str, groups: list[tuple[str, np.ndarray]]) -> list[dict]:
    """A line a class-session of a part, and the means."""
    out = []
    for left_out, flags in groups:
        here = flags & (a.part == part)
        for label, session in sorted(set(zip(a.label[here], a.session[here]))):
            out.append({"left out": left_out, "class": str(label), "session": str(session)}
                       | asked_of(a, here & (a.label == label) & (a.session == session)) | {"worst recall": ""})
    return out


def sessions(a: Answers) -> list[dict]:
    """Every class-session that has another session, left out and asked for."""
    lines = by_class(a, "session", [(str(m), a.model == m) for m in dict.fromkeys(a.model)])
    agree = [x for x in lines if (x["class"], x["session"]) not in DISPUTED]
    if not agree:
        return []
    return lines + [averaged(f"mean of {len(lines)}", lines), averaged(f"mean of {len(agree)} whose signs agree", agree)]


def sources(a: Answers) -> list[dict]:
    """Each source left out and asked for, a line a class-session and their mean."""
    out = []
    for model in [m for m in dict.fromkeys(a.model) if m.startswith("source")]:
        lines = by_class(a, "source", [(str(model), a.model == model)])
        out += lines + [averaged("mean of classes", lines) | {"left out": str(model)}]
    return out


def risk(a: Answers, steps=(0.2, 0.4, 0.6, 0.8, 1.0)) -> list[dict]:
    """Share right of the surest answers, classes counting the same, and the area under the whole curve, for each left-out source."""
    out = []
    for model in [m for m in dict.fromkeys(a.model) if m.startswith("source")]:
        here = np.flatnonzero((a.model == model) & (a.part == "source"))
        weight = 1 / np.array([np.sum(a.goal[here] == g) for g in a.goal[here]])
        order = np.argsort(-a.sure[here], kind="stable")
        upto, hit = np.cumsum(weight[order]), np.cumsum((weight * a.right[here])[order])
        covered, right = upto / upto[-1], hit / upto
        out.append({"left out": str(model), "pictures": len(here)}
                   | {f"right of surest {int(100 * s)} %": round(float(right[np.searchsorted(covered, s - 1e-9).clip(max=len(here) - 1)]), 4) for s in steps}
                   | {"area under accuracy by coverage": round(float(np.sum(right * np.diff(covered, prepend=0))), 4)})
    return out


def gate(a: Answers) -> list[dict]:
    """Mango pictures of a left-out source accepted; other plants' leaves and other fruit of a left-out kind let in."""
    leaf, fruit = (a.gate[:, GATE.index(kind)] >= a.passes for kind in ("leaf", "fruit"))
    out = []
    for part, name, passed in (("mango", "mango accepted", np.where(a.kind == "leaf", leaf, fruit)), ("species", "other leaf let in", leaf),
                               ("fruit", "other fruit let in", fruit)):
        here = a.part == part
        found = []
        for what in sorted(set(a.folder[here] if part == "mango" else a.label[here])):
            mine = here & ((a.folder if part == "mango" else a.label) == what)
            found.append({"what": name, "left out": str(what), "pictures": int(mine.sum()), "share": share(passed[mine])})
        if found:
            out += found + [{"what": name, "left out": "mean", "pictures": sum(x["pictures"] for x in found),
                             "share": round(float(np.mean([x["share"] for x in found])), 4)}]
    return out


def small(a: Answers) -> list[dict]:
    """Leaves of left-out sources on photographs, by the share of the frame that they fill."""
    out = []
    for model in [m for m in dict.fromkeys(a.model) if m.startswith("source")]:
        for part in dict.fromkeys(a.part):
            here = (a.model == model) & (a.part == part)
            if (part == "whole" or part.startswith("small")) and here.any():
                classes = [share(a.right[here & (a.goal == c)]) for c in sorted(set(a.goal[here]))]
                out.append({"left out": str(model), "leaf": str(part), "pictures": int(here.sum()), "mean recall": round(float(np.mean(classes)), 4),
                            "accepted": share(a.gate[here, GATE.index("leaf")] >= a.passes)})
    return out
