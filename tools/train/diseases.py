"""The names of the diseases, from the data file that the program reads too (diseases/diseases.json)."""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "diseases" / "diseases.json"
_ALL = json.loads(FILE.read_text())["diseases"]

# Classes in the order of a model's outputs: by name.
LEAF, FRUIT = (sorted(d["name"] for d in _ALL if kind in d.get("models", [])) for kind in ("leaf", "fruit"))
CLASSES = {"leaf": LEAF, "fruit": FRUIT}

# A leaf eaten to its ribs, and a twig whose leaves were cut off, are torn by nature. Without them a class would be
# learnt with its own table alone.
TORN = {d["name"] for d in _ALL if d.get("torn")}
