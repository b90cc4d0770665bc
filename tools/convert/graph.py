"""Changes to a converted graph that leave every other number in it as it is: an output for the features, another gate.

The file is read and written by TensorFlow's own schema. Nothing is quantised anew, so all other outputs stay bit for bit.
"""

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from .quantise import Runner
from .source import Refusal

FEATURES = "features"
# An output for measuring, in no file that is kept.
TAP = "tap"
# Above the largest mean that the pictures show.
HEADROOM = 1.05


class Graph:
    """A .tflite taken apart."""

    def __init__(self, content: bytes):
        self.model = schema.ModelT.InitFromPackedBuf(content, 0)
        self.main = self.model.subgraphs[0]
        self.outputs = {x.name.decode() if isinstance(x.name, bytes) else x.name: x.tensorIndex for x in self.model.signatureDefs[0].outputs}

    def packed(self) -> bytes:
        """The file again."""
        import flatbuffers

        builder = flatbuffers.Builder(1 << 22)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def maker(self, tensor: int):
        """The operator that a tensor comes from."""
        return next(op for op in self.main.operators if tensor in op.outputs)

    def head(self, role: str):
        """(the 1×1 convolution whose mean is a role's output, that mean)."""
        mean = self.maker(self.outputs[role])
        conv = self.maker(mean.inputs[0])
        kinds = [self.model.operatorCodes[op.opcodeIndex].builtinCode for op in (conv, mean)]
        if kinds != [schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.MEAN]:
            raise Refusal(f"The graph's {role} are not the mean of a convolution.")
        return conv, mean

    def put(self, tensor: int, steps: np.ndarray, values: np.ndarray) -> None:
        """Other numbers in a constant tensor, a step for each channel."""
        self.main.tensors[tensor].quantization.scale = steps.astype(np.float32)
        self.model.buffers[self.main.tensors[tensor].buffer].data = np.frombuffer(values.tobytes(), np.uint8)

    def ranged(self, tensor: int, low: float, high: float) -> None:
        """Another int8 range for a tensor; it always holds zero."""
        low, high = min(low, 0.0), max(high, 1e-6)
        how, step = self.main.tensors[tensor].quantization, (high - low) / 255
        how.scale, how.zeroPoint = np.array([step], np.float32), np.array([round(-128 - low / step)], np.int64)

    def tapped(self, tensor: int) -> bytes:
        """The file with one more output, TAP; the graph itself stays as it is."""
        return Graph(self.packed()).with_output(TAP, tensor).packed()

    def with_output(self, role: str, tensor: int):
        """Itself, with a tensor as one more output."""
        self.main.outputs = np.append(self.main.outputs, tensor).astype(np.int32)
        output = schema.TensorMapT()
        output.name, output.tensorIndex = role.encode(), tensor
        self.model.signatureDefs[0].outputs.append(output)
        return self


def with_features(content: bytes, shown: np.ndarray) -> bytes:
    """The graph with the mean of the map that the class head takes as one more output, int8 over the range that the pictures show."""
    if FEATURES in Graph(content).outputs:
        raise Refusal("The graph gives its features already.")
    # First with the map's own scale, to see the range.
    wide = _with_features(content, None)
    return _with_features(content, float(Runner(wide)(shown)[FEATURES].max()) * HEADROOM)


def _with_features(content: bytes, most: float | None) -> bytes:
    graph = Graph(content)
    conv, mean = graph.head("classes")
    last = conv.inputs[0]
    source, main = graph.main.tensors[last], graph.main
    tensor = schema.TensorT()
    tensor.name, tensor.type, tensor.buffer = FEATURES.encode(), source.type, 0
    tensor.shape = np.array([1, source.shape[-1]], np.int32)
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale = np.array(source.quantization.scale if most is None else [most / 255], np.float32)
    tensor.quantization.zeroPoint = np.array([-128], np.int64)
    main.tensors.append(tensor)
    at = len(main.tensors) - 1
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = mean.opcodeIndex, np.array([last, mean.inputs[1]], np.int32), np.array([at], np.int32)
    operator.builtinOptionsType, operator.builtinOptions = mean.builtinOptionsType, mean.builtinOptions
    main.operators.append(operator)
    return graph.with_output(FEATURES, at).packed()


def with_head(content: bytes, role: str, kernel: np.ndarray, bias: np.ndarray, shown: np.ndarray) -> bytes:
    """The graph with another float kernel (features, size) and bias for a role, rounded as the converter rounds.

    The ranges of its map and mean are those that the pictures show; all else keeps its numbers.
    """
    graph = Graph(content)
    conv, mean = graph.head(role)
    steps = np.abs(kernel).max(0) / 127
    graph.put(conv.inputs[1], steps, np.round(kernel / steps).astype(np.int8).T)
    steps = steps * graph.main.tensors[conv.inputs[0]].quantization.scale[0]
    graph.put(conv.inputs[2], steps, np.round(bias / steps).astype(np.int32))
    # First as wide as it can be, to see the ranges; then those.
    reach = float((np.maximum(kernel, 0).sum(0) * 6 + np.abs(bias)).max() / 4)
    for tensor in (conv.outputs[0], mean.outputs[0]):
        graph.ranged(tensor, -reach, reach)
    seen = Runner(graph.tapped(conv.outputs[0]))(shown)
    for tensor, values in ((conv.outputs[0], seen[TAP]), (mean.outputs[0], seen[role])):
        graph.ranged(tensor, float(values.min()) * HEADROOM, float(values.max()) * HEADROOM)
    return graph.packed()
