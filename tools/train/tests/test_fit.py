"""Training learns something learnable, and a stopped run goes on where it was."""

import numpy as np
import pytest

from train import fit, network, targets
from train.bank import Bank
from train.pictures import FRUIT, LEAF, Row
from train.recipe import Plan, rate, warm

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


def start():
    """Layers that keep a signal alive without normalisation."""
    found = network.learner(SIDE, targets.HEADS)
    return {layer.name: [layer.get_weights()[0] * 3.6, layer.get_weights()[1]] for layer in found.layers
            if layer.get_weights() and layer.name[0] in "bc"}


def test_it_learns():
    seen = material()
    model = fit.run(seen, ROWS, SIDE, Plan(epochs=4, batch=16, rate=1e-3, average=0.9, dropout=0.0), start(), say=lambda text: None)
    out = model(seen.maps.astype(np.float32))
    kinds = np.array([{"leaf": 0, "fruit": 1, "other": 2}[ROWS[i].kind] for i in seen.order])
    assert (np.argmax(out["gate"], -1) == kinds).mean() > 0.9


def test_a_stopped_run_goes_on_and_ends_where_one_in_one_piece_ends(tmp_path, monkeypatch):
    seen, weights = material(64), start()
    plan = Plan(epochs=1, batch=16)
    saved = []
    original = fit._save
    monkeypatch.setattr(fit, "_save", lambda keep, step, *rest: (saved.append(step), original(keep, step, *rest)))

    def stop(model):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "EVERY", 2)
    monkeypatch.setattr(fit, "LOOK", 2)
    with pytest.raises(KeyboardInterrupt):
        fit.run(seen, ROWS, SIDE, plan, weights, keep=tmp_path, check=stop)
    assert saved == [2]
    stopped = fit.run(seen, ROWS, SIDE, plan, weights, keep=tmp_path, say=lambda text: None)
    assert saved == [2, 4]
    # To the bit: the dropout's random numbers go on as well.
    whole = fit.run(seen, ROWS, SIDE, plan, weights, say=lambda text: None)
    assert all(np.array_equal(a, b) for a, b in zip(stopped.get_weights(), whole.get_weights()))
    fit.run(seen, ROWS, SIDE, plan, weights, keep=tmp_path, say=lambda text: None)
    assert saved == [2, 4], "a run that is done does nothing"


def test_the_same_run_twice_gives_the_same_weights():
    seen, weights, plan = material(64), start(), Plan(epochs=1, batch=16)
    a, b = (network.weights_of(fit.run(seen, ROWS, SIDE, plan, weights, say=lambda text: None)) for _ in range(2))
    assert all(np.array_equal(x, y) for name in a for x, y in zip(a[name], b[name]))


def test_the_rate_that_is_learnt_with_is_the_recipes():
    plan = Plan(rate=2e-3)
    schedule = fit._rate(plan, 700)
    for step in (0, 1, warm(700) - 1, warm(700), 300, 699):
        assert float(schedule(step)) == pytest.approx(rate(plan, step, 700), rel=0.02), step
