"""Makes augmented samples of a table's pictures, with what may lie behind and beside each.

Not safe for several threads (its random numbers): one a process.
"""

import numpy as np

from . import augment, background
from .pictures import Row
from .recipe import Recipe

# Photographs kept at hand as backgrounds.
SCENES = 400


class Maker:
    """stock gives pictures and masks by row number.

    What lies beside a leaf is of its stratum, so that a session can be left out of training by leaving out its samples."""

    def __init__(self, stock, rows: list[Row], usable: np.ndarray, recipe: Recipe, rng):
        self.stock, self.rows, self.recipe, self.rng = stock, rows, recipe, rng
        self.scenes = [stock.picture(i) for i in rng.permutation([
            i for i, r in enumerate(rows) if usable[i] and r.kind == "other" and r.label in background.SCENES])[:SCENES]]
        self.peers: dict[str, list[int]] = {}
        for i in np.flatnonzero(usable & stock.trusted):
            self.peers.setdefault(self.rows[i].stratum, []).append(int(i))

    def sample(self, i: int) -> tuple[np.ndarray, bool]:
        """A sample of row i, bytes (side, side, 3), and whether it was left clean."""
        same = self.peers.get(self.rows[i].stratum, [])

        def company(n):
            return [(self.stock.picture(k), self.stock.mask(k))
                    for k in self.rng.choice(same, min(n, len(same)), replace=False)]

        return augment.sample(self.rng, self.rows[i], self.stock.picture(i), self.stock.mask(i), self.scenes, self.recipe.side,
                              self.recipe.augmentation, company)
