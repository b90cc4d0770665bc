"""Float model → full-integer TensorFlow Lite bytes, per channel, and a way to run them."""

import tempfile

import numpy as np
import tensorflow as tf

from .source import SCALINGS, Source


def scaled(pictures: np.ndarray, scaling: str) -> np.ndarray:
    """Bytes as the float model wants them, by the same rule as the int8 input."""
    scale, zero = SCALINGS[scaling]
    if scaling == "-1..1":
        return pictures.astype(np.float32) / np.float32(127.5) - np.float32(1)
    return (pictures.astype(np.float32) - zero) * np.float32(scale)


def converted(source: Source, change) -> bytes:
    """A TensorFlow Lite graph of the model; change(converter) says how its numbers are kept."""
    spec = tf.TensorSpec((1, source.side, source.side, 3), tf.float32, name="photo")
    module = tf.Module()
    module.weights = [v.value for v in source.model.variables]
    module.serve = tf.function(lambda photo: dict(source.model(photo, training=False)), input_signature=[spec])
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        change(converter)
        return converter.convert()


def to_int8(source: Source, representative: np.ndarray, scaling: str) -> bytes:
    """The int8 graph, ranges taken from the representative pictures (N, side, side, 3 bytes)."""
    # The full range of bytes in the first picture pins the input's scale to what the manifest says.
    pinned = representative.copy()
    pinned[0, 0, 0], pinned[0, 0, 1] = 0, 255

    def feed():
        for picture in pinned:
            yield [scaled(picture[None], scaling)]

    def change(converter):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = feed
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8

    return converted(source, change)


class Runner:
    """Runs a .tflite on byte pictures and gives outputs by role, dequantised; scaling is for graphs that take floats."""

    def __init__(self, content: bytes, threads: int = 2, scaling: str = "-1..1"):
        self.scaling = scaling
        self.net = tf.lite.Interpreter(model_content=content, num_threads=threads)
        self.net.allocate_tensors()
        self.input = self.net.get_input_details()[0]
        details = self.net.get_output_details()
        named = self.net._get_full_signature_list()["serving_default"]["outputs"]
        self.outputs = {role: (next(i for i, d in enumerate(details) if d["index"] == at), at)
                        for role, at in named.items()}
        self.details = {d["index"]: d for d in details}

    def index(self, role: str) -> int:
        """The interpreter's output number of a role."""
        return self.outputs[role][0]

    def shape(self, role: str) -> list[int]:
        """The role's shape without the batch."""
        return [int(n) for n in self.details[self.outputs[role][1]]["shape"][1:]]

    def __call__(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
        found: dict[str, list] = {role: [] for role in self.outputs}
        whole = self.input["dtype"] == np.uint8
        for picture in pictures:
            self.net.set_tensor(self.input["index"], picture[None] if whole else scaled(picture[None], self.scaling))
            self.net.invoke()
            for role, (_, at) in self.outputs.items():
                # A float tensor's scale is 0.
                scale, zero = self.details[at]["quantization"]
                found[role].append((self.net.get_tensor(at)[0].astype(np.float32) - zero) * np.float32(scale or 1))
        return {role: np.stack(v) for role, v in found.items()}


def float_answers(source: Source, pictures: np.ndarray, scaling: str, batch: int = 32) -> dict[str, np.ndarray]:
    """The float model's outputs by role."""
    run = tf.function(lambda x: source.model(x, training=False), reduce_retracing=True)
    found: dict[str, list] = {}
    for i in range(0, len(pictures), batch):
        for role, value in run(tf.constant(scaled(pictures[i:i + batch], scaling))).items():
            found.setdefault(role, []).append(value.numpy())
    return {role: np.concatenate(v) for role, v in found.items()}
