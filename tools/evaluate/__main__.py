"""python -m evaluate held|spoilt|grounds|frames|turns|graphs|days|cross|untaught|told|fit|trees|doubtful: tables and pictures into docs/models/."""

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from convert import manifest  # noqa: E402
from train import blocks, doubtful, imagenet, network, pictures, schedule, setting, views  # noqa: E402
from train.plan import Plan, changed  # noqa: E402

from . import calibrate, confidence, cross, days, delivered, draw, frames, graphs, grounds, held, measures, moved, tables, told, trees, turns, untaught  # noqa: E402
from .confidence import softmax  # noqa: E402


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
        q.add_argument("--again", action="store_true", help="from the raw rows: only constants changed")
    s.add_parser("grounds", help="the delivered files on held-out leaves and fruit, put on other grounds")
    s.add_parser("frames", help="the delivered files on held-out leaves and fruit, in photos from square to 20:9")
    s.add_parser("turns", help="the delivered files on held-out pictures, turned and flipped in eight ways")
    s.add_parser("graphs", help="sizes and times of the models as float and int8 graphs")
    q = s.add_parser("days", help="train with days left out, ask for them")
    q.add_argument("name", help="name of the recipe; rows go to days-NAME.csv")
    q.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train")
    q.add_argument("--weights", type=Path)
    q.add_argument("--side", type=int, default=128)
    q.add_argument("--views", type=int, default=30000)
    q.add_argument("--clean-views", type=int, default=8000)
    q.add_argument("--together", action="store_true", help="several class-days a model: quick and harder")
    q.add_argument("--only", default="", help="only models whose name holds this")
    q.add_argument("--again", action="store_true", help="no training: only what tells the setting changed (not for a card's models)")
    q.add_argument("--answers", type=Path, help="answers.npz of python -m evaluate.card: no training here")
    q.add_argument("--moved", action="store_true", help="ask the left-out leaves of models trained now on made-up grounds too: rows of part 'moved', moved-days-NAME.csv")
    q.add_argument("--bank", help="use the views of this name (when only the plan differs)")
    q.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change recipe or plan")
    q = s.add_parser("cross", help="every picture of a kind, asked of a model that has not seen its group")
    q.add_argument("kind", choices=list(pictures.CLASSES))
    q.add_argument("--start", type=Path, help="folder of an earlier run that has not seen the kind (default: ImageNet)")
    q.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train")
    q.add_argument("--weights", type=Path)
    q.add_argument("--views", type=int, default=50000)
    q.add_argument("--clean-views", type=int, default=12000)
    q.add_argument("--folds", type=int, default=5)
    q.add_argument("--shares", nargs="*", default=[], metavar="KIND=SHARE", help="share of the views that leaf, fruit and other get")
    q.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change recipe or plan")
    q = s.add_parser("untaught", help="what the start knows untrained: a straight line on its last map's means, days left out")
    q.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train")
    q.add_argument("--side", type=int, default=224)
    q = s.add_parser("told", help="what the teacher calls the leaves, and what its answers would add to models without a day")
    q.add_argument("rows", type=Path, help="days-NAME.csv")
    q.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train")
    q.add_argument("--shares", nargs="*", type=float, default=[0.0, 0.3, 0.45, 0.6, 1.0])
    q.add_argument("--wary", type=float, default=Plan.wary, help="logits taken off its Healthy")
    q = s.add_parser("fit", help="temperature and familiarity from raw rows")
    q.add_argument("rows", type=Path, help="days-NAME.csv")
    q.add_argument("--write", nargs="*", choices=list(pictures.CLASSES), help="carry them over to the manifest's models (of these kinds; after held and turns)")
    q = s.add_parser("trees", help="1, 3, 6 photos of one tree, from raw rows")
    q.add_argument("rows", type=Path)
    s.add_parser("doubtful", help="labels that contradict each other")
    return p.parse_args()


def main():
    """One sub-command."""
    o = options()
    if o.what in ("fit", "trees"):
        return from_rows(o)
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    if o.what == "doubtful":
        return tables.write(o.out / "doubtful.csv", doubtful.things_with_several_labels(rows))
    if o.what == "days":
        return leave_out(o, root, rows)
    if o.what == "untaught":
        return only_started(o, root, rows)
    if o.what == "told":
        leaves = [row for row in rows if row.kind == "leaf"]
        return tables.write(o.out / "told.csv", told.table(leaves, told.logits(root, leaves, o.work), tables.read(o.rows), o.shares, o.wary))
    if o.what == "cross":
        return in_folds(o, root, rows)
    book = manifest.read(o.models / "manifest.json")
    alone = {"grounds": grounds, "frames": frames, "turns": turns, "graphs": graphs}
    if o.what in alone:
        for entry in book["models"]:
            alone[o.what].of_model(delivered.Delivered(entry, o.models), root, rows, o.out)
        return None
    for entry in book["models"]:
        model = delivered.Delivered(entry, o.models)
        if o.what == "spoilt":
            found = held.spoilt(model, root, rows, o.out)
        else:
            found = held.of_model(model, root, rows, o.out, again=o.again)
        print(json.dumps({entry["id"]: found}, indent=1))
        entry["metrics"] |= found
    if o.update:
        manifest.write(o.models / "manifest.json", book)


