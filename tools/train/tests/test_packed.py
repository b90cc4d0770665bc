"""A packed set gives back what a shelf gives, as near as WebP keeps it."""

import numpy as np
from drawn import leaf

from train import packed
from train.pictures import LEAF, Row

ROWS = [Row("a", "leaf", "Healthy", "d1", "a", LEAF.index("Healthy")), Row("b", "other", "household", "", "b", -1)]


class Shelf:
    def picture(self, i):
        return leaf(i)[0]

    def mask(self, i):
        return leaf(i)[1] * 255 if i == 0 else None


def test_pictures_masks_and_weights_come_back(tmp_path):
    (tmp_path / "manifest.csv").write_text("path,kind,label,session,group\n")
    start = {"b0_depth": [np.arange(18.0, dtype=np.float32).reshape(3, 3, 2, 1), np.ones(2, np.float32)]}
    packed.write(tmp_path / "pack", tmp_path, ROWS, Shelf(), start)
    stock = packed.Stock(tmp_path / "pack")
    assert stock.trusted.tolist() == [True, False] and stock.mask(1) is None
    for i in range(2):
        assert np.abs(stock.picture(i).astype(int) - leaf(i)[0]).mean() < 6
    assert ((stock.mask(0) > 127) != (leaf(0)[1] > 0)).mean() < 0.01
    back = packed.load_weights(tmp_path / "pack" / "start.npz")
    assert all(np.array_equal(x, y) for x, y in zip(back["b0_depth"], start["b0_depth"]))
