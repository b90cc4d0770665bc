"""The cut-out must follow the leaf, not the paper, and give up on noise."""

import cv2
import numpy as np
import pytest

from train import cutout
from train.tests import drawn


def overlap(found, true):
    found, true = found > 127, true > 0
    return (found & true).sum() / (found | true).sum()


def lying(colour=(60, 120, 40), background=(230, 230, 232), size=(240, 320), middle=None, axes=(110, 42)):
    """An ellipse on one colour: (picture, mask)."""
    mask = np.zeros(size, np.uint8)
    cv2.ellipse(mask, middle or (size[1] // 2, size[0] // 2), axes, 20, 0, 360, 1, -1)
    picture = np.where(mask[..., None] > 0, colour, background)
    return np.clip(picture + np.random.default_rng(5).normal(0, 3, picture.shape), 0, 255).astype(np.uint8), mask


@pytest.mark.parametrize("colour", [(60, 120, 40), (40, 45, 35), (120, 80, 50), (170, 190, 90)])
def test_the_mask_follows_the_leaf(colour):
    picture, true = drawn.leaf(3, colour)
    assert overlap(cutout.mask_of(picture), true) > 0.88


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


def test_noise_has_no_leaf():
    assert cutout.mask_of(np.random.default_rng(2).integers(0, 255, (120, 160, 3), np.uint8)) is None


def test_the_mask_does_not_follow_the_disease():
    """White specks, as mildew makes them, some of them at the margin."""
    picture, true = lying(axes=(130, 60))
    rng = np.random.default_rng(3)
    for y, x in rng.permutation(np.argwhere(true > 0))[:170]:
        cv2.circle(picture, (int(x), int(y)), int(rng.integers(3, 8)), (226, 228, 230), -1)
    picture[true == 0] = (230, 230, 232)
    found = cutout.mask_of(picture)
    assert overlap(found, true) > 0.85 and cutout.solidity(found) > 0.9


@pytest.mark.parametrize("table", [(235, 160, 20), (70, 110, 130), (60, 45, 35)], ids=["orange", "blue", "brown"])
def test_the_mask_follows_the_leaf_not_its_sheet_nor_the_table(table):
    picture, true = lying(size=(300, 400), axes=(70, 25))
    behind = np.ones(true.shape, bool)
    behind[30:-30, 50:-50] = False
    picture[behind] = table
    assert overlap(cutout.mask_of(picture), true) > 0.75


def test_a_leaf_that_fills_the_frame_is_found_whole_or_not_at_all():
    for middle, axes in (((160, 120), (190, 80)), ((160, 150), (220, 110)), ((60, 120), (180, 90))):
        picture, true = lying(middle=middle, axes=axes)
        found = cutout.mask_of(picture)
        assert found is None or overlap(found, true) > 0.85


def test_the_mask_leaves_no_fringe_of_the_ground():
    picture, true = lying()
    found = cutout.mask_of(cv2.GaussianBlur(picture, (0, 0), 2))
    margin = (cv2.dilate(true, np.ones((7, 7), np.uint8)) > 0) & (true == 0)
    assert found[margin].mean() < 30
    assert found[true > 0].mean() > 200


def test_what_was_eaten_keeps_its_bays():
    picture, true = lying()
    for x in range(60, 260, 25):
        cv2.circle(true, (x, 120), 9, 0, -1)
    picture[true == 0] = (230, 230, 232)
    kept = cutout.mask_of(picture, "torn")
    assert overlap(kept, true) > 0.8
