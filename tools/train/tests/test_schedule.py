"""What is shown how often."""

import numpy as np

from train import schedule
from train.pictures import LEAF, Row


def rows():
    out = [Row(f"a{n}", "leaf", "Healthy", "d1", f"a{n}", LEAF.index("Healthy")) for n in range(400)]
    out += [Row(f"b{n}", "leaf", "Healthy", "d2", f"b{n}", LEAF.index("Healthy")) for n in range(25)]
    out += [Row(f"c{n}", "leaf", "Die Back", "d3", f"c{n}", LEAF.index("Die Back")) for n in range(50)]
    out += [Row(f"o{n}", "other", "household", "", f"o{n}", -1) for n in range(30)]
    return out


def test_classes_weigh_the_same_and_a_small_day_more_than_its_size():
    table = rows()
    usable = np.array([r.path != "c0" for r in table])
    order = schedule.drawn(table, usable, 2000, np.random.default_rng(0))
    label = np.array([f"{table[i].label}/{table[i].session}" for i in order])
    healthy = np.char.startswith(label, "Healthy").sum()
    assert abs(healthy - (label == "Die Back/d3").sum()) <= 2
    assert (label == "Healthy/d2").sum() == round(healthy * 5 / 25)
    assert "c0" not in {table[i].path for i in order}


def test_a_pictures_views_are_spread_before_they_repeat():
    table = rows()
    order = schedule.drawn(table, np.ones(len(table), bool), 500, np.random.default_rng(0))
    seen = np.bincount(order, minlength=len(table))
    backs = seen[[i for i, r in enumerate(table) if r.label == "Die Back"]]
    assert backs.max() - backs.min() <= 1
