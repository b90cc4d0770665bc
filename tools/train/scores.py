"""Scores of a learner on untouched pictures: what training may look at.

Plain counting, no drawing; tables and pictures for the documents are made by evaluate.
"""

import numpy as np

from .pictures import CLASSES, GATE, Row


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities along the last axis."""
    z = logits / temperature
    z = np.exp(z - z.max(-1, keepdims=True))
    return z / z.sum(-1, keepdims=True)


def answers(model, maps, at: np.ndarray, batch: int = 64) -> dict[str, np.ndarray]:
    """Logits of every head for the rows at these places."""
    import tensorflow as tf

    run = tf.function(lambda x: model(x, training=False), reduce_retracing=True)
    parts: dict[str, list] = {}
    for i in range(0, len(at), batch):
        out = run(tf.constant(np.asarray(maps[at[i:i + batch]], np.float32)))
        for head, value in out.items():
            parts.setdefault(head, []).append(value.numpy())
    return {head: np.concatenate(p) for head, p in parts.items()}


def scores(rows: list[Row], at: np.ndarray, logits: dict[str, np.ndarray]) -> dict[str, float]:
    """Accuracy and macro-F1 of both class heads and recalls of the gate."""
    out = {}
    kinds = np.array([rows[i].kind for i in at])
    goal = np.array([rows[i].target for i in at])
    for kind, names in CLASSES.items():
        here = (kinds == kind) & (goal >= 0)
        if not here.any():
            continue
        said = logits[kind][here].argmax(-1)
        out[f"{kind}_accuracy"] = float((said == goal[here]).mean())
        out[f"{kind}_f1"] = macro_f1(goal[here], said, len(names))
    door = logits["gate"].argmax(-1)
    for g, kind in enumerate(GATE):
        if (kinds == kind).any():
            out[f"gate_{kind}"] = float((door[kinds == kind] == g).mean())
    return out


def macro_f1(goal: np.ndarray, said: np.ndarray, size: int) -> float:
    """Mean F1 over the classes that occur."""
    values = []
    for c in range(size):
        hit = np.sum((goal == c) & (said == c))
        wrong = np.sum((goal == c) != (said == c))
        if np.any(goal == c):
            values.append(2 * hit / max(2 * hit + wrong, 1))
    return float(np.mean(values))
