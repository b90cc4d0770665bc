"""What a view should be answered with."""

import numpy as np
import pytest

from train import goals
from train.pictures import FRUIT, LEAF, Row

ROWS = [Row("a", "leaf", "Healthy", "d", "a", LEAF.index("Healthy")), Row("b", "leaf", "Die Back", "d", "b", LEAF.index("Die Back")),
        Row("c", "leaf", "Unlisted (rust)", "d", "c", -1), Row("d", "fruit", "Healthy", "", "d", FRUIT.index("Healthy")),
        Row("e", "other", "household", "", "e", -1)]


def test_doubt_is_taught_where_no_class_fits():
    wished = goals.of_rows(ROWS, smoothing=0.08, outlier=0.3)
    leaf, weight = wished["leaf"]
    assert leaf[0].argmax() == LEAF.index("Healthy") and leaf[0].max() == pytest.approx(0.92 + 0.01)
    assert np.ptp(leaf[2]) == 0 and weight[2] == 1.0
    assert np.ptp(leaf[4]) == 0 and weight[4] == pytest.approx(0.3)
    assert wished["gate"][0].argmax(-1).tolist() == [0, 0, 0, 1, 2]


def test_a_clean_view_counts_less_for_the_classes_and_fully_for_the_gate():
    order, tidy = np.array([1, 0, 0]), np.array([False, True, False])
    wished = goals.of_views(ROWS, order, tidy, smoothing=0.0, outlier=0.3, clean_weight=0.5)
    assert wished["leaf"][1].tolist() == [1.0, 0.5, 1.0]
    assert wished["gate"][1].tolist() == [1.0, 1.0, 1.0]
    assert wished["leaf"][0].argmax(-1).tolist() == [LEAF.index("Die Back"), LEAF.index("Healthy"), LEAF.index("Healthy")]
