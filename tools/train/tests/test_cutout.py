"""The cut-out must follow the leaf, not the paper, and give up on noise."""

import numpy as np
import pytest

from train import cutout
from train.tests import drawn


@pytest.mark.parametrize("colour", [(60, 120, 40), (40, 45, 35), (120, 80, 50), (170, 190, 90)])
def test_the_mask_follows_the_leaf(colour):
    picture, true = drawn.leaf(3, colour)
    found = cutout.mask_of(picture) > 127
    overlap = (found & (true > 0)).sum() / (found | (true > 0)).sum()
    assert overlap > 0.88


def test_an_empty_sheet_has_no_leaf():
    rng = np.random.default_rng(1)
    sheet = np.clip(210 + rng.normal(0, 3, (200, 200, 3)), 0, 255).astype(np.uint8)
    assert cutout.mask_of(sheet) is None


def test_a_torn_mask_is_less_solid_than_a_whole_one():
    _, true = drawn.leaf(2)
    torn = true.copy()
    torn[:, ::3] = 0
    torn[::2] = 0
    assert cutout.solidity(true * 255) > 0.9 > 0.5 > cutout.solidity(torn * 255)
