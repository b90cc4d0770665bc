"""Arranged samples: alike for mango and others, the same whatever the number of processes, of one stratum each."""

import numpy as np
import pytest

from train import arranged
from train.pictures import LEAF, Row
from train.tests import drawn


class Stock:
    """Drawn cut-outs of any row; what was asked for."""

    def __init__(self, rows):
        self.trusted, self.asked = np.array([r.label != "household" for r in rows]), set()

    def picture(self, i):
        self.asked.add(i)
        return drawn.leaf(i, side=96)[0]

    def mask(self, i):
        return drawn.leaf(i, side=96)[1] * 255


def material():
    rows = [Row(f"leaf/{n}.png", "leaf", LEAF[n % 2], f"d{n % 2}", f"l{n}", n % 2) for n in range(8)]
    rows += [Row(f"fruit/{n}.png", "fruit", "Healthy", "", f"f{n}", 3) for n in range(4)]
    rows += [Row(f"other/{label}/{n}.png", "other", label, "", f"{label}{n}", -1) for label in ("citrus leaf", "apple fruit", "household") for n in range(4)]
    return rows, Stock(rows)


def test_the_plan_shows_nothing_that_may_not_be_learnt_and_backgrounds_alone():
    rows, stock = material()
    usable = np.array([not r.path.endswith("/0.png") for r in rows])
    found = arranged.plan(rows, usable, stock.trusted, 2000)
    shown = found[found != arranged.EMPTY]
    assert len(found) == 2000 and 0 < len(shown) < 2000
    assert usable[shown].all() and stock.trusted[shown].all()
    assert {rows[i].label for i in shown} == {r.label for r in rows} - {"household"}


@pytest.mark.parametrize("row", [2, 9, 13, 17, arranged.EMPTY], ids=["mango leaf", "mango", "other leaf", "other fruit", "nothing"])
def test_a_sample_is_the_same_again_and_shows_one_stratum(row):
    rows, stock = material()
    make = arranged.Arranger(stock, rows, np.ones(len(rows), bool))
    found = [make.sample(n, row) for n in range(8)]
    assert all(x.shape == (arranged.SIDE, arranged.SIDE, 3) and x.dtype == np.uint8 for x in found) and len({x.tobytes() for x in found}) == 8
    assert np.array_equal(arranged.Arranger(stock, rows, np.ones(len(rows), bool)).sample(5, row), found[5])
    assert {rows[i].stratum for i in stock.asked} <= {"other/household/"} | ({rows[row].stratum} if row != arranged.EMPTY else set())


def test_leaves_of_all_plants_hang_in_whorls_and_fruit_does_not():
    assert [arranged.is_leafy(Row("x", kind, label, "", "g", -1)) for kind, label in
            (("leaf", "Healthy"), ("other", "guava leaf bd"), ("fruit", "Healthy"), ("other", "apple fruit"))] == [True, True, False, False]
