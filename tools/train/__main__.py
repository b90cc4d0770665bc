"""python -m train leaf|fruit|both: from photographs to models/*.keras."""

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from . import bank, blocks, doubtful, fit, folds, goals, imagenet, judge, kept, network, packed, pictures, schedule, setting, teacher, views  # noqa: E402
from .plan import Plan, changed  # noqa: E402


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    p.add_argument("kind", choices=["leaf", "fruit", "both"], help="which model files to write (one trunk learns both)")
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--weights", help="ImageNet start (default: that of the network, MANGO_NETWORK)")
    p.add_argument("--models", default=str(pictures.PROJECT / "models"), help="where the .keras files go")
    p.add_argument("--work", default=str(Path(tempfile.gettempdir()) / "mangosense-train"), help="views and states")
    p.add_argument("--side", type=int, default=224)
    p.add_argument("--views", type=int, default=60000, help="altered views made")
    p.add_argument("--clean-views", type=int, default=15000, help="views as at prediction, beside the altered ones")
    p.add_argument("--epochs", type=float, default=2.0, help="times each view is learnt from")
    p.add_argument("--shares", nargs="*", default=[], metavar="KIND=SHARE", help="share of the views that leaf, fruit and other get")
    p.add_argument("--repeat", nargs="*", default=[], metavar="ENDING=TIMES", help="show days whose name ends so this many times as often, within their class")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--start", type=Path, help="folder with .keras files of an earlier run to go on from, or to blend with")
    p.add_argument("--learnt", type=Path, help="no training: the .npz that python -m train.card learnt on a graphics card, or a folder of .keras files")
    p.add_argument("--blend", type=float, default=0.0, help="share of the start's weights in the result (0..1)")
    p.add_argument("--rate", type=float, help="highest learning rate")
    p.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change the recipe of views or the plan")
    p.add_argument("--note", type=Path, default=pictures.PROJECT / "docs" / "models" / "training.json",
                   help="seeds, versions, settings and scores of the run")
    p.add_argument("--all", action="store_true", help="learn from the held-out groups too")
    return p.parse_args()


def main():
    """Learns, or takes what was learnt elsewhere; scores the held-out groups; writes the files."""
    import keras
    import tensorflow as tf

    o = options()
    began = time.time()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    held = folds.held_groups(rows)
    usable = doubtful.learnable(rows) & (o.all | ~held)
    work = Path(o.work)
    work.mkdir(parents=True, exist_ok=True)
    asked = np.flatnonzero(folds.unseen(rows))
    weights, source, note = brought(o, work) if o.learnt else learnt(o, work, root, rows, usable, asked)
    result = score(o, weights, source, work, root, rows, asked)
    note |= {
        "side": o.side, "pictures": int(usable.sum()), "held_out_pictures": len(asked),
        "held_out_scores": None if o.all else result,
        "versions": note.get("versions", {}) | {"python": platform.python_version(), "tensorflow": tf.__version__,
                                                "keras": keras.__version__, "numpy": np.__version__},
        "minutes": round((time.time() - began) / 60, 1),
    }
    o.note.parent.mkdir(parents=True, exist_ok=True)
    o.note.write_text(json.dumps(note, indent=1) + "\n")
    means = setting.means(work, root, rows, source)
    for kind in ("leaf", "fruit") if o.kind == "both" else (o.kind,):
        model = write(weights, o.side, kind, setting.learnt(means, rows, usable, kind))
        path = Path(o.models) / f"{kind}-mobilenetv2.keras"
        path.parent.mkdir(parents=True, exist_ok=True)
        network.save(model, path)
        print(f"wrote {path.name}, {path.stat().st_size} bytes")
    print(json.dumps(result))


def brought(o, work):
    """(weights, their file, notes) of what was learnt before, blended with an earlier run where one is given."""
    if o.learnt.is_dir():
        weights, note = network.earlier(o.learnt), {}
    else:
        weights, note = packed.load_weights(o.learnt), json.loads(o.learnt.with_suffix(".json").read_text())
    if o.start:
        weights = network.blended(weights, network.earlier(o.start), o.blend)
    source = work / f"learnt-{kept.digest(o.learnt, o.start, o.blend)}.npz"
    packed.save_weights(source, weights)
    return weights, source, note | {"blend": o.blend}


def learnt(o, work, root, rows, usable, asked):
    """(weights, the file that its first blocks come from, notes) of a run on this machine."""
    import tensorflow as tf

    weights, source = network.begun(Path(o.weights) if o.weights else imagenet.file(root), o.start, work)
    recipe, shares, days = changed(views.Recipe(), o.set), schedule.shared(o.shares), schedule.repeated(o.repeat)
    plan = changed(replace(Plan(), epochs=o.epochs, seed=o.seed, rate=o.rate or Plan.rate), o.set)
    # Other settings, another folder: a run must not go on from a different one's state.
    run = work / f"run-{o.side}-{o.views}-{kept.digest(recipe, plan, shares, days, o.clean_views, kept.mark(source), o.all)}"
    seen = bank.both(
        lambda count, how: work / f"bank-{o.side}-{count}-{kept.digest(how, shares, days, o.seed, kept.mark(source), o.all, plan.taught > 0)}",
        root, rows, usable, o.side, o.views, o.clean_views, recipe, o.seed, source, shares=shares, days=days,
        teacher_path=teacher.wanted(plan))
    plain = bank.untouched(work, root, rows, o.side, source)
    print(f"{len(seen.order)} views, {len(asked)} pictures held out, {tf.config.list_physical_devices('GPU') or 'CPU'}", flush=True)

    def check(model):
        print({k: round(v, 4) for k, v in judge.scores(rows, asked, judge.answers(model, plain, asked)).items()}, flush=True)

    # Here already, since the result may be blended with what it begins with.
    weights = fit.begun(seen, rows, o.side, plan, weights, usable)
    learner = fit.run(seen, rows, o.side, plan, weights, keep=run, usable=usable, check=check,
                      say=lambda text: print(text, flush=True))
    network.lift(learner, network.blended(network.weights_of(learner), weights, o.blend))
    note = {"network": blocks.NAME, "start": "an earlier run" if o.start else "ImageNet", "blend": o.blend, "recipe": asdict(recipe), "plan": asdict(plan),
            "shares": shares, "days": days, "views": len(seen.order)}
    return weights | network.weights_of(learner), source, note


def score(o, weights, source, work, root, rows, asked):
    """Scores of the held-out pictures, whichever machine learnt."""
    learner = network.learner(o.side, goals.HEADS)
    network.lift(learner, weights)
    plain = bank.untouched(work, root, rows, o.side, source)
    return judge.scores(rows, asked, judge.answers(learner, plain, asked))


def write(weights, side, kind, taken: setting.Setting):
    """The whole network of one kind from the weights of all layers and heads, and what tells how a photo was taken."""
    names = pictures.CLASSES[kind]
    model = network.deliverable(side, len(names), len(pictures.GATE), setting.WIDTH, setting.EACH)
    network.lift(model, weights | {"classes_map": weights[f"{kind}_map"]})
    model.get_layer("setting_map").set_weights([taken.kernel[None, None], taken.bias])
    model.get_layer("near_all").set_weights([taken.near.reshape(-1, setting.WIDTH).T])
    return model


if __name__ == "__main__":
    main()
