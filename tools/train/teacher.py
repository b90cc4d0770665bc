"""A network of another orchard, and what is made of its answers.

AA-ENet (the AIUB research group ICCA, PyPI package mango-disease-ai, MIT) learnt
seven names from 3,500 pictures of Amrapali mangoes that are not to be had. It is
no judge of these leaves (it calls most of them healthy), but it has seen other
days: a head that learns its answers on every view (fit.py) brings some of that
into the trunk, and a share of that head, added to the class head, into the names.

EfficientNet-B0 without its classifier, a convolution to 192 channels, attention
over channels and places (CBAM), one transformer layer whose first token, beside
the map's mean, is what the answer stands on.
"""

import importlib.util
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from . import network as net, torchfile
from .pictures import CLASSES
from .plan import Plan

PACKAGE, FILE = "mango_disease_ai", "AA-ENet_proposed.pt"
NAMES = ("Anthracnose", "Bacterial Canker", "Healthy", "Powdery Mildew", "Scab", "Sooty Mould", "Stem End Rot")
HEAD = "teacher"
SIDE = 224
# The temperature at which answers are compared: so that its second and third name count too.
SOFT = 2.0

# Kernel, expansion, channels, stride and repeats of EfficientNet-B0's stages.
STAGES = ((3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 2, 3), (5, 6, 112, 1, 3), (5, 6, 192, 2, 4), (3, 6, 320, 1, 1))
FIRST, LAST, EMBED, HEADS = 32, 1280, 192, 4
# Added to the variance in every normalisation.
EPSILON = 1e-5
# What the published network subtracts and divides by, of pixels in 0..1.
MEAN, SPREAD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def file() -> Path:
    """Where its weights lie."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None:
        raise FileNotFoundError(f"cannot find the teacher: the package {PACKAGE} of tools/teacher.lock is not installed")
    return Path(found.origin).parent / FILE


def _filtered(x, name, channels, kernel, stride=1, active=True, depthwise=False):
    # PyTorch pads by half the kernel on every side, also where Keras would pad one side less.
    x = layers.ZeroPadding2D(kernel // 2)(x) if kernel > 1 else x
    make = layers.DepthwiseConv2D(kernel, strides=stride, name=name) if depthwise else layers.Conv2D(channels, kernel, strides=stride, name=name)
    x = make(x)
    return layers.Activation("silu")(x) if active else x


def _block(x, name, kernel, expansion, out, stride):
    channels = x.shape[-1]
    y = _filtered(x, f"{name}.conv_pw", channels * expansion, 1) if expansion > 1 else x
    y = _filtered(y, f"{name}.conv_dw", 0, kernel, stride, depthwise=True)
    told = layers.GlobalAveragePooling2D(keepdims=True)(y)
    told = layers.Conv2D(channels // 4, 1, activation="silu", name=f"{name}.se.conv_reduce")(told)
    y = y * layers.Conv2D(y.shape[-1], 1, activation="sigmoid", name=f"{name}.se.conv_expand")(told)
    y = _filtered(y, f"{name}.conv_pwl" if expansion > 1 else f"{name}.conv_pw", out, 1, active=False)
    return x + y if stride == 1 and channels == out else y


def network() -> keras.Model:
    """Pixels in -1..1, (224, 224, 3) → logits of NAMES."""
    inp = keras.Input((SIDE, SIDE, 3), name="photo")
    x = inp * (0.5 / SPREAD).astype(np.float32) + ((0.5 - MEAN) / SPREAD).astype(np.float32)
    x = _filtered(x, "backbone.conv_stem", FIRST, 3, 2)
    for i, (kernel, expansion, out, stride, times) in enumerate(STAGES):
        for k in range(times):
            x = _block(x, f"backbone.blocks.{i}.{k}", kernel, expansion, out, stride if k == 0 else 1)
    x = _filtered(x, "backbone.conv_head", LAST, 1)
    x = layers.ReLU()(layers.Conv2D(EMBED, 1, name="reduce.0")(x))
    inner, outer = layers.Dense(EMBED // 8, activation="relu", name="cbam.mlp.0"), layers.Dense(EMBED, name="cbam.mlp.2")
    gain = outer(inner(layers.GlobalAveragePooling2D()(x))) + outer(inner(layers.GlobalMaxPooling2D()(x)))
    x = x * ops.reshape(ops.sigmoid(gain), (-1, 1, 1, EMBED))
    seen = ops.concatenate([ops.mean(x, -1, keepdims=True), ops.max(x, -1, keepdims=True)], -1)
    x = x * layers.Conv2D(1, 7, padding="same", use_bias=False, activation="sigmoid", name="cbam.conv")(seen)
    mean = layers.GlobalAveragePooling2D()(x)
    # The first token is the same for every photo; the places follow it, row by row.
    places = ops.reshape(x, (-1, (SIDE // 32) ** 2, EMBED))
    tokens = _Tokens(name="tokens")(places)
    first = tokens[:, :1]
    told = layers.MultiHeadAttention(HEADS, EMBED // HEADS, name="self_attn")(first, tokens, tokens)
    y = layers.LayerNormalization(epsilon=EPSILON, name="norm1")(first + told)
    z = layers.Dense(EMBED, name="linear2")(layers.Dense(2 * EMBED, activation="gelu", name="linear1")(y))
    y = layers.LayerNormalization(epsilon=EPSILON, name="norm2")(y + z)
    return keras.Model(inp, layers.Dense(len(NAMES), name="head")(ops.concatenate([mean, y[:, 0]], -1)))


class _Tokens(layers.Layer):
    """The first token put before the places, each with its learnt position added."""

    def build(self, shape):
        self.first = self.add_weight(shape=(1, 1, EMBED), name="first")
        self.position = self.add_weight(shape=(1, shape[1] + 1, EMBED), name="position")

    def call(self, places):
        at = places + self.position[:, 1:]
        first = ops.zeros_like(at[:, :1]) + self.first + self.position[:, :1]
        return ops.concatenate([first, at], 1)


def weights(path: Path, whole: keras.Model) -> dict[str, list[np.ndarray]]:
    """Layer name → weights in Keras's order of axes for the network, normalisation folded into the kernels."""
    found = torchfile.tensors(path)
    out = {}
    for layer in whole.layers:
        if not layer.weights or layer.name in ("tokens", "self_attn"):
            continue
        at = f"transformer.layers.0.{layer.name}" if layer.name.startswith(("norm", "linear")) else layer.name
        normal = _normalisation(at)
        if normal:
            out[layer.name] = torchfile.folded(found, at, normal, EPSILON, at.endswith("conv_dw"))
            continue
        kernel = found[f"{at}.weight"]
        kernel = torchfile.turned(kernel) if kernel.ndim == 4 else kernel.T
        out[layer.name] = [kernel, found[f"{at}.bias"]] if f"{at}.bias" in found else [kernel]
    inner = "transformer.layers.0.self_attn"
    parts = [(k.T.reshape(EMBED, HEADS, -1), b.reshape(HEADS, -1)) for k, b in
             zip(np.split(found[f"{inner}.in_proj_weight"], 3), np.split(found[f"{inner}.in_proj_bias"], 3))]
    last = found[f"{inner}.out_proj.weight"].T.reshape(HEADS, -1, EMBED)
    out["self_attn"] = [x for part in parts for x in part] + [last, found[f"{inner}.out_proj.bias"]]
    out["tokens"] = [found["cls"], found["pos"]]
    return out


