"""Each picture is asked of one model, which has not seen its group."""

import numpy as np
import pytest
from PIL import Image

from evaluate import cross, tables
from train import folds, packed, pictures, schedule, views
from train.pictures import FRUIT, Row
from train.plan import Plan
from train.tests import drawn

SIDE = 32


def rows():
    out = [Row(f"fruit/{label}{n}.png", "fruit", label, "", f"{label}{n // 2}", k) for k, label in enumerate(FRUIT) for n in range(10)]
    return out + [Row(f"other/{n}.png", "other", "household", "", f"o{n}", -1) for n in range(16)]


def test_folds_are_whole_groups_with_as_many_of_each_label():
    table = rows()
    fold = folds.crossed(table, "fruit", 5)
    assert set(fold[:50]) == set(range(5)) and set(fold[50:]) == {-1}
    of_group = {}
    for row, k in zip(table, fold):
        of_group.setdefault(row.group, set()).add(k)
    assert all(len(k) == 1 for k in of_group.values())
    assert all(np.sum((fold == k) & (np.array([r.label for r in table]) == label)) == 2 for k in range(5) for label in FRUIT)


def test_a_views_company_is_of_its_own_fold():
    table = rows()
    fold = folds.crossed(table, "fruit", 2)
    for row, k in zip(cross.sessions(table, fold), fold):
        assert row.stratum.endswith(f"fold {k}") == (k >= 0)


def test_every_picture_is_answered_once_and_a_stopped_run_goes_on(tmp_path):
    table, weights, source = rows(), drawn.start(), tmp_path / "start.npz"
    packed.save_weights(source, weights)
    for n, row in enumerate(table):
        path = tmp_path / row.path
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(n).integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    how = (tmp_path, table, "fruit", source, tmp_path / "work", weights, views.Recipe(), Plan(epochs=0.3, batch=16), SIDE, 120, 40,
           schedule.shared(["fruit=0.8", "leaf=0", "other=0.2"]), 2, tmp_path / "cross.csv")
    lines = tables.read(cross.run(*how, say=lambda text: None))
    fold = folds.crossed(table, "fruit", 2)
    asked = {x["path"]: x["model"] for x in lines if x["part"] == "asked"}
    assert sum(x["part"] == "asked" for x in lines) == 50 == len(asked)
    assert all(asked[row.path] == f"fold {k}" for row, k in zip(table, fold) if k >= 0)
    held = {r.path for r, h in zip(table, folds.held_groups(table)) if h and r.kind == "other"}
    assert held == {x["path"] for x in lines if x["part"] == "others"}

    tables.write(tmp_path / "cross.csv", [x for x in lines if x["model"] != "fold 1"])
    said = []
    again = tables.read(cross.run(*how, say=said.append))
    assert len(again) == len(lines) and all(text.startswith("fold 1") for text in said)

    found = cross.summary(again, FRUIT, tmp_path / "cross.png")
    assert found["pictures"] == 50 and len(found["of folds"]) == 2 and (tmp_path / "cross.png").exists()
    assert found["accuracy"] == pytest.approx(np.mean(list(found["recall"].values())), abs=1e-3)
    assert pictures.CLASSES["fruit"] == list(found["recall"])
