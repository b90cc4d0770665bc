"""Two 1×1 convolutions in a row, nothing between them, are one: the same answers from fewer numbers.

The heads stand on the last block's projection, which is linear as they are.
"""

from dataclasses import replace

import keras
from keras import layers

from .source import Source


def merged(source: Source) -> Source:
    """The model without the convolutions that those after them can do along, wherever that saves numbers."""
    feeds: dict[str, list] = {}
    for layer in source.model.layers:
        for node in layer._inbound_nodes:
            for tensor in node.input_tensors:
                feeds.setdefault(tensor._keras_history.operation.name, []).append(layer)
    outputs = {tensor._keras_history.operation.name for tensor in keras.tree.flatten(source.model.output)}
    for layer in source.model.layers:
        after = feeds.get(layer.name, [])
        if after and layer.name not in outputs and all(map(_plain, [layer, *after])) and _saves(layer, after):
            # One at a time: of three in a row the second takes the first along.
            return merged(replace(source, model=_without(source.model, layer, {a.name for a in after})))
    return source


def _without(model: keras.Model, gone, after: set[str]) -> keras.Model:
    """A copy in which the layers named after do what gone did as well."""
    def call(layer, *inputs, **more):
        return inputs[0] if layer.name == gone.name else layer(*inputs, **more)

    new = keras.models.clone_model(model, call_function=call)
    before, base = gone.get_weights()
    for layer in new.layers:
        if not layer.weights:
            continue
        weights = model.get_layer(layer.name).get_weights()
        if layer.name in after:
            weights = [before @ weights[0], base @ weights[0][0, 0] + weights[1]]
        layer.set_weights(weights)
    return new


def _plain(layer) -> bool:
    return (type(layer) is layers.Conv2D and len(layer._inbound_nodes) == 1 and layer.kernel_size == (1, 1) and layer.strides == (1, 1) and layer.groups == 1
            and layer.use_bias and layer.activation is keras.activations.linear)


def _saves(layer, after) -> bool:
    wide, narrow, out = layer.kernel.shape[2], layer.filters, sum(a.filters for a in after)
    return wide * out < wide * narrow + narrow * out
