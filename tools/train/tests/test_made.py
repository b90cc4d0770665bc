"""Views made side by side are those of their rows, and a process that dies is not waited for."""

import numpy as np
import pytest
from drawn import leaf

from train import made, views
from train.pictures import LEAF, Row

ROWS = [Row(f"a{n}", "leaf", "Healthy", "d1", f"a{n}", LEAF.index("Healthy")) for n in range(4)]
ROWS += [Row(f"o{n}", "other", "bean leaf", "", f"o{n}", -1) for n in range(2)]


class Stock:
    """Leaves are green, other things blue."""

    trusted = np.array([True] * 4 + [False] * 2)

    def picture(self, i):
        return leaf(i)[0] if i < 4 else np.full((100, 120, 3), (10, 10, 200), np.uint8)

    def mask(self, i):
        return leaf(i)[1] * 255 if i < 4 else None


class Broken(Stock):
    def mask(self, i):
        raise ValueError("no mask")


def made_of(stock, **how):
    return made.Made(stock, ROWS, np.ones(len(ROWS), bool), "label", 32, views.Recipe(soften=0.0, colour=0.3), 40, 10, 3, parts=3, **how)


def test_every_view_is_of_its_row():
    bank = made_of(Stock()).wait(say=lambda text: None)
    assert len(bank.order) == len(bank.pixels) and 0 < bank.tidy.sum() < len(bank.order) / 4
    red, green, blue = np.moveaxis(bank.pixels.astype(int), -1, 0)
    leafy = ((green > red + 20) & (green > blue + 20)).any((1, 2))
    assert np.array_equal(leafy, bank.order < 4)


def test_shares_say_how_many_views_a_kind_gets():
    bank = made_of(Stock(), shares={"leaf": 0.8, "fruit": 0.0, "other": 0.2}).wait(say=lambda text: None)
    assert (bank.order < 4).sum() == 40 and len(bank.order) == 50


def test_a_dead_process_is_told():
    with pytest.raises(RuntimeError, match="cannot make views"):
        made_of(Broken()).wait(say=lambda text: None)


def test_a_pass_shows_every_place_once():
    feed = made.passes(np.arange(10, 20), 5, seed=1)
    first = np.concatenate([feed(0), feed(1)])
    assert sorted(first) == list(range(10, 20))
    assert sorted(np.concatenate([feed(2), feed(3)])) == list(range(10, 20))
