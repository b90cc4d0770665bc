"""The network of blocks.py without batch normalisation, and the heads on it.

The lifted ImageNet weights have their normalisation folded in, so the layers
here are plain convolutions with a bias: less work in every step, and the int8
graph equals the trained one. Each head is a 1×1 convolution on the last
feature map followed by a mean: the logits are unchanged by that order, and
the class activation map comes for nothing.
"""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

from . import blocks, imagenet, weights as files

# The layers that tell how a photo was taken: made anew from the pictures of each run, on the int8 grid.
TAKEN = ("setting_map", "near_all")


def _block(x, i, channels, expansion, out, stride, kernel):
    y = x
    if expansion > 1:
        y = layers.Conv2D(channels * expansion, 1, name=f"b{i}_expand")(y)
        y = layers.ReLU(6.0, name=f"b{i}_expand_relu")(y)
    y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", name=f"b{i}_depth")(y)
    y = layers.ReLU(6.0, name=f"b{i}_depth_relu")(y)
    y = layers.Conv2D(out, 1, name=f"b{i}_project")(y)
    if stride == 1 and channels == out:
        y = layers.Add(name=f"b{i}_add")([x, y])
    return y


def stem(side: int) -> keras.Model:
    """Pixels in -1..1 → the map that block SPLIT takes."""
    inp = keras.Input((side, side, 3), name="photo")
    return keras.Model(inp, _stem(inp), name="stem")


def _stem(x):
    x = layers.Conv2D(blocks.FIRST, 3, strides=2, padding="same", name="conv_first")(x)
    x = layers.ReLU(6.0, name="conv_first_relu")(x)
    for i, *block in blocks.each():
        if i < blocks.SPLIT:
            x = _block(x, i, *block)
    return x


def _body(x):
    for i, *block in blocks.each():
        if i >= blocks.SPLIT:
            x = _block(x, i, *block)
    x = layers.Conv2D(blocks.FEATURES, 1, name="conv_last")(x)
    return layers.ReLU(6.0, name="conv_last_relu")(x)


