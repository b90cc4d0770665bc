"""Every picture of a kind answered by a model that has not seen its group: for a kind without days to leave out.

Throw-away models at the delivered side, one a fold of whole groups. All start from the same weights, which must not
have seen the kind either, and are trained by the recipe and plan of the delivered file.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from train import bank, doubtful, fit, folds, judge, setting, teacher

from . import calibrate, draw, measures, tables
from .confidence import softmax


def sessions(rows, fold: np.ndarray):
    """The rows with their fold as day, so that a view's company is of its own fold."""
    return [replace(row, session=f"fold {k}") if k >= 0 else row for row, k in zip(rows, fold)]


def run(root: Path, rows, kind: str, source: Path, work: Path, weights, recipe, plan, side: int, views: int, clean: int,
        shares, count: int, out: Path, say=print) -> Path:
    """Trains count models and writes the raw rows; a fold whose rows are there already is not trained again."""
    fold, held = folds.crossed(rows, kind, count), folds.held_groups(rows)
    # Things of other kinds that are held out for the delivered files stay so here.
    usable = doubtful.learnable(rows) & (~held | (fold >= 0))
    cut = sessions(rows, fold)
    seen = bank.both(lambda n, how: work / f"cross-{kind}-{count}-{side}-{n}-{how.clean:.0f}", root, cut, usable, side,
                     views, clean, recipe, 21, source, kin="stratum", shares=shares, teacher_path=teacher.wanted(plan))
    plain = bank.untouched(work, root, rows, side, source)
    means = setting.means(work, root, rows, source)
    lines = tables.read(out) if out.exists() else []
    done = {line["model"] for line in lines}
    for k in range(count):
        title = f"fold {k}"
        if title in done:
            continue
        learn = usable & (fold != k)
        model = fit.run(seen, rows, side, plan, weights, usable=learn, say=lambda text: say(f"{title}: {text}"))
        at = np.flatnonzero((fold == k) | (held & np.array([row.kind != kind for row in rows])))
        found, taken, mine = judge.answers(model, plain, at), setting.learnt(means, rows, learn, kind), fold[at] == k
        lines += tables.told(rows, at, found, kind, taken.cosine(means[at], found[kind].argmax(-1)), title, np.where(mine, "asked", "others"))
        tables.write(out, lines)
        right = found[kind].argmax(-1)[mine] == [rows[i].target for i in at[mine]]
        say(f"{title}: {np.mean(right):.4f} of {len(right)}")
    return out


def summary(lines, names, picture: Path | None = None) -> dict:
    """Scores of all folds' asked rows together: bare answers, and confidence at the temperature that fits them."""
    asked = [x for x in lines if x["part"] == "asked"]
    logits, goal = tables.logits(asked)["classes"], np.array([int(x["target"]) for x in asked])
    table = measures.confusion(goal, logits.argmax(-1), len(names))
    f1, recall = measures.f1_and_recall(table)
    if picture:
        draw.confusion(picture, table, names, f"{len(asked)} pictures, each asked of a model that has not seen its group")
    t = calibrate.temperature(logits, goal)
    p = softmax(logits / t)
    right = p.argmax(-1) == goal
    by = [np.mean([r for r, x in zip(right, asked) if x["model"] == m]) for m in sorted({x["model"] for x in asked})]
    return {"pictures": len(asked), "accuracy": round(float(right.mean()), 4), "of folds": [round(float(b), 4) for b in by],
            "macro_f1": round(float(np.nanmean(f1)), 4), "recall": dict(zip(names, np.round(recall, 4).tolist())),
            "temperature": round(t, 4), "ece": round(measures.calibration_error(p.max(-1), right), 4),
            "sure_and_wrong": round(measures.sure_and_wrong(p.max(-1), right), 4)}
