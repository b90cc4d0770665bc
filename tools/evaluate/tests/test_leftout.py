"""What a throw-away model is asked for it has not learnt from, and the tables say what the raw rows say."""

import numpy as np
import pytest

from evaluate import leftout, tables, transfer, unseen
from train.pictures import LEAF, Row


def rows():
    """Three sources with two classes each, two sessions a class, other plants and fruit."""
    out = []
    for folder, session, label in (("leaf", "d1", "Healthy"), ("leaf", "d2", "Die Back"), ("harumanis", "d3", "Healthy"), ("harumanis", "d3", "Unlisted (rust)"),
                                   ("mldid", "d4", "Die Back"), ("mldid", "d4", "Gall Midge"), ("field_leaf_mango", "field", "Healthy")):
        out += [Row(f"{folder}/{label}/{n}.jpg", "leaf", label, session, f"{folder}{label}{n // 2}", LEAF.index(label) if label in LEAF else -1) for n in range(20)]
    for label in [name for group in leftout.LEAVES + leftout.FRUIT for name in group] + ["household"]:
        out += [Row(f"other/{label}/{n}.jpg", "other", label, "", f"{label}{n}", -1) for n in range(4)]
    return out + [Row(f"{folder}/{n}.jpg", "fruit", "Healthy", folder, f"{folder}{n}", 3) for folder in ("campus_fruit", "pakistan_fruit", "fruit") for n in range(4)]


def test_nothing_that_is_asked_was_learnt_and_everything_is_asked_once():
    table = rows()
    plans = leftout.plans(table)
    assert [one.title for one in plans if one.title.startswith("source")] == ["source leaf", "source harumanis", "source mldid"]
    asked = {}
    for one in plans:
        for part, flags in one.asked.items():
            assert not (flags & one.learn).any(), (one.title, part)
            asked[part] = asked.get(part, 0) + flags
    label, kind = np.array([r.label for r in table]), np.array([r.kind for r in table])
    assert (asked["species"] + asked["fruit"])[(kind == "other") & (label != "household")].tolist() == [1] * ((kind == "other") & (label != "household")).sum()
    assert (asked["mango"][kind != "other"] == 1).all(), "every mango picture of a source is asked of one gate that has not seen the source"
    sessions = asked["session"]
    assert sessions[label == "Healthy"].sum() == 60 and sessions[label == "Gall Midge"].sum() == 0


def test_a_source_is_asked_only_what_the_others_teach():
    one = next(p for p in leftout.plans(rows()) if p.title == "source mldid")
    table = rows()
    assert {r.label for r, a in zip(table, one.asked["source"]) if a} == {"Die Back"}
    assert {r.label for r, a in zip(table, one.asked["unlisted"]) if a} == {"Gall Midge"}


def test_a_part_without_pictures_is_left_out_of_the_raw_rows():
    table = rows()
    one = leftout.Leaving("source mldid", np.array([r.path.split("/")[0] != "mldid" for r in table]), {"source": np.array([r.label == "Die Back" for r in table]),
                                                                                                          "unlisted": np.zeros(len(table), bool)})
    means = np.random.default_rng(0).normal(0, 1, (len(table), 80))

    def logits(at):
        assert len(at), "a network is not asked about nothing"
        return {"leaf": np.eye(len(LEAF))[[table[i].target for i in at]] * 5, "gate": np.zeros((len(at), 3))}

    found = leftout.answered(table, one, np.zeros(len(table), bool), means, logits)
    assert {x["part"] for x in found} >= {"source"} and "unlisted" not in {x["part"] for x in found}


def answer(said: str, sure: float, kind="leaf"):
    """Logits of an answer with this confidence, and of a gate that is sure of the kind."""
    p = np.full(len(LEAF), (1 - sure) / (len(LEAF) - 1))
    p[LEAF.index(said)] = sure
    return {"classes": np.log(p)[None], "gate": np.array([[9.0 if kind == k else 0.0 for k in ("leaf", "fruit", "other")]]), "cosine": np.array([1.0])}


ENTRY = {"kind": "leaf", "calibration": {"temperature": 1.0}, "familiarity": None, "thresholds": {"unknown": 0.45}, "gate": {"temperature": 1.0, "threshold": 0.5}}


