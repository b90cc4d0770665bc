"""python -m convert.gate: fits the gate of the converted files last, on each graph's own int8 features.

A linear fit costs seconds where training costs an hour, so the gate learns from every picture as photographed and as
an augmented sample, and what it makes of a species that it has not seen can be asked by leaving each out in turn
(`python -m evaluate gate`). Class answers stay bit for bit.
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from train import augment, cached, folds, linear, network, pictures, setting  # noqa: E402
from train.pictures import GATE, Row  # noqa: E402
from train.recipe import Augmentation, Recipe  # noqa: E402

from . import graph, manifest  # noqa: E402
from .quantise import Runner  # noqa: E402

# Of the augmented samples.
SEED = 77
# How the weight of a file's fit is shared out between kinds. Rotten mangoes are like other rotten fruit: they need more not to be turned away.
SHARES = {"leaf": {"leaf": 0.5, "fruit": 0.15, "other": 0.35}, "fruit": {"leaf": 0.1, "fruit": 0.65, "other": 0.25}}
# More steps lean on single pictures.
STEPS = 150
# Pictures that show the ranges of features and gate.
SHOWN = 300


def options(prog: str, says: str | None) -> argparse.ArgumentParser:
    """The command line of what refits the files of the manifest, here and in classes.py."""
    p = argparse.ArgumentParser(prog=prog, description=says)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models")
    p.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train", help="features")
    p.add_argument("--stated-licences", action="store_true", help="leave out pictures whose licence is not stated where they were found")
    return p


def main():
    """Every model of the manifest."""
    o = options("python -m convert.gate", __doc__).parse_args()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    usable = folds.usable(root, rows, o.stated_licences)
    document = manifest.read(o.models / "manifest.json")
    for entry in document["models"]:
        fitted(entry, o.models, root, rows, usable, o.work)
    manifest.write(o.models / "manifest.json", document)


def fitted(entry: dict, models: Path, root: Path, rows: list[Row], usable, work: Path) -> None:
    """Writes one model's files and its manifest entry anew."""
    file, whole = (models / entry["files"][which]["name"] for which in ("tflite", "keras"))
    shown = some(root, rows, entry["input"]["width"])
    content = featured(file.read_bytes(), shown)
    seen = features(content, shown, root, rows, work)
    kernel, bias = gate(seen, rows, usable, entry["kind"])
    file.write_bytes(graph.with_head(content, "gate", kernel, bias, shown))
    network.save(refitted(keras.models.load_model(whole, compile=False), kernel, bias), whole)
    runner = Runner(file.read_bytes(), 1)
    known = [o for o in entry["outputs"] if o["role"] != graph.FEATURES]
    entry["outputs"] = known + [{"role": graph.FEATURES, "index": runner.index(graph.FEATURES), "size": runner.shape(graph.FEATURES)[0], "dtype": "int8"}]
    entry["files"] = {"keras": manifest.file_note(whole), "tflite": manifest.file_note(file)}
    print(f"{entry['id']}: gate fitted on {int(usable.sum())} pictures")


def featured(content: bytes, shown: np.ndarray) -> bytes:
    """The graph with its features as an output."""
    return content if graph.FEATURES in graph.Graph(content).outputs else graph.with_features(content, shown)


def some(root: Path, rows, side: int) -> np.ndarray:
    """Some of the pictures as the model sees them."""
    at = np.sort(np.random.default_rng(0).choice(len(rows), min(SHOWN, len(rows)), replace=False))
    return np.stack([pictures.as_input(root / rows[i].path, side) for i in at])


def features(content: bytes, shown: np.ndarray, root: Path, rows: list[Row], work: Path, parts: int = 2) -> np.ndarray:
    """(2, rows, channels): of every picture as photographed and as one augmented sample; made once for all graphs that give the same for shown."""
    work.mkdir(parents=True, exist_ok=True)
    mark = cached.digest(Runner(content, 1)(shown[:4])[graph.FEATURES].tobytes())
    held = work / f"graph-{mark}.tflite"
    held.write_bytes(content)
    made = cached.once(work / f"features-{cached.digest(mark, Augmentation(), SEED, [r.path for r in rows])}.npy", list(enumerate(rows)),
                       _features, root, held, parts=parts)
    return np.moveaxis(made, 1, 0)


def _features(job):
    import cv2

    numbered, root, held = job
    cv2.setNumThreads(1)
    run, side = Runner(held.read_bytes(), 1), Recipe().side
    out = []
    for i, row in numbered:
        # Random numbers of its own for each picture: the samples are the same whatever the number of processes.
        rng = np.random.default_rng([SEED, i])
        sample, _ = augment.sample(rng, row, pictures.decode(root / row.path), None, [], side, Augmentation())
        out.append(run(np.stack([pictures.as_input(root / row.path, side), sample]))[graph.FEATURES].astype(np.float16))
    return np.stack(out)


def gate(seen: np.ndarray, rows: list[Row], usable, own: str) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of an own kind's gate on features (samples, rows, channels) of the usable rows."""
    at = np.flatnonzero(usable)
    kinds = np.array([GATE.index(rows[i].kind) for i in at])
    return linear.fitted(seen[:, at].reshape(-1, seen.shape[-1]).astype(np.float32), np.tile(np.eye(len(GATE), dtype=np.float32)[kinds], (len(seen), 1)),
                         np.tile(weights([rows[i] for i in at], own), len(seen)), STEPS)


def weights(rows: list[Row], own: str) -> np.ndarray:
    """What each picture counts: kinds by their shares, the strata of a kind by the root of their size."""
    kinds, strata = np.array([r.kind for r in rows]), np.array([r.stratum for r in rows])
    sizes = dict(zip(*np.unique(strata, return_counts=True)))
    out = np.array([sizes[s] ** -0.5 for s in strata])
    for kind, share in SHARES[own].items():
        mine = kinds == kind
        out[mine] *= share / max(out[mine].sum(), 1e-9)
    return out


def refitted(model: keras.Model, kernel: np.ndarray, bias: np.ndarray) -> keras.Model:
    """The float model with the same gate, and with its features as an output."""
    found = network.deliverable(model.input_shape[1], model.output["classes"].shape[-1], len(GATE), setting.WIDTH, setting.EACH)
    network.lift(found, network.weights_of(model) | {"gate_map": [kernel[None, None], bias]})
    return found


if __name__ == "__main__":
    main()
