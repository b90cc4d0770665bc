"""Heads begin as a linear model of what the start tells."""

import numpy as np

from train import linear


def material(n=600):
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (n, 12))
    return features * np.array([5, 0.2] * 6) + 3, np.eye(3)[features[:, :3].argmax(-1)]


def test_it_finds_the_slopes_whatever_the_units():
    x, goal = material()
    line, base = linear.fitted(x, goal, np.ones(len(x)))
    assert ((x @ line + base).argmax(-1) == goal.argmax(-1)).mean() > 0.93


def test_rows_of_no_weight_say_nothing():
    x, goal = material()
    share = np.ones(len(x))
    share[::2] = 0
    wrong = goal.copy()
    wrong[::2] = np.roll(goal[::2], 1, -1)
    for a, b in zip(linear.fitted(x, goal, share), linear.fitted(x, wrong, share)):
        assert np.array_equal(a, b)


def test_heads_begin_where_the_start_has_none():
    x, goal = material()
    places = np.arange(0, len(x), 2)
    wished = {"gate": (goal, np.ones(len(x)))}
    found = linear.begun({"b0_depth": "theirs"}, wished, places, lambda at: x[at])
    line, base = linear.fitted(x[places], goal[places], np.ones(len(places)))
    assert found["b0_depth"] == "theirs"
    assert np.allclose(found["gate_map"][0][0, 0], line) and np.allclose(found["gate_map"][1], base)
    assert linear.begun(found, wished, places, None) is found


def test_no_more_samples_are_asked_than_are_needed(monkeypatch):
    x, goal = material()
    monkeypatch.setattr(linear, "MOST", 100)
    asked = []
    for places in (np.arange(600), np.arange(0, 600, 2)):
        linear.begun({}, {"gate": (goal, np.ones(len(x)))}, places, lambda at: (asked.append(at), x[at])[1])
    whole, half = asked
    assert len(whole) == len(half) == 100 and set(half) <= set(range(0, 600, 2))
    # What both may ask, both do: a network after another on one bank asks little anew.
    assert set(whole) & set(range(0, 600, 2)) <= set(half)


def test_least_squares_find_the_slopes_and_hold_down_what_hardly_varies():
    x, goal = material()
    x[:, 5] = 1 + 1e-6 * x[:, 5]
    line, base = linear.least_squares(x, goal, np.ones(len(x)), 1e-3)
    assert ((x @ line + base).argmax(-1) == goal.argmax(-1)).mean() > 0.9
    assert np.abs(line[5]).max() < np.abs(line).max()
