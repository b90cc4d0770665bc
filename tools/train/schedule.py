"""Which picture is shown how often."""

import numpy as np

from .pictures import Row

# How the views of a bank are shared out between kinds.
SHARES = {"leaf": 0.49, "fruit": 0.24, "other": 0.27}


def drawn(rows: list[Row], usable: np.ndarray, count: int, rng) -> np.ndarray:
    """Row numbers to make views of: kinds by SHARES, classes evenly, days of a class evenly."""
    picks = []
    for kind, share in SHARES.items():
        classes: dict[str, dict[str, list[int]]] = {}
        for i, row in enumerate(rows):
            if usable[i] and row.kind == kind:
                classes.setdefault(row.label, {}).setdefault(row.session, []).append(i)
        if not classes:
            continue
        for label in sorted(classes):
            days = classes[label]
            # A day of forty pictures may not weigh as much as one of four hundred.
            weight = {d: len(v) ** 0.5 for d, v in days.items()}
            for day, members in days.items():
                n = round(count * share / len(classes) * weight[day] / sum(weight.values()))
                turns = -(-n // len(members))
                picks.append(np.concatenate([rng.permutation(members) for _ in range(turns)])[:n])
    return rng.permutation(np.concatenate(picks)).astype(np.int32)
