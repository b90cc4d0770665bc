"""The gate of the delivered files, fitted anew without each species, kind of fruit and source of mangoes in turn.

Only the gate is fitted anew: the blocks before it have seen what they have seen. What they had not seen either stands in
the model card.
"""

from pathlib import Path

import numpy as np

from convert import gate, taps
from train import blocks, folds
from train.pictures import GATE

from . import delivered, tables
from .confidence import softmax
from .leftout import FIELD, FRUIT, LEAVES

SOURCES = {"leaf": (("leaf",), ("harumanis",), ("mldid",), FIELD), "fruit": (("fruit",), ("pakistan_fruit",), ("campus_fruit",), FIELD)}
OTHERS = {"leaf": LEAVES, "fruit": FRUIT}


def of_model(model: delivered.Delivered, root: Path, rows, usable, work: Path, out: Path) -> list[dict]:
    """A line for everything left out, then means; written to gate-KIND.csv. `now` is what the delivered gate, which knows all, answers."""
    mine, level = GATE.index(model.kind), model.entry["gate"]["threshold"]
    content = (model.folder / model.entry["files"]["tflite"]["name"]).read_bytes()
    shown = gate.some(root, rows, model.side)
    seen = gate.Seen.of(model.kind, taps.put(gate.featured(content, shown), blocks.GATE_TAPS[model.kind]), shown, root, rows, usable, work)
    kind, folder, label = (np.array([f(r) for r in rows]) for f in (lambda r: r.kind, lambda r: r.path.split("/")[0], lambda r: r.label))

    def passed(parts):
        return softmax(gate.applied(parts, seen.pictures[0]))[:, mine] >= level

    known, found = passed(gate.gate(seen, rows, usable)), []
    for what, groups, where in (("accepted", SOURCES[model.kind], folder), ("let in", OTHERS[model.kind], label)):
        for names in groups:
            gone = np.isin(where, names) & ((kind == "other") == (what == "let in"))
            asked = gone & ((kind == model.kind) | (kind == "other"))
            if not asked.any():
                continue
            strange = passed(gate.gate(seen, rows, usable & ~gone))
            for name in names:
                here = asked & (where == name)
                if here.any():
                    found.append({"what": what, "left out": name, "pictures": int(here.sum()), "share": round(float(strange[here].mean()), 4),
                                  "now": round(float(known[here].mean()), 4)})
                    print(model.kind, found[-1], flush=True)
    judging = folds.unseen(rows)
    for what, here in (("accepted", judging & (kind == model.kind)), ("let in", judging & (kind != model.kind))):
        lines = [x for x in found if x["what"] == what]
        worst = min if what == "accepted" else max
        found.append({"what": what, "left out": "mean", "pictures": sum(x["pictures"] for x in lines), "share": round(float(np.mean([x["share"] for x in lines])), 4), "now": ""})
        found.append({"what": what, "left out": "worst", "pictures": "", "share": worst(x["share"] for x in lines), "now": ""})
        found.append({"what": what, "left out": "nothing: held-out groups", "pictures": int(here.sum()), "share": "", "now": round(float(known[here].mean()), 4)})
    for line in found[-6:]:
        print(model.kind, line)
    tables.write(out / f"gate-{model.kind}.csv", found)
    return found
