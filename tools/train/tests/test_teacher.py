"""The teacher answers as its authors' network does, and a share of its answers reaches the leaf head."""

import cv2
import keras
import numpy as np
import pytest

from train import bank, fit, goals, network, packed, teacher, views
from train.bank import Bank
from train.pictures import LEAF, Row
from train.plan import Plan
from train.tests import drawn

SIDE = 32


def _waves():
    y, x = np.mgrid[0:224, 0:224]
    return np.stack([x, y, x * y % 256], -1).astype(np.uint8)


def _chequered():
    y, x = np.mgrid[0:224, 0:224]
    return np.stack([40 + 0 * x, 120 + 60 * ((x // 16 + y // 16) % 2), 30 + 0 * x], -1).astype(np.uint8)


# Logits of the authors' own code under PyTorch 2.15 and timm 1.0.31, bytes divided by 255, then by their means and spreads.
GOLDEN = ((_waves, [-0.0717, -0.7758, 3.4616, -0.0674, -0.3102, -0.8012, 0.4252]),
          (_chequered, [-0.5666, -0.6755, 1.8154, -0.0653, -0.3659, -0.3000, 1.6288]))


@pytest.fixture(scope="module")
def asked():
    return teacher.runner(teacher.file())


@pytest.mark.parametrize("picture, logits", GOLDEN)
def test_it_answers_as_published(asked, picture, logits):
    assert asked(picture()) == pytest.approx(logits, abs=1e-3)


def test_a_bank_holds_its_answers_to_the_views(asked, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    rows = []
    for n, label in enumerate(("Healthy", "Die Back")):
        cv2.imwrite(str(data / f"{n}.png"), drawn.leaf(n)[0][..., ::-1])
        rows.append(Row(f"{n}.png", "leaf", label, "d", f"{n}", LEAF.index(label)))
    cv2.imwrite(str(data / "ground.png"), drawn.leaf(9)[0][..., ::-1])
    rows.append(Row("ground.png", "other", "ground and weeds", "", "g", -1))
    packed.save_weights(tmp_path / "start.npz", drawn.start())
    seen = bank.both(lambda count, how: tmp_path / f"bank-{how.clean:.0f}", data, rows, np.ones(3, bool), teacher.SIDE, 0, 12, views.Recipe(), 1,
                     tmp_path / "start.npz", teacher_path=teacher.file())
    assert seen.told.shape == (len(seen.order), len(teacher.NAMES)) and len(seen.order) >= 8 and seen.tidy.all()
    # A clean view is hardly altered, so its answer is near that to the photograph.
    plain = np.stack([asked(cv2.resize(drawn.leaf(n)[0], (224, 224), interpolation=cv2.INTER_AREA)) for n in (0, 1, 9)])
    off = [np.abs(seen.told[k] - plain[seen.order[k]]).max() for k in range(len(seen.order))]
    assert np.median(off) < 1.5 < np.abs(plain).max(), off


def test_views_of_another_size_are_refused(tmp_path):
    with pytest.raises(ValueError, match="views of 128 pixels"):
        bank.build(tmp_path / "bank", tmp_path, [], np.ones(0, bool), 128, 6, views.Recipe(), 1, tmp_path / "start.npz", teacher_path=teacher.file())
    assert not (tmp_path / "bank").exists()


def test_what_it_does_not_know_is_neither_preferred_nor_pushed_away():
    share = teacher.as_leaf()
    assert np.allclose(share.sum(0), 1), "all answers alike must change no name"
    assert share[teacher.NAMES.index("Sooty Mould"), LEAF.index("Sooty Mold")] == 1
    assert share[:, LEAF.index("Gall Midge")].tolist() == [0, 0, 0, 0, 0.5, 0, 0.5]


def test_a_share_of_its_head_is_added_to_the_names():
    keras.utils.set_random_seed(1)
    whole = network.learner(SIDE, goals.HEADS | {teacher.HEAD: len(teacher.NAMES)})
    maps = np.random.default_rng(0).normal(0, 1, (3, *network.split_shape(SIDE))).astype(np.float32)
    said = whole(maps)
    plain = network.learner(SIDE, goals.HEADS)
    network.lift(plain, teacher.added(network.weights_of(whole), 0.5, 2.0))
    wished = said["leaf"] + teacher.as_names(np.asarray(said[teacher.HEAD]), 0.5, 2.0)
    assert np.allclose(plain(maps)["leaf"], wished, atol=1e-4)
    assert np.allclose((wished - said["leaf"])[:, LEAF.index("Healthy")], 0.5 * np.asarray(said[teacher.HEAD])[:, teacher.NAMES.index("Healthy")] - 1, atol=1e-4)
    assert np.array_equal(plain(maps)["gate"], said["gate"])


def test_distance_is_nothing_between_equals_and_grows():
    told = np.array([[2.0, 0, 0, 0, 0, 0, 0], [0, 0, 5, 0, 0, 0, 0]], np.float32)
    assert float(teacher.distance(told, told + 3)) == pytest.approx(0, abs=1e-6)
    assert float(teacher.distance(told, told * 0)) > float(teacher.distance(told, told * 0.5)) > 0.01


def test_a_taught_run_answers_on_what_only_the_teacher_told():
    """Views without a name of their own (an unlisted disease pulls to the flat answer) get the teacher's share."""
    rng = np.random.default_rng(0)
    rows = [Row("a", "leaf", "Unlisted", "d", "a", -1), Row("b", "leaf", "Unlisted", "d", "b", -1)]
    order = np.arange(160, dtype=np.int32) % 2
    maps = rng.normal(0, 0.3, (160, *network.split_shape(SIDE))).astype(np.float16)
    maps[order == 1, ..., :8] += 2
    told = np.where(order[:, None] == 1, np.eye(7)[teacher.NAMES.index("Sooty Mould")], np.eye(7)[teacher.NAMES.index("Healthy")]) * 6
    plan = Plan(epochs=5, batch=16, rate=1e-3, average=0.9, dropout=0.0, taught=1.0, trusted=1.0, wary=0.0)
    model = fit.run(Bank(maps, order, np.zeros(160, bool), told.astype(np.float32)), rows, SIDE, plan, drawn.start(), say=lambda text: None)
    said = np.asarray(model(maps.astype(np.float32))["leaf"]).argmax(-1)
    assert set(model.output_names) == set(goals.HEADS)
    assert (said == np.where(order == 1, LEAF.index("Sooty Mold"), LEAF.index("Healthy"))).mean() > 0.9
