"""Which picture is shown how often."""

import math
from collections import Counter

import numpy as np

from .pictures import Row

# How the views of a bank are shared out between kinds.
SHARES = {"leaf": 0.49, "fruit": 0.24, "other": 0.27}
# Which days are shown more often than else: none.
REPEATED: dict[str, float] = {}


def shared(settings: list[str]) -> dict[str, float]:
    """SHARES changed by KIND=SHARE pairs, put to a sum of 1; a kind of 0 is not shown."""
    wished = SHARES | {kind: float(share) for kind, share in (pair.split("=", 1) for pair in settings)}
    if set(wished) != set(SHARES) or min(wished.values()) < 0 or not sum(wished.values()):
        raise ValueError(f"cannot share out views by {settings}: kinds are {', '.join(SHARES)}, shares 0 or more")
    return {kind: share / sum(wished.values()) for kind, share in wished.items()}


def repeated(settings: list[str]) -> dict[str, float]:
    """How many times as often as else a class's day is shown, by the end of the session's name: ENDING=TIMES pairs."""
    wished = {end: float(times) for end, times in (pair.split("=", 1) for pair in settings)}
    if "" in wished or any(not 0 < times < 100 for times in wished.values()):
        raise ValueError(f"cannot repeat days by {settings}: ends of sessions' names, each with a number above 0 and below 100")
    return wished


def drawn(rows: list[Row], usable: np.ndarray, count: int, rng, shares: dict[str, float] = SHARES, days: dict[str, float] = REPEATED) -> np.ndarray:
    """Row numbers to make views of: kinds by shares, classes evenly, days of a class by the square root of their size.

    A leaf or fruit that n pictures show counts as the root of n, within its day and in the day's size. The weight of days that
    end as a key of days (repeated) is multiplied; their class stays as it is.
    """
    picks = []
    for kind, share in shares.items():
        classes: dict[str, dict[str, list[int]]] = {}
        for i, row in enumerate(rows):
            if usable[i] and row.kind == kind:
                classes.setdefault(row.label, {}).setdefault(row.session, []).append(i)
        if not classes or not share:
            continue
        for label in sorted(classes):
            each = {d: _weights(rows, v) for d, v in classes[label].items()}
            # A day of forty pictures may not weigh as much as one of four hundred.
            weight = {d: w.sum() ** 0.5 * _times(d, days) for d, w in each.items()}
            for day, members in classes[label].items():
                n = round(count * share / len(classes) * weight[day] / sum(weight.values()))
                picks.append(_evenly(rng, np.array(members), each[day], n))
    return rng.permutation(np.concatenate(picks)).astype(np.int32)


def _times(day: str, days: dict[str, float]) -> float:
    """The product of what the endings wish for a day."""
    return math.prod(times for end, times in days.items() if day.endswith(end))


def _weights(rows, members) -> np.ndarray:
    """What each picture of a day counts."""
    shown = Counter(rows[i].thing for i in members)
    return np.array([shown[rows[i].thing] ** -0.5 if rows[i].thing else 1.0 for i in members])


def _evenly(rng, members, weights, count: int) -> np.ndarray:
    """count of the members, each as often as its weight asks, to one."""
    mixed = rng.permutation(len(members))
    upto = np.cumsum(weights[mixed])
    marks = (rng.random() + np.arange(count)) / count * upto[-1]
    return members[mixed[np.searchsorted(upto, marks, side="right").clip(max=len(members) - 1)]]
