"""How logits become a confidence: the same few lines that the program runs.

p  = softmax(classes / T)
E  = logsumexp(classes / T)
G  = gate[kind] - logsumexp(gate of the other two)
s  = 1 / (1 + exp(-(bias + w_familiar·F + w_energy·E + w_gate·G)))
p' = s·p + (1 - s)/K

F is the familiarity logit where the model has that output. Without a
familiarity entry s is 1. The verdict is Unknown where max p' is under the
threshold or s is under the familiarity threshold.
"""

import numpy as np

GATE = ["leaf", "fruit", "other"]


def logsumexp(x: np.ndarray) -> np.ndarray:
    """log Σ exp along the last axis."""
    top = x.max(-1)
    return top + np.log(np.exp(x - top[..., None]).sum(-1))


def softmax(x: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    return np.exp(x - logsumexp(x)[..., None])


def door(gate: np.ndarray, kind: str) -> np.ndarray:
    """The gate's margin for a kind: its logit against both others together."""
    at = GATE.index(kind)
    rest = np.delete(gate, at, axis=-1)
    return gate[..., at] - logsumexp(rest)


def trust(logits: dict[str, np.ndarray], kind: str, temperature: float, familiarity: dict | None) -> np.ndarray:
    """s: how much of the answer is kept."""
    z = logits["classes"] / temperature
    if not familiarity:
        return np.ones(len(z))
    w = familiarity["weights"]
    a = familiarity["bias"] + w.get("energy", 0.0) * logsumexp(z) + w.get("gate", 0.0) * door(logits["gate"], kind)
    if "familiar" in logits:
        a = a + w.get("familiar", 0.0) * logits["familiar"].reshape(-1)
    return 1 / (1 + np.exp(-a))


def probabilities(logits: dict[str, np.ndarray], kind: str, temperature: float, familiarity: dict | None = None):
    """p' of every class."""
    p = softmax(logits["classes"] / temperature)
    s = trust(logits, kind, temperature, familiarity)[:, None]
    return s * p + (1 - s) / p.shape[-1]
