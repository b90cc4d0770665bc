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

from . import bank, fit, folds, judge, network, pictures, views  # noqa: E402


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    p.add_argument("kind", choices=["leaf", "fruit", "both"], help="which model files to write (one trunk learns both)")
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--weights", help="ImageNet start (default: weights/ beside the data)")
    p.add_argument("--models", default=str(pictures.PROJECT / "models"), help="where the .keras files go")
    p.add_argument("--work", default=str(Path(tempfile.gettempdir()) / "mangosense-train"), help="views and states")
    p.add_argument("--side", type=int, default=224)
    p.add_argument("--views", type=int, default=40000, help="altered views made")
    p.add_argument("--epochs", type=float, default=4.0, help="times each view is learnt from")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--all", action="store_true", help="learn from the held-out groups too")
    return p.parse_args()


def main():
    """Builds the bank, trains, scores the held-out groups, writes the files."""
    import keras
    import tensorflow as tf

    o = options()
    began = time.time()
    root = pictures.data_root(o.data)
    source = Path(o.weights) if o.weights else root.parent / "weights" / "mobilenet_v2_imagenet_ptq.tflite"
    rows = pictures.read_table(root)
    held = folds.held_groups(rows)
    usable = np.ones(len(rows), bool) if o.all else ~held
    recipe, plan = views.Recipe(), replace(fit.Plan(), epochs=o.epochs, seed=o.seed)
    work = Path(o.work)
    run = work / f"run-{o.side}-{o.views}-{o.epochs:g}-{o.seed}{'-all' if o.all else ''}"
    maps, order, tidy = bank.build(work / f"bank-{o.side}-{o.views}-{o.seed}{'-all' if o.all else ''}", root, rows, usable,
                             o.side, o.views, recipe, o.seed, source)
    plain = bank.untouched(work, root, rows, o.side, source)
    asked = np.flatnonzero(held)
    print(f"{len(order)} views, {len(asked)} pictures held out, {tf.config.list_physical_devices('GPU') or 'CPU'}", flush=True)

    def check(model):
        print({k: round(v, 4) for k, v in judge.scores(rows, asked, judge.answers(model, plain, asked)).items()}, flush=True)

    weights = network.imagenet(source)
    learner = fit.run(maps, order, tidy, rows, o.side, plan, weights, keep=run, check=check,
                      say=lambda text: print(text, flush=True))
    result = judge.scores(rows, asked, judge.answers(learner, plain, asked))
    note = {
        "recipe": asdict(recipe), "plan": asdict(plan), "side": o.side, "views": len(order),
        "held_out_pictures": len(asked), "held_out_scores": None if o.all else result,
        "versions": {"python": platform.python_version(), "tensorflow": tf.__version__, "keras": keras.__version__,
                     "numpy": np.__version__},
        "minutes": round((time.time() - began) / 60, 1),
    }
    learner.save_weights(run / "learner.weights.h5")
    (run / "note.json").write_text(json.dumps(note, indent=1))
    for kind in ("leaf", "fruit") if o.kind == "both" else (o.kind,):
        model = write(learner, weights, o.side, kind)
        path = Path(o.models) / f"{kind}-mobilenetv2.keras"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        print(f"wrote {path.name}, {path.stat().st_size} bytes")
    print(json.dumps(result))


def write(learner, weights, side, kind):
    """The whole network of one kind, stem and trained body and heads together."""
    model = network.deliverable(side, len(pictures.CLASSES[kind]), len(pictures.GATE))
    network.lift(model, weights)
    network.copy_weights(learner, model, {f"{kind}_map": "classes_map"})
    return model


if __name__ == "__main__":
    main()
