"""The card's answers are what the table's raw rows are made of. Skipped where PyTorch is not installed: only a machine with a graphics card needs it."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not among the locked packages; only training on a graphics card needs it")

from evaluate import card, days, leaving, tables  # noqa: E402
from train import packed, pictures  # noqa: E402
from train.pictures import LEAF  # noqa: E402
from train.tests import drawn  # noqa: E402

SIDE = 32


def table():
    rows = []
    for n, label in enumerate(LEAF):
        for day in ("d1", "d2", "d3-harumanis")[:1 + n % 3]:
            rows += [("leaf", label, day)] * 3
    rows += [("leaf", "Unlisted (rust)", "d3-harumanis")] * 2
    return rows + [("other", label, "") for plants in leaving.PLANTS for label in plants] + [("other", "household", "")]


class Shelf:
    def picture(self, i):
        return np.random.default_rng(i).integers(0, 256, (40, 48, 3)).astype(np.uint8)

    def mask(self, i):
        return None


def test_every_model_answers_for_every_row(tmp_path, monkeypatch):
    lines = [f"{kind}/{n}.jpg,{kind},{label},{day},g{n}" for n, (kind, label, day) in enumerate(table())]
    (tmp_path / "manifest.csv").write_text("\n".join(["path,kind,label,session,group", *lines]) + "\n")
    rows = pictures.read_table(tmp_path)
    packed.write(tmp_path / "pack", tmp_path, rows, Shelf(), drawn.start())
    monkeypatch.setattr("sys.argv", ["card", str(tmp_path / "pack"), str(tmp_path / "out"), "--side", str(SIDE), "--views", "100",
                                     "--clean-views", "40", "--set", "batch=32", "epochs=0.5"])
    card.main()
    answers = np.load(tmp_path / "out" / "answers.npz")
    found = tables.read(days.from_answers(rows, answers, tmp_path / "days.csv"))
    for one in leaving.plans(rows, together=False):
        assert answers[f"{one.title}|leaf"].shape == (len(rows), 8) and answers[f"{one.title}|setting"].shape == (len(rows), 192)
        parts = {x["part"] for x in found if x["model"] == one.title}
        assert set(one.asked) <= parts
    assert np.ptp([float(x["classes0"]) for x in found]) > 0
