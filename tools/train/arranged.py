"""Samples for the gate as photos in an orchard are: whorls of leaves on a twig, heaps, small things on grass, tiles and benches, half hidden, held.

Mango leaves and fruit and those of other plants are arranged alike, so that being small, several or on a tree means nothing; some
show a background alone. What lies together is of one stratum, so that a source can be left out by leaving out its samples.
"""

import cv2
import numpy as np

from . import augment, background, cutout
from .pictures import Row
from .recipe import Augmentation

SIDE = 224
SEED, DRAW = 21, 11
# So many are drawn of mango leaves, mangoes, other leaves, other fruit, and backgrounds alone; of all these, so many are made.
DRAWN, COUNT = (2600, 1900, 2600, 1500, 400), 4500
EMPTY = -1


def is_leafy(row: Row) -> bool:
    """Whether a row's thing hangs in whorls."""
    return row.kind == "leaf" or row.kind == "other" and "leaf" in row.label


def plan(rows: list[Row], usable: np.ndarray, trusted: np.ndarray, most: int = COUNT) -> np.ndarray:
    """The row that each sample shows, or EMPTY; strata by the root of their size."""
    rng, strata = np.random.default_rng(DRAW), np.array([r.stratum for r in rows])
    kind, leafy = np.array([r.kind for r in rows]), np.array([is_leafy(r) for r in rows])
    ok, found = usable & trusted, []
    for pool, count in zip((kind == "leaf", kind == "fruit", (kind == "other") & leafy, (kind == "other") & ~leafy), DRAWN):
        at = np.flatnonzero(ok & pool)
        names, sizes = np.unique(strata[at], return_counts=True)
        each = np.maximum(1, np.round(count * np.sqrt(sizes) / np.sqrt(sizes).sum())).astype(int) if len(at) else []
        for name, n in zip(names, each):
            mine = at[strata[at] == name]
            found += list(rng.choice(mine, n, replace=n > len(mine)))
    return rng.permutation(np.array(found + [EMPTY] * DRAWN[-1]))[:most]


