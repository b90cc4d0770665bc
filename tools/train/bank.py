"""A bank of altered views, kept on disk as the maps that the learner starts from.

Views are made once by several processes and learnt from several times: on a
CPU, cutting, turning and the frozen stem cost as much as a training step.
"""

import json
import multiprocessing as mp
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from . import ground, kept, network, shelf, views
from .pictures import Row, as_input

# How the views of a bank are shared out between kinds.
SHARES = {"leaf": 0.49, "fruit": 0.24, "other": 0.27}


def schedule(rows: list[Row], usable: np.ndarray, count: int, rng) -> np.ndarray:
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


def _make(job):
    """One process: its share of the views altered and sent through the stem."""
    part, parts, shelved, rows, usable, kin, order, side, recipe, seed, folder, weights_path = job
    # OpenCV's own threads would fight with the other processes for the same cores.
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, part])
    stock = shelf.Shelf(shelved)
    scenes = [stock.picture(i) for i in rng.permutation([
        i for i, r in enumerate(rows) if usable[i] and r.kind == "other" and r.label in ground.SCENES])[:400]]
    peers: dict[tuple, list[int]] = {}
    for i in np.flatnonzero(usable & stock.trusted):
        peers.setdefault((rows[i].kind, getattr(rows[i], kin)), []).append(int(i))
    run = network.stem_runner(side, network.imagenet(weights_path))
    maps = np.lib.format.open_memmap(folder / "maps.npy", mode="r+")
    tidy = np.lib.format.open_memmap(folder / "clean.npy", mode="r+")
    for done, place in enumerate(range(part, len(order), parts)):
        i = int(order[place])
        same = peers.get((rows[i].kind, getattr(rows[i], kin)), [])

        def company(n, same=same):
            return [(stock.picture(k), stock.mask(k)) for k in rng.choice(same, min(n, len(same)), replace=False)]

        made, tidy[place] = views.view(rng, rows[i], stock.picture(i), stock.mask(i), scenes, side, recipe, company)
        maps[place] = run(made)
        if part == 0 and done % 1000 == 999:
            print(f"views {done * parts}/{len(order)}", flush=True)
    maps.flush()
    tidy.flush()


def build(folder: Path, root: Path, rows: list[Row], usable, side, count, recipe, seed, weights_path, parts=2, kin="label"):
    """Makes the bank, or finds it made with the same settings.

    kin says which pictures may lie beside one: those of its label, or, where days
    will be left out, of its stratum.
    """
    folder.mkdir(parents=True, exist_ok=True)
    card = {"side": side, "count": count, "recipe": asdict(recipe), "seed": seed,
            "usable": int(usable.sum()), "checksum": int(np.flatnonzero(usable).sum())}
    note = folder / "bank.json"
    if note.exists() and json.loads(note.read_text()) == card:
        return _opened(folder)
    order = schedule(rows, usable, count, np.random.default_rng(seed))
    shape = (len(order), *network.split_shape(side))
    np.lib.format.open_memmap(folder / "maps.npy", mode="w+", dtype=np.float16, shape=shape).flush()
    np.lib.format.open_memmap(folder / "clean.npy", mode="w+", dtype=bool, shape=(len(order),)).flush()
    np.save(folder / "order.npy", order)
    shelf.build(folder.parent / "shelf", root, rows, parts)
    jobs = [(p, parts, folder.parent / "shelf", rows, usable, kin, order, side, recipe, seed, folder, weights_path) for p in range(parts)]
    with mp.get_context("spawn").Pool(parts) as pool:
        pool.map(_make, jobs, chunksize=1)
    note.write_text(json.dumps(card))
    return _opened(folder)


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


def joined(banks):
    """(maps, order, clean) of several banks."""
    maps, orders, tidy = zip(*banks)
    return Joined(maps), np.concatenate(orders), np.concatenate(tidy)


def _opened(folder: Path):
    maps = np.load(folder / "maps.npy", mmap_mode="r")
    return maps, np.load(folder / "order.npy"), np.load(folder / "clean.npy")


def _plain(job):
    rows, root, side, weights_path = job
    run = network.stem_runner(side, network.imagenet(weights_path))
    return np.stack([run(as_input(root / r.path, side)).astype(np.float16) for r in rows])


def untouched(folder: Path, root: Path, rows: list[Row], side: int, weights_path) -> np.ndarray:
    """Split maps of the pictures as they are, as at prediction; made once a folder."""
    return kept.once(folder / f"plain-{side}.npy", rows, _plain, root, side, weights_path)
