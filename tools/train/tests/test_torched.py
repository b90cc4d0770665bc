"""The PyTorch network is the Keras one, and it learns. Skipped where PyTorch is not installed: only a machine with a graphics card needs it."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not among the locked packages; only training on a graphics card needs it")

import keras  # noqa: E402
from drawn import leaf  # noqa: E402

from train import blocks, card, goals, network, packed, pictures, torched  # noqa: E402
from train.pictures import FRUIT, LEAF, Row  # noqa: E402
from train.plan import Plan  # noqa: E402

SIDE = 64
ROWS = [Row("a", "leaf", "Healthy", "d", "a", LEAF.index("Healthy")), Row("b", "leaf", "Die Back", "d", "b", LEAF.index("Die Back")),
        Row("d", "fruit", "Healthy", "", "d", FRUIT.index("Healthy")), Row("e", "other", "household", "", "e", -1)]


def weights_of(*models):
    """Random weights large enough to keep a signal alive through layers without normalisation."""
    return {layer.name: [layer.get_weights()[0] * 2, layer.get_weights()[1] + 0.01]
            for model in models for layer in model.layers if layer.get_weights()}


def test_it_answers_as_the_keras_network_does():
    keras.utils.set_random_seed(3)
    stem, learner = network.stem(SIDE), network.learner(SIDE, goals.HEADS)
    weights = weights_of(stem, learner)
    network.lift(stem, weights)
    network.lift(learner, weights)
    photos = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    x = photos.astype(np.float32) / 127.5 - 1
    wanted = learner.predict(stem.predict(x, verbose=0), verbose=0)
    told = keras.Model(stem.input, stem.get_layer(blocks.SETTING).output).predict(x, verbose=0).mean((1, 2))
    found = torched.answers(weights, photos, torch.device("cpu"), setting=True)
    assert np.abs(told).max() > 1e-3
    np.testing.assert_allclose(found["setting"], told, rtol=1e-3, atol=1e-5)
    for head, value in wanted.items():
        assert np.ptp(value) > 1e-3
        np.testing.assert_allclose(found[head], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("line, rate", [(False, 1e-3), (True, 3e-4)])
def test_it_learns_and_leaves_the_first_blocks_alone(line, rate):
    rng = np.random.default_rng(0)
    order = rng.integers(0, len(ROWS), 160)
    bank = rng.integers(0, 60, (160, SIDE, SIDE, 3)).astype(np.uint8)
    for i, row in enumerate(order):
        bank[i, :, :, row % 3] += np.uint8(60 + 40 * (row // 3))
    keras.utils.set_random_seed(3)
    start = weights_of(network.stem(SIDE), network.learner(SIDE, goals.HEADS))
    start = {name: [pair[0] * 1.8, pair[1]] for name, pair in start.items() if not name.endswith("_map")}
    plan = Plan(batch=16, rate=rate, average=0.9, dropout=0.0, first=6, line=line)
    trainer = torched.Trainer(torch.from_numpy(bank), order, np.zeros(160, bool), ROWS, plan, start)
    learnt = trainer.run(np.arange(160), 40, say=lambda text: None)
    said = torched.answers(learnt, bank, torch.device("cpu"))["gate"].argmax(-1)
    assert (said == np.array([0, 0, 1, 2])[order]).mean() > 0.9
    assert np.array_equal(learnt["b5_project"][0], start["b5_project"][0])
    assert not np.array_equal(learnt["b6_project"][0], start["b6_project"][0])
    again = trainer.run(np.arange(160), 0, say=lambda text: None)
    assert np.array_equal(again["b6_project"][0], start["b6_project"][0])
    if line:
        told = torched.answers(again, bank, torch.device("cpu"))["gate"].argmax(-1)
        assert (told == np.array([0, 0, 1, 2])[order]).mean() > 0.9, "heads begin on what the start tells"


def test_the_command_writes_weights_and_notes(tmp_path, monkeypatch):
    rows = [("leaf", "Healthy"), ("leaf", "Die_Back"), ("fruit", "Healthy"), ("other", "household")] * 3
    lines = [f"{kind}/{n}.jpg,{kind},{label},d{n % 2},g{n}" for n, (kind, label) in enumerate(rows)]
    (tmp_path / "manifest.csv").write_text("\n".join(["path,kind,label,session,group", *lines]) + "\n")

    class Shelf:
        def picture(self, i):
            return leaf(i)[0]

        def mask(self, i):
            return leaf(i)[1] * 255 if rows[i][0] != "other" else None

    start = {name: [pair[0] * 1.8, pair[1]] for name, pair in weights_of(network.stem(SIDE), network.learner(SIDE, goals.HEADS)).items()}
    packed.write(tmp_path / "pack", tmp_path, pictures.read_table(tmp_path), Shelf(), start)
    monkeypatch.setattr("sys.argv", ["card", str(tmp_path / "pack"), str(tmp_path / "out"), "--side", str(SIDE), "--views", "60",
                                     "--clean-views", "20", "--steps", "3", "--seed", "4", "--set", "batch=8", "soften=0.6"])
    card.main()
    learnt, note = packed.load_weights(tmp_path / "out" / "learner-4.npz"), json.loads((tmp_path / "out" / "learner-4.json").read_text())
    assert set(learnt) == set(start) and all(a.shape == b.shape for name in start for a, b in zip(learnt[name], start[name]))
    assert not np.array_equal(learnt["b0_depth"][0], start["b0_depth"][0]), "the first block is trained too"
    assert note["recipe"]["soften"] == 0.6 and note["plan"]["seed"] == 4 and note["steps"] == 3