def leave_out(o, root, rows):
    """The class-day table of one recipe."""
    recipe = changed(views.Recipe(), o.set)
    plan = changed(replace(Plan(), epochs=1.5, smoothing=0.05), o.set)
    source = o.weights or imagenet.file(root)
    out = o.out / f"days-{o.name}.csv"
    if o.again:
        return days.again(root, rows, source, o.work, out)
    if o.answers:
        days.from_answers(rows, np.load(o.answers), out)
    else:
        days.run(root, rows, source, o.work, o.bank or o.name, recipe, plan, o.side, o.views, o.clean_views, o.together, out,
                 say=lambda text: print(text, flush=True), only=o.only, also_moved=o.moved)
    answers = tables.read(out)
    found = {part: days.summary(answers, part=part) for part in ("asked", moved.PART)}
    for part, lines in found.items():
        for line in lines:
            print(line)
        if lines:
            print(json.dumps({part: days.means(lines)}))
    if found[moved.PART]:
        tables.write(o.out / f"moved-days-{o.name}.csv", found[moved.PART])


def in_folds(o, root, rows):
    """Cross-validation of one recipe."""
    o.work.mkdir(parents=True, exist_ok=True)
    weights, source = network.begun(o.weights or imagenet.file(root), o.start, o.work)
    out = cross.run(root, rows, o.kind, source, o.work, weights, changed(views.Recipe(), o.set), changed(Plan(), o.set), setting.SIDE,
                    o.views, o.clean_views, schedule.shared(o.shares), o.folds, o.out / f"cross-{o.kind}.csv", say=lambda text: print(text, flush=True))
    print(json.dumps(cross.summary(tables.read(out), pictures.CLASSES[o.kind], o.out / f"cross-{o.kind}.png"), indent=1))


def only_started(o, root, rows):
    """What one network's start knows, to untaught-NETWORK-SIDE.csv."""
    o.work.mkdir(parents=True, exist_ok=True)
    found = untaught.run(root, rows, imagenet.file(root), o.work, o.side)
    for one in found:
        print(one)
    tables.write(o.out / f"untaught-{blocks.NAME}-{o.side}.csv", found)


def from_rows(o):
    """What can be had from raw rows alone, in seconds."""
    lines = [x for x in tables.read(o.rows) if x["part"] != moved.PART]
    if o.what == "fit":
        return fitted(o, lines)
    asked = [x for x in lines if x["part"] == "asked" and not x["model"].startswith("Bangladesh")]
    p = tree_probabilities(lines, asked)
    goal = np.array([int(x["target"]) for x in asked])
    found = [line for rule in ("mean", "product") for line in
             trees.simulate(p, goal, [f"{x['label']} {x['session']}" for x in asked], rule=rule)]
    for line in found:
        print(line)
    tables.write(o.out / "trees.csv", found)


def parts_of(lines) -> list[str]:
    """What each raw row is for."""
    far = {"asked": "source-out", "unlisted": "rust"}
    return [far.get(x["part"], x["part"]) if x["model"].startswith("Bangladesh") else x["part"] for x in lines]


def search(lines):
    """(p as delivered, logits, goal, parts, constants in standard units) of a class-day table."""
    logits, part = tables.logits(lines), np.array(parts_of(lines))
    goal = np.array([-1 if x["part"] == "unlisted" else int(x["target"]) for x in lines])
    units = calibrate.standard(logits["cosine"], part == "same days", [x["model"] for x in lines])
    far = [part == name for name in ("asked", "source-out", "rust")]
    t, bias, slope, floor = calibrate.search(logits["classes"], units, goal, part == "same days", far)
    p = confidence.mixed(softmax(logits["classes"] / t), confidence.trusted(units, bias, slope, floor))
    return p, logits, goal, part, (t, bias, slope, floor)


def tree_probabilities(lines, asked):
    """p' of the asked rows with the constants fitted on all rows."""
    p = search(lines)[0]
    wanted = {id(x) for x in asked}
    return p[[k for k, x in enumerate(lines) if id(x) in wanted]]