class Arranger:
    """Not safe for several threads: one a process."""

    def __init__(self, stock, rows: list[Row], usable: np.ndarray):
        self.stock, self.rows = stock, rows
        self.scenes = [i for i in np.flatnonzero(usable) if rows[i].kind == "other" and rows[i].label in background.SCENES]
        self.peers: dict[str, list[int]] = {}
        for i in np.flatnonzero(usable & stock.trusted):
            self.peers.setdefault(rows[i].stratum, []).append(int(i))
        self.axes: dict[int, float] = {}

    def sample(self, number: int, row: int) -> np.ndarray:
        """The numbered sample, of a row's thing and its peers or EMPTY: bytes (SIDE, SIDE, 3)."""
        # Random numbers of its own for each: the samples are the same whatever the number of processes.
        rng = np.random.default_rng([SEED, number])
        out = self._behind(rng)
        if row == EMPTY:
            out = held(rng, out) if rng.random() < 0.5 else out
        else:
            peers = self.peers[self.rows[row].stratum]
            out = self._filled(rng, out, lambda n: [row] + [int(j) for j in rng.choice(peers, n - 1)], is_leafy(self.rows[row]))
            if rng.random() < 0.2:
                out = held(rng, out)
            if rng.random() < 0.2:
                out = hidden(rng, out, self._scene(rng))
        return augment._corrupted(rng, augment._light(rng, out, Augmentation().colour), 0.25, 1.5)

    def _scene(self, rng):
        return background.scene(rng, self.stock.picture(int(self.scenes[int(rng.integers(len(self.scenes)))])), SIDE)

    def _behind(self, rng):
        share = rng.random()
        if share < 0.72:
            return self._scene(rng)
        return planes(rng, background.plain(rng, SIDE)) if share < 0.86 else background.plain(rng, SIDE)

    def _filled(self, rng, out, some, leafy):
        """A whorl, a heap, or one to four small things; some(n) gives rows."""
        share = rng.random()
        if leafy and share < 0.45:
            return self._whorl(rng, out, some)
        if share < 0.55:
            for j in some(int(rng.integers(4, 10))):
                out = self._put(rng, out, j, rng.uniform(0, 6.28), rng.uniform(0.3, 0.9) * SIDE, rng.uniform(0, 1, 2) * SIDE, 0.4)
            return out
        size = np.exp(rng.uniform(np.log(0.1), np.log(0.5))) * SIDE
        for j in some(1 + int(rng.integers(0, 4)) * (rng.random() < 0.6)):
            out = self._put(rng, out, j, rng.uniform(0, 6.28), size * np.exp(rng.normal(0, 0.15)), rng.uniform(0.1, 0.9, 2) * SIDE, 0.5)
        return out

    def _whorl(self, rng, out, some):
        """Leaves round one point, hanging more or less, often with their twig."""
        centre, size = rng.uniform(0.3, 0.7, 2) * SIDE, rng.uniform(0.22, 0.62) * SIDE
        count, start, droop = int(rng.integers(3, 13)), rng.uniform(0, 6.28), rng.uniform(0, 0.8)
        if rng.random() < 0.6:
            e = rng.uniform(0, 6.28)
            far = centre + SIDE * np.array([np.cos(e), np.sin(e)])
            cv2.line(out, tuple(int(v) for v in centre), tuple(int(v) for v in far),
                     tuple(int(v) for v in rng.uniform((60, 60, 30), (140, 130, 90))), int(rng.integers(2, 6)))
        leaves = some(count)
        for k, j in enumerate(leaves):
            angle = start + 6.28 * k / count + rng.normal(0, 0.25)
            along = np.array([np.cos(angle), np.sin(angle) + droop])
            along /= np.linalg.norm(along) + 1e-6
            angle, long = np.arctan2(along[1], along[0]), size * np.exp(rng.normal(0, 0.2))
            out = self._put(rng, out, j, self._axis(j) - angle + (np.pi if rng.random() < 0.5 else 0), long, centre + along * long * 0.5, 0.35)
        if rng.random() < 0.5:
            out = self._put(rng, out, leaves[0], rng.uniform(0, 6.28), size, centre + rng.normal(0, 0.1, 2) * SIDE, 0.35)
        return out

    def _axis(self, row: int) -> float:
        """The angle of a cut-out's long axis."""
        if row not in self.axes:
            y, x = np.nonzero(self.stock.mask(row) > 127)
            v = np.linalg.eigh(np.cov(np.stack([x, y])[:, ::max(1, len(x) // 500)]))[1][:, 1]
            self.axes[row] = float(np.arctan2(v[1], v[0]))
        return self.axes[row]

    def _put(self, rng, behind, row, angle, size, middle, light):
        """A row's cut-out, its box of this size round middle, with its shadow more often than not."""
        picture, mask = self.stock.picture(row), self.stock.mask(row)
        x0, y0, x1, y1 = cutout.box(mask)
        front, alpha = augment._warp(picture, mask, SIDE, ((x0 + x1) / 2, (y0 + y1) / 2), max(x1 - x0, y1 - y0) / size * SIDE, angle,
                                     rng.choice([-1, 1]), np.exp(rng.normal(0, 0.15)), cv2.BORDER_REFLECT_101)
        there = np.float32([[1, 0, middle[0] - SIDE / 2], [0, 1, middle[1] - SIDE / 2]])
        front = augment._light(rng, cv2.warpAffine(front, there, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101), light)
        alpha, behind = cv2.warpAffine(alpha, there, (SIDE, SIDE)), behind.astype(np.float32)
        if rng.random() < 0.6:
            away = np.float32([[1, 0, rng.uniform(-6, 6)], [0, 1, rng.uniform(-2, 8)]])
            shade = cv2.GaussianBlur(cv2.warpAffine(alpha, away, (SIDE, SIDE)), (0, 0), rng.uniform(1, 5))[..., None] / 255
            behind = behind * (1 - rng.uniform(0.1, 0.5) * shade)
        a = cv2.GaussianBlur(alpha, (0, 0), 0.6)[..., None].astype(np.float32) / 255
        return (front * a + behind * (1 - a)).astype(np.uint8)


def planes(rng, out):
    """A bright plane before a plain one: a bench, tiles."""
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(60, 220))
    shape = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(shape, cv2.convexHull((rng.uniform(-0.3, 1.3, (4, 2)) * SIDE).astype(np.int32)), 255)
    a = cv2.GaussianBlur(shape, (0, 0), 1)[..., None] / 255.0
    lit = np.clip(colour * (1 + 0.25 * np.linspace(-1, 1, SIDE)[:, None, None] * rng.normal()) + rng.normal(0, 3, (SIDE, SIDE, 1)), 0, 255)
    return (lit * a + out * (1 - a)).astype(np.uint8)


def held(rng, out):
    """Fingers of any skin, from an edge."""
    skin = np.array([rng.uniform(90, 235), 0, 0])
    skin[1] = skin[0] * rng.uniform(0.62, 0.82)
    skin[2] = skin[1] * rng.uniform(0.7, 0.95)
    edge = rng.integers(4)
    start = [(rng.uniform(0, SIDE), SIDE + 10), (rng.uniform(0, SIDE), -10), (-10, rng.uniform(0, SIDE)), (SIDE + 10, rng.uniform(0, SIDE))][edge]
    to, wide = rng.uniform(0.25, 0.75, 2) * SIDE, rng.uniform(14, 34)
    for _ in range(int(rng.integers(1, 5))):
        off = rng.normal(0, 1, 2) * wide
        finger = np.zeros((SIDE, SIDE), np.uint8)
        cv2.line(finger, (int(start[0] + off[0] * 1.2), int(start[1] + off[1] * 1.2)), (int(to[0] + off[0]), int(to[1] + off[1])), 255, int(wide))
        shade, a = cv2.GaussianBlur(finger, (0, 0), wide / 4), cv2.GaussianBlur(finger, (0, 0), 1)[..., None] / 255.0
        lit = np.clip(skin * rng.uniform(0.85, 1.1) * (0.6 + 0.4 * shade[..., None] / 255.0), 0, 255)
        out = (lit * a + out * (1 - a)).astype(np.uint8)
    return out


def hidden(rng, out, scene):
    """Blobs of another scene before it."""
    cells = int(rng.integers(2, 6))
    blobs = cv2.resize(rng.normal(0, 1, (cells, cells)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    a = cv2.GaussianBlur((blobs > np.quantile(blobs, rng.uniform(0.55, 0.85))).astype(np.float32), (0, 0), 1)[..., None]
    return (scene * a + out * (1 - a)).astype(np.uint8)
