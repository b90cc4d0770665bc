"""How logits become a confidence: the same few lines that the program runs.

p  = softmax(classes / T)
s  = floor + (1 - floor) / (1 + exp(-(bias + weight·c)))
p' = s·p + (1 - s)/K

c is the cosine between the photo's setting and the nearest one in which the best class was learnt. Without a familiarity entry s is 1.
The verdict is Unknown where max p' is under thresholds.unknown or s is under
familiarity.threshold.
"""

import numpy as np


def logsumexp(x: np.ndarray) -> np.ndarray:
    """log Σ exp along the last axis."""
    top = x.max(-1)
    return top + np.log(np.exp(x - top[..., None]).sum(-1))


def softmax(x: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    return np.exp(x - logsumexp(x)[..., None])


def trust(logits: dict[str, np.ndarray], familiarity: dict | None) -> np.ndarray:
    """s: how much of the answer is kept."""
    if not familiarity:
        return np.ones(len(logits["classes"]))
    a = familiarity["bias"] + familiarity["weight"] * logits["cosine"]
    return familiarity["floor"] + (1 - familiarity["floor"]) / (1 + np.exp(-a))


def probabilities(logits: dict[str, np.ndarray], temperature: float, familiarity: dict | None = None) -> np.ndarray:
    """p' of every class."""
    p = softmax(logits["classes"] / temperature)
    s = trust(logits, familiarity)[:, None]
    return s * p + (1 - s) / p.shape[-1]
