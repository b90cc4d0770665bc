"""A leaf is put as small as it should be."""

import numpy as np
import pytest

from evaluate import small
from train.tests import drawn


class Stock:
    def picture(self, i):
        return np.zeros((60, 80, 3), np.uint8)


@pytest.mark.parametrize("share", [0.25, 0.1])
def test_its_box_covers_that_share_of_the_frame(share):
    picture, mask = drawn.leaf(2, colour=(250, 20, 20))
    shown = small.at_size(np.random.default_rng(1), picture, mask * 255, Stock(), [0], share, 200)
    red = shown[..., 0] > 100
    wide, high = np.ptp(np.flatnonzero(red.any(0))) + 1, np.ptp(np.flatnonzero(red.any(1))) + 1
    assert wide * high / 200 ** 2 == pytest.approx(share, rel=0.12)


def test_whole_fills_the_frame():
    picture, mask = drawn.leaf(2, colour=(250, 20, 20))
    shown = small.at_size(np.random.default_rng(1), picture, mask * 255, Stock(), [0], None, 200)
    red = shown[..., 0] > 100
    assert max(np.ptp(np.flatnonzero(red.any(0))), np.ptp(np.flatnonzero(red.any(1)))) == pytest.approx(190, abs=4)
