"""Which rows may be learnt from and which are asked for.

Neither a group of the table nor a thing that several pictures show lies on both sides. There is no random split of
pictures here.
"""

from pathlib import Path

import numpy as np

from . import doubtful
from .pictures import Row, licence_stated


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
    for name in sorted(strata, key=lambda name: (not _first(rows[next(iter(strata[name].values()))[0]]), name)):
        groups = strata[name]
        size = sum(map(len, groups.values()))
        order = [str(g) for g in rng.permutation(sorted(groups))]
        # Small groups first: one long shooting minute may be half a session's pictures.
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


# The table's first edition. Its strata are drawn before later ones, so that what was held out stays held out.
FIRST = {"leaf", "harumanis", "fruit"}
FIRST_OTHERS = {"strawberry leaf", "background", "plantvillage leaf", "grocery produce", "bean leaf", "blackgram leaf", "chilli leaf", "guava leaf",
                "guava fruit", "cherry orchard", "pear orchard", "ground and weeds", "household", "farm scene"}


def _first(row: Row) -> bool:
    return row.label in FIRST_OTHERS if row.kind == "other" else row.path.split("/")[0] in FIRST


def usable(root: Path, rows: list[Row], stated_licences: bool = False) -> np.ndarray:
    """A flag a row: may a delivered file learn from it."""
    flags = doubtful.learnable(rows) & ~held_groups(rows)
    return flags & licence_stated(root, rows) if stated_licences else flags


def unseen(rows: list[Row]) -> np.ndarray:
    """True for the held-out rows that judge: those whose things no learnt picture shows. The others are neither learnt nor asked."""
    return apart(rows, ~held_groups(rows))


def unseen_of(rows: list[Row], kind: str) -> np.ndarray:
    """Places of the unseen pictures of a kind's classes."""
    return np.flatnonzero(unseen(rows) & np.array([r.kind == kind and r.target >= 0 for r in rows]))


def class_sessions(rows: list[Row]) -> list[tuple[str, str]]:
    """Every (label, session) of a leaf class that has two or more sessions."""
    sessions: dict[str, set[str]] = {}
    for row in rows:
        if row.kind == "leaf" and row.target >= 0:
            sessions.setdefault(row.label, set()).add(row.session)
    return [(c, s) for c in sorted(sessions) if len(sessions[c]) > 1 for s in sorted(sessions[c])]


def without_session(rows: list[Row], label: str, session: str) -> tuple[np.ndarray, np.ndarray]:
    """(learn, ask) for one class-session: the asked rows, their groups and their things are not learnt from."""
    ask = np.array([r.kind == "leaf" and r.label == label and r.session == session for r in rows])
    return apart(rows, ask), ask


def without_source(rows: list[Row], folder: str) -> tuple[np.ndarray, np.ndarray]:
    """(learn, ask) for one source: asked are its leaves of classes that the rest teaches."""
    there = np.array([r.path.split("/")[0] == folder for r in rows])
    taught = {r.target for r, t in zip(rows, there) if r.kind == "leaf" and not t}
    ask = there & np.array([r.kind == "leaf" and r.target >= 0 and r.target in taught for r in rows])
    return apart(rows, there), ask
