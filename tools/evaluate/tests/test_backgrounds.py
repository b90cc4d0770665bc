"""An object on another background keeps its pixels, and its background goes."""

import numpy as np
from evaluate import backgrounds
from train import cutout


def leaf():
    picture = np.full((120, 160, 3), (232, 230, 228), np.uint8)
    picture[35:85, 40:120] = (40, 120, 30)
    return picture


def test_the_object_stays_and_the_ground_goes():
    dark, red = (np.full((50, 50, 3), colour, np.uint8) for colour in (0, (200, 0, 0)))
    (photographed,), (placed, other), (plain, _) = backgrounds.three_ways(np.random.default_rng(1), leaf(), cutout.mask_of(leaf()), [dark, red], 64)
    for sample in (photographed, placed, plain):
        assert sample.shape == (64, 64, 3)
        np.testing.assert_allclose(sample[32, 32], (40, 120, 30), atol=3)
    assert placed[3, 3].max() == 0 and tuple(other[3, 3]) == (200, 0, 0)
    assert len({tuple(v) for v in plain[[2, 2, 60, 60], [2, 60, 2, 60]]}) == 1
    np.testing.assert_allclose(photographed[3, 3], (232, 230, 228), atol=3)
