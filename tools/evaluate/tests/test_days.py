"""What is asked for was not learnt from, whatever is left out."""

import numpy as np
import pytest

from evaluate import days
from train.pictures import LEAF, Row


def rows():
    out = []
    for label in LEAF:
        for day in ("d1", "d2", "d3-harumanis")[:1 + LEAF.index(label) % 3]:
            out += [Row(f"{label}{day}{n}", "leaf", label, day, f"{label}{day}", LEAF.index(label)) for n in range(4)]
    out += [Row(f"r{n}", "leaf", "Unlisted (rust)", "d3-harumanis", f"r{n}", -1) for n in range(3)]
    for plants in days.PLANTS:
        out += [Row(f"{p}{n}", "other", p, "", f"{p}{n}", -1) for p in plants for n in range(2)]
    return out + [Row("s", "other", "household", "", "s", -1)]


@pytest.mark.parametrize("together", [False, True])
def test_nothing_asked_for_is_learnt(together):
    table = rows()
    made = days.plans(table, together)
    asked_days = set()
    for leaving in made:
        for flags in leaving.asked.values():
            assert flags.any() and not (flags & leaving.learn).any(), leaving.title
        for i in np.flatnonzero(leaving.asked.get("asked", np.zeros(len(table), bool))):
            if not leaving.title.startswith("Bangladesh"):
                asked_days.add((table[i].label, table[i].session))
        assert leaving.learn.any()
    twice = {(r.label, r.session) for r in table if r.target >= 0 and len({q.session for q in table if q.label == r.label}) > 1}
    assert asked_days == twice
    plants = [table[i].label for leaving in made if "other plants" in leaving.asked for i in np.flatnonzero(leaving.asked["other plants"])]
    assert set(plants) == {p for group in days.PLANTS for p in group}


def test_a_class_that_was_not_learnt_at_all_is_an_unlisted_one():
    table = rows()
    leaving = next(x for x in days.plans(table, True) if x.title.startswith("without Anthracnose"))
    gone = {table[i].label for i in np.flatnonzero(leaving.asked["unlisted"])}
    assert gone == set(days.UNLEARNT[0])
    assert not gone & {table[i].label for i in np.flatnonzero(leaving.learn)}
