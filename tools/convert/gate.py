"""python -m convert.gate: fits the gate of the converted files last, on each graph's own int8 maps.

A linear fit costs seconds where training costs an hour, so the gate learns from every picture as photographed, as an
augmented sample, and small, several or on a twig (train/arranged.py), and what it makes of a species that it has not
seen can be asked by leaving each out in turn (`python -m evaluate gate`). All other answers stay bit for bit.
"""

import argparse
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from train import arranged, augment, blocks, cached, cutouts, folds, linear, network, pictures, setting  # noqa: E402
from train.pictures import GATE, Row  # noqa: E402
from train.recipe import Augmentation  # noqa: E402

from . import graph, manifest, taps  # noqa: E402
from .quantise import Runner  # noqa: E402

# Of the augmented samples.
SEED = 77
# How the weight of a file's fit is shared out between kinds. Rotten mangoes are like other rotten fruit: they need more not to be turned away.
SHARES = {"leaf": {"leaf": 0.5, "fruit": 0.15, "other": 0.35}, "fruit": {"leaf": 0.1, "fruit": 0.65, "other": 0.25}}
# Logistic fit of a gate on the last map alone: more steps lean on single pictures.
STEPS = 150
# Least squares of a gate with taps: what arranged samples count, the L2 penalty, what the last map says beside the taps,
# and the logits of a kind by what the fit says of it: 1 where it is, 0 where not.
ARRANGED, PULL, LAST, STEEP = 0.75, 0.3, 0.25, 10.0
# Pictures that show the ranges of features and gate.
SHOWN = 300
# What an arranged sample of a background alone shows.
NOTHING = Row("", "other", "nothing", "", "", pictures.UNLISTED)


def options(prog: str, says: str | None) -> argparse.ArgumentParser:
    """The command line of what refits the files of the manifest, here and in classes.py."""
    p = argparse.ArgumentParser(prog=prog, description=says)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models")
    p.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train", help="features")
    p.add_argument("--stated-licences", action="store_true", help="leave out pictures whose licence is not stated where they were found")
    p.add_argument("--kind", choices=list(pictures.CLASSES), help="this kind's model alone (default: every model of the manifest)")
    return p


def main():
    """Every model of the manifest."""
    p = options("python -m convert.gate", __doc__)
    p.add_argument("--arranged", type=int, default=arranged.COUNT, help="arranged samples, for trials")
    o = p.parse_args()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    usable = folds.usable(root, rows, o.stated_licences)
    document = manifest.read(o.models / "manifest.json")
    for entry in [m for m in document["models"] if o.kind in (None, m["kind"])]:
        fitted(entry, o.models, root, rows, usable, o.work, o.arranged)
    manifest.write(o.models / "manifest.json", document)


def fitted(entry: dict, models: Path, root: Path, rows: list[Row], usable, work: Path, count: int = arranged.COUNT) -> None:
    """Writes one model's files and its manifest entry anew."""
    file, whole = (models / entry["files"][which]["name"] for which in ("tflite", "keras"))
    shown = some(root, rows, entry["input"]["width"])
    content = taps.put(featured(file.read_bytes(), shown), blocks.GATE_TAPS[entry["kind"]])
    parts = gate(Seen.of(entry["kind"], content, shown, root, rows, usable, work, count), rows, usable)
    cached.written(file, graph.with_head(content, "gate", parts, shown))
    network.save(refitted(keras.models.load_model(whole, compile=False), entry["kind"], parts), whole)
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
    cached.written(held, content)
    made = cached.once(work / f"features-{cached.digest(mark, Augmentation(), SEED, [r.path for r in rows])}.npy", list(enumerate(rows)),
                       _features, root, held, parts=parts)
    return np.moveaxis(made, 1, 0)


# A process makes many pieces by one graph.
@cache
def _runner(held: Path) -> Runner:
    return Runner(held.read_bytes(), 1)


def _features(job):
    numbered, root, held = job
    run = _runner(held)
    return np.stack([run(both(i, row, root, run))[graph.FEATURES].astype(np.float16) for i, row in numbered])


def both(number: int, row: Row, root: Path, run: Runner) -> np.ndarray:
    """A picture as photographed and as one augmented sample."""
    import cv2

    cv2.setNumThreads(1)
    # Random numbers of its own for each picture: the samples are the same whatever the number of processes.
    rng, side = np.random.default_rng([SEED, number]), int(run.input["shape"][1])
    sample, _ = augment.sample(rng, row, pictures.decode(root / row.path), None, [], side, Augmentation())
    return np.stack([pictures.as_input(root / row.path, side), sample])


class Seen(NamedTuple):
    """What a kind's gate learns from: the means of its maps, of every picture as photographed and as one augmented sample (2, rows,
    channels), and, where it has taps, of the arranged samples (samples, channels), with the row that each shows."""

    kind: str
    pictures: np.ndarray
    arranged: np.ndarray
    shows: np.ndarray

    @classmethod
    def of(cls, kind: str, content: bytes, shown: np.ndarray, root: Path, rows: list[Row], usable, work: Path, count: int = arranged.COUNT):
        """Made once for all graphs whose maps are the same for shown."""
        if not blocks.GATE_TAPS[kind]:
            return cls(kind, features(content, shown, root, rows, work), np.zeros((0, blocks.FEATURES)), np.zeros(0, int))
        at = taps.tensors(graph.Graph(content), blocks.GATE_TAPS[kind])
        tapped = graph.Graph(content).tapped(*at)
        mark = cached.digest(means(Runner(tapped, 1), shown[:4]).tobytes())
        held = work / f"graph-{mark}.tflite"
        work.mkdir(parents=True, exist_ok=True)
        cached.written(held, tapped)
        names = cached.digest(mark, [r.path for r in rows])
        pictured = cached.once(work / f"gate-{names}-{cached.digest(Augmentation(), SEED)}.npy", list(enumerate(rows)), _pictured, root, held)
        stock = cutouts.build(work / "cutouts", root, rows)
        shows = arranged.plan(rows, usable, stock.trusted, count)
        made = cached.once(work / f"arranged-{names}-{cached.digest(arranged.SEED, shows.tolist())}.npy", list(enumerate(shows.tolist())),
                           _arranged, work / "cutouts", rows, usable, held)
        return cls(kind, np.moveaxis(pictured, 1, 0), made, shows)


