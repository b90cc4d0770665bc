"""Banks read as one; a stopped bank goes on; the number of processes changes nothing."""

import cv2
import numpy as np
import pytest

from train import bank, network, weights
from train.pictures import LEAF, Row
from train.recipe import Recipe
from train.tests import drawn
from train.tests.drawn import InOneProcess


def test_joined_banks_read_as_one():
    a, b = np.arange(10.0).reshape(5, 2), np.arange(100.0, 106).reshape(3, 2)
    maps, order, tidy = bank.joined([bank.Bank(a, np.arange(5), np.zeros(5, bool)), bank.Bank(b, np.arange(3), np.ones(3, bool))])
    at = np.array([0, 4, 5, 7])
    assert len(maps) == 8
    assert np.array_equal(maps[at], np.concatenate([a, b])[at])
    assert np.array_equal(maps[np.array([6])], b[1:2])
    assert order.tolist() == [0, 1, 2, 3, 4, 0, 1, 2] and tidy.sum() == 3


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """(folder of drawn pictures, their rows, start weights)."""
    folder, rows = tmp_path_factory.mktemp("data"), []
    for n in range(6):
        cv2.imwrite(str(folder / f"{n}.png"), drawn.leaf(n, side=96)[0][..., ::-1])
        rows.append(Row(f"{n}.png", "leaf", LEAF[n % 2], "d1", f"g{n}", n % 2))
    weights.save(folder / "start.npz", drawn.start())
    return folder, rows


def test_a_stopped_bank_goes_on_and_processes_change_nothing(material, tmp_path, monkeypatch):
    folder, rows = material
    recipe = Recipe(side=64, shares={"leaf": 1.0})
    monkeypatch.setattr(bank, "CHUNK", 4)

    def build(name, parts=1):
        return bank.build(tmp_path / name, folder, rows, np.ones(6, bool), recipe, 12, folder / "start.npz", parts, say=lambda *text, **how: None)

    monkeypatch.setattr(bank.mp, "get_context", lambda how: InOneProcess)
    whole = build("whole")
    assert whole.maps.shape[1:] == network.split_shape(64) and len({m.tobytes() for m in whole.maps}) == len(whole.order)
    monkeypatch.setattr(InOneProcess, "most", 2)
    with pytest.raises(KeyboardInterrupt):
        build("stopped")
    monkeypatch.setattr(InOneProcess, "most", 99)
    assert np.array_equal(build("stopped", 2).maps, whole.maps)
