"""Throw-away models that leave out what they are asked for: sessions, sources, other plants' species, kinds of fruit.

Each learns from the recipe's own samples, less those of what it leaves out. Their raw answers are what every table about
new orchards is made of; a model whose answers are there is not trained again.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from train import cached, cutouts, fit, folds, network, scores, setting
from train.pictures import Row
from train.recipe import Recipe

from . import small, tables

SOURCES = ("leaf", "harumanis", "mldid")
# Mangoes and mango leaves whose acceptance by the gate is asked of a model that has seen none of their source.
STRANGE = {"leaf": ("campus_fruit",), "harumanis": ("pakistan_fruit",), "mldid": ("fruit",)}
FIELD = ("field_leaf_mango", "field_foliage_mango", "field_fruit_mango")
LEAVES = (("cashew leaf",), ("jackfruit leaf",), ("coffee leaf",), ("guava leaf", "guava leaf bd"), ("banana leaf",), ("citrus leaf", "citrus leaf b"),
          ("strawberry leaf",), ("bean leaf", "blackgram leaf"), ("chilli leaf",), ("plantvillage leaf",))
FRUIT = (("apple fruit", "apple rotten fruit"), ("citrus fruit", "citrus fruit b", "citrus diseased fruit"),
         ("pomegranate fruit", "pomegranate diseased fruit"), ("papaya fruit", "papaya diseased fruit"), ("guava fruit", "guava fruit b"),
         ("starfruit",), ("coconut fruit",), ("jackfruit fruit",), ("grocery produce",))


@dataclass
class Leaving:
    """One throw-away model: what it learns from, and which rows it is asked for, by part."""

    title: str
    learn: np.ndarray
    asked: dict[str, np.ndarray]


def plans(rows: list[Row]) -> list[Leaving]:
    """Rounds of sessions, each leaving out one session of every class that has another; then the sources.

    A species or kind of fruit changes nothing for a class and the other way round: each model leaves out some of both.
    """
    out = []
    by: dict[str, list[str]] = {}
    for c, s in folds.class_sessions(rows):
        by.setdefault(c, []).append(s)
    for n in range(max(map(len, by.values()))):
        learn, ask = np.ones(len(rows), bool), np.zeros(len(rows), bool)
        for c, s in ((c, sessions[n]) for c, sessions in by.items() if n < len(sessions)):
            a, b = folds.without_session(rows, c, s)
            learn, ask = learn & a, ask | b
        out.append(Leaving(f"sessions {n + 1}", learn & ~ask, {"session": ask}))
    folder = np.array([r.path.split("/")[0] for r in rows])
    field = np.isin(folder, FIELD)
    out[-1].learn &= ~field
    out[-1].asked["mango"] = field
    for source in SOURCES:
        learn, ask = folds.without_source(rows, source)
        leaf = np.array([r.kind == "leaf" for r in rows]) & (folder == source)
        strange = np.isin(folder, STRANGE[source])
        out.append(Leaving(f"source {source}", learn & ~strange, {"source": ask, "unlisted": leaf & ~ask, "mango": leaf | strange}))
    label, other = np.array([r.label for r in rows]), np.array([r.kind == "other" for r in rows])
    for part, groups in (("species", LEAVES), ("fruit", FRUIT)):
        for n, labels in enumerate(groups):
            gone = other & np.isin(label, labels)
            out[n % len(out)].learn &= ~gone
            out[n % len(out)].asked[part] = out[n % len(out)].asked.get(part, False) | gone
    return out


def run(root: Path, rows, usable, recipe: Recipe, work: Path, source: Path, bank, plain, out: Path, only: str = "", say=print) -> Path:
    """Trains the models and writes the raw rows."""
    means = setting.means(work, root, rows, source)
    weights = network.start_weights(source)
    lines = tables.read(out) if out.exists() else []
    done = {line["model"] for line in lines}
    held = ~usable
    for one in plans(rows):
        if one.title in done or only not in one.title:
            continue
        keep = work / f"leftout-{cached.digest(recipe, one.title, usable.tolist())}"
        model = fit.run(bank, rows, recipe.side, recipe.plan, weights, keep=keep, usable=one.learn & usable,
                        say=lambda text, title=one.title: say(f"{title}: {text}", flush=True))
        lines += answered(rows, one, held, means, lambda at, model=model: scores.answers(model, plain, at))
        if "source" in one.asked:
            lines += of_small(root, rows, one, recipe.side, work, source, model)
        tables.write(out, lines)
    return out


def answered(rows, one: Leaving, held, means, answers) -> list[dict]:
    """Raw rows of one model; answers(places) gives its logits, means how each picture was taken."""
    kind, known = np.array([r.kind for r in rows]), np.array([r.target >= 0 for r in rows])
    # Beside what is asked for: held-out pictures of what was learnt, for calibration.
    beside = folds.unseen(rows) & one.learn
    parts = {**one.asked, "known": beside & (kind == "leaf") & known, "others": beside & (kind == "other")}
    taken = setting.learnt(means, rows, one.learn & ~held, "leaf")
    lines = []
    for part, flags in parts.items():
        at = np.flatnonzero(flags)
        if not len(at):
            continue
        found = answers(at)
        lines += tables.answers(rows, at, found, "leaf", taken.cosine(means[at], found["leaf"].argmax(-1)), one.title, part)
    return lines


def of_small(root: Path, rows, one: Leaving, side: int, work: Path, source: Path, model) -> list[dict]:
    """Raw rows of some of a left-out source's leaves, cut out and put small on held-out photographs."""
    stock, run = cutouts.Cutouts(work / "cutouts"), network.stem_runner(side, network.start_weights(source))
    cv2.setNumThreads(1)
    lines = []
    at = small.chosen(rows, np.flatnonzero(one.asked["source"] & stock.trusted))
    for part, pictures in small.placed(rows, stock, at, side):
        maps = np.stack([run(p).astype(np.float16) for p in pictures])
        found = scores.answers(model, maps, np.arange(len(at)))
        lines += tables.answers(rows, at, found, "leaf", np.zeros(len(at)), one.title, part)
    return lines
