"""Quantisation-aware fine-tuning: kernels moved until the int8 graph answers as the float model does.

A copy of the float model rounds its kernels and activations as the int8 graph will and is taught the float model's
own outputs, each in units of its spread. No labels are used, so it learns nothing about mangoes. Kernels move in
units of their own rounding steps: a step of the first blocks is hundreds of times one of the last.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from .pictures import oriented
from .quantise import scaled
from .source import Refusal, Source

# What tells how a photo was taken was made on the int8 grid: its kernel stays, its bias follows what comes in.
ON_GRID = {"setting_map"}
PLAIN = (layers.InputLayer, layers.ReLU, layers.Add, layers.GlobalAveragePooling2D, layers.Dense, layers.Reshape, layers.MaxPooling2D)
BATCH = 16
# The first rate, in rounding steps of each kernel; it falls to a fiftieth.
RATE = 0.01


class Moved:
    """A convolution whose rounded kernel is its own moved by some rounding steps."""

    axis = (0, 1, 2)
    step = np.zeros(1, np.float32)

    def build(self, shape):
        super().build(shape)
        self.by = self.add_weight(name="by", shape=self.kernel.shape, initializer="zeros")
        self.bias_by = self.add_weight(name="bias_by", shape=self.bias.shape, initializer="zeros")

    def take(self, kernel, bias) -> None:
        """Starts from a float layer's weights; bias moves by the same steps as its channel."""
        self.kernel.assign(kernel)
        self.bias.assign(bias)
        self.step = np.abs(kernel).max(self.axis, keepdims=True) / 127 + 1e-9

    def weights_now(self):
        """(kernel, bias), not rounded."""
        return self.kernel + self.by * self.step, self.bias + self.bias_by * self.step.reshape(-1)

    def rounded(self):
        """(kernel on the int8 grid, bias); gradients pass through the rounding."""
        kernel, bias = self.weights_now()
        top = tf.stop_gradient(tf.reduce_max(tf.abs(kernel), self.axis)) + 1e-9
        flat = self._last(kernel)
        return self._last(tf.quantization.fake_quant_with_min_max_vars_per_channel(flat, -top, top, narrow_range=True)), bias

    def _last(self, kernel):
        """The kernel with its channels on the last axis, and back."""
        return kernel


class Convolution(Moved, layers.Conv2D):
    """1×1 or larger, each output channel with a scale of its own."""

    def call(self, x):
        kernel, bias = self.rounded()
        return tf.nn.conv2d(x, kernel, self.strides, self.padding.upper()) + bias


class Depthwise(Moved, layers.DepthwiseConv2D):
    """Each channel with a scale of its own; the kernel's last axis but one counts them."""

    axis = (0, 1, 3)

    def call(self, x):
        kernel, bias = self.rounded()
        return tf.nn.depthwise_conv2d(x, kernel, (1, *self.strides, 1), self.padding.upper()) + bias

    def _last(self, kernel):
        return tf.transpose(kernel, (0, 1, 3, 2))


class Activation(layers.Layer):
    """An int8 tensor of the graph: 256 values over the range that was seen."""

    low = high = None

    def call(self, x):
        return x if self.low is None else tf.quantization.fake_quant_with_min_max_vars(x, self.low, self.high)


def can_be_tuned(layer) -> bool:
    """Whether the copy of a layer does what the layer does: plain kinds only, each activation a layer of its own."""
    if getattr(layer, "activation", None) not in (None, keras.activations.linear):
        return False
    if type(layer) in (layers.Conv2D, layers.DepthwiseConv2D):
        alone = getattr(layer, "groups", 1) == 1 and getattr(layer, "depth_multiplier", 1) == 1
        return layer.use_bias and alone and layer.dilation_rate in (1, (1, 1))
    return isinstance(layer, PLAIN)


