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

    def kind(self, operator):
        """Its schema.BuiltinOperator."""
        return self.model.operatorCodes[operator.opcodeIndex].builtinCode

    def sums(self, role: str) -> list:
        """The additions that a role's output is made by, the last one last."""
        found, at = [], [self.outputs[role]]
        while adding := [op for op in map(self.maker, at) if self.kind(op) == schema.BuiltinOperator.ADD]:
            found.insert(0, adding[0])
            at = adding[0].inputs
        return found

    def heads(self, role: str) -> list:
        """(1×1 convolution, its mean, that mean's copies of another shape) of each map that a role's output takes, in the order of the graph."""
        tensors = [t for op in self.sums(role) for t in op.inputs if self.kind(self.maker(t)) != schema.BuiltinOperator.ADD] or [self.outputs[role]]
        found = []
        for mean in map(self.maker, tensors):
            copies = []
            while self.kind(mean) == schema.BuiltinOperator.RESHAPE:
                copies.append(mean.outputs[0])
                mean = self.maker(mean.inputs[0])
            conv = self.maker(mean.inputs[0])
            if (self.kind(conv), self.kind(mean)) != (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.MEAN):
                raise Refusal(f"The graph's {role} are not the mean of a convolution.")
            found.append((conv, mean, copies))
        return sorted(found, key=lambda head: self.place(head[0].inputs[0]))

    def head(self, role: str):
        """(convolution, mean) of a role that takes one map."""
        ((conv, mean, _),) = self.heads(role)
        return conv, mean

    def place(self, tensor: int) -> int:
        """Where in the graph a tensor is made."""
        return next(n for n, op in enumerate(self.main.operators) if tensor in op.outputs)

    def put(self, tensor: int, steps: np.ndarray, values: np.ndarray) -> None:
        """Other numbers in a constant tensor, a step for each channel."""
        mine = self.main.tensors[tensor]
        if sum(other.buffer == mine.buffer for other in self.main.tensors) > 1:
            # The converter keeps equal constants once.
            self.model.buffers.append(schema.BufferT())
            mine.buffer = len(self.model.buffers) - 1
        mine.quantization.scale = steps.astype(np.float32)
        self.model.buffers[mine.buffer].data = np.frombuffer(values.tobytes(), np.uint8)

    def ranged(self, tensor: int, low: float, high: float) -> None:
        """Another int8 range for a tensor; it always holds zero."""
        low, high = min(low, 0.0), max(high, 1e-6)
        how, step = self.main.tensors[tensor].quantization, (high - low) / 255
        how.scale, how.zeroPoint = np.array([step], np.float32), np.array([round(-128 - low / step)], np.int64)

    def tapped(self, *tensors: int) -> bytes:
        """The file with more outputs, TAP and a number; the graph itself stays as it is."""
        copy = Graph(self.packed())
        for n, tensor in enumerate(tensors):
            copy.with_output(f"{TAP}{n}", tensor)
        return copy.packed()

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


def with_head(content: bytes, role: str, parts: list[tuple[np.ndarray, np.ndarray]], shown: np.ndarray) -> bytes:
    """The graph with other float kernels (features, size) and biases for a role, one for each of its maps, rounded as the converter rounds.

    The ranges of its maps, means and sums are those that the pictures show; all else keeps its numbers.
    """
    graph = Graph(content)
    heads, sums, reach = graph.heads(role), graph.sums(role), 0.0
    if len(heads) != len(parts):
        raise Refusal(f"The graph's {role} take {len(heads)} maps, not {len(parts)}.")
    ranged = []
    for (conv, mean, copies), (kernel, bias) in zip(heads, parts):
        steps = np.abs(kernel).max(0) / 127
        graph.put(conv.inputs[1], steps, np.round(kernel / steps).astype(np.int8).T)
        steps = steps * graph.main.tensors[conv.inputs[0]].quantization.scale[0]
        graph.put(conv.inputs[2], steps, np.round(bias / steps).astype(np.int32))
        # First as wide as it can be, to see the ranges; then those.
        wide = float((np.maximum(kernel, 0).sum(0) * 6 + np.abs(bias)).max() / 4)
        reach += wide
        ranged += [([conv.outputs[0]], wide), ([mean.outputs[0], *copies], wide)]
    ranged += [([op.outputs[0]], reach) for op in sums]
    seen = _ranging(graph, ranged, shown)
    for n, (tensors, _) in enumerate(ranged):
        low, high = float(seen[f"{TAP}{n}"].min()) * HEADROOM, float(seen[f"{TAP}{n}"].max()) * HEADROOM
        for tensor in tensors:
            graph.ranged(tensor, low, high)
    return graph.packed()


def _ranging(graph: Graph, ranged: list, shown: np.ndarray) -> dict[str, np.ndarray]:
    """What the first of each tensors holds, in ranges as wide as given, or wider until nothing is cut off."""
    more = 1.0
    while True:
        for tensors, wide in ranged:
            for tensor in tensors:
                graph.ranged(tensor, -wide * more, wide * more)
        seen = Runner(graph.tapped(*(tensors[0] for tensors, _ in ranged)))(shown)
        if all(np.abs(seen[f"{TAP}{n}"]).max() < 0.99 * wide * more for n, (_, wide) in enumerate(ranged)):
            return seen
        more *= 4
