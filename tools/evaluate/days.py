"""The tables that decide: a class asked for on a day that was not learnt from.

Throw-away leaf models are trained at a small side, one for each class-day and
one from Bangladesh to Malaysia. `together` leaves several class-days out of one
model (each class keeps a day): four times faster, harder, for choosing recipes.
"""

from pathlib import Path

import numpy as np

from train import bank, fit, folds, joined, judge, network, setting, teacher

from . import leaving, measures, moved, tables
from .confidence import softmax

# The Unknown threshold of the manifest: below it no disease is named.
ANSWERED = 0.45


def run(root: Path, rows, source: Path, work: Path, name: str, recipe, plan, side: int, views: int, clean: int, together: bool,
        out: Path, say=print, only: str = "", also_moved: bool = False) -> Path:
    """Trains the models and writes the raw rows; a model whose rows are there already is not trained again.

    also_moved asks the left-out leaves of the models trained now on made-up grounds too (moved.py).
    """
    held = folds.held_groups(rows)
    seen = bank.both(lambda count, how: work / f"days-{side}-{count}-{how.clean:.0f}-{name}", root, rows, ~held, side,
                     views, clean, recipe, 11, source, kin="stratum", teacher_path=teacher.wanted(plan))
    plain = bank.untouched(work, root, rows, side, source)
    means = setting.means(work, root, rows, source)
    weights = network.start_weights(source)
    plans = leaving.plans(rows, together)
    other = moved.made(work, np.any([one.asked["asked"] for one in plans if "asked" in one.asked], axis=0), side, source) if also_moved else None
    lines, done = [], set()
    if out.exists():
        lines = tables.read(out)
        done = {line["model"] for line in lines}
    for one in plans:
        if one.title in done or only not in one.title:
            continue
        learn = one.learn & ~held
        model = fit.run(seen, rows, side, plan, weights, usable=learn,
                        say=lambda text: say(f"{one.title}: {text}"))
        lines += answered(rows, one, held, means, lambda at: judge.answers(model, plain, at))
        if other and "asked" in one.asked:
            at = other.of(one.asked["asked"])
            lines += tables.told(rows, other.rows[at], judge.answers(model, other.maps, at), "leaf", np.zeros(len(at)), one.title, [moved.PART] * len(at))
        tables.write(out, lines)
        if "asked" in one.asked:
            say(f"{one.title}: " + summary_line(lines, one.title))
    return out


def answered(rows, one: leaving.Leaving, held, means, answers) -> list[dict]:
    """Raw rows of one model; answers(places) gives its logits, means how each picture was taken (nan where nobody looked: cosine 0)."""
    kind, known = np.array([r.kind for r in rows]), np.array([r.target >= 0 for r in rows])
    # Beside what is asked for: held-out pictures of what was learnt, for calibration.
    beside = folds.unseen(rows) & one.learn
    parts = {**one.asked, "same days": beside & (kind == "leaf") & known, "others": beside & (kind == "other")}
    taken = setting.learnt(means, rows, one.learn & ~held & ~np.isnan(means[:, 0]), "leaf")
    lines = []
    for part, flags in parts.items():
        at = np.flatnonzero(flags)
        found = answers(at)
        lines += tables.told(rows, at, found, "leaf", taken.cosine(means[at], found["leaf"].argmax(-1)), one.title, [part] * len(at))
    return lines


def from_answers(rows, answers, out: Path) -> Path:
    """The raw rows of models that a graphics card trained (card.py)."""
    held, seen = folds.held_groups(rows), answers["setting rows"]
    lines = []
    for one in leaving.plans(rows, together=False):
        told = answers[f"{one.title}|setting"].astype(np.float64)
        means = np.full((len(rows), told.shape[1]), np.nan)
        means[seen] = told
        heads = {head: answers[f"{one.title}|{head}"].astype(np.float32) for head in ("leaf", "gate")}
        lines += answered(rows, one, held, means, lambda at, heads=heads: {head: value[at] for head, value in heads.items()})
    tables.write(out, lines)
    return out


