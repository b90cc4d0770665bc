"""Reads a .keras file and says what it takes and gives.

A final softmax is taken off: the graph answers logits, and the temperature is
applied after dequantising, where it costs no precision.
"""

from dataclasses import dataclass
from pathlib import Path

import keras

SCALINGS = {"-1..1": (1 / 127.5, 127), "0..255": (1.0, 0), "0..1": (1 / 255, 0)}


class Refusal(Exception):
    """A reason, in one sentence, why no model is written."""


@dataclass
class Source:
    """A float model whose outputs are logits, keyed by role."""

    model: keras.Model
    side: int
    roles: dict[str, int]


def read(path: Path) -> Source:
    """Loads the file and checks that it is an image classifier."""
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as fault:  # Keras raises many kinds; the user needs one sentence.
        first = str(fault).strip().splitlines()[0][:160] if str(fault).strip() else type(fault).__name__
        raise Refusal(f"{path} cannot be loaded as a Keras model: {first}") from fault
    if len(model.inputs) != 1:
        raise Refusal(f"{path} has {len(model.inputs)} inputs; only models with one picture as input can be converted.")
    shape = tuple(model.inputs[0].shape)
    if len(shape) != 4 or shape[3] != 3 or shape[1] is None or shape[1] != shape[2]:
        raise Refusal(f"{path} takes {shape}; a square RGB picture of fixed size is needed.")
    model = _logits(model, path)
    outs = model.output if isinstance(model.output, dict) else {"classes": model.outputs[0]}
    if not isinstance(model.output, dict) and len(model.outputs) != 1:
        raise Refusal(f"{path} has {len(model.outputs)} unnamed outputs; one is expected.")
    roles = {role: int(tensor.shape[-1]) for role, tensor in outs.items()}
    if "classes" not in roles or len(outs["classes"].shape) != 2:
        raise Refusal(f"{path} has no output of class scores.")
    return Source(keras.Model(model.inputs[0], outs), shape[1], roles)


def _logits(model, path):
    last = model.layers[-1]
    if isinstance(model.output, dict):
        return model
    if isinstance(last, keras.layers.Softmax) or (
            isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax):
        return keras.Model(model.inputs, last.input)
    kind = getattr(last, "activation", keras.activations.linear)
    if kind is keras.activations.softmax:
        last.activation = keras.activations.linear
        # Traced again, the layer answers without its softmax.
        return keras.Model(model.inputs, last(last.input))
    if kind is not keras.activations.linear:
        raise Refusal(f"{path} ends in {kind.__name__}; only softmax or plain logits can be converted.")
    return model
