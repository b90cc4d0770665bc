"""An object in a long photo keeps its proportions until the photo is pressed to a square."""

import numpy as np
import pytest
from evaluate import frames
from train import cutout


def leaf(turned=False):
    """140 by 70 pixels of green on paper."""
    picture = np.full((240, 240, 3), (232, 230, 228), np.uint8)
    picture[85:155, 50:190] = (40, 120, 30)
    return np.ascontiguousarray(np.rot90(picture)) if turned else picture


@pytest.mark.parametrize("turned", [False, True])
def test_the_object_is_as_much_higher_as_the_frame_is_longer(turned):
    dark = np.zeros((50, 60, 3), np.uint8)
    views = frames.in_frames(leaf(turned), cutout.mask_of(leaf(turned)), [dark], 200)
    assert len(views) == len(frames.FRAMES)
    for (view,), ratio in zip(views, frames.FRAMES.values()):
        green = view[..., 1] > 60
        wide, high = green.any(0).sum(), green.any(1).sum()
        assert view.shape == (200, 200, 3) and tuple(view[3, 3]) == (0, 0, 0)
        assert max(wide, high) == pytest.approx(200 * frames.FILL, abs=6)
        assert high / wide == pytest.approx(0.5 * ratio, rel=0.08)
