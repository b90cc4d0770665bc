"""A sample changes what must not matter and keeps what does."""

import cv2
import numpy as np

from train import augment, background
from train.pictures import Row
from train.recipe import Augmentation
from train.tests import drawn

ROW = Row("x.jpg", "leaf", "Healthy", "d1", "g", 5)


def test_the_same_seed_gives_the_same_sample():
    picture, mask = drawn.leaf()
    made = [augment.sample(np.random.default_rng(4), ROW, picture, mask * 255, [], 96, Augmentation()) for _ in range(2)]
    assert np.array_equal(made[0][0], made[1][0]) and made[0][0].shape == (96, 96, 3)


def test_a_clean_sample_says_so_and_stays_near_the_photo():
    picture, mask = drawn.leaf()
    made, tidy = augment.sample(np.random.default_rng(1), ROW, picture, mask * 255, [], 96, Augmentation(clean=1.0))
    assert tidy
    assert abs(float(made.mean()) - float(picture.mean())) < 25


def test_replacing_takes_the_paper_away_and_keeps_the_leaf():
    picture, mask = drawn.leaf(colour=(250, 20, 20))
    red, paper = 0, 0
    for seed in range(12):
        behind = np.zeros((96, 96, 3), np.uint8)
        made = augment.placed(np.random.default_rng(seed), picture, mask * 255, behind, 96, Augmentation())
        lit = made.astype(int)
        red += ((lit[..., 0] - lit[..., 1]) > 90).sum()
        paper += ((lit.min(-1) > 140)).sum()
    assert red > 12 * 96 * 96 * 0.03
    assert paper < 0.02 * red


def test_a_square_photo_is_pressed_as_much_as_the_longest_and_a_long_one_no_more():
    disc = np.full((240, 240, 3), 255, np.uint8)
    cv2.circle(disc, (120, 120), 50, (0, 0, 0), -1)
    long = cv2.resize(disc[66:174], (240, 108))
    pressed = {}
    for name, photo in (("square", disc), ("long", long)):
        most = []
        for seed in range(60):
            made = augment.whole(np.random.default_rng(seed), photo, 96, Augmentation(stretch=1.0))
            points = cv2.findContours((made[..., 0] < 128).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
            x, y, w, h = cv2.boundingRect(max(points, key=len))
            if x > 0 and y > 0 and x + w < 96 and y + h < 96:
                most.append(max(w / h, h / w))
        pressed[name] = max(most)
    assert 1.7 < pressed["square"] < 2.4
    assert pressed["long"] < 2.5


def test_a_plain_background_is_no_picture_of_anything():
    for seed in range(5):
        made = background.plain(np.random.default_rng(seed), 64)
        assert made.shape == (64, 64, 3) and made.dtype == np.uint8


def test_a_crowd_lies_behind_and_leaves_the_leaf_whole():
    picture, mask = drawn.leaf(colour=(250, 20, 20))
    others, _ = drawn.leaf(1, colour=(20, 20, 250))
    recipe = Augmentation()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        behind = augment.crowd(rng, [(others, mask * 255)] * 3, np.full((96, 96, 3), 128, np.uint8), 96, recipe)
        blue = (behind[..., 2].astype(int) - behind[..., 0] > 80).sum()
        made = augment.placed(rng, picture, mask * 255, behind, 96, recipe).astype(int)
        assert blue > 0
        assert (made[..., 0] - made[..., 2] > 80).sum() > 50


def test_stronger_faults_corrupt_more():
    picture, _ = drawn.leaf()
    lost = {}
    for corrupt in (1.0, 3.0):
        made = [augment._corrupted(np.random.default_rng(seed), picture, 1.0, corrupt) for seed in range(20)]
        lost[corrupt] = np.mean([np.abs(m.astype(int) - picture).mean() for m in made])
    assert lost[3.0] > 1.3 * lost[1.0]
