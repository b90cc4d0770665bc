"""An older classifier goes in, a checked int8 graph and a manifest entry come out, or one sentence."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from convert import pictures, quantise, source, tune
from convert.__main__ import main
from train import folds
from train import pictures as table

SIDE = 64
COLOURS = {"red": (220, 40, 40), "green": (40, 200, 60), "blue": (50, 60, 230)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three sub-folders of plain coloured pictures with grain."""
    top = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (top / name).mkdir()
        for n in range(8):
            grain = rng.normal(0, 18, (80, 100, 3)) + np.array(colour)
            Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).save(top / name / f"{n}.png")
    return top


def classifier(path, scaling, softmax=True):
    """What an older model looks like, small: convolutions, mean, dense with softmax. It tells colours apart."""
    inp = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inp) if scaling == "0..255" else inp
    conv = keras.layers.Conv2D(6, 1)
    x = keras.layers.ReLU(6.0)(conv(x))
    x = keras.layers.DepthwiseConv2D(3, padding="same", depthwise_initializer=keras.initializers.Constant(1 / 9))(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    dense = keras.layers.Dense(3, activation="softmax" if softmax else None)
    model = keras.Model(inp, dense(x))
    eye = np.eye(3)
    conv.set_weights([np.concatenate([eye, -eye], 1).reshape(1, 1, 3, 6).astype("f"), np.zeros(6, "f")])
    dense.set_weights([np.concatenate([eye, -eye]).astype("f") * 4, np.zeros(3, "f")])
    model.save(path)
    return path


def arguments(model, folder, out, *more):
    return [str(model), "--kind", "leaf", "--classes", "red,green,blue", "--representative", str(folder),
            "--out", str(out), *more]


@pytest.mark.parametrize("scaling, scale, zero", [("-1..1", 1 / 127.5, 127), ("0..255", 1.0, 0)])
def test_an_old_model_becomes_int8_logits(tmp_path, folder, scaling, scale, zero):
    model = classifier(tmp_path / "old-leaf.keras", scaling)
    out = tmp_path / "out"
    assert main(arguments(model, folder, out, "--scaling", scaling)) == 0
    new = json.loads((out / "manifest.json").read_text())["models"][0]
    assert new["id"] == "old-leaf" and new["gate"] is None
    assert new["input"]["width"] == SIDE and new["input"]["zero_point"] == zero
    assert new["input"]["scale"] == pytest.approx(scale, rel=1e-4)
    assert [o["role"] for o in new["outputs"]] == ["classes"]
    assert new["files"]["tflite"]["bytes"] == (out / "old-leaf.tflite").stat().st_size
    net = tf.lite.Interpreter(str(out / "old-leaf.tflite"))
    net.allocate_tensors()
    assert net.get_input_details()[0]["dtype"] == np.uint8 and net.get_output_details()[0]["dtype"] == np.int8
    said = quantise.Runner((out / "old-leaf.tflite").read_bytes())(
        np.stack([np.full((SIDE, SIDE, 3), c, np.uint8) for c in COLOURS.values()]))["classes"]
    assert said.argmax(-1).tolist() == [0, 1, 2]
    # Logits, not probabilities: they do not sum to one.
    assert np.abs(said.sum(-1) - 1).max() > 0.1


def test_too_little_agreement_writes_nothing(tmp_path, folder, capsys):
    model = classifier(tmp_path / "m.keras", "-1..1")
    assert main(arguments(model, folder, tmp_path / "out", "--limit", "1.01")) == 1
    assert not (tmp_path / "out").exists()
    said = capsys.readouterr().err
    assert "under the limit" in said and said.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"not a model"])
def test_what_is_no_model_is_refused_in_one_line(tmp_path, folder, capsys, content):
    path = tmp_path / "bad.keras"
    path.write_bytes(content)
    assert main(arguments(path, folder, tmp_path / "out")) == 1
    said = capsys.readouterr().err
    assert "bad.keras" in said and said.count("\n") == 1


def test_wrong_number_of_names_is_refused(tmp_path, folder, capsys):
    model = classifier(tmp_path / "m.keras", "-1..1")
    assert main([str(model), "--kind", "leaf", "--representative", str(folder), "--out", str(tmp_path / "o")]) == 1
    assert "3 classes, but 8 names" in capsys.readouterr().err


