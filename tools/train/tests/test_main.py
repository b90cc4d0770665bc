"""The whole run, on a few drawn pictures: done twice it gives the same weights, and the files hold them."""

import cv2
import keras
import numpy as np
import pytest

from train import __main__ as main
from train import bank, cached, imagenet, network, setting, weights
from train.pictures import CLASSES, FRUIT, LEAF, Row
from train.recipe import Recipe, changed
from train.tests import drawn
from train.tests.drawn import InOneProcess

RECIPE = changed(Recipe(), ["side=64", "samples=24", "clean_samples=8", "batch=8", "epochs=1"])


@pytest.fixture
def material(tmp_path, monkeypatch):
    """(folder of drawn pictures, their rows)."""
    monkeypatch.setattr(bank.mp, "get_context", lambda how: InOneProcess)
    monkeypatch.setattr(cached.mp, "get_context", lambda how: InOneProcess)
    weights.save(tmp_path / "start.npz", drawn.start())
    monkeypatch.setattr(imagenet, "file", lambda root: tmp_path / "start.npz")
    rows = []
    for n in range(12):
        cv2.imwrite(str(tmp_path / f"{n}.png"), drawn.leaf(n, side=96)[0][..., ::-1])
        kind, label, target = (("leaf", LEAF[n % 2], n % 2), ("fruit", FRUIT[0], 0), ("other", "household", -1))[n % 3]
        rows.append(Row(f"{n}.png", kind, label, "d1", f"g{n}", target))
    return tmp_path, rows


def test_run_twice_gives_the_same_weights_and_a_third_time_does_nothing(material, tmp_path, monkeypatch):
    folder, rows = material
    usable, asked = np.arange(12) < 9, np.arange(9, 12)
    found = [main.learnt(tmp_path / work, folder, rows, usable, asked, RECIPE)[0] for work in ("one", "two")]
    assert all(np.array_equal(a, b) for name in found[0] for a, b in zip(found[0][name], found[1][name]))
    monkeypatch.setattr(main.fit, "_save", lambda *what: pytest.fail("it learnt again"))
    again = main.learnt(tmp_path / "one", folder, rows, usable, asked, RECIPE)[0]
    assert all(np.array_equal(a, b) for a, b in zip(found[0]["leaf_map"], again["leaf_map"]))


def test_a_file_holds_what_was_learnt(tmp_path):
    keras.utils.set_random_seed(1)
    learnt = network.weights_of(network.stem(64)) | network.weights_of(network.learner(64, main.targets.HEADS))
    channels = learnt["b5_expand"][0].shape[-1]
    for kind, names in CLASSES.items():
        taken = setting.Setting(np.ones((channels, setting.WIDTH), np.float32), np.zeros(setting.WIDTH, np.float32),
                                np.ones((len(names), setting.EACH, setting.WIDTH), np.float32))
        model = main.write(learnt, 64, kind, taken)
        assert np.array_equal(model.get_layer("classes_map").get_weights()[0], learnt[f"{kind}_map"][0])
        assert set(model.output) == {"classes", "gate", "cam", "features", "setting", "near"}
