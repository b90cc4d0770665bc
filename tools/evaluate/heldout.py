"""The delivered files on groups that were held out of training, and of these on what no learnt picture shows."""

from pathlib import Path

import numpy as np

from train import folds
from train.pictures import GATE

from . import confidence, corruptions, delivered, draw, measures, tables


def constants(entry: dict) -> tuple[float, dict | None]:
    """Temperature and familiarity of a manifest entry."""
    return entry["calibration"]["temperature"], entry.get("familiarity")


def rows_of(model: delivered.Delivered, root: Path, rows, say=print):
    """(places, int8 logits, float logits, target) of held-out pictures of all kinds."""
    at = np.flatnonzero(folds.unseen(rows))
    shown = delivered.shown(root, rows, at, model.side)
    say(f"{model.entry['id']}: {len(at)} pictures held out")
    return at, shown, model.int8(shown), model.float32(shown)


def of_model(model: delivered.Delivered, root: Path, rows, out: Path, raw: Path, say=print, again=False) -> dict:
    """Measures one model, writes raw rows and pictures, gives the metrics for its card.

    again takes the int8 logits from the raw rows: enough when only constants of the manifest changed.
    """
    if again:
        at, ints = np.flatnonzero(folds.unseen(rows)), tables.logits(tables.read(raw / f"held-{model.kind}.csv"))
        floats = None
    else:
        at, _, ints, floats = rows_of(model, root, rows, say)
    kind, names = model.kind, model.entry["classes"]
    kinds = np.array([rows[i].kind for i in at])
    goal = np.array([rows[i].target for i in at])
    lines = [tables.with_logits(rows[i], ints, k) for k, i in enumerate(at)]
    tables.write(raw / f"held-{kind}.csv", lines)

    mine = (kinds == kind) & (goal >= 0)
    pick = {role: v[mine] for role, v in ints.items()}
    t, how = constants(model.entry)
    p = confidence.probabilities(pick, t, how)
    said, sure = p.argmax(-1), p.max(-1)
    right = said == goal[mine]
    table = measures.confusion(goal[mine], said, len(names))
    f1, recall = measures.f1_and_recall(table)
    draw.confusion(out / f"confusion-{kind}.png", table, names, f"{kind}, groups held out, {mine.sum()} pictures")
    plain = confidence.softmax(pick["classes"])
    draw.reliability(out / f"reliability-{kind}.png", {
        "as delivered": (sure, right), "temperature 1": (plain.max(-1), plain.argmax(-1) == goal[mine])},
        f"{kind}, groups held out")
    found = {
        "held_out_pictures": int(mine.sum()),
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(np.nanmean(f1)), 4),
        "worst_recall": round(float(np.nanmin(recall)), 4),
        "ece": round(measures.calibration_error(sure, right), 4),
        "mean_confidence": round(float(sure.mean()), 4),
        "unknown": round(float((sure < model.entry["thresholds"]["unknown"]).mean()), 4),
        "sure_and_wrong": round(measures.sure_and_wrong(sure, right), 4),
    }
    found |= gate(model, ints, kinds, out)
    if floats:
        bare = floats["classes"][mine].argmax(-1)
        found |= {
            "float_accuracy": round(float((bare == goal[mine]).mean()), 4),
            "int8_same_class": round(float((ints["classes"][mine].argmax(-1) == bare).mean()), 4),
            "gate_int8_same": round(float((ints["gate"].argmax(-1) == floats["gate"].argmax(-1)).mean()), 4),
            # Answers may agree while trust is noise: the setting has small numbers that a rounded first block can drown.
            "cosine_int8_correlation": round(float(np.corrcoef(ints["cosine"][mine], floats["cosine"][mine])[0, 1]), 4),
        }
    return found


def door_probability(model, ints) -> np.ndarray:
    """What the gate says for the model's own kind."""
    how = model.entry["gate"]
    return confidence.softmax(ints["gate"] / how["temperature"])[:, GATE.index(model.kind)]


def gate(model, ints, kinds, out: Path) -> dict:
    """Gate curve, area, and what passes as delivered."""
    q = door_probability(model, ints)
    mine, rest = q[kinds == model.kind], q[kinds != model.kind]
    level = measures.passing(mine, 0.98)
    steps = np.linspace(0.02, 0.98, 97)
    draw.curves(out / f"gate-{model.kind}.png", steps, {
        f"mango {model.kind} ({len(mine)})": np.array([(mine >= s).mean() for s in steps]),
        f"everything else ({len(rest)})": np.array([(rest >= s).mean() for s in steps])},
        f"gate of the {model.kind} model, groups held out", "threshold", "share passing")
    th = model.entry["gate"]["threshold"]
    return {
        "gate_auroc": round(measures.auroc(mine, rest), 4),
        "gate_passed": round(float((mine >= th).mean()), 4),
        "gate_let_in": round(float((rest >= th).mean()), 4),
        "gate_let_in_at_98": round(float((rest >= level).mean()), 4),
    }


def corrupted(model: delivered.Delivered, root: Path, rows, out: Path, say=print) -> dict:
    """Accuracy on held-out pictures corrupted in five ways, against uncorrupted."""
    at = folds.unseen_of(rows, model.kind)
    goal = np.array([rows[i].target for i in at])
    shown = delivered.shown(root, rows, at, model.side)
    t, how = constants(model.entry)
    lines = []
    for name, change in {"none": lambda rng, x: x, **corruptions.KINDS}.items():
        rng = np.random.default_rng(9)
        p = confidence.probabilities(model.int8(np.stack([change(rng, x) for x in shown])), t, how)
        right = p.argmax(-1) == goal
        lines.append({"corrupted by": name, "pictures": len(at), "accuracy": round(float(right.mean()), 4),
                      "mean confidence": round(float(p.max(-1).mean()), 4), "sure and wrong": round(measures.sure_and_wrong(p.max(-1), right), 4)})
        say(f"{model.kind} {lines[-1]}")
    tables.write(out / f"corrupted-{model.kind}.csv", lines)
    mean = np.mean([x["accuracy"] for x in lines[1:]])
    return {"corrupted_accuracy": round(float(mean), 4)}
