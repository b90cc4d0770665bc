"""Temperature and familiarity constants, fitted on left-out days.

The familiarity logit F is put into standard units first: distance from the mean
of held-out leaves of learnt days, in their standard deviations. In those units
the constants of the throw-away models of the class-day table can be carried
over to a delivered model, which has its own mean and deviation.
"""

import numpy as np

from .confidence import softmax
from .measures import sure_and_wrong

# A grower's photo is never from a learnt day: three quarters of the say to what an orchard brings.
SAY = {"same days": 0.25, "asked": 0.25, "source-out": 0.25, "unlisted": 0.25}

# How often an answer with 80 % confidence may be wrong, of all pictures of left-out days.
ALLOWED = 0.05


def cautious(logits: np.ndarray, s: np.ndarray, goal: np.ndarray, parts: list[np.ndarray]) -> float:
    """The smallest temperature that keeps sure-and-wrong within ALLOWED in every part.

    The likeliest temperature of learnt days is far lower and false on new days; a
    higher one than needed gives confidence away where it is earned.
    """
    for t in np.arange(0.5, 4.01, 0.05):
        p = mixed(logits / t, s)
        sure, right = p.max(-1), p.argmax(-1) == goal
        if all(sure_and_wrong(sure[part], right[part]) <= ALLOWED for part in parts):
            return round(float(t), 2)
    return 4.0


def temperature(logits: np.ndarray, goal: np.ndarray, weight=None, s=None) -> float:
    """The temperature with the best likelihood, by a fine search; s mixes in the flat answer first."""
    weight = np.ones(len(goal)) if weight is None else weight
    grid = np.exp(np.linspace(np.log(0.3), np.log(8), 120))
    return float(grid[int(np.argmin([likelihood(mixed(logits / t, s), goal, weight) for t in grid]))])


def mixed(z: np.ndarray, s) -> np.ndarray:
    """p' from logits already divided by the temperature."""
    p = softmax(z)
    return p if s is None else s[:, None] * p + (1 - s[:, None]) / p.shape[-1]


def likelihood(p: np.ndarray, goal: np.ndarray, weight: np.ndarray) -> float:
    """Mean negative log-likelihood; goal -1 stands for the flat answer."""
    log = np.log(p + 1e-9)
    each = np.where(goal >= 0, -log[np.arange(len(goal)), np.maximum(goal, 0)], -log.mean(1))
    return float((weight * each).sum() / weight.sum())


def standard(strange: np.ndarray, same: np.ndarray, model: list[str]) -> np.ndarray:
    """F in units of each model's own held-out leaves of learnt days (same)."""
    out = np.zeros(len(strange))
    model = np.array(model)
    for name in np.unique(model):
        mine = model == name
        mean, std = centre(strange[mine & same])
        out[mine] = (strange[mine] - mean) / std
    return out


def centre(strange: np.ndarray) -> tuple[float, float]:
    """Mean and deviation of familiar pictures."""
    return float(strange.mean()), float(strange.std() + 1e-6)


def search(logits: np.ndarray, units: np.ndarray, goal: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """(temperature, bias, weight in standard units) with the best likelihood."""
    best = (np.inf, 1.0, 0.0, 0.0)
    for t in np.arange(0.6, 1.61, 0.1):
        for bias in np.arange(0, 6.1, 0.5):
            for slope in np.arange(0, 4.1, 0.5):
                s = 1 / (1 + np.exp(-(bias + slope * units)))
                loss = likelihood(mixed(logits / t, s), goal, weight)
                if loss < best[0]:
                    best = (loss, round(float(t), 2), float(bias), float(slope))
    return best[1:]


def carried(bias: float, slope: float, strange: np.ndarray) -> dict:
    """The manifest's familiarity entry for a model whose familiar pictures give these F."""
    mean, std = centre(strange)
    # A reader that knows only the energy measure finds a limit that no picture reaches.
    return {"measure": "logistic", "output": "familiar", "bias": round(bias - slope * mean / std, 4),
            "weight": round(slope / std, 4), "threshold": 0.0}


def balanced(parts: list[str]) -> np.ndarray:
    """Weights that give every part its say."""
    names, back, count = np.unique(parts, return_inverse=True, return_counts=True)
    say = np.array([SAY.get(n, 0.25) for n in names])
    return say[back] / count[back]
