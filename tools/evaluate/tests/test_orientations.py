"""Eight ways, all different, each a angle or flip of the same pictures."""

import numpy as np

from evaluate import orientations


def test_eight_different_ways_of_the_same_pixels():
    shown = np.random.default_rng(0).integers(0, 256, (2, 5, 5, 3), np.uint8)
    ways = list(orientations.eight(shown))
    assert len(ways) == 8 and np.array_equal(ways[0], shown)
    assert len({w.tobytes() for w in ways}) == 8
    for way in ways:
        assert np.array_equal(np.sort(way.reshape(2, 25, 3), 1), np.sort(shown.reshape(2, 25, 3), 1))
