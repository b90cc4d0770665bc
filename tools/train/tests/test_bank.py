"""What is shown how often, and several banks read as one."""

import numpy as np

from train import bank
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
    order = bank.schedule(table, usable, 2000, np.random.default_rng(0))
    label = np.array([f"{table[i].label}/{table[i].session}" for i in order])
    healthy = np.char.startswith(label, "Healthy").sum()
    assert abs(healthy - (label == "Die Back/d3").sum()) <= 2
    assert (label == "Healthy/d2").sum() == round(healthy * 5 / 25)
    assert "c0" not in {table[i].path for i in order}


def test_a_pictures_views_are_spread_before_they_repeat():
    table = rows()
    order = bank.schedule(table, np.ones(len(table), bool), 500, np.random.default_rng(0))
    seen = np.bincount(order, minlength=len(table))
    backs = seen[[i for i, r in enumerate(table) if r.label == "Die Back"]]
    assert backs.max() - backs.min() <= 1


def test_joined_banks_read_as_one():
    a, b = np.arange(10.0).reshape(5, 2), np.arange(100.0, 106).reshape(3, 2)
    maps, order, tidy = bank.joined([(a, np.arange(5), np.zeros(5, bool)), (b, np.arange(3), np.ones(3, bool))])
    at = np.array([0, 4, 5, 7])
    assert len(maps) == 8
    assert np.array_equal(maps[at], np.concatenate([a, b])[at])
    assert np.array_equal(maps[np.array([6])], b[1:2])
    assert order.tolist() == [0, 1, 2, 3, 4, 0, 1, 2] and tidy.sum() == 3
