"""What was learnt elsewhere comes back, alone or blended with an earlier run."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from train import __main__ as main, blocks, goals, network, packed, setting
from train.pictures import CLASSES

SIDE = 32


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """(folder of .keras files, weights in them, another run's .npz, weights in it)."""
    folder, found = tmp_path_factory.mktemp("runs"), []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        found.append(network.weights_of(network.stem(SIDE)) | network.weights_of(network.learner(SIDE, goals.HEADS)))
    channels = found[0][blocks.SETTING.replace("_relu", "")][0].shape[-1]
    for kind, names in CLASSES.items():
        taken = setting.Setting(np.ones((channels, setting.WIDTH), np.float32), np.zeros(setting.WIDTH, np.float32),
                                np.ones((len(names), setting.EACH, setting.WIDTH), np.float32))
        main.write(found[0], SIDE, kind, taken).save(folder / f"{kind}-mobilenetv2.keras")
    packed.save_weights(folder / "learner-2.npz", found[1])
    (folder / "learner-2.json").write_text(json.dumps({"steps": 7}))
    return folder, found[0], folder / "learner-2.npz", found[1]


def test_a_cards_weights_come_back_with_their_notes(runs, tmp_path):
    _, _, file, theirs = runs
    weights, source, note = main.brought(SimpleNamespace(learnt=file, start=None, blend=0.0), tmp_path)
    assert note["steps"] == 7
    again = network.start_weights(source)
    for name, arrays in theirs.items():
        assert all(np.array_equal(a, b) and np.array_equal(a, c) for a, b, c in zip(arrays, weights[name], again[name])), name


def test_blended_with_an_earlier_run_they_lie_between(runs, tmp_path):
    folder, ours, file, theirs = runs
    weights, _, note = main.brought(SimpleNamespace(learnt=file, start=folder, blend=0.25), tmp_path)
    assert note["blend"] == 0.25 and set(weights) == set(theirs)
    for name in theirs:
        assert np.allclose(weights[name][0], 0.25 * ours[name][0] + 0.75 * theirs[name][0], atol=1e-6), name


def test_a_folder_of_files_comes_back(runs, tmp_path):
    folder, ours, _, _ = runs
    weights, _, _ = main.brought(SimpleNamespace(learnt=folder, start=None, blend=0.0), tmp_path)
    assert all(np.array_equal(weights[name][0], ours[name][0]) for name in ours)


def test_a_run_may_start_from_one_file_but_not_from_none(runs, tmp_path):
    folder, ours, _, _ = runs
    (tmp_path / "leaf-mobilenetv2.keras").write_bytes((folder / "leaf-mobilenetv2.keras").read_bytes())
    found = network.earlier(tmp_path)
    assert np.array_equal(found["leaf_map"][0], ours["leaf_map"][0]) and "fruit_map" not in found
    with pytest.raises(FileNotFoundError, match="cannot start from"):
        network.earlier(tmp_path / "nowhere")


def test_a_run_does_not_start_from_another_network(runs, tmp_path):
    folder, ours, file, _ = runs
    packed.save_weights(tmp_path / "other.npz", ours | {"b0_depth": [np.zeros((7, 7, 32, 1), np.float32), np.zeros(32, np.float32)]})
    with pytest.raises(ValueError, match="another network than"):
        network.started(tmp_path / "other.npz", folder)
    assert np.array_equal(network.started(file, folder)["b0_depth"][0], ours["b0_depth"][0])
