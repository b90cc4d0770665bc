"""Pictures whose label may be wrong: pictures of one fruit under several labels.

Only what train.copies found to be one fruit counts. The table's groups join by a hash of the whole picture, and most of
those that carry several labels hold fruits that merely lie alike.
"""

from collections import Counter

import numpy as np


def things_with_several_labels(rows) -> list[dict]:
    """One line a picture of everything that carries more than one label, the rarer labels marked."""
    by: dict[str, list] = {}
    for row in rows:
        if row.kind != "other" and row.thing:
            by.setdefault(row.thing, []).append(row)
    out = []
    for name, members in sorted(by.items()):
        count = Counter(r.label for r in members)
        if len(count) < 2:
            continue
        top = max(count.values())
        for r in sorted(members, key=lambda r: r.path):
            rare = count[r.label] < top or list(count.values()).count(top) > 1
            out.append({"thing": name, "path": r.path, "label": r.label, "labels": len(count),
                        "decision": "not learnt from" if rare else "kept"})
    return out


def learnable(rows) -> np.ndarray:
    """A flag a row: False where other pictures of the same thing contradict the label."""
    odd = {x["path"] for x in things_with_several_labels(rows) if x["decision"] != "kept"}
    return np.array([row.path not in odd for row in rows])
