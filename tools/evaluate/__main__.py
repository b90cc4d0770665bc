"""python -m evaluate held|spoilt|days|fit|trees|doubtful: tables and pictures into docs/models/."""

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from convert import manifest  # noqa: E402
from train import fit as learning, pictures, views  # noqa: E402

from . import calibrate, confidence, days, delivered, doubtful, draw, held, measures, tables, trees  # noqa: E402


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m evaluate", description=__doc__)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models")
    p.add_argument("--out", type=Path, default=pictures.PROJECT / "docs" / "models")
    s = p.add_subparsers(dest="what", required=True)
    for name in ("held", "spoilt"):
        q = s.add_parser(name, help="the delivered files on held-out groups")
        q.add_argument("--update", action="store_true", help="write the metrics into the manifest")
    q = s.add_parser("days", help="train with days left out, ask for them")
    q.add_argument("name", help="name of the recipe; rows go to days-NAME.csv")
    q.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train")
    q.add_argument("--weights", type=Path)
    q.add_argument("--side", type=int, default=128)
    q.add_argument("--views", type=int, default=30000)
    q.add_argument("--together", action="store_true", help="several class-days a model: quick and harder")
    q.add_argument("--only", default="", help="only models whose name holds this")
    q.add_argument("--bank", help="use the views of this name (when only the plan differs)")
    q.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change recipe or plan")
    q = s.add_parser("fit", help="temperature and familiarity from raw rows")
    q.add_argument("rows", type=Path, help="days-NAME.csv")
    q.add_argument("--use", nargs="*", default=list(calibrate.FEATURES))
    q.add_argument("--write", metavar="ID", help="put them into this manifest entry")
    q = s.add_parser("trees", help="1, 3, 6 photos of one tree, from raw rows")
    q.add_argument("rows", type=Path)
    s.add_parser("doubtful", help="labels that contradict each other")
    return p.parse_args()


def changed(base, settings: list[str]):
    """A recipe or plan with the KEY=VALUE pairs that it knows."""
    known = {k: type(v) for k, v in vars(base).items()}
    pairs = dict(s.split("=", 1) for s in settings)
    return replace(base, **{k: known[k](float(v)) for k, v in pairs.items() if k in known})


def main():
    """One sub-command."""
    o = options()
    if o.what in ("fit", "trees"):
        return from_rows(o)
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    if o.what == "doubtful":
        return tables.write(o.out / "doubtful.csv", doubtful.groups_with_several_labels(rows))
    if o.what == "days":
        return leave_out(o, root, rows)
    book = manifest.read(o.models / "manifest.json")
    for entry in book["models"]:
        model = delivered.Delivered(entry, o.models)
        found = (held.of_model if o.what == "held" else held.spoilt)(model, root, rows, o.out)
        print(json.dumps({entry["id"]: found}, indent=1))
        entry["metrics"] |= found
    if o.update:
        manifest.write(o.models / "manifest.json", book)


def leave_out(o, root, rows):
    """The class-day table of one recipe."""
    recipe = changed(views.Recipe(), o.set)
    plan = changed(replace(learning.Plan(), epochs=1.5, smoothing=0.05), o.set)
    source = o.weights or root.parent / "weights" / "mobilenet_v2_imagenet_ptq.tflite"
    out = o.out / f"days-{o.name}.csv"
    days.run(root, rows, source, o.work, o.bank or o.name, recipe, plan, o.side, o.views, o.together, out,
             say=lambda text: print(text, flush=True), only=o.only)
    lines = days.summary(tables.read(out))
    for line in lines:
        print(line)
    print(json.dumps(days.means(lines)))


def from_rows(o):
    """What can be had from raw rows alone, in seconds."""
    lines = tables.read(o.rows)
    if o.what == "fit":
        return fitted(o, lines)
    entry = next(m for m in manifest.read(o.models / "manifest.json")["models"] if m["kind"] == "leaf")
    asked = [x for x in lines if x["part"] == "asked" and not x["model"].startswith("Bangladesh")]
    p = confidence.probabilities(tables.logits(asked), "leaf", *held.constants(entry))
    goal = np.array([int(x["target"]) for x in asked])
    found = [line for rule in ("mean", "product") for line in
             trees.simulate(p, goal, [f"{x['label']} {x['session']}" for x in asked], rule=rule)]
    for line in found:
        print(line)
    tables.write(o.out / "trees.csv", found)


def fitted(o, lines):
    """Fits on all parts alike; prints what each part looks like before and after."""
    logits = tables.logits(lines)
    goal = np.array([-1 if x["part"] == "unlisted" else int(x["target"]) for x in lines])
    part = ["source-out" if x["model"].startswith("Bangladesh") and x["part"] == "asked" else x["part"] for x in lines]
    weight = calibrate.balanced(part)
    t0 = calibrate.temperature_only(logits["classes"][goal >= 0], goal[goal >= 0], weight[goal >= 0])
    t, how, loss = calibrate.fit(logits, goal, weight, "leaf", use=o.use)
    print(f"temperature alone {t0:.3f}; with familiarity {t}, {how}, loss {loss:.4f}")
    part = np.array(part)
    curves = {}
    for name, p in {"temperature 1": confidence.probabilities(logits, "leaf", 1.0),
                    "temperature alone": confidence.probabilities(logits, "leaf", t0),
                    "with familiarity": confidence.probabilities(logits, "leaf", t, how)}.items():
        for which in sorted(set(part)):
            here = part == which
            right = p.argmax(-1)[here] == goal[here]
            sure = p.max(-1)[here]
            print(f"{name:18s} {which:11s} n {here.sum():5d} right {right.mean():.3f} mean confidence {sure.mean():.3f} "
                  f"ECE {measures.calibration_error(sure, right):.3f} sure and wrong {measures.sure_and_wrong(sure, right):.3f}")
        here = part == "asked"
        curves[name] = (p.max(-1)[here], p.argmax(-1)[here] == goal[here])
    draw.reliability(o.out / f"reliability-{o.rows.stem}.png", curves, "left-out class-days")
    after = days.summary(lines, lambda found: confidence.probabilities(found, "leaf", t, how))
    print(json.dumps(days.means(after)))
    if o.write:
        book = manifest.read(o.models / "manifest.json")
        entry = next(m for m in book["models"] if m["id"] == o.write)
        entry["calibration"] = {"temperature": t, "fitted_on": f"left-out days, {o.rows.name}"}
        entry["familiarity"] = how
        manifest.write(o.models / "manifest.json", book)


if __name__ == "__main__":
    main()
