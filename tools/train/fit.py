"""The training loop over a bank: resumable, weights averaged, progress shown."""

import json
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from . import linear, network, targets
from .bank import Bank
from .pictures import Row
from .recipe import ENDS, STARTS, Plan, warm

# Steps between two saved states, a few minutes on two cores, and between two looks at the held-out pictures.
EVERY = 50
LOOK = 250


def _rate(plan: Plan, total: int):
    rising = warm(total)
    return keras.optimizers.schedules.CosineDecay(
        plan.rate * STARTS, max(1, total - rising), alpha=ENDS, warmup_target=plan.rate, warmup_steps=rising)


def means(weights: dict, maps, places: np.ndarray, side: int, batch: int = 128) -> np.ndarray:
    """Of the map that the heads stand on, a row a place."""
    model = network.learner(side, targets.HEADS)
    network.lift(model, weights)
    last = keras.Model(model.input, layers.GlobalAveragePooling2D()(model.get_layer("drop").input))
    return np.concatenate([last.predict_on_batch(np.asarray(maps[places[k:k + batch]], np.float32)) for k in range(0, len(places), batch)])


def run(bank: Bank, rows: list[Row], side: int, plan: Plan, weights: dict, keep: Path | None = None,
        usable: np.ndarray | None = None, check=None, say=print) -> keras.Model:
    """Trains and returns the learner with averaged weights; its heads begin on a linear model of what the start tells.

    usable (a flag per row) drops samples of rows that must not be learnt from.
    keep is the folder in which a stopped run finds itself again.
    """
    keras.utils.set_random_seed(plan.seed)
    places = np.arange(len(bank.order)) if usable is None else np.flatnonzero(usable[bank.order])
    wished = targets.of_samples(rows, bank.order, bank.tidy, plan.smoothing, plan.outlier, plan.clean_weight)
    model = network.learner(side, targets.HEADS, plan.dropout)
    steps = int(len(places) * plan.epochs / plan.batch)
    optimiser = keras.optimizers.AdamW(_rate(plan, steps), weight_decay=plan.decay, global_clipnorm=2.0)
    optimiser.exclude_from_weight_decay(var_names=["bias"])
    optimiser.build(model.trainable_variables)
    mean = [tf.Variable(v) for v in model.trainable_variables]
    start = _resume(keep, model, optimiser, mean)
    if not start:
        network.lift(model, linear.begun(weights, wished, places, lambda at: means(weights, bank.maps, at, side)))
        for m, v in zip(mean, model.trainable_variables):
            m.assign(v)
    rng = np.random.default_rng(plan.seed)
    line = np.concatenate([rng.permutation(places) for _ in range(int(np.ceil(plan.epochs)) + 1)])

    @tf.function
    def step(x, leaf, leaf_w, fruit, fruit_w, gate, gate_w):
        with tf.GradientTape() as tape:
            out = model(tf.cast(x, tf.float32), training=True)
            loss = 0.0
            for head, goal, w, share in (("leaf", leaf, leaf_w, 1.0), ("fruit", fruit, fruit_w, 1.0),
                                         ("gate", gate, gate_w, plan.gate_weight)):
                each = tf.nn.softmax_cross_entropy_with_logits(goal, out[head])
                loss += share * tf.reduce_mean(each * w)
        grads = tape.gradient(loss, model.trainable_variables)
        optimiser.apply(grads, model.trainable_variables)
        # Early averages would remember the start for long.
        far = tf.minimum(plan.average, 1 - 1 / (1 + tf.cast(optimiser.iterations, tf.float32) / 10))
        for m, v in zip(mean, model.trainable_variables):
            m.assign(far * m + (1 - far) * v)
        return loss

    began, seen, total = time.time(), 0, 0.0
    for n in range(start, steps):
        at = np.sort(line[n * plan.batch:(n + 1) * plan.batch])
        feed = [wished[h][k][at] for h in targets.HEADS for k in (0, 1)]
        total += float(step(bank.maps[at], *feed))
        seen += 1
        if seen % 100 == 0 or n == steps - 1:
            speed = seen * plan.batch / (time.time() - began)
            left = (steps - n - 1) * plan.batch / speed / 60
            say(f"step {n + 1}/{steps} loss {total / (seen % 100 or 100):.4f} {speed:.0f} samples/s {left:.1f} min left")
            total = 0.0
        if keep and ((n + 1) % EVERY == 0 or n == steps - 1):
            _save(keep, n + 1, model, optimiser, mean)
            if check and ((n + 1) % LOOK == 0 or n == steps - 1):
                check(_averaged(model, mean, side, plan))
    return _averaged(model, mean, side, plan)


def _averaged(model, mean, side, plan):
    whole = network.learner(side, targets.HEADS, plan.dropout)
    network.lift(whole, network.weights_of(model))
    for v, m in zip(whole.trainable_variables, mean):
        v.assign(m)
    return whole


def _save(keep: Path, step: int, model, optimiser, mean):
    keep.mkdir(parents=True, exist_ok=True)
    arrays = {f"{name}{i}": np.asarray(v) for name, group in _state(model, optimiser, mean) for i, v in enumerate(group)}
    np.savez(keep / "new.npz", step=step, **arrays)
    (keep / "new.npz").replace(keep / "state.npz")


def _resume(keep: Path | None, model, optimiser, mean) -> int:
    if keep is None or not (keep / "state.npz").exists():
        return 0
    arrays = np.load(keep / "state.npz")
    for name, group in _state(model, optimiser, mean):
        for i, v in enumerate(group):
            v.assign(arrays[f"{name}{i}"])
    return int(arrays["step"])


def _state(model, optimiser, mean):
    """Everything that the next step depends on; chance is the dropout's random numbers."""
    chance = [layer.seed_generator.state for layer in model.layers if hasattr(layer, "seed_generator")]
    return ("model", model.trainable_variables), ("optimiser", optimiser.variables), ("mean", mean), ("chance", chance)
