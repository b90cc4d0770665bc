"""What several photos of one tree give: calibrated probabilities pooled."""

import numpy as np


def pooled(p: np.ndarray, rule: str = "mean") -> np.ndarray:
    """One verdict from the probabilities of several photos (N, classes).

    mean is the arithmetic mean: a photo that says nothing (flat) moves nothing,
    one that errs surely can be outvoted. product is the independent-evidence rule.
    """
    if rule == "product":
        z = np.log(p + 1e-6).sum(0)
        z = np.exp(z - z.max())
        return z / z.sum()
    return p.mean(0)


def simulate(p: np.ndarray, goal: np.ndarray, tree: list[str], sizes=(1, 3, 6), rounds: int = 400, rule: str = "mean",
             seed: int = 3) -> list[dict]:
    """Draws photos of one class-day as if of one tree; share right and sure-and-wrong for each number of photos."""
    rng = np.random.default_rng(seed)
    members: dict[str, list[int]] = {}
    for i, name in enumerate(tree):
        members.setdefault(name, []).append(i)
    out = []
    for size in sizes:
        right, wrong, n = 0, 0, 0
        for name in sorted(members):
            for _ in range(rounds):
                at = rng.choice(members[name], size=min(size, len(members[name])), replace=False)
                q = pooled(p[at], rule)
                hit = q.argmax() == goal[at[0]]
                right += hit
                wrong += (q.max() >= 0.8) and not hit
                n += 1
        out.append({"photos": size, "rule": rule, "drawn": n, "right": round(float(right) / n, 4), "sure and wrong": round(float(wrong) / n, 4)})
    return out
