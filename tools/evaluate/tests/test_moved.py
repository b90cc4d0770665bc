"""A leaf on made-up grounds keeps its pixels, and nothing of its paper is left."""

import cv2
import numpy as np

from evaluate import days, moved, tables
from train import packed, shelf
from train.pictures import LEAF, Row
from train.tests import drawn


def shelved(folder):
    """The work folder with a shelf of two leaves and one picture of which nothing can be cut out."""
    data, rows = folder / "data", []
    data.mkdir()
    blank = np.full((90, 120, 3), 220, np.uint8)
    for n, picture in enumerate((drawn.leaf(1)[0], blank, drawn.leaf(2)[0])):
        cv2.imwrite(str(data / f"{n}.png"), picture[..., ::-1])
        rows.append(Row(f"{n}.png", "leaf", "Healthy", "d", f"{n}", LEAF.index("Healthy")))
    return shelf.build(folder / "shelf", data, rows, parts=1), rows


def test_the_leaf_stays_and_the_paper_goes(tmp_path):
    stock, _ = shelved(tmp_path)
    leaf = cv2.resize(drawn.leaf(1)[1], (96, 96), interpolation=cv2.INTER_AREA) > 0
    inside = cv2.erode(leaf.astype(np.uint8), np.ones((7, 7))) > 0
    outside = ~(cv2.dilate(leaf.astype(np.uint8), np.ones((5, 5))) > 0)
    views = np.stack([moved.view(stock, 0, 96, np.random.default_rng(n)) for n in range(3)]).astype(int)
    whole = cv2.resize(stock.picture(0), (96, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(views[:, inside] - whole[inside]).max() <= 2
    means = views[:, outside].mean(1)
    assert min(np.abs(means[a] - means[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 5


def test_what_cannot_be_cut_out_is_not_asked(tmp_path):
    shelved(tmp_path)
    packed.save_weights(tmp_path / "start.npz", drawn.start())
    made = moved.made(tmp_path, np.array([True, True, True]), 32, tmp_path / "start.npz", parts=1)
    assert made.rows.tolist() == [0] * moved.EACH + [2] * moved.EACH
    at = made.of(np.array([False, True, True]))
    assert made.rows[at].tolist() == [2] * moved.EACH
    assert not np.array_equal(made.maps[at[0]], made.maps[at[1]]), "each on a ground of its own"
    again = moved.made(tmp_path, np.array([False, False, True]), 32, tmp_path / "start.npz", parts=1)
    assert again.rows.tolist() == [2] * moved.EACH, "another choice is not the kept one"


def test_moved_rows_are_counted_apart(tmp_path):
    _, rows = shelved(tmp_path)
    z = {"leaf": np.eye(8)[[LEAF.index("Healthy"), 0]], "gate": np.zeros((2, 3))}
    lines = tables.told(rows, [0, 2], z, "leaf", np.zeros(2), "Healthy d", ["asked", moved.PART])
    assert [x["recall"] for part in ("asked", moved.PART) for x in days.summary(lines, part=part)] == [1.0, 0.0]
