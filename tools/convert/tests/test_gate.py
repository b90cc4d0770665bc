"""The gate is fitted on the means of its maps, and the files keep everything else."""

import keras
import numpy as np
import pytest

from convert import gate, graph, quantise, taps
from convert.source import Source
from train import arranged, blocks, network, setting
from train.pictures import CLASSES, GATE, Row
from train.tests import drawn


def rows():
    out = [Row(f"leaf/{n}.jpg", "leaf", "Healthy", "d1", f"l{n}", 5) for n in range(60)]
    out += [Row(f"fruit/{n}.jpg", "fruit", "Healthy", "", f"f{n}", 3) for n in range(40)]
    return out + [Row(f"other/{label}/{n}.jpg", "other", label, "", f"{label}{n}", -1) for label in ("citrus leaf", "household") for n in range(40)]


WIDE = 12


def seen(table, kind, monkeypatch):
    """Means that tell each stratum, as photographed and a little moved; arranged samples of every second row and of nothing."""
    monkeypatch.setattr(blocks, "FEATURES", WIDE)
    rng, wide = np.random.default_rng(2), WIDE * (1 + len(blocks.GATE_TAPS[kind]))
    centres = {s: rng.normal(0, 1, wide) for s in sorted({r.stratum for r in table})}
    plain = np.array([centres[r.stratum] for r in table])
    shows = np.array([*range(0, len(table), 2), *[arranged.EMPTY] * 10]) if blocks.GATE_TAPS[kind] else np.zeros(0, int)
    moved = np.array([plain[i] + rng.normal(0, 0.3, wide) if i != arranged.EMPTY else rng.normal(3, 0.2, wide) for i in shows])
    return gate.Seen(kind, np.stack([plain + rng.normal(0, 0.2, plain.shape), plain + rng.normal(0, 0.3, plain.shape)]), moved.reshape(-1, wide), shows)


@pytest.mark.parametrize("kind", list(CLASSES))
def test_it_tells_the_kinds_and_takes_nothing_from_what_may_not_be_learnt(kind, monkeypatch):
    table = rows()
    found, usable = seen(table, kind, monkeypatch), np.array([r.label != "citrus leaf" for r in table])
    parts = gate.gate(found, table, usable)
    assert len(parts) == 1 + len(blocks.GATE_TAPS[kind])
    said = gate.applied(parts, found.pictures[0]).argmax(-1)
    kinds = np.array([GATE.index(r.kind) for r in table])
    assert (said == kinds)[usable].mean() > 0.97
    changed, gone = found.pictures.copy(), ~usable[found.shows] & (found.shows != arranged.EMPTY)
    changed[:, ~usable] += 5
    again = gate.gate(found._replace(pictures=changed, arranged=found.arranged + 5 * gone[:, None]), table, usable)
    assert all(np.array_equal(a, b) for one, other in zip(parts, again) for a, b in zip(one, other))


def test_a_feature_that_hardly_varies_leaves_the_others_their_steps(monkeypatch):
    table = rows()
    found = seen(table, "leaf", monkeypatch)
    found.pictures[..., 3] *= 1e-6
    found.arranged[:, 3] *= 1e-6
    kernel = np.abs(gate.gate(found, table, np.ones(len(table), bool))[0][0])
    assert kernel[3].max() <= kernel.max() < 30 * np.median(kernel)


def test_kinds_count_by_their_share_and_strata_by_the_root_of_their_size():
    table = rows() + [Row(f"other/bean leaf/{n}.jpg", "other", "bean leaf", "", f"b{n}", -1) for n in range(160)]
    found, kinds, strata = gate.weights(table, "fruit"), np.array([r.kind for r in table]), np.array([r.stratum for r in table])
    assert {k: round(float(found[kinds == k].sum()), 6) for k in GATE} == gate.SHARES["fruit"]
    assert found[strata == "other/bean leaf/"].sum() == pytest.approx(2 * found[strata == "other/household/"].sum())


def parts(kind):
    rng = np.random.default_rng(1)
    wide = [576] * len(blocks.GATE_TAPS[kind]) + [blocks.FEATURES]
    return [(rng.normal(0, 0.1, (n, 3)).astype(np.float32), rng.normal(0, 0.3, 3).astype(np.float32)) for n in wide]


def test_the_float_file_gets_the_same_gate_and_its_features():
    keras.utils.set_random_seed(1)
    before = network.deliverable(64, 8, 3, setting.WIDTH, setting.EACH)
    after = gate.refitted(before, "leaf", parts("leaf"))
    x = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3)).astype(np.float32)
    a, b = before(x), after(x)
    assert all(np.allclose(a[role], b[role], atol=1e-5) for role in ("classes", "cam", "setting", "near"))
    maps = [after.get_layer(f"b{n}_expand_relu").output for n in blocks.GATE_TAPS["leaf"]] + [after.get_layer("gate_map").input]
    means = np.concatenate([np.mean(m, (1, 2)) for m in keras.Model(after.input, maps)(x)], 1)
    assert np.allclose(b["gate"], gate.applied(parts("leaf"), means), atol=1e-3)


@pytest.fixture(scope="module")
def graphs():
    """int8 graphs with a gate on the last map alone, and one that the converter gave its taps, and pictures."""
    shown = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3), np.uint8).repeat(8, 1).repeat(8, 2)
    out = []
    for such in ((), blocks.GATE_TAPS["leaf"]):
        keras.utils.set_random_seed(1)
        model = network.deliverable(64, 8, 3, taps=such)
        network.lift(model, drawn.start())
        out.append(quantise.to_int8(Source(model, 64, {"classes": 8, "gate": 3}), shown, "-1..1"))
    return (*out, shown)


@pytest.mark.parametrize("which", [0, 1], ids=["last map alone", "with taps"])
def test_a_graph_gets_a_gate_on_its_taps_and_keeps_all_else_bit_for_bit(graphs, which):
    content, shown = graphs[which], graphs[2]
    tapped = taps.put(content, blocks.GATE_TAPS["leaf"])
    changed = graph.with_head(tapped, "gate", parts("leaf"), shown)
    before, middle, after = (quantise.Runner(x, 1) for x in (content, tapped, changed))
    a, b, c = (run(shown) for run in (before, middle, after))
    assert all(np.array_equal(a[role], b[role]) for role in a), "taps alone change nothing"
    assert all(np.array_equal(a[role], c[role]) for role in a if role != "gate")
    assert {role: before.index(role) for role in a} == {role: after.index(role) for role in a}
    assert taps.put(changed, blocks.GATE_TAPS["leaf"]) == changed
