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


def trusted(c, bias: float, weight: float, floor: float) -> np.ndarray:
    """s from c, in whatever units bias and weight are."""
    return floor + (1 - floor) / (1 + np.exp(-(bias + weight * c)))


def mixed(p: np.ndarray, s) -> np.ndarray:
    """p' from p: each picture's row keeps its share s, the rest is even; s may also be one for all."""
    s = np.asarray(s)[..., None]
    return s * p + (1 - s) / p.shape[-1]


def trust(logits: dict[str, np.ndarray], familiarity: dict | None) -> np.ndarray:
    """s: how much of the answer is kept."""
    if not familiarity:
        return np.ones(len(logits["classes"]))
    return trusted(logits["cosine"], familiarity["bias"], familiarity["weight"], familiarity["floor"])


def probabilities(logits: dict[str, np.ndarray], temperature: float, familiarity: dict | None = None) -> np.ndarray:
    """p' of every class."""
    return mixed(softmax(logits["classes"] / temperature), trust(logits, familiarity))
