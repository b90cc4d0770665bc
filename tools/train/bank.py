"""A bank of altered views, kept on disk as the maps that the learner starts from.

Views are made once by several processes and learnt from several times: on a
CPU, cutting, turning and the frozen stem cost as much as a training step.
"""

import json
import multiprocessing as mp
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from . import kept, maker, network, schedule, shelf, teacher
from .pictures import Row, as_input


class Bank(NamedTuple):
    """Views: the maps that the learner takes, the row that each shows, whether it was left clean, and, where a teacher was asked, its logits."""

    maps: np.ndarray
    order: np.ndarray
    tidy: np.ndarray
    told: np.ndarray | None = None


def _make(job):
    """One process: its share of the views altered and sent through the stem."""
    part, parts, shelved, rows, usable, kin, order, side, recipe, seed, folder, weights_path, teacher_path = job
    # OpenCV's own threads would fight with the other processes for the same cores.
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, part])
    stock = shelf.Shelf(shelved)
    make = maker.Maker(stock, rows, usable, kin, side, recipe, rng)
    run = network.stem_runner(side, network.start_weights(weights_path))
    maps = np.lib.format.open_memmap(folder / "maps.npy", mode="r+")
    tidy = np.lib.format.open_memmap(folder / "clean.npy", mode="r+")
    if teacher_path:
        ask, told = teacher.runner(teacher_path), np.lib.format.open_memmap(folder / "told.npy", mode="r+")
    for done, place in enumerate(range(part, len(order), parts)):
        i = int(order[place])
        made, tidy[place] = make.view(i)
        maps[place] = run(made)
        if teacher_path:
            told[place] = ask(made)
        if part == 0 and done % 1000 == 999:
            print(f"views {done * parts}/{len(order)}", flush=True)
    maps.flush()
    tidy.flush()
    if teacher_path:
        told.flush()


def build(folder: Path, root: Path, rows: list[Row], usable, side, count, recipe, seed, weights_path, parts=2, kin="label",
          shares=schedule.SHARES, days=schedule.REPEATED, teacher_path=None) -> Bank:
    """Makes the bank, or finds it made with the same settings.

    kin says which pictures may lie beside one: those of its label, or, where days
    will be left out, of its stratum. shares says how many views each kind gets, days which days more of them.
    teacher_path is the file of a teacher that is asked for every view (teacher.py).
    """
    if teacher_path and side != teacher.SIDE:
        raise ValueError(f"cannot ask the teacher for views of {side} pixels: it takes {teacher.SIDE}")
    folder.mkdir(parents=True, exist_ok=True)
    card = {"side": side, "count": count, "recipe": asdict(recipe), "seed": seed, "shares": shares, "days": days,
            "usable": int(usable.sum()), "checksum": int(np.flatnonzero(usable).sum()), "start": kept.mark(weights_path)}
    if teacher_path:
        card["teacher"] = kept.mark(teacher_path)
    note = folder / "bank.json"
    if note.exists() and json.loads(note.read_text()) == card:
        return _opened(folder, teacher_path)
    order = schedule.drawn(rows, usable, count, np.random.default_rng(seed), shares, days)
    shape = (len(order), *network.split_shape(side))
    np.lib.format.open_memmap(folder / "maps.npy", mode="w+", dtype=np.float16, shape=shape).flush()
    np.lib.format.open_memmap(folder / "clean.npy", mode="w+", dtype=bool, shape=(len(order),)).flush()
    if teacher_path:
        np.lib.format.open_memmap(folder / "told.npy", mode="w+", dtype=np.float32, shape=(len(order), len(teacher.NAMES))).flush()
    np.save(folder / "order.npy", order)
    shelf.build(folder.parent / "shelf", root, rows, parts)
    jobs = [(p, parts, folder.parent / "shelf", rows, usable, kin, order, side, recipe, seed, folder, weights_path, teacher_path) for p in range(parts)]
    with mp.get_context("spawn").Pool(parts) as pool:
        pool.map(_make, jobs, chunksize=1)
    note.write_text(json.dumps(card))
    return _opened(folder, teacher_path)


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
    """Several banks as one; all have asked the teacher, or none."""
    maps, orders, tidy, told = zip(*banks)
    return Bank(Joined(maps), np.concatenate(orders), np.concatenate(tidy), None if told[0] is None else np.concatenate(told))


def both(name, root: Path, rows: list[Row], usable, side, views, clean, recipe, seed, weights_path, **how) -> Bank:
    """A bank of altered views and one of clean ones, where any are wished; name(count, recipe) is a bank's folder."""
    wished = [(count, replace(recipe, clean=share)) for count, share in ((views, 0.0), (clean, 1.0)) if count]
    return joined([build(name(count, such), root, rows, usable, side, count, such, seed, weights_path, **how) for count, such in wished])


def _opened(folder: Path, teacher_path) -> Bank:
    maps, told = np.load(folder / "maps.npy", mmap_mode="r"), folder / "told.npy"
    return Bank(maps, np.load(folder / "order.npy"), np.load(folder / "clean.npy"), np.load(told) if teacher_path else None)


def _plain(job):
    rows, root, side, weights_path = job
    run = network.stem_runner(side, network.start_weights(weights_path))
    return np.stack([run(as_input(root / r.path, side)).astype(np.float16) for r in rows])


def untouched(folder: Path, root: Path, rows: list[Row], side: int, weights_path) -> np.ndarray:
    """Split maps of the pictures as they are, as at prediction; made once a folder and start."""
    return kept.once(folder / f"plain-{side}-{kept.mark(weights_path)}.npy", rows, _plain, root, side, weights_path)
