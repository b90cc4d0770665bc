"""What is shown how often."""

import numpy as np
import pytest

from train import schedule
from train.pictures import LEAF, Row
from train.recipe import Recipe

RECIPE = Recipe()


def rows():
    out = [Row(f"a{n}", "leaf", "Healthy", "d1", f"a{n}", LEAF.index("Healthy")) for n in range(400)]
    out += [Row(f"b{n}", "leaf", "Healthy", "d2", f"b{n}", LEAF.index("Healthy")) for n in range(25)]
    out += [Row(f"c{n}", "leaf", "Die Back", "d3", f"c{n}", LEAF.index("Die Back")) for n in range(50)]
    out += [Row(f"o{n}", "other", "household", "", f"o{n}", -1) for n in range(30)]
    return out


def test_classes_weigh_the_same_and_a_small_session_more_than_its_size():
    table = rows()
    usable = np.array([r.path != "c0" for r in table])
    order = schedule.drawn(table, usable, 2000, np.random.default_rng(0), RECIPE)
    label = np.array([f"{table[i].label}/{table[i].session}" for i in order])
    healthy = np.char.startswith(label, "Healthy").sum()
    assert abs(healthy - (label == "Die Back/d3").sum()) <= 2
    assert (label == "Healthy/d2").sum() == round(healthy * 5 / 25)
    assert "c0" not in {table[i].path for i in order}


def test_a_pictures_samples_are_spread_before_they_repeat():
    table = rows()
    order = schedule.drawn(table, np.ones(len(table), bool), 500, np.random.default_rng(0), RECIPE)
    seen = np.bincount(order, minlength=len(table))
    backs = seen[[i for i, r in enumerate(table) if r.label == "Die Back"]]
    assert backs.max() - backs.min() <= 1


def test_a_leaf_of_many_pictures_counts_as_their_root():
    table = [Row(f"m{n}", "leaf", "Healthy", "d1", f"m{n}", LEAF.index("Healthy"), "one leaf") for n in range(16)]
    table += [Row(f"s{n}", "leaf", "Healthy", "d1", f"s{n}", LEAF.index("Healthy")) for n in range(12)]
    table += [Row(f"d{n}", "leaf", "Healthy", "d2", f"d{n}", LEAF.index("Healthy")) for n in range(4)]
    order = schedule.drawn(table, np.ones(len(table), bool), 600, np.random.default_rng(0), Recipe(shares={"leaf": 1.0}))
    seen = np.bincount(order, minlength=len(table))
    assert seen[:16].sum() == pytest.approx(4 * seen[16:28].mean(), rel=0.1)
    assert seen[:28].sum() == pytest.approx(2 * seen[28:].sum(), rel=0.02)
    assert seen[:16].max() - seen[:16].min() <= 1


def test_a_session_is_shown_more_often_at_the_cost_of_its_class_alone():
    table, every = rows(), np.ones(len(rows()), bool)
    for sessions, wished in (({}, 5 / 25), ({"d2": 3.0}, 15 / 35), ({"d3": 3.0}, 5 / 25)):
        order = schedule.drawn(table, every, 2000, np.random.default_rng(0), Recipe(sessions=sessions))
        label = np.array([f"{table[i].label}/{table[i].session}" for i in order])
        healthy = np.char.startswith(label, "Healthy").sum()
        assert abs(healthy - (label == "Die Back/d3").sum()) <= 2
        assert (label == "Healthy/d2").sum() == pytest.approx(wished * healthy, abs=1), sessions


def test_a_few_pictures_of_an_unlisted_label_are_not_shown_like_a_class():
    table = rows() + [Row(f"u{n}", "leaf", "Unlisted", "d1", f"u{n}", -1) for n in range(50)]
    order = schedule.drawn(table, np.ones(len(table), bool), 2000, np.random.default_rng(0), Recipe(shares={"leaf": 1.0}))
    label = np.array([table[i].label for i in order])
    assert (label == "Unlisted").sum() == pytest.approx(0.5 * (label == "Healthy").sum(), rel=0.02)
