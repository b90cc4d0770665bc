"""The gate's maps: those of a kind's blocks.GATE_TAPS beside the last one, also in graphs that were converted when it took that one alone."""

import copy

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from train import blocks

from .graph import Graph
from .source import Refusal

ROLE = "gate"


def tensors(graph: Graph, taps: tuple[int, ...]) -> list[int]:
    """The maps that the gate takes, the last one last: found from the end of the graph, block by block."""
    last = graph.head("classes")[0].inputs[0]
    at, found = graph.maker(last).inputs[0], [last]
    for number in range(len(list(blocks.each())) - 1, min(taps, default=99) - 1, -1):
        project = graph.maker(at)
        if graph.kind(project) == schema.BuiltinOperator.ADD:
            # What the block adds is made after what it is added to.
            project = graph.maker(max(project.inputs, key=graph.place))
        depth = graph.maker(project.inputs[0])
        if graph.kind(depth) != schema.BuiltinOperator.DEPTHWISE_CONV_2D:
            raise Refusal(f"The graph's block {number} is not MobileNetV2's.")
        if number in taps:
            found.insert(0, depth.inputs[0])
        at = graph.maker(depth.inputs[0]).inputs[0]
    return found


def put(content: bytes, taps: tuple[int, ...]) -> bytes:
    """The graph with a head of the gate on each map; the new ones say nothing yet. All other numbers stay."""
    graph = Graph(content)
    if len(graph.heads(ROLE)) == len(taps) + 1:
        return content
    conv, mean = graph.head(ROLE)
    for tap in tensors(graph, taps)[:-1]:
        _add(graph, conv, mean, tap)
    return graph.packed()


def _add(graph: Graph, conv, mean, tap: int) -> None:
    """One more head like (conv, mean), on the tap; the role's output becomes the sum."""
    main, source = graph.main, graph.main.tensors[tap]
    size, before = int(main.tensors[conv.outputs[0]].shape[-1]), graph.outputs[ROLE]
    new = copy.deepcopy(conv), copy.deepcopy(mean), schema.OperatorT()
    kernel = _constant(graph, conv.inputs[1], f"gate_kernel_{tap}", np.zeros((size, 1, 1, int(source.shape[-1])), np.int8))
    bias = _constant(graph, conv.inputs[2], f"gate_bias_{tap}", np.zeros(size, np.int32))
    here = _tensor(graph, conv.outputs[0], f"gate_map_{tap}", [1, *(int(n) for n in source.shape[1:3]), size])
    middle = _tensor(graph, mean.outputs[0], f"gate_mean_{tap}", [1, size])
    total = _tensor(graph, before, f"gate_sum_{tap}", [1, size])
    new[0].inputs, new[0].outputs = np.array([tap, kernel, bias], np.int32), np.array([here], np.int32)
    new[1].inputs, new[1].outputs = np.array([here, mean.inputs[1]], np.int32), np.array([middle], np.int32)
    adding = next(op for op in main.operators if graph.kind(op) == schema.BuiltinOperator.ADD)
    new[2].opcodeIndex, new[2].builtinOptionsType, new[2].builtinOptions = adding.opcodeIndex, adding.builtinOptionsType, copy.deepcopy(adding.builtinOptions)
    new[2].inputs, new[2].outputs = np.array([middle, before], np.int32), np.array([total], np.int32)
    main.operators += new
    # In the place of the former output, so that its number stays.
    main.outputs = np.where(np.asarray(main.outputs) == before, total, main.outputs).astype(np.int32)
    next(x for x in graph.model.signatureDefs[0].outputs if x.tensorIndex == before).tensorIndex = total
    graph.outputs[ROLE] = total


def _tensor(graph: Graph, like: int, name: str, shape) -> int:
    """A tensor with another's type and range; its number."""
    new = copy.deepcopy(graph.main.tensors[like])
    new.name, new.shape, new.shapeSignature, new.buffer = name.encode(), np.array(shape, np.int32), None, 0
    graph.main.tensors.append(new)
    return len(graph.main.tensors) - 1


def _constant(graph: Graph, like: int, name: str, values: np.ndarray) -> int:
    """The same with numbers of its own."""
    at = _tensor(graph, like, name, values.shape)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    graph.model.buffers.append(buffer)
    graph.main.tensors[at].buffer = len(graph.model.buffers) - 1
    return at
