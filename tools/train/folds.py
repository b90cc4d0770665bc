"""Which rows may be learnt from and which are asked for.

Neither a group of the table nor a thing that several pictures show lies on both sides. There is no random split of
pictures here.
"""

import numpy as np

from . import joined
from .pictures import Row


def apart(rows: list[Row], others: np.ndarray) -> np.ndarray:
    """True for rows that share neither a group nor a thing with these others (flags a row), nor are among them."""
    groups = {row.group for row, o in zip(rows, others) if o}
    things = {row.thing for row, o in zip(rows, others) if o and row.thing}
    return np.array([row.group not in groups and row.thing not in things for row in rows])


def held_groups(rows: list[Row], share: float = 0.12, seed: int = 7) -> np.ndarray:
    """True for rows that are not learnt from: in every stratum whole groups up to about share of its rows."""
    rng = np.random.default_rng(seed)
    strata: dict[str, dict[str, list[int]]] = {}
    for i, row in enumerate(rows):
        strata.setdefault(row.stratum, {}).setdefault(row.group, []).append(i)
    held: set[str] = set()
    for name in sorted(strata):
        groups = strata[name]
        size = sum(map(len, groups.values()))
        order = [str(g) for g in rng.permutation(sorted(groups))]
        # Small groups first: one long shooting minute may be half a day's pictures.
        order.sort(key=lambda g: len(groups[g]) > share * size)
        taken = sum(len(groups[g]) for g in groups if g in held)
        for group in order:
            if taken + len(groups[group]) > 1.3 * share * size:
                continue
            held.add(group)
            taken += len(groups[group])
            if taken >= share * size:
                break
    return np.array([row.group in held for row in rows])


def unseen(rows: list[Row]) -> np.ndarray:
    """True for the held-out rows that judge: those whose things no learnt picture shows. The others are neither learnt nor asked."""
    return apart(rows, ~held_groups(rows))


def unseen_of(rows: list[Row], kind: str) -> np.ndarray:
    """Places of the unseen pictures of a kind's classes."""
    return np.flatnonzero(unseen(rows) & np.array([r.kind == kind and r.target >= 0 for r in rows]))


def crossed(rows: list[Row], kind: str, count: int, seed: int = 11) -> np.ndarray:
    """For each row of a kind's classes the fold, of count, in which it is asked for; -1 elsewhere.

    Whole groups, joined where they show the same thing, the largest first, each to the fold that has fewest of its labels.
    """
    whole = joined.sets((f"group {row.group}", f"thing {row.thing}") for row in rows if row.kind == kind and row.thing)
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if row.kind == kind and row.target >= 0:
            name = f"group {row.group}"
            groups.setdefault(whole.get(name, name), []).append(i)
    order = sorted((str(g) for g in np.random.default_rng(seed).permutation(sorted(groups))), key=lambda g: -len(groups[g]))
    fold, taken = np.full(len(rows), -1), np.zeros((count, 1 + max(row.target for row in rows)))
    for group in order:
        labels = np.bincount([rows[i].target for i in groups[group]], minlength=taken.shape[1])
        # Of folds that have as many of these labels, the one with fewest pictures.
        k = int(np.argmin(taken @ labels + 0.01 * taken.sum(1)))
        fold[groups[group]] = k
        taken[k] += labels
    return fold


def class_days(rows: list[Row]) -> list[tuple[str, str]]:
    """Every (label, session) of a leaf class that has two or more sessions."""
    days: dict[str, set[str]] = {}
    for row in rows:
        if row.kind == "leaf" and row.target >= 0:
            days.setdefault(row.label, set()).add(row.session)
    return [(c, s) for c in sorted(days) if len(days[c]) > 1 for s in sorted(days[c])]


def without_day(rows: list[Row], label: str, session: str) -> tuple[np.ndarray, np.ndarray]:
    """(learn, ask) for one class-day: the asked rows, their groups and their things are not learnt from."""
    ask = np.array([r.kind == "leaf" and r.label == label and r.session == session for r in rows])
    return apart(rows, ask), ask


def without_source(rows: list[Row], ending: str = "-harumanis") -> tuple[np.ndarray, np.ndarray]:
    """(learn, ask) from Bangladesh to Malaysia; asked are only leaves of known classes."""
    there = np.array([r.session.endswith(ending) for r in rows])
    ask = there & np.array([r.target >= 0 for r in rows])
    return ~there, ask
