"""The training loop over a bank: resumable, weights averaged, progress shown."""

import json
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from . import goals, network, probe, teacher
from .bank import Bank
from .pictures import Row
from .plan import ENDS, STARTS, Plan, warm

# Steps between two saved states.
EVERY = 500


def _rate(plan: Plan, total: int):
    rising = warm(total)
    return keras.optimizers.schedules.CosineDecay(
        plan.rate * STARTS, max(1, total - rising), alpha=ENDS, warmup_target=plan.rate, warmup_steps=rising)


def _shown(bank: Bank, rows, plan, usable):
    """(places of the views that may be learnt from, goals and weights of all)."""
    places = np.arange(len(bank.order)) if usable is None else np.flatnonzero(usable[bank.order])
    return places, goals.of_views(rows, bank.order, bank.tidy, plan.smoothing, plan.outlier, plan.clean_weight)


def means(weights: dict, maps, places: np.ndarray, side: int, batch: int = 128) -> np.ndarray:
    """Of the map that the heads stand on, a row a place."""
    model = network.learner(side, goals.HEADS)
    network.lift(model, weights)
    last = keras.Model(model.input, layers.GlobalAveragePooling2D()(model.get_layer("drop").input))
    return np.concatenate([last.predict_on_batch(np.asarray(maps[places[k:k + batch]], np.float32)) for k in range(0, len(places), batch)])


def begun(bank: Bank, rows: list[Row], side: int, plan: Plan, weights: dict, usable: np.ndarray | None = None) -> dict:
    """The start weights; where the plan wishes it and they have no heads, with heads that begin on the views' means (probe.py)."""
    if not plan.line:
        return weights
    places, wished = _shown(bank, rows, plan, usable)
    return probe.begun(weights, wished, places, lambda at: means(weights, bank.maps, at, side))


def run(bank: Bank, rows: list[Row], side: int, plan: Plan, weights: dict, keep: Path | None = None,
        usable: np.ndarray | None = None, check=None, say=print) -> keras.Model:
    """Trains and returns the learner with averaged weights.

    usable (a flag per row) drops views of rows that must not be learnt from.
    keep is the folder in which a stopped run finds itself again.
    Where the plan is taught, a head of its own learns what the bank was told, and a share of it is in the leaf head that comes back.
    """
    keras.utils.set_random_seed(plan.seed)
    places, wished = _shown(bank, rows, plan, usable)
    model = network.learner(side, _heads(plan), plan.dropout)
    network.lift(model, begun(bank, rows, side, plan, weights, usable))
    network.freeze(model, plan.first)
    steps = int(len(places) * plan.epochs / plan.batch)
    optimiser = keras.optimizers.AdamW(_rate(plan, steps), weight_decay=plan.decay, global_clipnorm=2.0)
    optimiser.exclude_from_weight_decay(var_names=["bias"])
    optimiser.build(model.trainable_variables)
    mean = [tf.Variable(v) for v in model.trainable_variables]
    start = _resume(keep, model, optimiser, mean)
    rng = np.random.default_rng(plan.seed)
    passes = int(np.ceil(plan.epochs)) + 1
    line = np.concatenate([rng.permutation(places) for _ in range(passes)])

    told = bank.told if plan.taught else np.zeros((len(bank.order), 0), np.float32)

    @tf.function
    def step(x, told, leaf, leaf_w, fruit, fruit_w, gate, gate_w):
        with tf.GradientTape() as tape:
            out = model(tf.cast(x, tf.float32), training=True)
            loss = 0.0
            for head, goal, w, share in (("leaf", leaf, leaf_w, 1.0), ("fruit", fruit, fruit_w, 1.0),
                                         ("gate", gate, gate_w, plan.gate_weight)):
                each = tf.nn.softmax_cross_entropy_with_logits(goal, out[head])
                loss += share * tf.reduce_mean(each * w)
            if plan.taught:
                loss += plan.taught * teacher.distance(told, out[teacher.HEAD])
        grads = tape.gradient(loss, model.trainable_variables)
        optimiser.apply(grads, model.trainable_variables)
        # Early averages would remember the untrained start for long.
        far = tf.minimum(plan.average, 1 - 1 / (1 + tf.cast(optimiser.iterations, tf.float32) / 10))
        for m, v in zip(mean, model.trainable_variables):
            m.assign(far * m + (1 - far) * v)
        return loss

    began, seen, total = time.time(), 0, 0.0
    for n in range(start, steps):
        at = np.sort(line[n * plan.batch:(n + 1) * plan.batch])
        feed = [wished[h][k][at] for h in goals.HEADS for k in (0, 1)]
        total += float(step(bank.maps[at], told[at], *feed))
        seen += 1
        if seen % 100 == 0 or n == steps - 1:
            speed = seen * plan.batch / (time.time() - began)
            left = (steps - n - 1) * plan.batch / speed / 60
            say(f"step {n + 1}/{steps} loss {total / (seen % 100 or 100):.4f} {speed:.0f} views/s {left:.1f} min left")
            total = 0.0
        if keep and (n + 1) % EVERY == 0:
            _save(keep, n + 1, model, optimiser, mean)
            if check:
                check(_averaged(model, mean, side, plan))
    return _averaged(model, mean, side, plan)


def _heads(plan: Plan) -> dict[str, int]:
    return goals.HEADS | ({teacher.HEAD: len(teacher.NAMES)} if plan.taught else {})


def _averaged(model, mean, side, plan):
    whole = network.learner(side, _heads(plan), plan.dropout)
    network.lift(whole, network.weights_of(model))
    network.freeze(whole, plan.first)
    for v, m in zip(whole.trainable_variables, mean):
        v.assign(m)
    if not plan.taught:
        return whole
    out = network.learner(side, goals.HEADS, plan.dropout)
    network.lift(out, teacher.added(network.weights_of(whole), plan.trusted, plan.wary))
    return out


def _save(keep: Path, step: int, model, optimiser, mean):
    keep.mkdir(parents=True, exist_ok=True)
    groups = {"model": model.trainable_variables, "optimiser": optimiser.variables, "mean": mean}
    arrays = {f"{name}{i}": np.asarray(v) for name, group in groups.items() for i, v in enumerate(group)}
    np.savez(keep / "new.npz", **arrays)
    (keep / "new.npz").replace(keep / "state.npz")
    (keep / "state.json").write_text(json.dumps({"step": step}))


def _resume(keep: Path | None, model, optimiser, mean) -> int:
    if keep is None or not (keep / "state.json").exists():
        return 0
    arrays = np.load(keep / "state.npz")
    for name, group in (("model", model.trainable_variables), ("optimiser", optimiser.variables), ("mean", mean)):
        for i, v in enumerate(group):
            v.assign(arrays[f"{name}{i}"])
    return json.loads((keep / "state.json").read_text())["step"]
