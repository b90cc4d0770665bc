"""python -m train: from ImageNet's weights and the photographs to models/*.keras.

One command, one network, one recipe (recipe.py). Stopped, it goes on where it was when the same command is given again.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from . import bank, blocks, cached, fit, folds, imagenet, network, pictures, scores, setting, targets  # noqa: E402
from .recipe import Recipe, changed  # noqa: E402


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models", help="where the .keras files go")
    p.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train", help="samples and states")
    p.add_argument("--note", type=Path, default=pictures.PROJECT / "docs" / "models" / "training.json",
                   help="seed, versions, settings and scores of the run")
    p.add_argument("--stated-licences", action="store_true", help="leave out pictures whose licence is not stated where they were found")
    p.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change numbers of the recipe, for trials")
    return p.parse_args()


def main():
    """Learns, scores the held-out groups, writes the files."""
    import tensorflow as tf

    o = options()
    # The same weights each time on one machine.
    tf.config.experimental.enable_op_determinism()
    began = time.time()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    recipe = changed(Recipe(stated_licences=o.stated_licences), o.set)
    usable = folds.usable(root, rows, recipe.stated_licences)
    asked = np.flatnonzero(folds.unseen(rows))
    weights, result = learnt(o.work, root, rows, usable, asked, recipe)
    o.note.parent.mkdir(parents=True, exist_ok=True)
    o.note.write_text(json.dumps({
        "recipe": asdict(recipe), "pictures": int(usable.sum()), "held_out_pictures": len(asked), "held_out_scores": result,
        "versions": versions(), "minutes": round((time.time() - began) / 60, 1)}, indent=1) + "\n")
    means = setting.means(o.work, root, rows, imagenet.file(root))
    for kind in pictures.CLASSES:
        model = write(weights, recipe.side, kind, setting.learnt(means, rows, usable, kind))
        path = o.models / f"{kind}-mobilenetv2.keras"
        path.parent.mkdir(parents=True, exist_ok=True)
        network.save(model, path)
        print(f"wrote {path.name}, {path.stat().st_size} bytes")
    print(json.dumps(result))


def learnt(work: Path, root: Path, rows, usable, asked, recipe: Recipe):
    """(weights of all layers and heads, scores of the held-out pictures)."""
    work.mkdir(parents=True, exist_ok=True)
    source = imagenet.file(root)
    seen = bank.both(work, root, rows, usable, recipe, source)
    plain = bank.untouched(work, root, rows, recipe.side, source)
    weights = network.start_weights(source)
    print(f"{len(seen.order)} samples, {len(asked)} pictures held out", flush=True)

    def scored(model):
        return {k: round(v, 4) for k, v in scores.scores(rows, asked, scores.answers(model, plain, asked)).items()}

    # Another recipe, another folder: a run must not go on from a different one's state.
    run = work / f"run-{cached.digest(recipe, cached.mark(source), usable.tolist())}"
    learner = fit.run(seen, rows, recipe.side, recipe.plan, weights, keep=run, usable=usable,
                      check=lambda model: print(scored(model), flush=True), say=lambda text: print(text, flush=True))
    return weights | network.weights_of(learner), scored(learner)


def versions() -> dict[str, str]:
    """What the run was made with."""
    import keras
    import tensorflow as tf

    return {"python": platform.python_version(), "tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}


def write(weights, side, kind, taken: setting.Setting):
    """The whole network of one kind from the weights of all layers and heads, and what tells how a photo was taken."""
    names = pictures.CLASSES[kind]
    model = network.deliverable(side, len(names), len(pictures.GATE), setting.WIDTH, setting.EACH, blocks.GATE_TAPS[kind])
    network.lift(model, weights | {"classes_map": weights[f"{kind}_map"]})
    model.get_layer("setting_map").set_weights([taken.kernel[None, None], taken.bias])
    model.get_layer("near_all").set_weights([taken.near.reshape(-1, setting.WIDTH).T])
    return model


if __name__ == "__main__":
    main()
