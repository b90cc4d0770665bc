"""The measures against numbers worked out by hand."""

import numpy as np
import pytest

from evaluate import calibrate, confidence, corruptions, measures
from train import doubtful
from train.pictures import Row


def test_calibration_error_of_an_honest_and_a_boastful_model():
    sure = np.full(100, 0.75)
    right = np.arange(100) < 75
    assert measures.calibration_error(sure, right) == pytest.approx(0)
    assert measures.calibration_error(np.full(100, 0.95), right) == pytest.approx(0.2)


def test_sure_and_wrong_counts_of_all():
    assert measures.sure_and_wrong(np.array([0.9, 0.9, 0.5, 0.8]), np.array([True, False, False, False])) == 0.5


def test_f1_and_recall_by_hand():
    table = measures.confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 3)
    f1, recall = measures.f1_and_recall(table)
    assert recall[:2].tolist() == pytest.approx([2 / 3, 1.0]) and np.isnan(recall[2])
    assert f1[0] == pytest.approx(0.8) and f1[1] == pytest.approx(2 / 3)


def test_auroc_with_ties():
    assert measures.auroc(np.array([2.0, 1.0]), np.array([0.0, 1.0])) == pytest.approx(0.875)


def test_the_passing_threshold_passes_that_share():
    mine = np.linspace(0, 1, 1001)
    assert (mine >= measures.passing(mine, 0.98)).mean() == pytest.approx(0.98, abs=0.002)


def test_confidence_follows_the_written_formula():
    logits = {"classes": np.array([[2.0, 0.0, -1.0]]), "cosine": np.array([0.5])}
    how = {"bias": -1.0, "weight": 2.5, "floor": 0.25, "threshold": 0.0}
    z = np.array([1.0, 0.0, -0.5])
    s = 0.25 + 0.75 / (1 + np.exp(-(-1.0 + 2.5 * 0.5)))
    p = s * np.exp(z) / np.exp(z).sum() + (1 - s) / 3
    assert confidence.probabilities(logits, 2.0, how)[0] == pytest.approx(p)
    assert confidence.probabilities(logits, 2.0)[0] == pytest.approx(np.exp(z) / np.exp(z).sum())


def test_calibration_finds_a_known_temperature():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, (4000, 4))
    p = confidence.softmax(z)
    goal = np.array([rng.choice(4, p=q) for q in p])
    assert calibrate.temperature(z * 3, goal) == pytest.approx(3, rel=0.08)


def test_calibration_doubts_what_looks_strange_and_can_be_carried_over():
    rng = np.random.default_rng(1)
    n = 1500
    strange = rng.random(n) < 0.5
    goal = rng.integers(0, 4, n)
    z = np.eye(4)[np.where(strange, rng.integers(0, 4, n), goal)] * 6
    raw = np.where(strange, -3.0, 2.0) + rng.normal(0, 0.5, n)
    units = calibrate.standard(raw, ~strange, ["m"] * n)
    t, *how = calibrate.search(z, units, goal, ~strange, [strange])
    p = confidence.mixed(confidence.softmax(z / t), confidence.trusted(units, *how)).max(-1)
    assert p[~strange].mean() > 0.85
    wrong = strange & (z.argmax(-1) != goal)
    assert ((p >= 0.8) & wrong).sum() <= calibrate.ALLOWED * strange.sum()
    # Another model measures the same thing on another scale.
    other = raw * 3 + 5
    how = calibrate.carried(*how, other[~strange])
    again = confidence.probabilities({"classes": z, "cosine": other}, t, how).max(-1)
    assert np.abs(again - p).max() < 0.01


def test_every_corruption_changes_and_keeps_the_shape():
    x = np.random.default_rng(0).integers(60, 190, (64, 64, 3)).astype(np.uint8)
    for name, corrupted in corruptions.KINDS.items():
        made = corrupted(np.random.default_rng(1), x)
        assert made.shape == x.shape and made.dtype == np.uint8, name
        assert np.abs(made.astype(int) - x).mean() > 2, name


def test_one_fruit_under_two_labels_is_listed():
    rows = [Row(f"{n}.jpg", "fruit", label, "", "g", 0, "0.jpg") for n, label in enumerate(["Healthy", "Healthy", "Alternaria"])]
    rows += [Row("x.jpg", "fruit", "Stem end Rot", "", "g", 0), Row("y.jpg", "fruit", "Healthy", "", "h", 0)]
    found = doubtful.things_with_several_labels(rows)
    assert [f["decision"] for f in found] == ["kept", "kept", "not learnt from"]
