"""Makes views of a table's pictures, with what may lie behind and beside each.

Not safe for several threads (its random numbers): one a process.
"""

import numpy as np

from . import ground, views
from .pictures import Row

# Photographs kept at hand as grounds.
SCENES = 400


class Maker:
    """stock gives pictures and masks by row number; kin names what of a row its company must share."""

    def __init__(self, stock, rows: list[Row], usable: np.ndarray, kin: str, side: int, recipe: views.Recipe, rng):
        self.stock, self.rows, self.kin, self.side, self.recipe, self.rng = stock, rows, kin, side, recipe, rng
        self.scenes = [stock.picture(i) for i in rng.permutation([
            i for i, r in enumerate(rows) if usable[i] and r.kind == "other" and r.label in ground.SCENES])[:SCENES]]
        self.peers: dict[tuple, list[int]] = {}
        for i in np.flatnonzero(usable & stock.trusted):
            self.peers.setdefault(self._family(i), []).append(int(i))

    def _family(self, i: int) -> tuple:
        return self.rows[i].kind, getattr(self.rows[i], self.kin)

    def view(self, i: int) -> tuple[np.ndarray, bool]:
        """A view of row i, bytes (side, side, 3), and whether it was left clean."""
        same = self.peers.get(self._family(i), [])

        def company(n):
            return [(self.stock.picture(k), self.stock.mask(k))
                    for k in self.rng.choice(same, min(n, len(same)), replace=False)]

        return views.view(self.rng, self.rows[i], self.stock.picture(i), self.stock.mask(i), self.scenes, self.side,
                          self.recipe, company)
