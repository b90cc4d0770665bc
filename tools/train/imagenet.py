"""The start: ImageNet's weights of MobileNetV2, lifted from the int8 file of the data README."""

from pathlib import Path

import numpy as np

from . import blocks


def file(root: Path) -> Path:
    """Where they lie; root is the folder of photographs."""
    return root.parent / "weights" / "mobilenet_v2_imagenet_ptq.tflite"


def _dequantised(interpreter, detail) -> np.ndarray:
    raw = interpreter.get_tensor(detail["index"]).astype(np.float32)
    how = detail["quantization_parameters"]
    scale, zero, axis = how["scales"], how["zero_points"], how["quantized_dimension"]
    shape = [1] * raw.ndim
    if len(scale) > 1:
        shape[axis] = -1
    return (raw - zero.reshape(shape)) * scale.reshape(shape)


def weights(path) -> dict[str, list[np.ndarray]]:
    """Layer name → [kernel, bias] in Keras's order of axes, for pixels in -1..1."""
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
