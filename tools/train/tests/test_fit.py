"""Training learns something learnable, and a stopped run goes on where it was."""

import numpy as np
import pytest

from train import fit, goals, network
from train.bank import Bank
from train.pictures import FRUIT, LEAF, Row
from train.plan import Plan

SIDE = 32
ROWS = [Row("a", "leaf", "Healthy", "d", "a", LEAF.index("Healthy")), Row("b", "leaf", "Die Back", "d", "b", LEAF.index("Die Back")),
        Row("c", "leaf", "Unlisted (rust)", "d", "c", -1), Row("d", "fruit", "Healthy", "", "d", FRUIT.index("Healthy")),
        Row("e", "other", "household", "", "e", -1)]


def material(n=160):
    rng = np.random.default_rng(0)
    order = rng.integers(0, len(ROWS), n).astype(np.int32)
    maps = rng.normal(0, 0.3, (n, *network.split_shape(SIDE))).astype(np.float16)
    for i, row in enumerate(order):
        maps[i, ..., row * 4:row * 4 + 4] += 2
    return Bank(maps, order, np.arange(n) % 4 == 0)


def test_it_learns():
    seen = material()
    plan = Plan(epochs=4, batch=16, rate=1e-3, average=0.9, dropout=0.0)
    # Untrained layers without normalisation let the signal die out; larger kernels keep it alive.
    start = {layer.name: [layer.get_weights()[0] * 3.6, layer.get_weights()[1]]
             for layer in network.learner(SIDE, goals.HEADS).layers if layer.get_weights() and layer.name[0] in "bc"}
    model = fit.run(seen, ROWS, SIDE, plan, start, say=lambda text: None)
    out = model(seen.maps.astype(np.float32))
    kinds = np.array([{"leaf": 0, "fruit": 1, "other": 2}[ROWS[i].kind] for i in seen.order])
    assert (np.argmax(out["gate"], -1) == kinds).mean() > 0.9


def test_a_stopped_run_goes_on(tmp_path, monkeypatch):
    seen = material(64)
    plan = Plan(epochs=1, batch=16)
    saved = []
    original = fit._save
    monkeypatch.setattr(fit, "_save", lambda keep, step, *rest: (saved.append(step), original(keep, step, *rest)))
    optimiser_steps = []

    def stop(model):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "EVERY", 2)
    with pytest.raises(KeyboardInterrupt):
        fit.run(seen, ROWS, SIDE, plan, {}, keep=tmp_path, check=stop)
    assert saved == [2]
    fit.run(seen, ROWS, SIDE, plan, {}, keep=tmp_path, say=optimiser_steps.append)
    assert saved == [2, 4]
