"""From raw rows to tables and to constants in the manifest, on rows made up so that the strange are the wrong."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from convert import manifest
from evaluate import __main__ as command
from evaluate import tables
from train.pictures import LEAF, Row


def row(n, session, kind="leaf", label=None, target=0):
    return Row(f"{session}{n}.jpg", kind, label or LEAF[target], session, f"{session}{n}", target)


def answers(rng, target, right, near):
    z = rng.normal(0, 0.3, len(LEAF))
    z[target if right else (target + 1) % len(LEAF)] += 4
    return {"classes": z[None], "gate": np.array([[3.0, 0, 0]]), "cosine": np.array([rng.normal(0.97 if near else 0.7, 0.01)])}


def lines():
    """One class-day, one country and its rust: nine of ten right where near, one of three where far."""
    rng = np.random.default_rng(0)
    out = []
    for model, part, near, n in (("Die Back d1", "same days", True, 300), ("Die Back d1", "asked", False, 150),
                                 ("Bangladesh to Malaysia", "same days", True, 300), ("Bangladesh to Malaysia", "asked", False, 150),
                                 ("Bangladesh to Malaysia", "unlisted", False, 60)):
        for k in range(n):
            target = k % len(LEAF)
            right = part != "unlisted" and (k % 10 > 0 if near else k % 3 == 0)
            r = row(k, "d1", label="Unlisted (rust)" if part == "unlisted" else None, target=-1 if part == "unlisted" else target)
            out.append(tables.with_logits(r, answers(rng, target, right, near), 0, model=model, part=part))
    return out


@pytest.fixture
def o(tmp_path):
    made = lines()
    tables.write(tmp_path / "days-made.csv", made)
    tables.write(tmp_path / "held-leaf.csv", [{k: v for k, v in x.items() if k not in ("model", "part")}
                                              for x in made if x["part"] == "same days"])
    tables.write(tmp_path / "turns-leaf.csv", [{"class": "Healthy", "temperature": ""}, {"class": "all", "temperature": 0.7}])
    manifest.write(tmp_path / "manifest.json", {"schema": 1, "models": [{"id": "leaf", "kind": "leaf"}]})
    return SimpleNamespace(what="fit", rows=tmp_path / "days-made.csv", out=tmp_path, models=tmp_path, write=["leaf"])


def test_what_is_strange_and_wrong_is_not_sure(o):
    command.from_rows(o)
    found = {(x["confidence"], x["part"]): x for x in tables.read(o.out / "confidence-days-made.csv")}
    assert float(found["temperature of learnt days", "asked"]["sure and wrong"]) > 0.5
    for part in ("asked", "source-out", "rust"):
        assert float(found["as delivered", part]["sure and wrong"]) <= 0.05
    assert float(found["as delivered", "same days"]["ece"]) < 0.06


def test_every_table_is_written_and_the_constants_are_carried_over(o):
    command.from_rows(o)
    for name in ("class-days-made.csv", "gate-days-made.csv", "signals-days-made.csv", "unknown.csv"):
        assert len(tables.read(o.out / name)) > 0, name
    entry = json.loads((o.models / "manifest.json").read_text())["models"][0]
    how = entry["familiarity"]
    assert how["measure"] == "setting" and how["weight"] > 0 and 0 <= how["floor"] < 0.7
    near, far = (1 / (1 + np.exp(-(how["bias"] + how["weight"] * c))) for c in (0.97, 0.7))
    assert near > 0.8 > 0.1 > far
    assert entry["calibration"]["temperature"] == 0.7


def test_the_best_signal_here_is_the_cosine(o):
    command.from_rows(o)
    areas = {x["measure"]: float(x["wrong, left-out days"]) for x in tables.read(o.out / "signals-days-made.csv")}
    assert areas["cosine to the nearest setting of the class"] == 1.0 > areas["largest probability"]
