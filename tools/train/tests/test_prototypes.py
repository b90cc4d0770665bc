"""Prototypes stand where the pictures gather, and tell near from far."""

import numpy as np

from train import prototypes


def material():
    rng = np.random.default_rng(0)
    homes = np.abs(rng.normal(0, 1, (4, 32)))
    features = np.concatenate([home + rng.normal(0, 0.1, (60, 32)) for home in homes])
    return homes, features, [f"{'ab'[k // 120]}" for k in range(240)]


def test_each_group_gets_its_share_and_every_gathering_a_prototype():
    homes, features, keys = material()
    made = prototypes.make(features, keys, count=8)
    assert made.shape == (8, 32)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert ((prototypes.directions(homes) @ made.T).max(1) > 0.99).all()


def test_a_small_group_has_no_more_prototypes_than_pictures():
    _, features, keys = material()
    assert len(prototypes.make(features[:62], ["a"] * 60 + ["b"] * 2, count=20)) == 12


def test_what_is_like_nothing_known_is_farther():
    homes, features, keys = material()
    made = prototypes.make(features, keys, count=8)
    strange = np.abs(np.random.default_rng(9).normal(0, 1, (50, 32)))
    known = prototypes.cosine(features, features @ made.T)
    assert known.min() > prototypes.cosine(strange, strange @ made.T).max()
    assert prototypes.cosine(np.zeros((1, 32)), np.zeros((1, 8)))[0] == 0


def test_the_length_of_the_features_does_not_matter():
    _, features, keys = material()
    made = prototypes.make(features, keys, count=8)
    assert np.allclose(prototypes.cosine(features, features @ made.T), prototypes.cosine(3 * features, 3 * features @ made.T))