def copied(model: keras.Model) -> keras.Model:
    """The model with rounding put in where the int8 graph has a tensor: after a fused ReLU, not before it."""
    for layer in model.layers:
        if not can_be_tuned(layer):
            raise Refusal(f"cannot tune {layer.name}: only plain convolutions with ReLU layers, digests, means and dense layers can be.")
    before_relu = {layer.input._keras_history.operation.name for layer in model.layers if isinstance(layer, layers.ReLU)}

    def clone(layer):
        kind = {layers.Conv2D: Convolution, layers.DepthwiseConv2D: Depthwise}.get(type(layer), type(layer))
        return kind.from_config(layer.get_config())

    def call(layer, *inputs, **more):
        y = layer(*inputs, **more)
        held = layer.name in before_relu or isinstance(layer, (layers.Reshape, layers.MaxPooling2D))
        return y if held else Activation(name=f"{layer.name}_int8")(y)

    new = keras.models.clone_model(model, clone_function=clone, call_function=call)
    for layer in model.layers:
        if layer.get_weights():
            twin = new.get_layer(layer.name)
            if isinstance(twin, Moved):
                twin.take(*layer.get_weights())
            else:
                twin.set_weights(layer.get_weights())
    return new


def ranges(model: keras.Model, pictures: np.ndarray, scaling: str) -> None:
    """Gives every int8 tensor of a copy the least and largest value over the pictures."""
    tensors = [layer for layer in model.layers if isinstance(layer, Activation)]
    probe = keras.Model(model.input, [layer.input for layer in tensors])
    run = tf.function(lambda x: [(tf.reduce_min(t), tf.reduce_max(t)) for t in probe(x, training=False)], reduce_retracing=True)
    seen = np.array([[(float(a), float(b)) for a, b in run(tf.constant(scaled(pictures[i:i + BATCH], scaling)))]
                     for i in range(0, len(pictures), BATCH)])
    for layer, low, high in zip(tensors, seen[..., 0].min(0), seen[..., 1].max(0)):
        layer.low, layer.high = min(low, 0.0), max(high, 1e-6)


def tuned(src: Source, seen: np.ndarray, pictures: np.ndarray, scaling: str, steps: int, say=print, seed: int = 1) -> Source:
    """A model of the same shape whose int8 graph, with ranges from seen, answers more like src.

    pictures (n, side, side, 3 bytes) are shown in the eight orientations and flips of a square.
    """
    keras.utils.set_random_seed(seed)
    copy = copied(src.model)
    ranges(copy, seen, scaling)
    moving = [layer for layer in copy.layers if isinstance(layer, Moved)]
    by = [layer.by for layer in moving if layer.name not in ON_GRID] + [layer.bias_by for layer in moving]
    optimiser = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.02))
    optimiser.build(by)

    @tf.function
    def step(x):
        wished = dict(src.model(x, training=False))
        with tf.GradientTape() as tape:
            found = copy(x, training=True)
            loss = tf.add_n([tf.reduce_mean(tf.square(found[role] - wished[role])) / (tf.math.reduce_variance(wished[role]) + 1e-6)
                             for role in wished])
        optimiser.apply(tape.gradient(loss, [v.value for v in by]), by)
        return loss

    rng, total = np.random.default_rng(seed), 0.0
    line = np.concatenate([rng.permutation(len(pictures)) for _ in range(1 + steps * BATCH // len(pictures))])
    for n in range(steps):
        shown = oriented(pictures[line[n * BATCH:(n + 1) * BATCH]], int(rng.integers(8)))
        total += float(step(tf.constant(scaled(shown, scaling))))
        if (n + 1) % 100 == 0 or n == steps - 1:
            say(f"tuning step {n + 1}/{steps}: off by {total / (n % 100 + 1):.4f} of the outputs' variance")
            total = 0.0
    model = keras.models.clone_model(src.model)
    for layer in src.model.layers:
        twin = copy.get_layer(layer.name)
        model.get_layer(layer.name).set_weights(
            [np.asarray(w) for w in twin.weights_now()] if isinstance(twin, Moved) else layer.get_weights())
    return Source(model, src.side, src.roles)