def split_shape(side: int) -> tuple[int, int, int]:
    """Shape of the map between stem and body."""
    side, channels = -(-side // 2), blocks.FIRST
    for i, channels, _, _, stride, _ in blocks.each():
        if i == blocks.SPLIT:
            break
        side = -(-side // stride)
    return side, side, channels


def learner(side: int, heads: dict[str, int], dropout: float = 0.2) -> keras.Model:
    """The part that is trained: from the split map to one logit vector a head."""
    inp = keras.Input(split_shape(side), name="map")
    x = _body(inp)
    x = layers.SpatialDropout2D(dropout, name="drop")(x)
    outs = {}
    for name, size in heads.items():
        y = layers.Conv2D(size, 1, name=f"{name}_map")(x)
        outs[name] = layers.GlobalAveragePooling2D(name=name)(y)
    return keras.Model(inp, outs, name="learner")


def deliverable(side: int, classes: int, gate: int, width: int = 0, each: int = 0, taps: tuple[int, ...] = ()) -> keras.Model:
    """The whole network of one model file: logits of classes and gate (on the last map and those of taps), the class activation map, the features (the mean of
    the last map, for models that learn from corrections), and, with width, the setting vector and its largest product
    with the prototypes (each a class) of every class."""
    inp = keras.Input((side, side, 3), name="photo")
    low = _stem(inp)
    x = _body(low)
    maps = keras.Model(inp, x)
    cam = layers.Conv2D(classes, 1, name="classes_map")(x)
    # Nothing until convert.gate fits them: training knows the last one alone.
    doors = [layers.Conv2D(gate, 1, kernel_initializer="zeros", name=f"gate_b{n}")(maps.get_layer(f"b{n}_expand_relu").output) for n in taps]
    doors.append(layers.Conv2D(gate, 1, name="gate_map")(x))
    outs = {
        "classes": layers.GlobalAveragePooling2D(name="classes")(cam),
        "gate": _summed(doors),
        "cam": cam,
        "features": layers.GlobalAveragePooling2D(name="features")(x),
    }
    if width:
        taken = maps.get_layer(blocks.SETTING).output
        # Mapped before the mean: so the rounding of int8 averages out.
        outs["setting"] = layers.GlobalAveragePooling2D(name="setting")(layers.Conv2D(width, 1, name="setting_map")(taken))
        y = layers.Dense(classes * each, use_bias=False, name="near_all")(outs["setting"])
        y = layers.MaxPooling2D((1, each), name="near_most")(layers.Reshape((classes, each, 1), name="near_each")(y))
        outs["near"] = layers.Reshape((classes,), name="near_class")(y)
    # A name of its own: Keras would number it by the models that were built before, and a resumed run builds fewer.
    return keras.Model(inp, outs, name="mobilenetv2")


def _summed(doors):
    """The sum of the maps' means, named gate."""
    if len(doors) == 1:
        return layers.GlobalAveragePooling2D(name="gate")(doors[0])
    return layers.Add(name="gate")([layers.GlobalAveragePooling2D(name=f"gate_mean{n}")(door) for n, door in enumerate(doors)])


def save(model: keras.Model, path: Path) -> None:
    """Writes a model file: the network's numbers rounded to half precision, float32 all the same, so that they pack to 60 % of their size."""
    for layer in model.layers:
        if layer.name not in TAKEN:
            layer.set_weights([weight.astype(np.float16) for weight in layer.get_weights()])
    plain = path.with_suffix(".new.keras")
    model.save(plain)
    with zipfile.ZipFile(plain) as loose:
        parts = {name: loose.read(name) for name in loose.namelist()}
    # When it was saved would give every run another digest.
    parts["metadata.json"] = json.dumps({k: v for k, v in json.loads(parts["metadata.json"]).items() if k != "date_saved"}).encode()
    # So would the addresses of what layers share.
    parts["config.json"] = json.dumps(_without(json.loads(parts["config.json"]), "shared_object_id")).encode()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as tight:
        for name, content in parts.items():
            tight.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    # At once, so that a stopped run leaves the former file or the new one.
    plain.replace(path)


def _without(config, name: str):
    """A configuration without the entries of a name."""
    if isinstance(config, dict):
        return {key: _without(value, name) for key, value in config.items() if key != name}
    return [_without(value, name) for value in config] if isinstance(config, list) else config


def start_weights(path) -> dict[str, list[np.ndarray]]:
    """Layer name → [kernel, bias] of a file: ImageNet's, or an .npz of weights.save."""
    return files.load(path) if str(path).endswith(".npz") else imagenet.weights(path)


def weights_of(model: keras.Model) -> dict[str, list[np.ndarray]]:
    """Layer name → weights of the layers that have any."""
    return {layer.name: layer.get_weights() for layer in model.layers if layer.get_weights()}


def lift(model: keras.Model, weights: dict[str, list[np.ndarray]]) -> int:
    """Puts lifted weights into the layers of the same name; how many were set."""
    done = 0
    for layer in model.layers:
        if layer.name in weights:
            layer.set_weights(weights[layer.name])
            done += 1
    return done


def stem_runner(side: int, weights: dict[str, list[np.ndarray]]):
    """A function bytes (side, side, 3) → split map, by a float TFLite graph: several times faster than Keras here."""
    return runner(stem(side), weights)


def setting_runner(side: int, weights: dict[str, list[np.ndarray]]):
    """A function bytes (side, side, 3) → means of the SETTING layer."""
    whole = stem(side)
    return runner(keras.Model(whole.input, layers.GlobalAveragePooling2D()(whole.get_layer(blocks.SETTING).output)), weights)


def runner(model: keras.Model, weights: dict[str, list[np.ndarray]]):
    """A function bytes (side, side, 3) → the model's output for one picture of pixels in -1..1; one thread."""
    import tensorflow as tf

    lift(model, weights)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    interpreter = tf.lite.Interpreter(model_content=converter.convert(), num_threads=1)
    interpreter.allocate_tensors()
    i, o = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run(picture: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(i, picture[None].astype(np.float32) / np.float32(127.5) - np.float32(1))
        interpreter.invoke()
        return interpreter.get_tensor(o)[0]

    return run
