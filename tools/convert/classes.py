"""python -m convert.classes: fits the class heads of the converted files last, held near the trained ones, on each graph's own int8 features.

Blocks cost an hour to train, a head seconds: sources of photographs that the blocks have not learnt from reach the class
answers here, and what an answer is worth elsewhere can be asked by leaving each out in turn (`python -m evaluate heads`).
A head that is fitted anew forgets what the trained one knew; this one may only move away from it where that pays.
"""

import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from train import cached, folds, linear, network, pictures, targets  # noqa: E402
from train.pictures import CLASSES, Row  # noqa: E402
from train.recipe import Plan  # noqa: E402

from . import gate, graph, manifest  # noqa: E402

# L2 penalty on the way from the trained head, in units of each feature's spread.
PULL = 0.3
# What a session of these sources counts beside others: their names are not one sign with the rest (train/labels.csv).
LATER = {"mldid": 0.25, "field_leaf_mango": 0.25, "pakistan_fruit": 0.5}
# What pictures of no class count: with a sign that is on no list, and of another kind.
UNLISTED, OTHERS = 0.3, 0.3
STEPS = 200


class Head(NamedTuple):
    """A linear model of features: logits are features @ kernel + bias."""

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Of each row of features."""
        return features.astype(np.float32) @ self.kernel + self.bias


def main():
    """Every model of the manifest, or one."""
    o = gate.options("python -m convert.classes", __doc__).parse_args()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    usable = folds.usable(root, rows, o.stated_licences)
    document = manifest.read(o.models / "manifest.json")
    for entry in [m for m in document["models"] if o.kind in (None, m["kind"])]:
        refit(entry, o.models, root, rows, usable, o.work)
    manifest.write(o.models / "manifest.json", document)


def refit(entry: dict, models: Path, root: Path, rows: list[Row], usable, work: Path) -> None:
    """Writes one model's files and its manifest entry anew."""
    file, whole = (models / entry["files"][which]["name"] for which in ("tflite", "keras"))
    shown = gate.some(root, rows, entry["input"]["width"])
    content = gate.featured(file.read_bytes(), shown)
    seen = gate.features(content, shown, root, rows, work)
    model = keras.models.load_model(whole, compile=False)
    head = moved(seen, rows, usable, entry, trained(model))
    model.get_layer("classes_map").set_weights([head.kernel[None, None], head.bias])
    cached.written(file, graph.with_head(content, "classes", [head], shown))
    network.save(model, whole)
    entry["files"] = {"keras": manifest.file_note(whole), "tflite": manifest.file_note(file)}
    print(f"{entry['id']}: class head fitted on {int(usable.sum())} pictures")


def trained(model: keras.Model) -> Head:
    """A float model's class head."""
    kernel, bias = model.get_layer("classes_map").get_weights()
    return Head(kernel[0, 0], bias)


def moved(seen: np.ndarray, rows: list[Row], usable, entry: dict, start: Head, pull: float = PULL) -> Head:
    """The start head, moved to fit features (samples, rows, channels) of the usable rows; its scale stays."""
    kind, temperature = entry["kind"], entry["calibration"]["temperature"]
    plan = Plan()
    goal, share = targets.of_rows(rows, plan.smoothing, plan.outlier)[kind]
    share = weights(rows, usable & (share > 0), kind)
    at = np.flatnonzero(share)
    features = seen[:, at].reshape(-1, seen.shape[-1]).astype(np.float32)
    kernel, bias = linear.fitted(features, np.tile(goal[at], (len(seen), 1)), np.tile(share[at], len(seen)), STEPS,
                                 pull=pull, rate=0.01, beside=start.logits(features) / temperature)
    return Head(start.kernel + temperature * kernel, start.bias + temperature * bias)


def weights(rows: list[Row], usable, kind: str) -> np.ndarray:
    """What each picture counts: classes evenly, a class's sessions by the root of their size."""
    label, stratum = np.array([r.label for r in rows]), np.array([r.stratum for r in rows])
    folder, own = np.array([r.path.split("/")[0] for r in rows]), usable & np.array([r.kind == kind for r in rows])
    out = np.zeros(len(rows))
    for name in np.unique(label[own]):
        mine = own & (label == name)
        for session in np.unique(stratum[mine]):
            here = mine & (stratum == session)
            out[here] = here.sum() ** -0.5 * LATER.get(folder[here][0], 1.0)
        out[mine] *= (1.0 if name in CLASSES[kind] else UNLISTED) / out[mine].sum()
    out[own] /= max(out[own].sum(), 1e-9)
    out[usable & ~own] = OTHERS / max((usable & ~own).sum(), 1)
    return out


if __name__ == "__main__":
    main()
