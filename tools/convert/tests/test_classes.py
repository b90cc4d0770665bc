"""The class head is fitted beside the trained one, and only as far away as pays."""

import numpy as np
import pytest

from convert import classes
from train.pictures import CLASSES, Row

NAMES = CLASSES["fruit"]
ENTRY = {"kind": "fruit", "calibration": {"temperature": 0.5}}


def rows():
    out = [Row(f"fruit/{name}{n}.jpg", "fruit", name, "a", f"{name}{n}", k) for k, name in enumerate(NAMES) for n in range(30)]
    out += [Row(f"pakistan_fruit/{n}.jpg", "fruit", "Healthy", "b", f"p{n}", NAMES.index("Healthy")) for n in range(30)]
    return out + [Row(f"other/{n}.jpg", "other", "household", "", f"o{n}", -1) for n in range(30)]


def seen(table):
    """Features that tell each stratum, twice."""
    rng = np.random.default_rng(4)
    centres = {s: rng.normal(0, 1, 16) for s in sorted({r.stratum for r in table})}
    plain = np.array([centres[r.stratum] for r in table])
    return np.stack([plain + rng.normal(0, 0.2, plain.shape) for _ in range(2)])


def flags(table, folder):
    return np.array([r.path.startswith(folder) for r in table])


def start(found):
    return classes.Head(np.random.default_rng(5).normal(0, 0.1, (found.shape[-1], len(NAMES))).astype(np.float32), np.zeros(len(NAMES), np.float32))


def test_a_source_that_came_later_is_learnt():
    table = rows()
    found, later = seen(table), flags(table, "pakistan_fruit")
    head = classes.moved(found, table, np.ones(len(table), bool), ENTRY, start(found), pull=0.003)
    assert (head.logits(found[0, later]).argmax(-1) == NAMES.index("Healthy")).all()


def test_nothing_is_taken_from_what_may_not_be_learnt():
    table = rows()
    found, gone = seen(table), flags(table, "pakistan_fruit")
    changed = found.copy()
    changed[:, gone] += 5
    a, b = (classes.moved(x, table, ~gone, ENTRY, start(found)) for x in (found, changed))
    assert all(np.array_equal(x, y) for x, y in zip(a, b))


def test_a_strong_pull_leaves_the_trained_head():
    table = rows()
    found = seen(table)
    first, usable = start(found), np.ones(len(table), bool)
    near, far = (np.abs(classes.moved(found, table, usable, ENTRY, first, pull=p).kernel - first.kernel).max() for p in (1e4, 0.01))
    assert near < 0.01 < far


def test_classes_count_the_same_and_a_later_source_less_than_its_size():
    table = rows()
    found = classes.weights(table, np.ones(len(table), bool), "fruit")
    label, folder = np.array([r.label for r in table]), np.array([r.path.split("/")[0] for r in table])
    each = [found[label == name].sum() for name in NAMES]
    assert each == pytest.approx([1 / len(NAMES)] * len(NAMES))
    healthy = label == "Healthy"
    assert found[healthy & (folder == "pakistan_fruit")].sum() == pytest.approx(classes.LATER["pakistan_fruit"] * found[healthy & (folder == "fruit")].sum())
    assert found[folder == "other"].sum() == pytest.approx(classes.OTHERS)