def fitted(o, lines):
    """Fits, says what each part looks like before and after, and carries the constants over."""
    p, logits, goal, part, (t, *how) = search(lines)
    print(f"temperature {t:.3f}; familiarity: bias, slope (in standard units) and floor {how}; sure and wrong "
          f"within {calibrate.ALLOWED:.0%} on left-out days, the left-out country and its rust")
    ways = {"temperature 1": softmax(logits["classes"]), "temperature of learnt days": softmax(logits["classes"] / t),
            "as delivered": p}
    out, curves = [], {}
    for name, p in ways.items():
        sure, right = p.max(-1), p.argmax(-1) == goal
        for which in sorted(set(part) - {"others", "other plants"}):
            here = part == which
            out.append({"confidence": name, "part": which, "pictures": int(here.sum()), "right": round(float(right[here].mean()), 4),
                        "mean confidence": round(float(sure[here].mean()), 4),
                        "ece": round(measures.calibration_error(sure[here], right[here]), 4),
                        "sure": round(float((sure[here] >= measures.SURE).mean()), 4),
                        "sure and wrong": round(measures.sure_and_wrong(sure[here], right[here]), 4)})
            print(out[-1])
        curves[name] = (sure[part == "asked"], right[part == "asked"])
    tables.write(o.out / f"confidence-{o.rows.stem}.csv", out)
    draw.reliability(o.out / f"reliability-{o.rows.stem}.png", curves, "leaves of left-out class-days")
    signals(o, lines, logits, goal, part)
    unknown(o, ways["as delivered"], goal, part)
    doors(o, lines, logits, part)
    bare, final = days.summary(lines), days.summary(lines, ways["as delivered"])
    tables.write(o.out / f"class-{o.rows.stem}.csv", [
        {"confidence": name, **line} for name, table in (("temperature 1", bare), ("as delivered", final)) for line in table])
    print(json.dumps({"temperature 1": days.means(bare), "as delivered": days.means(final)}, indent=1))
    if o.write is not None:
        carry(o, how, o.write or list(pictures.CLASSES))


def signals(o, lines, logits, goal, part):
    """How well each number tells a right answer on learnt days from what should not be trusted: areas under the curve."""
    z = logits["classes"]
    right = z.argmax(-1) == goal
    ways = {"cosine to the nearest setting of the class": calibrate.standard(logits["cosine"], part == "same days", [x["model"] for x in lines]),
            "largest probability": softmax(z).max(-1), "energy of the logits": confidence.logsumexp(z)}
    trusted = (part == "same days") & right
    doubtful_ones = {"wrong, left-out days": (part == "asked") & ~right, "right, left-out days": (part == "asked") & right,
                     "wrong, left-out country": (part == "source-out") & ~right, "rust": part == "rust",
                     "classes not learnt": part == "unlisted", "wrong, learnt days": (part == "same days") & ~right}
    out = [{"measure": name} | {which: round(measures.auroc(v[trusted], v[here]), 3) for which, here in doubtful_ones.items()}
           for name, v in ways.items()]
    for line in out:
        print(line)
    tables.write(o.out / f"signals-{o.rows.stem}.csv", out)


def unknown(o, p, goal, part):
    """Share answered, and share right of those, over the Unknown threshold."""
    steps = np.linspace(0.15, 0.9, 31)
    lines, picture = [], {}
    for which in ("same days", "asked"):
        here = part == which
        sure, right = p.max(-1)[here], p.argmax(-1)[here] == goal[here]
        picture[f"{which}: answered"] = np.array([(sure >= s).mean() for s in steps])
        picture[f"{which}: right of those"] = np.array([right[sure >= s].mean() if (sure >= s).any() else np.nan for s in steps])
    for k, s in enumerate(steps):
        lines.append({"threshold": round(float(s), 3)} | {n: round(float(v[k]), 4) for n, v in picture.items()})
    tables.write(o.out / "unknown.csv", lines)
    draw.curves(o.out / "unknown.png", steps, picture, "Unknown below the threshold", "threshold", "share")


def doors(o, lines, logits, part):
    """What the gate would pass, by threshold: mango leaves of every part, and each plant that was not learnt from."""
    q = softmax(logits["gate"])[:, pictures.GATE.index("leaf")]
    label = np.array([x["label"] if x["part"] == "other plants" else "" for x in lines])
    out = []
    for which, name in sorted(set(zip(part, label))):
        here = (part == which) & (label == name)
        out.append({"part": f"{which}: {name}" if name else which, "pictures": int(here.sum())}
                   | {f"passed at {level}": round(float((q[here] >= level).mean()), 4)
                      for level in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)})
        print(out[-1])
    tables.write(o.out / f"gate-{o.rows.stem}.csv", out)


def carry(o, how, kinds):
    """Constants into the manifest: familiarity in each model's own units, temperature of its own held-out pictures in eight turns (turns.py).

    The rows are of leaves; fruit, which has no days to leave out, is trusted by the same curve.
    """
    book = manifest.read(o.models / "manifest.json")
    for entry in [m for m in book["models"] if m["kind"] in kinds]:
        lines = [x for x in tables.read(o.out / f"held-{entry['kind']}.csv") if x["kind"] == entry["kind"] and int(x["target"]) >= 0]
        logits, goal = tables.logits(lines), np.array([int(x["target"]) for x in lines])
        entry["familiarity"] = calibrate.carried(*how, logits["cosine"])
        entry["calibration"] = {"temperature": float(tables.read(o.out / f"turns-{entry['kind']}.csv")[-1]["temperature"]),
                                "fitted_on": "int8 logits of held-out groups in eight turns"}
        p = confidence.probabilities(logits, entry["calibration"]["temperature"], entry["familiarity"])
        print(entry["id"], entry["calibration"], entry["familiarity"],
              "ECE", round(measures.calibration_error(p.max(-1), p.argmax(-1) == goal), 4))
    manifest.write(o.models / "manifest.json", book)


if __name__ == "__main__":
    main()
