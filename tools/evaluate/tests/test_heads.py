"""What the table of class heads counts."""

import numpy as np

from convert.classes import Head
from evaluate import heads
from train.pictures import CLASSES

NAMES = CLASSES["fruit"]
HEALTHY = NAMES.index("Healthy")


def asked(target, said, sure):
    """Pictures whose features are the logits that give this answer with about this confidence."""
    out = heads.Asked.__new__(heads.Asked)
    rest = np.log((len(NAMES) - 1) * np.array(sure) / (1 - np.array(sure)))
    out.entry = {"kind": "fruit", "calibration": {"temperature": 1.0}, "familiarity": None, "thresholds": {"unknown": 0.5}}
    out.at, out.target, out.stratum = np.arange(len(target)), np.array(target), np.array(["a"] * len(target))
    out.features = rest[:, None] * np.eye(len(NAMES))[said]
    out.taken, out.near = np.ones((len(target), 2)), np.ones((len(target), len(NAMES)))
    return out


def test_a_line_and_the_curve():
    head = Head(np.eye(len(NAMES)), np.zeros(len(NAMES)))
    some = asked([0, 0, 0, 0], [0, HEALTHY, HEALTHY, 1], [0.9, 0.85, 0.4, 0.6])
    [line] = some.table("x", head, np.ones(4, bool))
    assert line == {"head": "x", "asked": "a", "pictures": 4, "recall": 0.25, "answered": 0.75, "right of answered": 0.3333, "sure and wrong": 0.25,
                    "called healthy": 0.5, "answered healthy": 0.25}
    found = some.risk(some.answers(head), np.ones(4, bool))
    assert found["right of surest 20 %"] == 1 and found["right of surest 100 %"] == 0.25


def test_a_sign_that_is_on_no_list_has_no_recall():
    head = Head(np.eye(len(NAMES)), np.zeros(len(NAMES)))
    [line] = asked([-1, -1], [0, HEALTHY], [0.9, 0.9]).table("x", head, np.ones(2, bool))
    assert line["recall"] == "" and line["called healthy"] == 0.5 and line["sure and wrong"] == 1.0