def means(run: Runner, shown: np.ndarray) -> np.ndarray:
    """Of the tapped maps, a row a picture."""
    found = run(shown)
    return np.concatenate([found[role].mean((1, 2)) for role in sorted(found) if role.startswith(graph.TAP)], 1)


def _pictured(job):
    numbered, root, held = job
    run = _runner(held)
    return np.stack([means(run, both(i, row, root, run)).astype(np.float16) for i, row in numbered])


@cache
def _arranger(folder: Path, rows: tuple[Row, ...], usable: bytes):
    return arranged.Arranger(cutouts.Cutouts(folder), list(rows), np.frombuffer(usable, bool))


def _arranged(job):
    import cv2

    numbered, folder, rows, usable, held = job
    cv2.setNumThreads(1)
    run, make = _runner(held), _arranger(folder, tuple(rows), usable.tobytes())
    side = int(run.input["shape"][1])
    samples = (cv2.resize(make.sample(k, i), (side, side), interpolation=cv2.INTER_AREA) for k, i in numbered)
    return np.concatenate([means(run, sample[None]).astype(np.float16) for sample in samples])


def gate(seen: Seen, rows: list[Row], usable) -> list[tuple[np.ndarray, np.ndarray]]:
    """(kernel, bias) for each of the maps, from the usable rows."""
    at, there = np.flatnonzero(usable), np.flatnonzero((seen.shows == arranged.EMPTY) | usable[seen.shows])
    pictured, shows = [rows[i] for i in at], [NOTHING if i == arranged.EMPTY else rows[i] for i in seen.shows[there]]
    x = np.concatenate([seen.pictures[0][at], seen.pictures[1][at], seen.arranged[there]]).astype(np.float32)
    goal = np.eye(len(GATE), dtype=np.float32)[[GATE.index(r.kind) for r in [*pictured, *pictured, *shows]]]
    if not blocks.GATE_TAPS[seen.kind]:
        return [linear.fitted(x, goal, np.tile(weights(pictured, seen.kind), 2), STEPS)]
    share = np.concatenate([np.tile(weights(pictured, seen.kind) * (1 - ARRANGED) / 2, 2), weights(shows, seen.kind) * ARRANGED])
    # Each kind against the rest, from the taps and from the last map apart, then the average of both: a logistic fit, and one fit
    # of all maps, turn away more mangoes that they have not seen.
    cut, parts = x.shape[1] - blocks.FEATURES, []
    for x, part, maps in ((x[:, :cut], 1 - LAST, len(blocks.GATE_TAPS[seen.kind])), (x[:, cut:], LAST, 1)):
        slopes, bias = linear.least_squares(x, goal, share, PULL)
        slopes, bias = logits(part * slopes), logits(part * (bias - 0.5))
        # A fit's bias goes with the first of its maps.
        parts += [(kernel.astype(np.float32), (bias * (n == 0)).astype(np.float32)) for n, kernel in enumerate(np.split(slopes, maps))]
    return parts


def logits(y: np.ndarray) -> np.ndarray:
    """Each kind against the rest, as logits of a softmax: what is neither leaf nor fruit has none of its own."""
    z = STEEP * y * (np.arange(y.shape[-1]) != GATE.index("other"))
    return z - z.mean(-1, keepdims=True)


def applied(parts, x: np.ndarray) -> np.ndarray:
    """The gate's logits of rows of means."""
    return x.astype(np.float32) @ np.concatenate([kernel for kernel, _ in parts]) + sum(bias for _, bias in parts)


def weights(rows: list[Row], own: str) -> np.ndarray:
    """What each picture counts: kinds by their shares, the strata of a kind by the root of their size."""
    kinds, strata = np.array([r.kind for r in rows]), np.array([r.stratum for r in rows])
    sizes = dict(zip(*np.unique(strata, return_counts=True)))
    out = np.array([sizes[s] ** -0.5 for s in strata])
    for kind, share in SHARES[own].items():
        mine = kinds == kind
        out[mine] *= share / max(out[mine].sum(), 1e-9)
    return out


def refitted(model: keras.Model, kind: str, parts) -> keras.Model:
    """The float model with the same gate, and with its features as an output."""
    found = network.deliverable(model.input_shape[1], model.output["classes"].shape[-1], len(GATE), setting.WIDTH, setting.EACH,
                                blocks.GATE_TAPS[kind])
    names = [f"gate_b{n}" for n in blocks.GATE_TAPS[kind]] + ["gate_map"]
    network.lift(found, network.weights_of(model) | {name: [kernel[None, None], bias] for name, (kernel, bias) in zip(names, parts)})
    return found


if __name__ == "__main__":
    main()
