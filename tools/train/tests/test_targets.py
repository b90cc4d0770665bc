"""What a sample should be answered with."""

import numpy as np
import pytest

from train import targets
from train.pictures import FRUIT, LEAF, Row

ROWS = [Row("a", "leaf", "Healthy", "d", "a", LEAF.index("Healthy")), Row("b", "leaf", "Die Back", "d", "b", LEAF.index("Die Back")),
        Row("c", "leaf", "Unlisted (rust)", "d", "c", -1), Row("d", "fruit", "Healthy", "", "d", FRUIT.index("Healthy")),
        Row("e", "other", "household", "", "e", -1)]


def test_doubt_is_taught_where_no_class_fits():
    wished = targets.of_rows(ROWS, smoothing=0.08, outlier=0.3)
    leaf, weight = wished["leaf"]
    assert leaf[0].argmax() == LEAF.index("Healthy") and leaf[0].max() == pytest.approx(0.92 + 0.01)
    assert leaf[1][LEAF.index("Healthy")] == 0 and leaf[1].sum() == pytest.approx(1), "smoothing lends a leaf with a sign nothing of Healthy"
    rust = np.delete(leaf[2], LEAF.index("Healthy"))
    assert leaf[2][LEAF.index("Healthy")] == 0 and np.ptp(rust) < 1e-6 and weight[2] == 1.0, "a sign without a name is never Healthy"
    assert np.ptp(leaf[4]) == 0 and weight[4] == pytest.approx(0.3)
    assert wished["gate"][0].argmax(-1).tolist() == [0, 0, 0, 1, 2]


def test_a_clean_sample_counts_less_for_the_classes_and_fully_for_the_gate():
    order, tidy = np.array([1, 0, 0]), np.array([False, True, False])
    wished = targets.of_samples(ROWS, order, tidy, smoothing=0.0, outlier=0.3, clean_weight=0.5)
    assert wished["leaf"][1].tolist() == [1.0, 0.5, 1.0]
    assert wished["gate"][1].tolist() == [1.0, 1.0, 1.0]
    assert wished["leaf"][0].argmax(-1).tolist() == [LEAF.index("Die Back"), LEAF.index("Healthy"), LEAF.index("Healthy")]


def test_two_signs_share_a_label_and_what_has_nothing_to_name_teaches_the_gate_alone():
    rows = [Row("leaf/powdery_mildew/1.jpg", "leaf", "Powdery Mildew", "20211109", "p", LEAF.index("Powdery Mildew")),
            Row("mldid/bacterial_canker/1.jpg", "leaf", "Bacterial Canker", "20240504-mldid", "b", LEAF.index("Bacterial Canker")),
            Row("campus_fruit/1.jpg", "fruit", "Healthy", "20230505-campus", "c", -1)]
    wished = targets.of_rows(rows, smoothing=0.0, outlier=0.3)
    leaf, weight = wished["leaf"]
    assert leaf[0][LEAF.index("Powdery Mildew")] == leaf[0][LEAF.index("Sooty Mold")] == 0.5
    assert leaf[1][LEAF.index("Bacterial Canker")] == pytest.approx(0.8) and leaf[1][LEAF.index("Anthracnose")] == pytest.approx(0.2)
    assert wished["fruit"][1][2] == 0 and wished["gate"][0][2].argmax() == 1