@pytest.fixture
def found():
    lines = []
    for n, (label, said, sure) in enumerate((("Die Back", "Die Back", 0.9), ("Die Back", "Healthy", 0.85), ("Die Back", "Healthy", 0.4),
                                             ("Healthy", "Healthy", 0.6), ("Healthy", "Healthy", 0.5))):
        row = Row(f"mldid/{n}.jpg", "leaf", label, "d4", f"g{n}", LEAF.index(label))
        lines.append(tables.with_logits(row, answer(said, sure), 0, model="source mldid", part="source"))
    for part, label, kind, gates in (("species", "citrus leaf", "other", ("leaf", "other")), ("species", "bean leaf", "other", ("other", "other")),
                                     ("fruit", "starfruit", "other", ("fruit",)), ("mango", "Healthy", "fruit", ("fruit", "other"))):
        for n, gate in enumerate(gates):
            row = Row(f"campus_fruit/{n}.jpg" if part == "mango" else f"other/{n}.jpg", kind, label, "", f"{label}{n}", -1)
            lines.append(tables.with_logits(row, answer("Healthy", 0.3, gate), 0, model="source mldid", part=part))
    return transfer.Answers(lines, ENTRY)


def test_a_leaf_with_a_sign_that_is_called_healthy_is_counted(found):
    die_back, healthy, mean = transfer.sources(found)
    assert die_back["recall"] == pytest.approx(1 / 3, abs=1e-4) and healthy["recall"] == 1 and mean["recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert die_back["diseased called healthy"] == pytest.approx(2 / 3, abs=1e-4), "whatever the confidence"
    assert die_back["diseased answered healthy"] == pytest.approx(1 / 3, abs=1e-4), "not where the answer is Unknown"
    assert die_back["sure and wrong"] == pytest.approx(1 / 3, abs=1e-4) and healthy["diseased called healthy"] == ""
    assert die_back["answered"] == pytest.approx(2 / 3, abs=1e-4) and die_back["right of answered"] == 0.5


def test_the_surest_come_first_and_classes_count_the_same(found):
    (line,) = transfer.risk(found)
    # In the order of confidence: Die Back right, wrong; Healthy right twice; Die Back wrong. Weights 1/3 and 1/2.
    assert line["right of surest 100 %"] == pytest.approx((1 / 3 + 1) / 2, abs=1e-4)
    assert line["right of surest 20 %"] == pytest.approx(0.5, abs=1e-4)
    area = (1 / 3 * 1 + 1 / 3 * 0.5 + 0.5 * (5 / 7) + 0.5 * (8 / 10) + 1 / 3 * (2 / 3)) / 2
    assert line["area under accuracy by coverage"] == pytest.approx(area, abs=1e-3)


def test_the_gate_is_asked_by_species_and_source(found):
    lines = {(x["what"], x["left out"]): x["share"] for x in transfer.gate(found)}
    assert lines["other leaf let in", "citrus leaf"] == 0.5 and lines["other leaf let in", "bean leaf"] == 0
    assert lines["other leaf let in", "mean"] == 0.25 and lines["other fruit let in", "mean"] == 1 and lines["mango accepted", "campus_fruit"] == 0.5


def test_a_source_that_was_not_learnt_is_asked_of_the_file_itself(tmp_path, monkeypatch):
    table = [Row(f"mldid/{n}.jpg", "leaf", label, "d4", f"g{n}", LEAF.index(label)) for n, label in enumerate(("Die Back", "Healthy"))]
    table.append(Row("leaf/1.jpg", "leaf", "Healthy", "d1", "g", LEAF.index("Healthy")))
    monkeypatch.setattr(unseen.delivered, "shown", lambda root, rows, at, side: at)

    class Model:
        entry, side, kind = ENTRY, 224, "leaf"

        def int8(self, at):
            assert at.tolist() == [0, 1], "only of that source"
            found = [answer("Healthy", 0.9) for _ in at]
            return {role: np.concatenate([f[role] for f in found]) for role in found[0]}

    unseen.of_model(Model(), tmp_path, table, ["mldid"], tmp_path)
    lines = tables.read(tmp_path / "unseen-sources.csv")
    assert [(x["class"], x["recall"]) for x in lines[:2]] == [("Die Back", "0.0"), ("Healthy", "1.0")]
    assert (tmp_path / "unseen-risk.csv").exists()
