"""Pictures whose label may be wrong: near copies under several labels."""

from collections import Counter


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


def not_learnt(rows) -> set[str]:
    """Paths whose label the rest of their group contradicts."""
    return {x["path"] for x in groups_with_several_labels(rows) if x["decision"] != "kept"}
