"""What each throw-away model of the class-day table leaves out, and what it is asked for."""

from dataclasses import dataclass

import numpy as np

from train import folds

# Classes that two models do not learn at all: their leaves are an unlisted disease to them.
UNLEARNT = [("Anthracnose", "Cutting Weevil", "Powdery Mildew"), ("Gall Midge", "Sooty Mold", "Die Back")]
# Plants that models do not learn at all: the gate is asked for them.
PLANTS = [("guava leaf", "guava fruit", "chilli leaf"), ("plantvillage leaf", "strawberry leaf"),
          ("bean leaf", "blackgram leaf", "pear orchard")]


@dataclass
class Leaving:
    """One throw-away model: what it learns from, and which rows it is asked for, by part."""

    title: str
    learn: np.ndarray
    asked: dict[str, np.ndarray]


def plans(rows, together: bool) -> list[Leaving]:
    """Every model to train."""
    leaf = np.array([r.kind == "leaf" for r in rows])
    label = np.array([r.label for r in rows])
    out = []
    by: dict[str, list[str]] = {}
    for c, s in folds.class_days(rows):
        by.setdefault(c, []).append(s)
    rounds = [[(c, s[n]) for c, s in by.items() if n < len(s)] for n in range(max(map(len, by.values())))]
    for n, chosen in enumerate(rounds if together else [[day] for day in folds.class_days(rows)]):
        learn, ask = np.ones(len(rows), bool), np.zeros(len(rows), bool)
        for c, s in chosen:
            a, b = folds.without_day(rows, c, s)
            learn, ask = learn & a, ask | b
        out.append(Leaving(f"together {n + 1}" if together else " ".join(chosen[0]), learn & ~ask, {"asked": ask}))
    learn, ask = folds.without_source(rows)
    out.append(Leaving("Bangladesh to Malaysia", learn, {"asked": ask, "unlisted": leaf & ~learn & ~ask}))
    for classes in UNLEARNT:
        gone = leaf & np.isin(label, classes)
        out.append(Leaving("without " + ", ".join(classes), ~gone, {"unlisted": gone}))
    for n, plants in enumerate(PLANTS):
        # A plant changes nothing for a class-day and the other way round: one model serves both.
        gone = ~leaf & np.isin(label, plants)
        out[n].learn &= ~gone
        out[n].asked["other plants"] = gone
    return out
