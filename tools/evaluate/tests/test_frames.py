"""An object in a long photo keeps its proportions until the photo is pressed to a square."""

import numpy as np
import pytest
from evaluate import frames
from train import cutout


def leaf(oriented=False):
    """140 by 70 pixels of green on paper."""
    picture = np.full((240, 240, 3), (232, 230, 228), np.uint8)
    picture[85:155, 50:190] = (40, 120, 30)
    return np.ascontiguousarray(np.rot90(picture)) if oriented else picture


@pytest.mark.parametrize("oriented", [False, True])
def test_the_object_is_as_much_higher_as_the_frame_is_longer(oriented):
    dark = np.zeros((50, 60, 3), np.uint8)
    samples = frames.in_frames(leaf(oriented), cutout.mask_of(leaf(oriented)), [dark], 200)
    assert len(samples) == len(frames.FRAMES)
    for (sample,), ratio in zip(samples, frames.FRAMES.values()):
        green = sample[..., 1] > 60
        wide, high = green.any(0).sum(), green.any(1).sum()
        assert sample.shape == (200, 200, 3) and tuple(sample[3, 3]) == (0, 0, 0)
        assert max(wide, high) == pytest.approx(200 * frames.FILL, abs=6)
        assert high / wide == pytest.approx(0.5 * ratio, rel=0.08)
