"""What quantisation saves: one model as float32, float16, weights-only int8 and full int8 graph.

Bytes, time of one inference on one thread as a share of float32's, taken in alternation in the same run, and how often the
class is that of float32 on held-out pictures. The full int8 graph is the delivered file.
"""

import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from convert import quantise, source
from train import folds

from . import delivered, tables

ROUNDS, EACH = 21, 10


def weights_only(converter):
    """Kernels in int8, everything that is computed in float."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def halves(converter):
    """Kernels in float16."""
    weights_only(converter)
    converter.target_spec.supported_types = [tf.float16]


def seconds(graph: quantise.Runner) -> float:
    """Of one inference on what it was shown last, the mean of EACH in a row."""
    began = time.perf_counter()
    for _ in range(EACH):
        graph.net.invoke()
    return (time.perf_counter() - began) / EACH


def of_model(model: delivered.Delivered, root: Path, rows, out: Path) -> list[dict]:
    """A line a graph, written to graphs-KIND.csv."""
    src, scaling = source.read(model.folder / model.entry["files"]["keras"]["name"]), model.entry["input"]["scaling"]
    files = {name: quantise.converted(src, change)
             for name, change in (("float32", lambda converter: None), ("float16 weights", halves), ("int8 weights", weights_only))}
    files["int8"] = (model.folder / model.entry["files"]["tflite"]["name"]).read_bytes()
    graphs = {name: quantise.Runner(content, 1, scaling) for name, content in files.items()}
    at = folds.unseen_of(rows, model.kind)
    shown = delivered.shown(root, rows, at, model.side)
    goal = np.array([rows[i].target for i in at])
    said = {name: graph(shown)["classes"].argmax(-1) for name, graph in graphs.items()}
    taken = {name: [] for name in graphs}
    for _ in range(ROUNDS):
        for name, graph in graphs.items():
            taken[name].append(seconds(graph))
    found = []
    for name in graphs:
        shares = np.array(taken[name]) / np.array(taken["float32"])
        found.append({"graph": name, "bytes": len(files[name]), "time": round(float(np.median(shares)), 3), "least": round(float(shares.min()), 3),
                      "most": round(float(shares.max()), 3), "accuracy": round(float((said[name] == goal).mean()), 4),
                      "same as float32": round(float((said[name] == said["float32"]).mean()), 4)})
        print(model.kind, found[-1], flush=True)
    tables.write(out / f"graphs-{model.kind}.csv", found)
    return found
