"""The table of signs fits the photographs, and its labels add up."""

import csv
from collections import Counter

import numpy as np
import pytest

from train import pictures, signs


def lines():
    with open(signs.TABLE, newline="") as f:
        return list(csv.DictReader(f))


@pytest.mark.parametrize("line", [pytest.param(x, id=f"{x['folder']} {x['label']} {x['session']}") for x in lines()])
def test_every_label_adds_up_and_has_its_reason(line):
    assert line["sign"] and line["reason"]
    kind = "fruit" if "fruit" in line["folder"] else "leaf"
    row = pictures.Row(f"{line['folder']}/x.jpg", kind, line["label"], line["session"], "g", -1)
    found = signs.distribution(row, pictures.CLASSES[kind])
    assert found.sum() == pytest.approx(0 if line["soft"] == signs.GATE_ONLY else 1)
    if line["soft"] == "diseased":
        assert found[pictures.CLASSES[kind].index(signs.HEALTHY)] == 0


def test_the_counts_are_those_of_the_photographs():
    root = pictures.data_root()
    if not (root / "manifest.csv").exists():
        pytest.skip("the photographs are not here (MANGO_DATA)")
    rows = [r for r in pictures.read_table(root) if r.kind != "other"]
    found = Counter((r.path.split("/")[0], r.label, r.session) for r in rows)
    counts = {(x["folder"], x["label"], x["session"]): int(x["pictures"]) for x in lines()}
    assert all(found[key] == count for key, count in counts.items())
    assert {key for key in found if key[0] not in ("fruit", "pakistan_fruit")} == {key for key in counts if key[0] != "pakistan_fruit"}


def test_pictures_without_a_stated_licence_can_be_told():
    root = pictures.data_root()
    if not (root / "credits.csv").exists():
        pytest.skip("the photographs are not here (MANGO_DATA)")
    rows = pictures.read_table(root)
    stated = pictures.licence_stated(root, rows)
    out = np.array([r.path.split("/")[0] for r in rows])[~stated]
    assert {"mldid", "field_leaf_mango", "pakistan_fruit", "campus_fruit"} <= set(out)
    assert stated[[r.path.startswith(("leaf/", "harumanis/", "fruit/")) for r in rows]].all()
