"""The delivered leaf file on sources that its classes were not learnt from: no throw-away model, the file itself."""

from pathlib import Path

import numpy as np

from . import delivered, tables, transfer


def of_model(model: delivered.Delivered, root: Path, rows, sources: list[str], out: Path) -> transfer.Answers:
    """Recall, risk and coverage of each source (a folder of the photographs); written to unseen-*.csv."""
    lines = []
    for source in sources:
        at = np.flatnonzero([r.kind == "leaf" and r.target >= 0 and r.path.startswith(f"{source}/") for r in rows])
        logits = model.int8(delivered.shown(root, rows, at, model.side))
        lines += [tables.with_logits(rows[i], logits, k, model=f"source {source}", part="source") for k, i in enumerate(at)]
    answers = transfer.Answers(lines, model.entry)
    for name, table in (("sources", transfer.sources(answers)), ("risk", transfer.risk(answers))):
        tables.write(out / f"unseen-{name}.csv", table)
        for line in table:
            print(line)
    return answers
