"""python -m evaluate.card PACK OUT: the throw-away models of the class-day table on a graphics card, all blocks trained.

Writes OUT/answers.npz: for every model all rows' logits, and its own setting means at the delivered side. python -m evaluate days NAME --answers makes the table's raw rows of them. The pictures are those of the pack.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from train import folds, made, packed, pictures, setting, views
from train.plan import Plan, changed

from . import leaving


def shown(stock, at, side: int) -> np.ndarray:
    """The model's own view of packed pictures."""
    return np.stack([np.asarray(Image.fromarray(stock.picture(i)).resize((side, side), Image.BILINEAR)) for i in at])


def main():
    """One bank of views for all models, whose company keeps to its class-day."""
    p = argparse.ArgumentParser(prog="python -m evaluate.card", description=__doc__)
    p.add_argument("pack", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--side", type=int, default=128)
    p.add_argument("--views", type=int, default=30000)
    p.add_argument("--clean-views", type=int, default=7000)
    p.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change recipe or plan")
    o = p.parse_args()
    rows = pictures.read_table(o.pack)
    held = folds.held_groups(rows)
    plan = changed(replace(Plan(), epochs=1.3, first=0), o.set)
    stock = packed.Stock(o.pack, os.cpu_count())
    bank = made.Made(stock, rows, ~held, "stratum", o.side, changed(views.Recipe(), o.set), o.views, o.clean_views, 11, os.cpu_count()).wait()
    # One side where both are the same.
    asked = {side: shown(stock, range(len(rows)), side) for side in {o.side, setting.SIDE}}
    # Only now: the processes that make views are forked from this one.
    import torch

    from train import torched

    card = torched.card()
    trainer = torched.Trainer(torch.from_numpy(bank.pixels).to(card), bank.order, bank.tidy, rows, plan, packed.load_weights(o.pack / "start.npz"))
    out = {"setting rows": np.arange(len(rows))}
    for one in leaving.plans(rows, together=False):
        places = np.flatnonzero((one.learn & ~held)[bank.order])
        learnt = trainer.run(places, int(len(places) * plan.epochs / plan.batch),
                             say=lambda text: print(f"{one.title}: {text}", flush=True))
        found = {side: torched.answers(learnt, photos, card, setting=True) for side, photos in asked.items()}
        out |= {f"{one.title}|{head}": found[o.side][head].astype(np.float16) for head in ("leaf", "gate")}
        out[f"{one.title}|setting"] = found[setting.SIDE]["setting"].astype(np.float16)
    o.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(o.out / "answers.npz", **out)


if __name__ == "__main__":
    main()
