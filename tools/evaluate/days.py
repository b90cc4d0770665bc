"""The tables that decide: a class asked for on a day that was not learnt from.

Throw-away leaf models are trained at a small side, one for each class-day and
one from Bangladesh to Malaysia. `together` leaves several class-days out of one
model (each class keeps a day): four times faster, harder, for choosing recipes.
"""

from pathlib import Path

import numpy as np

from train import bank, fit, folds, judge, network

from . import measures, tables
from .confidence import softmax

# The Unknown threshold of the manifest: below it no disease is named.
ANSWERED = 0.35


def plans(rows, together: bool) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """(name, learn, ask) of every model to train."""
    out = []
    days = folds.class_days(rows)
    if not together:
        out = [(f"{c} {s}", *folds.without_day(rows, c, s)) for c, s in days]
    else:
        by: dict[str, list[str]] = {}
        for c, s in days:
            by.setdefault(c, []).append(s)
        for n in range(max(map(len, by.values()))):
            learn, ask = np.ones(len(rows), bool), np.zeros(len(rows), bool)
            for c, sessions in by.items():
                if n < len(sessions):
                    a, b = folds.without_day(rows, c, sessions[n])
                    learn, ask = learn & a, ask | b
            out.append((f"together {n + 1}", learn & ~ask, ask))
    return out + [("Bangladesh to Malaysia", *folds.without_source(rows))]


def run(root: Path, rows, source: Path, work: Path, name: str, recipe, plan, side: int, views: int, together: bool,
        out: Path, say=print, only: str = "") -> Path:
    """Trains the models and writes the raw rows; a model whose rows are there already is not trained again."""
    usable = np.array([r.kind != "fruit" for r in rows])
    maps, order, tidy = bank.build(work / f"days-{side}-{views}-{name}", root, rows, usable, side, views, recipe, 11, source)
    plain = bank.untouched(work, root, rows, side, source, need=np.array([r.kind == "leaf" for r in rows]))
    weights = network.imagenet(source)
    lines, done = [], set()
    if out.exists():
        lines = tables.read(out)
        done = {line["model"] for line in lines}
    strange = np.array([r.kind == "leaf" and r.target < 0 for r in rows])
    for title, learn, ask in plans(rows, together):
        if title in done or only not in title:
            continue
        held = folds.held_groups(rows)
        model = fit.run(maps, order, tidy, rows, side, plan, weights, usable=learn & ~held,
                        say=lambda text: say(f"{title}: {text}"))
        # Beside the day asked for: leaves of the days learnt from, and of an unlisted disease, for calibration.
        asked = {"asked": ask, "same days": held & learn & np.array([r.kind == "leaf" and r.target >= 0 for r in rows])}
        if title.startswith("Bangladesh"):
            asked["unlisted"] = strange
        for part, flags in asked.items():
            at = np.flatnonzero(flags)
            found = judge.answers(model, plain, at)
            found = {"classes": found["leaf"], "gate": found["gate"], "familiar": found["familiar"]}
            lines += [tables.with_logits(rows[i], found, k, model=title, part=part) for k, i in enumerate(at)]
        tables.write(out, lines)
        say(f"{title}: " + summary_line(lines, title))
    return out


def summary_line(lines, title) -> str:
    """Recall and sure-and-wrong of one model's asked rows."""
    here = [x for x in lines if x["model"] == title and x["part"] == "asked"]
    p = softmax(tables.logits(here)["classes"])
    right = p.argmax(-1) == np.array([int(x["target"]) for x in here])
    return f"recall {right.mean():.3f}, sure and wrong {measures.sure_and_wrong(p.max(-1), right):.3f} of {len(here)}"


def summary(lines, p=None) -> list[dict]:
    """One line a class-day (and the source-out), as they stand in the documents; p are the lines' probabilities."""
    out = []
    p = softmax(tables.logits(lines)["classes"]) if p is None else p
    asked = [{**x, "at": k} for k, x in enumerate(lines) if x["part"] == "asked"]
    keys = sorted({(x["model"] if x["model"].startswith("Bangladesh") else "", x["label"], x["session"]) for x in asked})
    for source, label, session in keys:
        here = [x for x in asked if x["label"] == label and x["session"] == session
                and x["model"].startswith("Bangladesh") == bool(source)]
        mine = p[[x["at"] for x in here]]
        goal = np.array([int(x["target"]) for x in here])
        right = mine.argmax(-1) == goal
        out.append({"left out": source or "class-day", "class": label, "day": session, "pictures": len(here),
                    "recall": round(float(right.mean()), 4),
                    "sure and wrong": round(measures.sure_and_wrong(mine.max(-1), right), 4),
                    "answered": round(float((mine.max(-1) >= ANSWERED).mean()), 4)})
    return out


def means(lines: list[dict]) -> dict[str, float]:
    """Mean and worst over the class-days; the source-out by itself, weighted by pictures."""
    day = [x for x in lines if x["left out"] == "class-day"]
    far = [x for x in lines if x["left out"] != "class-day"]
    n = sum(x["pictures"] for x in far) or 1
    return {
        "class-days": len(day),
        "mean recall": round(float(np.mean([x["recall"] for x in day])), 4),
        "worst recall": min(x["recall"] for x in day),
        "mean sure and wrong": round(float(np.mean([x["sure and wrong"] for x in day])), 4),
        "worst sure and wrong": max(x["sure and wrong"] for x in day),
        "source-out recall": round(sum(x["recall"] * x["pictures"] for x in far) / n, 4),
        "source-out sure and wrong": round(sum(x["sure and wrong"] * x["pictures"] for x in far) / n, 4),
    }
