"""python -m convert.memory: what stands for the known sessions where a model learns an orchard's photographs.

A few pictures of every class-session, as the graph's own int8 outputs: no photograph is in the file. Written beside the
weights and noted in the manifest; models/arrays.go reads it.
"""

import argparse
import json
import os
import struct
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from train import folds, pictures  # noqa: E402

from . import manifest  # noqa: E402
from .quantise import Runner  # noqa: E402

MAGIC = b"MSARRAY1"
# Pictures of a class-session: twice as many save half a point of the known sessions' accuracy, and twice the file.
EACH = 48
# Directions in which pictures of one class-session differ most; more gain nothing.
NUISANCE = 64
ROLES = ("features", "classes", "setting", "near")
SEED = 1


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m convert.memory", description=__doc__)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models")
    p.add_argument("--stated-licences", action="store_true", help="leave out pictures whose licence is not stated where they were found")
    p.add_argument("--held", action="store_true", help="print the held-out leaves of known sessions that judge, and end")
    return p.parse_args()


def main():
    """Every model of the manifest."""
    o = options()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    if o.held:
        print("\n".join(rows[i].path for i in folds.unseen_of(rows, "leaf") if learnt(rows[i])))
        return
    usable = folds.usable(root, rows, o.stated_licences)
    document = manifest.read(o.models / "manifest.json")
    for entry in document["models"]:
        at = chosen(rows, usable, entry["kind"])
        file = o.models / f"{entry['kind']}-memory.bin"
        write(file, entry, root, rows, at)
        entry["memory"] = manifest.file_note(file)
        print(f"{file.name}: {len(at)} pictures")
    manifest.write(o.models / "manifest.json", document)


def chosen(rows, usable: np.ndarray, kind: str) -> np.ndarray:
    """Of every class-session that the class head learnt, EACH pictures at most."""
    rng, strata = np.random.default_rng(SEED), {}
    for i in np.flatnonzero(usable):
        if rows[i].kind == kind and rows[i].target >= 0 and learnt(rows[i]):
            strata.setdefault(rows[i].stratum, []).append(i)
    return np.concatenate([np.sort(rng.permutation(strata[s])[:EACH]) for s in sorted(strata)])


def learnt(row) -> bool:
    """Sources that the class heads have learnt; the others taught the gate alone."""
    return row.path.split("/")[0] not in ("mldid", "field_leaf_mango", "field_foliage_mango", "field_fruit_mango", "campus_fruit")


def write(file: Path, entry: dict, root: Path, rows, at: np.ndarray) -> None:
    """The outputs of the chosen pictures, and how pictures of one class-session differ."""
    content = (file.parent / entry["files"]["tflite"]["name"]).read_bytes()
    runner, side = Runner(content), entry["input"]["width"]
    found = runner(np.stack([pictures.as_input(root / rows[i].path, side) for i in at]))
    groups = {g: k for k, g in enumerate(sorted({rows[i].group for i in at}))}
    arrays = {role: rounded(runner, role, found[role]) for role in ROLES}
    arrays["class"] = np.array([rows[i].target for i in at], np.int32)[:, None]
    arrays["group"] = np.array([groups[rows[i].group] for i in at], np.int32)[:, None]
    arrays |= nuisance(np.sqrt(np.maximum(found["features"], 0)), [rows[i].stratum for i in at])
    # Another trunk has other scales: what is no longer of the graph is found by them.
    file.write_bytes(packed("memory", arrays, {role: quantisation(runner, role) for role in ROLES}))


def rounded(runner: Runner, role: str, values: np.ndarray) -> np.ndarray:
    """The int8 values that stand for an output's numbers."""
    scale, zero = quantisation(runner, role)
    return np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)


def quantisation(runner: Runner, role: str) -> list:
    """Scale and zero point of an output."""
    scale, zero = runner.details[runner.outputs[role][1]]["quantization"]
    return [float(scale), int(zero)]


def nuisance(shown: np.ndarray, strata: list[str]) -> dict[str, np.ndarray]:
    """Orthogonal directions in which pictures of one class-session differ, and how much each is shrunk."""
    rest = shown.astype(np.float64)
    for s in set(strata):
        mine = np.array([t == s for t in strata])
        rest[mine] -= rest[mine].mean(0)
    _, lengths, axes = np.linalg.svd(rest, full_matrices=False)
    spread = lengths**2 / len(rest)
    even = spread.sum() / shown.shape[1]
    shrink = np.sqrt(even / (spread[:NUISANCE] + even))
    return {"nuisance": axes[:NUISANCE].astype(np.float32), "shrink": shrink[:, None].astype(np.float32)}


def packed(what: str, arrays: dict[str, np.ndarray], quantisation: dict) -> bytes:
    """The file: a mark, the length of a JSON description, the description, then the arrays as they are, little-endian."""
    types = {"int8": "i8", "int32": "i32", "float32": "f32"}
    described = {"what": what, "quantisation": quantisation, "arrays": [{"name": n, "type": types[a.dtype.name], "rows": a.shape[0], "columns": a.shape[1]} for n, a in arrays.items()]}
    head = json.dumps(described).encode()
    return MAGIC + struct.pack("<I", len(head)) + head + b"".join(np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes() for a in arrays.values())


if __name__ == "__main__":
    main()
