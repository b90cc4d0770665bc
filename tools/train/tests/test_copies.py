"""One object is known again wherever it lies, its table is not taken for it."""

import cv2
import numpy as np
import pytest

from train import copies, doubtful, joined, pictures, cutouts
from train.pictures import FRUIT, Row

SIDE = 320
LEAST = copies.LEAST["leaf"]


def spotted(seed: int):
    """A round fruit with spots of its own on a speckled table that is always the same: (picture, mask)."""
    rng = np.random.default_rng(seed)
    table = cv2.resize(np.random.default_rng(99).integers(150, 255, (80, 80, 3)).astype(np.uint8), (SIDE, SIDE))
    fruit = np.full((SIDE, SIDE, 3), (200, 160, 60), np.uint8)
    for x, y, r in zip(rng.integers(70, 250, 60), rng.integers(70, 250, 60), rng.integers(2, 9, 60)):
        cv2.ellipse(fruit, (int(x), int(y)), (int(r), int(r) + 3), float(rng.uniform(0, 180)), 0, 360, (60, 40, 20), -1)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(mask, (160, 160), 110, 255, -1)
    return np.where(mask[..., None] > 0, cv2.GaussianBlur(fruit, (0, 0), 1), table), mask


def moved(picture, mask, angle: float, zoom: float, flip: bool = False):
    """The object rotated and zoomed on white."""
    m = cv2.getRotationMatrix2D((160, 160), angle, zoom)
    whole = np.where(mask[..., None] > 0, picture, 255).astype(np.uint8)
    out = [cv2.warpAffine(x, m, (SIDE, SIDE), borderValue=v) for x, v in ((whole, (255, 255, 255)), (mask, 0))]
    return [x[:, ::-1].copy() for x in out] if flip else out


@pytest.mark.parametrize("angle, zoom, flip", [(0, 1, False), (35, 0.8, False), (180, 1, False), (90, 1.2, False), (20, 0.9, True), (0, 1, True)])
def test_a_copy_is_known_again(angle, zoom, flip):
    one = copies.seen(*spotted(1))
    assert copies.agreeing(copies.seen(*moved(*spotted(1), angle, zoom, flip)), one, LEAST) >= LEAST


def test_another_fruit_on_the_same_table_is_no_copy():
    assert copies.agreeing(copies.seen(*spotted(1)), copies.seen(*spotted(2)), LEAST) < LEAST
    # The same two without masks, in full, would agree by their table.
    everywhere = np.full((SIDE, SIDE), 255, np.uint8)
    assert copies.agreeing(*(copies.seen(spotted(n)[0], everywhere) for n in (1, 2)), LEAST) >= LEAST


def test_a_thing_without_marks_has_no_copies():
    bare = np.full((SIDE, SIDE, 3), 180, np.uint8)
    assert copies.agreeing(copies.seen(bare, None), copies.seen(bare, None), LEAST) == 0


def test_the_search_keeps_to_a_realm_and_is_read_back(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    shown = [spotted(1)[0], moved(*spotted(1), 35, 0.9)[0], spotted(2)[0], spotted(1)[0]]
    rows = [Row(f"{n}.png", "fruit", FRUIT[0], "" if n < 3 else "another session", f"g{n}", 0) for n in range(4)]
    for row, picture in zip(rows, shown):
        cv2.imwrite(str(data / row.path), picture[..., ::-1])
    cutouts.build(tmp_path / "cutouts", data, rows, parts=1)
    found = copies.search(tmp_path / "cutouts", rows, parts=1, say=lambda text: None)
    assert [x[:2] for x in found] == [(0, 1)]
    copies.write(rows, found, tmp_path / "copies.csv")
    assert joined.pairs(tmp_path / "copies.csv") == [("0.png", "1.png")]


def test_of_all_pairs_the_surest_that_tie_are_kept(tmp_path):
    rows = [Row(name, "fruit", FRUIT[0], "", name, 0) for name in "abcd"]
    copies.write(rows, [(0, 1, 12), (0, 2, 30), (1, 2, 20), (2, 3, 11), (0, 3, 10)], tmp_path / "copies.csv")
    assert joined.pairs(tmp_path / "copies.csv") == [("a", "c"), ("b", "c"), ("c", "d")]


def test_tied_names_are_one_set():
    assert joined.sets([("c", "b"), ("d", "e"), ("b", "a"), ("e", "d")]) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "d"}


def test_the_table_names_what_several_pictures_show(tmp_path, monkeypatch):
    (tmp_path / "manifest.csv").write_text(
        "path,kind,label,session,group\n"
        "a,fruit,Alternaria,,1\nb,fruit,Alternaria,,1\nc,fruit,Healthy,,2\nd,fruit,Healthy,,3\n")
    (tmp_path / "copies.csv").write_text("path,copy,marks\nb,c,30\nb,gone,20\n")
    monkeypatch.setattr(joined, "FOUND", tmp_path / "copies.csv")
    rows = pictures.read_table(tmp_path)
    assert [r.thing for r in rows] == ["", "b", "b", ""] and [r.group for r in rows] == ["1", "1", "2", "3"]
    # b and c are one fruit under two names; that a lies in the group of b says nothing of its own label.
    assert doubtful.learnable(rows).tolist() == [True, False, False, True]
