"""What is asked for was not learnt from, whatever is left out."""

import numpy as np
import pytest

from evaluate import days, leaving, tables
from train.pictures import LEAF, Row


def rows():
    out = []
    for label in LEAF:
        for day in ("d1", "d2", "d3-harumanis")[:1 + LEAF.index(label) % 3]:
            out += [Row(f"{label}{day}{n}", "leaf", label, day, f"{label}{day}", LEAF.index(label)) for n in range(4)]
    out += [Row(f"r{n}", "leaf", "Unlisted (rust)", "d3-harumanis", f"r{n}", -1) for n in range(3)]
    for plants in leaving.PLANTS:
        out += [Row(f"{p}{n}", "other", p, "", f"{p}{n}", -1) for p in plants for n in range(2)]
    return out + [Row("s", "other", "household", "", "s", -1)]


@pytest.mark.parametrize("together", [False, True])
def test_nothing_asked_for_is_learnt(together):
    table = rows()
    made = leaving.plans(table, together)
    asked_days = set()
    for one in made:
        for flags in one.asked.values():
            assert flags.any() and not (flags & one.learn).any(), one.title
        for i in np.flatnonzero(one.asked.get("asked", np.zeros(len(table), bool))):
            if not one.title.startswith("Bangladesh"):
                asked_days.add((table[i].label, table[i].session))
        assert one.learn.any()
    twice = {(r.label, r.session) for r in table if r.target >= 0 and len({q.session for q in table if q.label == r.label}) > 1}
    assert asked_days == twice
    plants = [table[i].label for one in made if "other plants" in one.asked for i in np.flatnonzero(one.asked["other plants"])]
    assert set(plants) == {p for group in leaving.PLANTS for p in group}


def test_a_class_that_was_not_learnt_at_all_is_an_unlisted_one():
    table = rows()
    one = next(x for x in leaving.plans(table, True) if x.title.startswith("without Anthracnose"))
    gone = {table[i].label for i in np.flatnonzero(one.asked["unlisted"])}
    assert gone == set(leaving.UNLEARNT[0])
    assert not gone & {table[i].label for i in np.flatnonzero(one.learn)}


def test_a_cards_answers_become_raw_rows(tmp_path):
    table = rows()
    rng, seen = np.random.default_rng(0), np.flatnonzero([r.kind == "leaf" for r in table])
    answers = {"setting rows": seen}
    for one in leaving.plans(table, together=False):
        answers |= {f"{one.title}|leaf": rng.normal(size=(len(table), 8)), f"{one.title}|gate": rng.normal(size=(len(table), 3)),
                    f"{one.title}|setting": rng.normal(size=(len(seen), 70)).astype(np.float16)}
    lines = tables.read(days.from_answers(table, answers, tmp_path / "days.csv"))
    place = {r.path: i for i, r in enumerate(table)}
    assert {x["model"] for x in lines} == {one.title for one in leaving.plans(table, together=False)}
    for line in lines:
        wanted = answers[f"{line['model']}|leaf"][place[line["path"]]]
        assert [float(line[f"classes{n}"]) for n in range(8)] == pytest.approx(wanted, abs=1e-3)
        assert float(line["cosine0"]) == 0 or line["kind"] == "leaf", "nobody looked at how it was taken"
    assert np.mean([float(x["cosine0"]) != 0 for x in lines if x["part"] == "asked"]) > 0.5
    found = days.means(days.summary(lines))
    assert found["class-days"] == sum(1 for one in leaving.plans(table, False) if "asked" in one.asked) - 1


@pytest.mark.parametrize("asked, wanted", [
    (["class-day"], {"mean recall": 0.5, "worst recall": 0.5, "worst sure and wrong": 0.1}),
    (["Bangladesh to Malaysia"], {"source-out recall": 0.5, "source-out sure and wrong": 0.1}),
])
def test_a_table_of_which_a_part_is_made_says_that_part(asked, wanted):
    found = days.means([{"left out": one, "pictures": 10, "recall": 0.5, "recall of leaves": 0.4, "sure and wrong": 0.1} for one in asked])
    assert found.items() >= wanted.items()
    assert any(name.startswith("source-out") for name in found) == any(name.startswith("source-out") for name in wanted)
