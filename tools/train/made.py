"""Views made by many processes into memory that all share.

Start it before anything that does not survive a fork, such as a graphics card's context.
"""

import mmap
import multiprocessing as mp
import time
from dataclasses import replace

import cv2
import numpy as np

from . import maker, schedule


class Made:
    """count altered and clean further views of usable rows, in a drawn order; pixels (views, side, side, 3) bytes."""

    def __init__(self, stock, rows, usable, kin: str, side: int, recipe, count: int, clean: int, seed: int, parts: int,
                 shares=schedule.SHARES):
        rng = np.random.default_rng(seed)
        altered, plain = (schedule.drawn(rows, usable, n, rng, shares) for n in (count, clean))
        order, tidy = np.concatenate([altered, plain]), np.arange(len(altered) + len(plain)) >= len(altered)
        mixed = rng.permutation(len(order))
        self.order, self.tidy, self.side = order[mixed], tidy[mixed], side
        self._memory = mmap.mmap(-1, max(1, len(order) * side * side * 3))
        self.pixels = np.frombuffer(self._memory, np.uint8)[:len(order) * side * side * 3].reshape(-1, side, side, 3)
        self._done = mp.get_context("fork").Array("q", parts, lock=False)
        self._work = [mp.get_context("fork").Process(target=self._make, args=(
            part, parts, stock, rows, usable, kin, recipe, seed), daemon=True) for part in range(parts)]
        # OpenCV's threads do not survive a fork, and more than one a process would fight for the same cores.
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        for process in self._work:
            process.start()
        cv2.setNumThreads(threads)

    def _make(self, part, parts, stock, rows, usable, kin, recipe, seed):
        rng = np.random.default_rng([seed, part])
        makers = {flag: maker.Maker(stock, rows, usable, kin, self.side, replace(recipe, clean=float(flag)), rng)
                  for flag in (False, True)}
        for place in range(part, len(self.order), parts):
            self.pixels[place], _ = makers[bool(self.tidy[place])].view(int(self.order[place]))
            self._done[part] += 1

    def ready(self) -> int:
        """So many views, from the first on, are made."""
        parts = len(self._work)
        return min(len(self.order), min(done * parts + part for part, done in enumerate(self._done)))

    def wait(self, say=print) -> "Made":
        """Until all are made; an error if a process ended before its share was."""
        while self.ready() < len(self.order):
            dead = [p for p in self._work if p.exitcode not in (None, 0)]
            if dead:
                raise RuntimeError(f"cannot make views: a process ended with {dead[0].exitcode}")
            say(f"views {self.ready()}/{len(self.order)}")
            time.sleep(min(5.0, 0.2 + len(self.order) / 1e5))
        for process in self._work:
            process.join()
        return self


def passes(places: np.ndarray, batch: int, seed: int):
    """A feed: places in passes of new order, batch at a time, without end."""
    rng = np.random.default_rng(seed)
    line = np.empty(0, np.int64)

    def feed(step: int) -> np.ndarray:
        nonlocal line
        while len(line) < batch:
            line = np.concatenate([line, rng.permutation(places)])
        now, line = line[:batch], line[batch:]
        return now

    return feed
