"""Pictures whose label may be wrong: near copies under several labels."""

from collections import Counter

import numpy as np


def groups_with_several_labels(rows) -> list[dict]:
    """One line a picture of every group that carries more than one label, the rarer labels marked."""
    by: dict[str, list] = {}
    for row in rows:
        if row.kind != "other":
            by.setdefault(row.group, []).append(row)
    out = []
    for group, members in sorted(by.items()):
        count = Counter(r.label for r in members)
        if len(count) < 2:
            continue
        top = max(count.values())
        for r in sorted(members, key=lambda r: r.path):
            rare = count[r.label] < top or list(count.values()).count(top) > 1
            out.append({"group": group, "path": r.path, "label": r.label, "labels in group": len(count),
                        "decision": "not learnt from" if rare else "kept"})
    return out


def learnable(rows) -> np.ndarray:
    """A flag a row: False where the rest of its group contradicts the label."""
    odd = {x["path"] for x in groups_with_several_labels(rows) if x["decision"] != "kept"}
    return np.array([row.path not in odd for row in rows])
