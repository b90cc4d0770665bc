"""The gate is fitted on features, and the files keep everything else."""

import keras
import numpy as np
import pytest

from convert import gate
from train import network, setting
from train.pictures import GATE, Row


def rows():
    out = [Row(f"leaf/{n}.jpg", "leaf", "Healthy", "d1", f"l{n}", 5) for n in range(60)]
    out += [Row(f"fruit/{n}.jpg", "fruit", "Healthy", "", f"f{n}", 3) for n in range(40)]
    return out + [Row(f"other/{label}/{n}.jpg", "other", label, "", f"{label}{n}", -1) for label in ("citrus leaf", "household") for n in range(40)]


def seen(table):
    """Features that tell each stratum, as photographed and a little moved."""
    rng = np.random.default_rng(2)
    centres = {s: rng.normal(0, 1, 12) for s in sorted({r.stratum for r in table})}
    plain = np.array([centres[r.stratum] for r in table])
    return np.stack([plain + rng.normal(0, 0.2, plain.shape), plain + rng.normal(0, 0.3, plain.shape)])


def test_it_tells_the_kinds_and_takes_nothing_from_what_may_not_be_learnt():
    table = rows()
    found, usable = seen(table), np.array([r.label != "citrus leaf" for r in table])
    kernel, bias = gate.gate(found, table, usable, "leaf")
    said = (found[0] @ kernel + bias).argmax(-1)
    kinds = np.array([GATE.index(r.kind) for r in table])
    assert (said == kinds)[usable].mean() > 0.97
    changed = found.copy()
    changed[:, ~usable] += 5
    assert all(np.array_equal(a, b) for a, b in zip(gate.gate(changed, table, usable, "leaf"), (kernel, bias)))


def test_kinds_count_by_their_share_and_strata_by_the_root_of_their_size():
    table = rows() + [Row(f"other/bean leaf/{n}.jpg", "other", "bean leaf", "", f"b{n}", -1) for n in range(160)]
    found, kinds, strata = gate.weights(table, "fruit"), np.array([r.kind for r in table]), np.array([r.stratum for r in table])
    assert {k: round(float(found[kinds == k].sum()), 6) for k in GATE} == gate.SHARES["fruit"]
    assert found[strata == "other/bean leaf/"].sum() == pytest.approx(2 * found[strata == "other/household/"].sum())


def test_the_float_file_gets_the_same_gate_and_its_features():
    keras.utils.set_random_seed(1)
    before = network.deliverable(64, 8, 3, setting.WIDTH, setting.EACH)
    kernel, bias = np.ones((1280, 3), np.float32), np.array([1, 2, 3], np.float32)
    after = gate.refitted(before, kernel, bias)
    x = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3)).astype(np.float32)
    a, b = before(x), after(x)
    assert all(np.allclose(a[role], b[role], atol=1e-5) for role in ("classes", "cam", "setting", "near"))
    assert np.allclose(b["gate"], np.array(b["features"]) @ kernel + bias, rtol=1e-4)
