"""Which picture is shown how often."""

import math
from collections import Counter

import numpy as np

from .pictures import CLASSES, Row
from .recipe import Recipe


def drawn(rows: list[Row], usable: np.ndarray, count: int, rng, recipe: Recipe) -> np.ndarray:
    """Row numbers to make samples of: kinds by shares, classes evenly, sessions of a class by the square root of their size.

    A leaf or fruit that n pictures show counts as the root of n, within its session and in the session's size.
    """
    picks = []
    for kind, share in recipe.shares.items():
        classes: dict[str, dict[str, list[int]]] = {}
        for i, row in enumerate(rows):
            if usable[i] and row.kind == kind:
                classes.setdefault(row.label, {}).setdefault(row.session, []).append(i)
        if not classes or not share:
            continue
        share_of = _label_shares(classes, kind, recipe.full)
        for label in sorted(classes):
            each = {s: _weights(rows, v) for s, v in classes[label].items()}
            # A session of forty pictures may not count as much as one of four hundred.
            size = {s: w.sum() ** 0.5 * recipe.sessions.get(s, 1.0) for s, w in each.items()}
            for session, members in classes[label].items():
                n = round(count * share * share_of[label] * size[session] / sum(size.values()))
                picks.append(_evenly(rng, np.array(members), each[session], n))
    return rng.permutation(np.concatenate(picks)).astype(np.int32)


def _label_shares(classes, kind: str, full: int) -> dict[str, float]:
    """The listed classes evenly; what is on no list, and other things, by the square root of their size, a class's share at most."""
    sizes = {label: sum(map(len, sessions.values())) for label, sessions in classes.items()}
    wished = {label: 1.0 if label in CLASSES.get(kind, ()) else min(1.0, math.sqrt(n / full)) for label, n in sizes.items()}
    return {label: w / sum(wished.values()) for label, w in wished.items()}


def _weights(rows, members) -> np.ndarray:
    """What each picture of a session counts."""
    shown = Counter(rows[i].thing for i in members)
    return np.array([shown[rows[i].thing] ** -0.5 if rows[i].thing else 1.0 for i in members])


def _evenly(rng, members, weights, count: int) -> np.ndarray:
    """count of the members, each as often as its weight asks, to one."""
    mixed = rng.permutation(len(members))
    upto = np.cumsum(weights[mixed])
    marks = (rng.random() + np.arange(count)) / max(count, 1) * upto[-1]
    return members[mixed[np.searchsorted(upto, marks, side="right").clip(max=len(members) - 1)]]
