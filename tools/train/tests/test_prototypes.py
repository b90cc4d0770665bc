"""Prototypes stand where the points gather."""

import numpy as np

from train import prototypes


def test_every_gathering_gets_a_prototype():
    rng = np.random.default_rng(0)
    homes = rng.normal(0, 1, (4, 32))
    points = prototypes.directions(np.concatenate([home + rng.normal(0, 0.1, (60, 32)) for home in homes]))
    made = prototypes.centres(points, 8, rng)
    assert made.shape == (8, 32)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert ((prototypes.directions(homes) @ made.T).max(1) > 0.99).all()


def test_there_are_no_more_prototypes_than_points():
    points = prototypes.directions(np.random.default_rng(1).normal(0, 1, (2, 32)))
    assert len(prototypes.centres(points, 10, np.random.default_rng(2))) == 2
