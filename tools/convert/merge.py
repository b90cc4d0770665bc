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
        for tensor in keras.tree.flatten(layer.input):
            feeds.setdefault(tensor._keras_history.operation.name, []).append(layer)
    outputs = {tensor._keras_history.operation.name for tensor in keras.tree.flatten(source.model.output)}
    gone = {layer.name: feeds[layer.name] for layer in source.model.layers
            if _plain(layer) and layer.name not in outputs and all(map(_plain, feeds[layer.name])) and _saves(layer, feeds[layer.name])}
    if not gone:
        return source

    def call(layer, *inputs, **more):
        return inputs[0] if layer.name in gone else layer(*inputs, **more)

    new = keras.models.clone_model(source.model, call_function=call)
    into = {after.name: source.model.get_layer(name) for name, all_after in gone.items() for after in all_after}
    for layer in new.layers:
        if not layer.weights:
            continue
        weights = source.model.get_layer(layer.name).get_weights()
        if layer.name in into:
            kernel, bias = into[layer.name].get_weights()
            weights = [kernel @ weights[0], bias @ weights[0][0, 0] + weights[1]]
        layer.set_weights(weights)
    return replace(source, model=new)


def _plain(layer) -> bool:
    return (type(layer) is layers.Conv2D and layer.kernel_size == (1, 1) and layer.strides == (1, 1) and layer.groups == 1
            and layer.use_bias and layer.activation is keras.activations.linear)


def _saves(layer, after) -> bool:
    wide, narrow, out = layer.kernel.shape[2], layer.filters, sum(a.filters for a in after)
    return wide * out < wide * narrow + narrow * out