def test_made_anew_keeps_what_was_measured(tmp_path, folder):
    model = classifier(tmp_path / "m.keras", "-1..1", softmax=False)
    out = tmp_path / "out"
    assert main(arguments(model, folder, out)) == 0
    document = json.loads((out / "manifest.json").read_text())
    document["models"][0]["calibration"] = {"temperature": 1.7, "fitted_on": "drawn"}
    (out / "manifest.json").write_text(json.dumps(document))
    assert main(arguments(model, folder, out, "--model-version", "1.1.0")) == 0
    new = json.loads((out / "manifest.json").read_text())["models"]
    assert len(new) == 1 and new[0]["calibration"]["temperature"] == 1.7 and new[0]["version"] == "1.1.0"


def rough(path, side=32):
    """A classifier with kernels in which some inputs count hundreds of times more than others: rounding hurts it."""
    keras.utils.set_random_seed(3)
    inp = keras.Input((side, side, 3))
    x = keras.layers.ReLU(6.0)(keras.layers.Conv2D(12, 3, strides=2, padding="same")(inp))
    x = keras.layers.ReLU(6.0)(keras.layers.DepthwiseConv2D(3, padding="same")(x))
    wide = keras.layers.Conv2D(12, 1)
    x = keras.layers.Add()([x, wide(x)])
    model = keras.Model(inp, keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 1)(x)))
    kernel, bias = wide.get_weights()
    wide.set_weights([kernel * np.geomspace(0.05, 30, 12)[None, None, :, None], bias])
    model.save(path)
    return source.read(path)


def test_a_tuned_copy_answers_more_like_the_float_model(tmp_path):
    src = rough(tmp_path / "rough.keras")
    shown = np.random.default_rng(0).integers(0, 256, (96, 4, 4, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    said, off = [], []
    for model in (src, tune.tuned(src, shown[:48], shown[:48], "-1..1", 200, say=said.append)):
        int8 = quantise.Runner(quantise.to_int8(model, shown[:48], "-1..1"))(shown[48:])["classes"]
        off.append(np.abs(int8 - quantise.float_answers(src, shown[48:], "-1..1")["classes"]).mean())
    assert off[1] < 0.7 * off[0] and len(said) == 2
    assert all(np.array_equal(a, b) for a, b in zip(src.model.get_weights(), source.read(tmp_path / "rough.keras").model.get_weights()))


def test_what_cannot_be_tuned_is_refused(tmp_path, folder, capsys):
    model = classifier(tmp_path / "m.keras", "0..255")
    assert main(arguments(model, folder, tmp_path / "out", "--scaling", "0..255", "--tune", "10")) == 1
    assert "cannot tune rescaling" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("layer", [
    keras.layers.Conv2D(4, 3, use_bias=False), keras.layers.Conv2D(4, 3, dilation_rate=2), keras.layers.Conv2D(4, 3, activation="relu"),
    keras.layers.Conv2D(6, 3, groups=3), keras.layers.DepthwiseConv2D(3, depth_multiplier=2), keras.layers.BatchNormalization()],
    ids=["no bias", "dilated", "activation inside", "groups", "several a channel", "normalisation"])
def test_what_the_copy_would_not_do_alike_is_refused(layer):
    inp = keras.Input((16, 16, 3))
    with pytest.raises(source.Refusal, match="cannot tune"):
        tune.copied(keras.Model(inp, layer(inp)))


def test_pictures_of_held_out_groups_are_not_tuned_with(tmp_path):
    lines = [f"leaf/{n}.jpg,leaf,Healthy,d1,g{n}" for n in range(60)]
    (tmp_path / "manifest.csv").write_text("\n".join(["path,kind,label,session,group", *lines]) + "\n")
    paths = [tmp_path / line.split(",")[0] for line in lines]
    kept = pictures.learnt(paths, tmp_path)
    held = folds.held_groups(table.read_table(tmp_path))
    assert held.any() and kept == [p for p, out in zip(paths, held) if not out]
    assert pictures.learnt(paths, tmp_path / "leaf") == paths