def again(root: Path, rows, source: Path, work: Path, out: Path) -> None:
    """Writes the raw rows' cosines anew, by the logits that they hold: the models stay, what tells the setting changed."""
    means, held = setting.means(work, root, rows, source), folds.held_groups(rows)
    place = {r.path: i for i, r in enumerate(rows)}
    lines = tables.read(out)
    for one in leaving.plans(rows, together=False):
        mine = [x for x in lines if x["model"] == one.title and x["part"] != moved.PART]
        if not mine:
            continue
        taken = setting.learnt(means, rows, one.learn & ~held, "leaf")
        found = taken.cosine(means[[place[x["path"]] for x in mine]], tables.logits(mine)["classes"].argmax(-1))
        for line, value in zip(mine, found):
            line["cosine0"] = f"{value:.4f}"
    tables.write(out, lines)


def summary_line(lines, title) -> str:
    """Recall and sure-and-wrong of one model's asked rows."""
    here = [x for x in lines if x["model"] == title and x["part"] == "asked"]
    p = softmax(tables.logits(here)["classes"])
    right = p.argmax(-1) == np.array([int(x["target"]) for x in here])
    return f"recall {right.mean():.3f}, sure and wrong {measures.sure_and_wrong(p.max(-1), right):.3f} of {len(here)}"


def summary(lines, p=None, part="asked") -> list[dict]:
    """One line a class-day (and the source-out), as they stand in the documents; p are the lines' probabilities.

    A leaf counts once in the recall of leaves, however many pictures show it; leaves without marks are counted a picture each.
    """
    out = []
    p = softmax(tables.logits(lines)["classes"]) if p is None else p
    things = joined.things()
    asked = [{**x, "at": k} for k, x in enumerate(lines) if x["part"] == part]
    keys = sorted({(x["model"] if x["model"].startswith("Bangladesh") else "", x["label"], x["session"]) for x in asked})
    for source, label, session in keys:
        here = [x for x in asked if x["label"] == label and x["session"] == session
                and x["model"].startswith("Bangladesh") == bool(source)]
        mine = p[[x["at"] for x in here]]
        goal = np.array([int(x["target"]) for x in here])
        right = mine.argmax(-1) == goal
        of_leaf: dict[str, list[bool]] = {}
        for x, r in zip(here, right):
            of_leaf.setdefault(things.get(x["path"], x["path"]), []).append(r)
        out.append({"left out": source or "class-day", "class": label, "day": session, "pictures": len(here), "leaves": len(of_leaf),
                    "recall": round(float(right.mean()), 4),
                    "recall of leaves": round(float(np.mean([np.mean(r) for r in of_leaf.values()])), 4),
                    "sure and wrong": round(measures.sure_and_wrong(mine.max(-1), right), 4),
                    "answered": round(float((mine.max(-1) >= ANSWERED).mean()), 4)})
    return out


def means(lines: list[dict]) -> dict[str, float]:
    """Mean and worst over the class-days; the source-out by itself, weighted by pictures; of each what was asked."""
    day = [x for x in lines if x["left out"] == "class-day"]
    far = [x for x in lines if x["left out"] != "class-day"]
    out = {}
    if day:
        out = {
            "class-days": len(day),
            "mean recall": round(float(np.mean([x["recall"] for x in day])), 4),
            "mean recall of leaves": round(float(np.mean([x["recall of leaves"] for x in day])), 4),
            "worst recall": min(x["recall"] for x in day),
            "mean sure and wrong": round(float(np.mean([x["sure and wrong"] for x in day])), 4),
            "worst sure and wrong": max(x["sure and wrong"] for x in day),
        }
    if far:
        n = sum(x["pictures"] for x in far)
        out |= {f"source-out {name}": round(sum(x[name] * x["pictures"] for x in far) / n, 4) for name in ("recall", "sure and wrong")}
    return out
