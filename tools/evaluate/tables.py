"""CSV in, CSV out: the raw rows that every figure in the documents comes from."""

import csv
from pathlib import Path

import numpy as np

# What a raw row holds of a model's answer; cosine is that to the nearest setting of the class.
ROLES = ("classes", "gate", "cosine")


def write(path: Path, lines: list[dict]) -> None:
    """A CSV whose columns are the keys of the first line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as f:
        out = csv.DictWriter(f, fieldnames=list(lines[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(lines)


def read(path: Path) -> list[dict]:
    """Lines as dictionaries of strings."""
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def with_logits(row, logits: dict[str, np.ndarray], k: int, **more) -> dict:
    """One raw row: what the picture is and every logit, rounded to what int8 can hold anyway."""
    line = {"path": row.path, "kind": row.kind, "label": row.label, "session": row.session, "group": row.group,
            "target": row.target, **more}
    for role in ROLES:
        for n, value in enumerate(np.atleast_1d(logits[role][k]) if role in logits else ()):
            line[f"{role}{n}"] = f"{value:.4f}" if role == "cosine" else f"{value:.3f}"
    return line


def answers(rows, at, heads: dict[str, np.ndarray], kind: str, cosine: np.ndarray, model: str, part: str) -> list[dict]:
    """Raw rows of a throw-away model's answers for the rows at these places."""
    found = {"classes": heads[kind], "gate": heads["gate"], "cosine": cosine}
    return [with_logits(rows[i], found, k, model=model, part=part) for k, i in enumerate(at)]


def logits(lines: list[dict]) -> dict[str, np.ndarray]:
    """The logits of raw rows, by role."""
    out = {}
    for role in ROLES:
        names = [k for k in lines[0] if k.startswith(role) and k[len(role):].isdigit()]
        if names:
            out[role] = np.array([[float(line[n]) for n in names] for line in lines])
    if "cosine" in out:
        out["cosine"] = out["cosine"][:, 0]
    return out
