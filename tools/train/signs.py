"""What each name stands for in each session: labels.csv as soft labels.

A name is not one sign everywhere. The table says, by eye, what is seen in each class-session, and which share of the
label goes to which class: several classes where two signs or two names fit, `diseased` for a visible sign without a
listed name (flat over the diseases, nothing for Healthy), `gate` where there is nothing to name.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np

TABLE = Path(__file__).with_name("labels.csv")
HEALTHY = "Healthy"
GATE_ONLY = "gate"


@cache
def table() -> dict[tuple[str, str, str], str]:
    """(folder, label, session) → the soft column."""
    with open(TABLE, newline="") as f:
        return {(x["folder"], x["label"], x["session"]): x["soft"] for x in csv.DictReader(f)}


def soft(path: str, label: str, session: str) -> str:
    """The entry of a picture; its own label where the table has none."""
    return table().get((path.split("/")[0], label, session), f"{label}=1")


def distribution(row, names: list[str]) -> np.ndarray:
    """The soft label of a row over the classes of its kind; zeros where only the gate learns from it."""
    entry, out = soft(row.path, row.label, row.session), np.zeros(len(names), np.float32)
    if entry == GATE_ONLY:
        return out
    if entry == "diseased" or row.label not in names:
        out[[n != HEALTHY for n in names]] = 1 / (len(names) - 1)
        return out
    for name, share in _pairs(entry):
        out[names.index(name)] = share
    return out


def _pairs(entry: str):
    """(class, share) of `One name=0.8 Another=0.2`."""
    words, name = entry.split(" "), []
    for word in words:
        head, is_share, share = word.partition("=")
        name.append(head)
        if is_share:
            yield " ".join(name), float(share)
            name = []
