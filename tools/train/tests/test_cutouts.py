"""The cutouts gives back what was put on it, and cuts out what can be cut out."""

import cv2
import numpy as np

from train import cutouts
from train.pictures import LEAF, Row
from train.tests import drawn


def test_pictures_and_cut_outs_come_back(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    rows = []
    for n, side in enumerate((200, 240)):
        picture, _ = drawn.leaf(n, side=side)
        cv2.imwrite(str(data / f"{n}.png"), picture[..., ::-1])
        rows.append(Row(f"{n}.png", "leaf", "Healthy", "d", f"{n}", LEAF.index("Healthy")))
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    cv2.imwrite(str(data / "noise.png"), noise[..., ::-1])
    rows.append(Row("noise.png", "other", "household", "", "n", -1))
    stock = cutouts.build(tmp_path / "cutouts", data, rows, parts=1)
    for n, side in enumerate((200, 240)):
        picture, mask = drawn.leaf(n, side=side)
        assert np.array_equal(stock.picture(n), picture)
        assert ((stock.mask(n) > 127) == (mask > 0)).mean() > 0.97
    assert np.array_equal(stock.picture(2), noise) and stock.mask(2) is None


def test_a_found_shelf_is_not_made_again(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    picture, _ = drawn.leaf()
    cv2.imwrite(str(data / "a.png"), picture)
    rows = [Row("a.png", "leaf", "Healthy", "d", "a", LEAF.index("Healthy"))]
    cutouts.build(tmp_path / "cutouts", data, rows, parts=1)
    (data / "a.png").unlink()
    assert cutouts.build(tmp_path / "cutouts", data, rows, parts=1).picture(0).shape == picture.shape


def test_cut_outs_of_other_pictures_are_not_taken_for_these(tmp_path):
    rows = [Row(f"{n}.png", "leaf", "Healthy", "d", n, LEAF.index("Healthy")) for n in "ab"]
    for row, side in zip(rows, (90, 120)):
        cv2.imwrite(str(tmp_path / row.path), drawn.leaf(side=side)[0])
    for row, side in zip(rows, (90, 120)):
        assert len(cutouts.build(tmp_path / "cutouts", tmp_path, [row], parts=1).picture(0)) == side


def test_torn_leaves_are_cut_out_where_the_disease_tears_them():
    twig = np.full((240, 240, 3), 235, np.uint8)
    for x, y in ((40, 60), (200, 60), (120, 30), (60, 190), (180, 190)):
        cv2.line(twig, (120, 120), (x, y), (60, 130, 40), 12)
    found = {name: cutouts.mask(Row("a.png", "leaf", name, "d", "a", LEAF.index(name)), twig) is not None for name in LEAF}
    assert found == {name: name in ("Cutting Weevil", "Gall Midge") for name in LEAF}


def test_a_shelf_of_an_older_edition_is_made_again(tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    cv2.imwrite(str(data / "a.png"), drawn.leaf()[0])
    rows = [Row("a.png", "leaf", "Healthy", "d", "a", LEAF.index("Healthy"))]
    assert cutouts.build(tmp_path / "cutouts", data, rows, parts=1).mask(0) is not None
    monkeypatch.setattr(cutouts, "EDITION", cutouts.EDITION + 1)
    cv2.imwrite(str(data / "a.png"), np.full((90, 120, 3), 200, np.uint8))
    assert cutouts.build(tmp_path / "cutouts", data, rows, parts=1).mask(0) is None
