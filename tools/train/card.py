"""python -m train.card PACK OUT: trains all blocks on a graphics card, from a packed set.

Writes OUT/learner-SEED.npz and its notes; python -m train --learnt makes the model files of them.
Needs PyTorch, NumPy, OpenCV and Pillow; no TensorFlow.
"""

import argparse
import json
import os
import platform
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from . import blocks, doubtful, folds, made, packed, pictures, schedule, views
from .plan import Plan, changed


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m train.card", description=__doc__)
    p.add_argument("pack", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--side", type=int, default=224)
    p.add_argument("--views", type=int, default=240000)
    p.add_argument("--clean-views", type=int, default=48000)
    p.add_argument("--shares", nargs="*", default=[], metavar="KIND=SHARE", help="share of the views that leaf, fruit and other get")
    p.add_argument("--steps", type=int, default=5300)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change the recipe of views or the plan")
    return p.parse_args()


def main():
    """Makes the views, then trains."""
    o = options()
    rows = pictures.read_table(o.pack)
    usable = doubtful.learnable(rows) & ~folds.held_groups(rows)
    recipe, shares = changed(views.Recipe(), o.set), schedule.shared(o.shares)
    plan = changed(replace(Plan(), batch=256, rate=8e-4, average=0.999, first=0, seed=o.seed), o.set)
    stock = packed.Stock(o.pack, os.cpu_count())
    bank = made.Made(stock, rows, usable, "label", o.side, recipe, o.views, o.clean_views, o.seed, os.cpu_count(), shares).wait()
    # Only now: the processes that make views are forked from this one.
    import torch

    from . import torched

    card = torched.card()
    trainer = torched.Trainer(torch.from_numpy(bank.pixels).to(card), bank.order, bank.tidy, rows, plan,
                              packed.load_weights(o.pack / "start.npz"))
    learnt = trainer.run(np.arange(len(bank.order)), o.steps)
    o.out.mkdir(parents=True, exist_ok=True)
    packed.save_weights(o.out / f"learner-{o.seed}.npz", learnt)
    note = {"network": blocks.NAME, "start": "the pack's", "recipe": asdict(recipe), "plan": asdict(plan), "shares": shares, "views": len(bank.order), "steps": o.steps,
            "card": torch.cuda.get_device_name(card) if card.type == "cuda" else "none",
            "versions": {"python, learning": platform.python_version(), "torch": torch.__version__}}
    (o.out / f"learner-{o.seed}.json").write_text(json.dumps(note, indent=1) + "\n")


if __name__ == "__main__":
    main()
