"""Temperature and familiarity constants from raw rows of left-out days.

One loss for all: on leaves of known classes the probability of the right class,
on unlisted diseases the flat answer. Fitted on rows that no model had learnt
from; days that were left out count as much as days that were not.
"""

import numpy as np
import tensorflow as tf

from . import confidence

FEATURES = ("familiar", "energy", "gate")


def _features(logits, kind, temperature):
    z = logits["classes"] / temperature
    parts = {"energy": confidence.logsumexp(z), "gate": confidence.door(logits["gate"], kind)}
    if "familiar" in logits:
        parts["familiar"] = logits["familiar"].reshape(-1)
    return parts


def temperature_only(logits: np.ndarray, goal: np.ndarray, weight: np.ndarray) -> float:
    """The temperature with the best likelihood, by a fine search; no familiarity."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(8), 120))
    loss = [-(weight * np.log(confidence.softmax(logits / t)[np.arange(len(goal)), goal] + 1e-9)).sum() for t in grid]
    return float(grid[int(np.argmin(loss))])


def fit(logits: dict, goal: np.ndarray, weight: np.ndarray, kind: str, use=FEATURES, steps: int = 1500, pull: float = 1e-3):
    """(temperature, familiarity) that make p' most likely; goal -1 stands for the flat answer."""
    size = logits["classes"].shape[1]
    target = np.full((len(goal), size), 1 / size, np.float32)
    known = goal >= 0
    target[known] = np.eye(size, dtype=np.float32)[goal[known]]
    z = tf.constant(logits["classes"], tf.float32)
    door = tf.constant(confidence.door(logits["gate"], kind), tf.float32)
    strange = tf.constant(logits["familiar"].reshape(-1), tf.float32) if "familiar" in logits else tf.zeros(len(goal))
    mean, std = float(np.mean(door)), float(np.std(door) + 1e-6)
    w = tf.constant(weight / weight.sum(), tf.float32)
    v = tf.Variable([0.0, 1.0, 0.0, 0.0, 0.0])  # log T, bias, familiar, energy, gate
    on = tf.constant([1.0, 1.0] + [1.0 if f in use and (f != "familiar" or "familiar" in logits) else 0.0 for f in FEATURES])
    optimiser = tf.keras.optimizers.Adam(0.03)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            u = v * on
            q = z / tf.exp(u[0])
            s = tf.sigmoid(u[1] + u[2] * strange + u[3] * tf.reduce_logsumexp(q, -1) + u[4] * (door - mean) / std)[:, None]
            p = s * tf.nn.softmax(q) + (1 - s) / size
            loss = -tf.reduce_sum(w[:, None] * target * tf.math.log(p + 1e-7)) + pull * tf.reduce_sum(u[2:] ** 2)
        optimiser.apply_gradients([(tape.gradient(loss, v), v)])
        return loss

    for _ in range(steps):
        loss = step()
    u = (v * on).numpy()
    found = {"measure": "logistic", "bias": round(float(u[1] - u[4] * mean / std), 4),
             "weights": {"familiar": round(float(u[2]), 4), "energy": round(float(u[3]), 4), "gate": round(float(u[4] / std), 4)},
             "threshold": 0.0}
    return round(float(np.exp(u[0])), 4), found, float(loss)


def balanced(parts: list[str]) -> np.ndarray:
    """Weights that give every part the same say."""
    names, back, count = np.unique(parts, return_inverse=True, return_counts=True)
    return (1 / count[back] / len(names)).astype(np.float32)
