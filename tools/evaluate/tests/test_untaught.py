"""A straight line finds what the start's means tell on a day that was left out, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from evaluate import untaught
from train import bank, blocks, fit
from train.pictures import LEAF, Row


@pytest.fixture
def rows():
    found = []
    for label in ("Healthy", "Die Back"):
        for day in ("1", "2"):
            found += [Row(f"{label}{day}{n}", "leaf", label, day, f"{label}{day}{n}", LEAF.index(label)) for n in range(8)]
    found += [Row(f"s{n}", "leaf", "Sooty Mold", "20210428-harumanis", f"s{n}", LEAF.index("Sooty Mold")) for n in range(8)]
    return found + [Row(f"o{n}", "other", "household", "", f"o{n}", -1) for n in range(5)]


@pytest.mark.parametrize("told, recall", [("class", 1.0), ("day", 0.0)])
def test_recall_is_what_the_means_tell(rows, monkeypatch, told, recall):
    means = np.zeros((len(rows), blocks.FEATURES), np.float32)
    for i, row in enumerate(rows):
        means[i, 1] = row.label == "Sooty Mold"
        means[i, 0] = row.label == "Healthy" if told == "class" else (row.label == "Healthy") == (row.session == "1")
    monkeypatch.setattr(bank, "untouched", lambda *given: None)
    monkeypatch.setattr(untaught.network, "start_weights", lambda source: {})
    monkeypatch.setattr(fit, "means", lambda weights, maps, places, side: means[places])
    found = untaught.run(Path(), rows, Path(), Path(), 224)
    assert [x["left out"] for x in found[-2:]] == ["Bangladesh to Malaysia", "mean of class-days"]
    assert len(found) == 4 + 2 and found[-1]["pictures"] == 32
    assert found[-1]["recall"] == recall
