"""models/manifest.json: what stands in it for one model, and writing it whole.

What conversion knows it overwrites; what was measured or chosen by hand
(temperature, thresholds, data, metrics) is kept when the model is made anew.
"""

import hashlib
import json
from pathlib import Path

SCHEMA = 1
GATE = ["leaf", "fruit", "other"]
KEPT = ("version", "calibration", "gate", "thresholds", "familiarity", "data", "metrics")


def file_note(path: Path) -> dict:
    """Name, sum and size of a file."""
    content = path.read_bytes()
    return {"name": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def entry(ident, kind, version, keras_file, tflite_file, side, scaling, scale, zero, outputs, classes) -> dict:
    """A fresh entry with cautious constants."""
    return {
        "id": ident, "kind": kind, "version": version,
        "files": {"keras": file_note(keras_file), "tflite": file_note(tflite_file)},
        "input": {
            "width": side, "height": side, "channels": 3, "layout": "NHWC", "dtype": "uint8", "colour": "RGB",
            "scaling": scaling, "scale": scale, "zero_point": zero,
            "resize": {"fit": "stretch", "filter": "triangle"},
        },
        "outputs": outputs,
        "classes": classes,
        "calibration": {"temperature": 1.0, "fitted_on": "not fitted"},
        "gate": {"classes": GATE, "temperature": 1.0, "threshold": 0.6}
        if any(o["role"] == "gate" for o in outputs) else None,
        "thresholds": {"unknown": 0.2},
        "familiarity": None,
        "data": [],
        "metrics": {},
    }


def read(path: Path) -> dict:
    """The manifest, or an empty one."""
    return json.loads(path.read_text()) if path.exists() else {"schema": SCHEMA, "models": []}


def put(manifest: dict, new: dict, version: str | None) -> dict:
    """Replaces or adds the entry of the same id; kept keys come from the old one."""
    for i, old in enumerate(manifest["models"]):
        if old["id"] != new["id"]:
            continue
        for key in KEPT:
            if key in old and not (key == "gate" and new["gate"] is None):
                new[key] = old[key]
        if version:
            new["version"] = version
        manifest["models"][i] = new
        return new
    manifest["models"].append(new)
    return new


def write(path: Path, manifest: dict) -> None:
    """Writes beside and renames, so that no reader sees half a manifest."""
    beside = path.with_suffix(".json.tmp")
    beside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    beside.replace(path)
