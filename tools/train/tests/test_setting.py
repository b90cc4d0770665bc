"""What a photo's setting says: near to how its class was photographed, far from everything else."""

import numpy as np

from train import setting
from train.pictures import CLASSES, Row


def row(kind, label, session, k):
    target = CLASSES[kind].index(label) if kind in CLASSES and label in CLASSES[kind] else -1
    return Row(path=f"{kind}/{label}/{session}-{k}.jpg", kind=kind, label=label, session=session, group=f"{label}-{session}-{k}", target=target)


def material():
    """Leaves of three class-sessions and one kind of other picture, each round a place of its own in 20 channels."""
    rng = np.random.default_rng(4)
    places = [("leaf", "Healthy", "d1"), ("leaf", "Healthy", "d2"), ("leaf", "Die Back", "d3"), ("other", "guava leaf", "x")]
    rows, values = [], []
    for kind, label, session in places:
        home = rng.normal(0, 1, 80)
        for k in range(50):
            rows.append(row(kind, label, session, k))
            values.append(home + rng.normal(0, 0.1, 80))
    return rows, np.array(values, np.float32)


def test_a_class_is_near_where_it_was_learnt_and_far_where_another_was():
    rows, means = material()
    taken = setting.learnt(means, rows, np.ones(len(rows), bool), "leaf")
    healthy, die_back = CLASSES["leaf"].index("Healthy"), CLASSES["leaf"].index("Die Back")
    for first, said, near in ((0, healthy, True), (50, healthy, True), (100, healthy, False), (100, die_back, True),
                              (0, die_back, False), (150, healthy, False), (150, die_back, False)):
        c = taken.cosine(means[first:first + 50], np.full(50, said))
        assert (np.median(c) > 0.8) == near, (first, said, np.median(c))


def test_a_day_that_was_left_out_is_strange():
    rows, means = material()
    usable = np.array([r.session != "d2" for r in rows])
    taken = setting.learnt(means, rows, usable, "leaf")
    said = np.full(50, CLASSES["leaf"].index("Healthy"))
    assert taken.cosine(means[:50], said).min() > taken.cosine(means[50:100], said).max()


def test_every_class_has_its_prototypes_and_an_unlearnt_one_is_near_nothing():
    rows, means = material()
    taken = setting.learnt(means, rows, np.ones(len(rows), bool), "leaf")
    assert taken.near.shape == (len(CLASSES["leaf"]), setting.EACH, taken.kernel.shape[1])
    length = np.linalg.norm(taken.near[CLASSES["leaf"].index("Healthy")], axis=1)
    assert np.allclose(length, 1, atol=1e-5)
    assert (taken.cosine(means[:5], np.zeros(5, int)) == 0).all()  # Anthracnose


def test_the_kernel_is_already_what_int8_makes_of_it():
    rows, means = material()
    kernel = setting.learnt(means, rows, np.ones(len(rows), bool), "leaf").kernel
    steps = kernel / (np.abs(kernel).max(0) / 127)
    assert np.allclose(steps, np.round(steps), atol=1e-3)
    assert np.array_equal(np.abs(steps).max(0).round(), np.full(kernel.shape[1], 127))


def test_no_light_is_near_nothing():
    assert setting.nearest(np.zeros((1, 4)), np.ones((1, 3)), np.array([1]))[0] == 0