def runner(path: Path):
    """A function bytes (224, 224, 3) → logits of NAMES."""
    whole = network()
    return net.runner(whole, weights(path, whole))


def wanted(plan: Plan) -> Path | None:
    """Its file, where the plan learns from it."""
    return file() if plan.taught else None


def _normalisation(at: str) -> str:
    """The normalisation that follows a convolution, or nothing."""
    stage, _, last = at.rpartition(".")
    if at == "reduce.0":
        return "reduce.1"
    if at.startswith("backbone.blocks.0"):
        return {"conv_dw": f"{stage}.bn1", "conv_pw": f"{stage}.bn2"}.get(last, "")
    return {"conv_stem": "backbone.bn1", "conv_head": "backbone.bn2", "conv_pw": f"{stage}.bn1", "conv_dw": f"{stage}.bn2", "conv_pwl": f"{stage}.bn3"}.get(last, "")


def distance(told, said):
    """How far answers are from the teacher's: divergence of the distributions at twice the usual temperature, mean of a batch."""
    wished, given = ops.log_softmax(told / SOFT), ops.log_softmax(said / SOFT)
    return SOFT ** 2 * ops.mean(ops.sum(ops.exp(wished) * (wished - given), -1))


def as_leaf() -> np.ndarray:
    """(7, 8): what each of its logits adds to those of the leaf classes.

    A class that it does not know gets the mean of the two that are none of ours, so that it is neither preferred nor pushed away.
    """
    out = np.zeros((len(NAMES), len(CLASSES["leaf"])), np.float32)
    ours = {name.replace("Mould", "Mold"): name for name in NAMES}
    for k, name in enumerate(CLASSES["leaf"]):
        if name in ours:
            out[NAMES.index(ours[name]), k] = 1
        else:
            out[[NAMES.index("Scab"), NAMES.index("Stem End Rot")], k] = 0.5
    return out


def as_names(logits: np.ndarray, share: float, wary: float) -> np.ndarray:
    """What a share of its logits adds to those of the leaf classes; wary is taken off its Healthy: it calls too much so."""
    return share * (logits @ as_leaf() - wary * (np.array(CLASSES["leaf"]) == "Healthy"))


def added(weights: dict[str, list[np.ndarray]], share: float, wary: float) -> dict[str, list[np.ndarray]]:
    """The weights with a share of the teacher's head in the leaf head: the same as if its logits were added."""
    kernel, bias = weights["leaf_map"]
    told, base = weights[f"{HEAD}_map"]
    return weights | {"leaf_map": [(kernel + share * told @ as_leaf()).astype(np.float32),
                                   (bias + as_names(base, share, wary)).astype(np.float32)]}
