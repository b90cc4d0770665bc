"""A bank of augmented samples, kept on disk as the maps that the learner starts from.

Samples are made once by several processes and learnt from several times: on a CPU, cutting, rotating and the frozen
first blocks cost more than a training step. Each chunk of samples has random numbers of its own, so a stopped run
goes on with the chunks that are missing and the bank is the same whatever the number of processes.
"""

import json
import multiprocessing as mp
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from . import cached, cutouts, maker, network, schedule
from .pictures import Row, as_input
from .recipe import Recipe

CHUNK = 250


class Bank(NamedTuple):
    """Samples: the maps that the learner takes, the row that each shows, whether it was left clean."""

    maps: np.ndarray
    order: np.ndarray
    tidy: np.ndarray


class Job(NamedTuple):
    """What a process needs to make chunks."""

    cut: Path
    rows: list[Row]
    usable: np.ndarray
    order: np.ndarray
    recipe: Recipe
    folder: Path
    weights: Path


def _start(job: Job):
    global _job, _run, _stock
    # OpenCV's own threads would fight with the other processes for the same cores.
    cv2.setNumThreads(1)
    _job, _stock = job, cutouts.Cutouts(job.cut)
    _run = network.stem_runner(job.recipe.side, network.start_weights(job.weights))


def _chunk(number: int) -> int:
    """Makes one chunk and marks it as made."""
    job = _job
    make = maker.Maker(_stock, job.rows, job.usable, job.recipe, np.random.default_rng([job.recipe.plan.seed, number]))
    maps = np.lib.format.open_memmap(job.folder / "maps.npy", mode="r+")
    tidy = np.lib.format.open_memmap(job.folder / "clean.npy", mode="r+")
    for place in range(number * CHUNK, min((number + 1) * CHUNK, len(job.order))):
        made, tidy[place] = make.sample(int(job.order[place]))
        maps[place] = _run(made)
    maps.flush()
    tidy.flush()
    done = np.lib.format.open_memmap(job.folder / "done.npy", mode="r+")
    done[number] = True
    done.flush()
    return number


def build(folder: Path, root: Path, rows: list[Row], usable, recipe: Recipe, count: int, weights: Path, parts: int = 2, say=print) -> Bank:
    """Makes the bank, or what is missing of it."""
    folder.mkdir(parents=True, exist_ok=True)
    card = {"recipe": asdict(recipe) | {"plan": recipe.plan.seed}, "count": count, "usable": int(usable.sum()),
            "checksum": int(np.flatnonzero(usable).sum()), "start": cached.mark(weights), "cut-outs": cutouts.EDITION}
    note = folder / "bank.json"
    if not (note.exists() and json.loads(note.read_text()) == json.loads(json.dumps(card))):
        order = schedule.drawn(rows, usable, count, np.random.default_rng(recipe.plan.seed), recipe)
        np.save(folder / "order.npy", order)
        for name, kind, shape in (("maps", np.float16, (len(order), *network.split_shape(recipe.side))), ("clean", bool, (len(order),)),
                                  ("done", bool, (-(-len(order) // CHUNK),))):
            np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=shape).flush()
        cached.written(note, json.dumps(card).encode())
    missing = np.flatnonzero(~np.load(folder / "done.npy")).tolist()
    if missing:
        cutouts.build(folder.parent / "cutouts", root, rows, parts)
        job = Job(folder.parent / "cutouts", rows, usable, np.load(folder / "order.npy"), recipe, folder, weights)
        with mp.get_context("spawn").Pool(parts, _start, (job,)) as pool:
            for n, _ in enumerate(pool.imap_unordered(_chunk, missing)):
                if n % 8 == 7:
                    say(f"samples: {len(missing) - n - 1} chunks of {CHUNK} left", flush=True)
    return Bank(*(np.load(folder / f"{name}.npy", mmap_mode="r" if name == "maps" else None) for name in ("maps", "order", "clean")))


class Joined:
    """Several banks read as one; takes sorted places, as the training loop asks."""

    def __init__(self, parts):
        self.parts = parts
        self.starts = np.cumsum([0] + [len(p) for p in parts])

    def __len__(self):
        return int(self.starts[-1])

    def __getitem__(self, at: np.ndarray) -> np.ndarray:
        found = []
        for part, low, high in zip(self.parts, self.starts, self.starts[1:]):
            mine = at[(at >= low) & (at < high)] - low
            if len(mine):
                found.append(part[mine])
        return np.concatenate(found)


def joined(banks: list[Bank]) -> Bank:
    """Several banks as one."""
    maps, orders, tidy = zip(*banks)
    return Bank(Joined(maps), np.concatenate(orders), np.concatenate(tidy))


def both(work: Path, root: Path, rows: list[Row], usable, recipe: Recipe, weights: Path, **how) -> Bank:
    """The recipe's augmented and clean samples."""
    banks = []
    for count, clean in ((recipe.samples, 0.0), (recipe.clean_samples, 1.0)):
        if count:
            such = replace(recipe, augmentation=replace(recipe.augmentation, clean=clean))
            name = cached.digest(such.augmentation, such.shares, such.sessions, such.full, such.side, such.plan.seed, usable.tolist())
            banks.append(build(work / f"bank-{count}-{name}", root, rows, usable, such, count, weights, **how))
    return joined(banks)


# A process makes many pieces by one graph.
@cache
def _stem(side: int, weights: Path):
    return network.stem_runner(side, network.start_weights(weights))


def _plain(job):
    rows, root, side, weights = job
    run = _stem(side, weights)
    return np.stack([run(as_input(root / r.path, side)).astype(np.float16) for r in rows])


def untouched(folder: Path, root: Path, rows: list[Row], side: int, weights) -> np.ndarray:
    """Split maps of the pictures as they are, as at prediction; made once a folder and start."""
    return cached.once(folder / f"plain-{side}-{cached.mark(weights)}-{cached.digest([r.path for r in rows])}.npy", rows, _plain, root, side, weights)
