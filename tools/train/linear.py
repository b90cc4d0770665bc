"""How heads begin: as a linear model of what the start's blocks already tell.

Heads that begin at random teach the blocks before them nonsense in their first
hundreds of steps, and what ImageNet knew and mango tables cannot teach is lost.
"""

import numpy as np

# L2 penalty, in units of each feature's spread.
PULL = 3e-3
STEPS = 400
# Least share of the median spread that a feature's counts as.
STEADY = 0.5
# Samples that it is fitted on: several for each feature.
MOST = 12000


def begun(weights: dict[str, list[np.ndarray]], wished: dict, places: np.ndarray, means) -> dict[str, list[np.ndarray]]:
    """The start weights; where they have no heads, with those that begin on means(places), a row a sample, of as many as are needed."""
    if any(f"{head}_map" in weights for head in wished):
        return weights
    # The same draw for every set of places: so two of them share most of what they ask for.
    lot = np.random.default_rng(3).random(places.max() + 1)[places]
    places = np.sort(places[np.argsort(lot)[:MOST]])
    features, out = means(places), {}
    for head, (goal, share) in wished.items():
        slopes, bias = fitted(features, goal[places], share[places])
        out[f"{head}_map"] = [slopes[None, None].astype(np.float32), bias.astype(np.float32)]
    return weights | out


def fitted(x: np.ndarray, goal: np.ndarray, share: np.ndarray, steps: int = STEPS, pull: float | None = None, rate: float = 0.03,
           beside: np.ndarray | None = None):
    """(slopes, bias) of a softmax regression (Adam on all rows at once); share weighs the rows, beside are logits that are added to its own."""
    pull = PULL if pull is None else pull
    beside = np.zeros(goal.shape, np.float32) if beside is None else beside
    x, goal, beside, share = x[share > 0], goal[share > 0], beside[share > 0], share[share > 0]
    centre, spread = x.mean(0), x.std(0) + 1e-6
    x, share = ((x - centre) / spread).astype(np.float32), (share / share.sum()).astype(np.float32)[:, None]
    at = np.zeros((x.shape[1] + 1, goal.shape[1]), np.float32)
    drift, power = np.zeros_like(at), np.zeros_like(at)
    for step in range(1, steps + 1):
        logits = x @ at[:-1] + at[-1] + beside
        p = np.exp(logits - logits.max(1, keepdims=True))
        off = (p / p.sum(1, keepdims=True) - goal) * share
        slope = np.concatenate([x.T @ off + 2 * pull * at[:-1], off.sum(0, keepdims=True)])
        drift, power = 0.9 * drift + 0.1 * slope, 0.99 * power + 0.01 * slope ** 2
        at -= (rate if step < 0.7 * steps else rate / 6) * (drift / (1 - 0.9 ** step)) / (np.sqrt(power / (1 - 0.99 ** step)) + 1e-8)
    slopes = at[:-1] / spread[:, None]
    return slopes, at[-1] - centre @ slopes


def least_squares(x: np.ndarray, goal: np.ndarray, share: np.ndarray, pull: float):
    """(slopes, bias) of the weighted least squares fit of goal, closed form; pull is the L2 penalty in units of each feature's spread.

    A feature that hardly varies is not blown up: its slope would leave nothing for the others where slopes are rounded to int8.
    """
    share = (share / share.sum()).astype(np.float64)
    centre = share @ x
    spread = np.sqrt(np.maximum(share @ np.square(x, dtype=np.float32) - centre ** 2, 0))
    spread = np.maximum(spread, STEADY * np.median(spread)) + 1e-9
    x = ((x - centre) / spread).astype(np.float32)
    weighted = x * share.astype(np.float32)[:, None]
    middle = share @ goal
    slopes = np.linalg.solve(weighted.T.astype(np.float32) @ x + pull * np.eye(x.shape[1]), weighted.T @ (goal - middle).astype(np.float32))
    slopes = slopes / spread[:, None]
    return slopes, middle - centre @ slopes
