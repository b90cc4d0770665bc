"""The teacher's names are counted by day, and its logits are added to a model's before its name is read."""

import numpy as np

from evaluate import told
from train import teacher
from train.pictures import LEAF, Row

SOOTY, HEALTHY = LEAF.index("Sooty Mold"), LEAF.index("Healthy")


def _line(path, model, target, said, part="asked"):
    return {"path": path, "model": model, "part": part, "target": str(target)} | {f"classes{k}": str(4.0 * (k == said)) for k in range(8)} | {
        f"gate{k}": "0" for k in range(3)}


def test_a_share_of_its_answers_corrects_and_spoils():
    rows = [Row(f"{n}", "leaf", "Sooty Mold" if n < 4 else "Healthy", "d", f"{n}", SOOTY if n < 4 else HEALTHY) for n in range(6)]
    answers = np.zeros((6, len(teacher.NAMES)), np.float32)
    answers[:3, teacher.NAMES.index("Sooty Mould")] = 6
    answers[3:, teacher.NAMES.index("Healthy")] = 9
    lines = [_line("0", "Sooty Mold d", SOOTY, LEAF.index("Powdery Mildew")), _line("1", "Sooty Mold d", SOOTY, SOOTY),
             _line("2", "Sooty Mold d", SOOTY, HEALTHY), _line("3", "Sooty Mold d", SOOTY, SOOTY),
             _line("4", "Healthy d", HEALTHY, SOOTY), _line("5", "Healthy d", HEALTHY, HEALTHY),
             _line("4", "Bangladesh to Malaysia", HEALTHY, SOOTY), _line("5", "Healthy d", HEALTHY, SOOTY, part="same days")]
    sooty, healthy, far, mean = told.table(rows, answers, lines, [0.0, 1.0], wary=2.0)
    assert (sooty["pictures"], healthy["pictures"], far["left out"]) == (4, 2, "Bangladesh to Malaysia")
    assert sooty["teacher: Sooty Mould"] == 0.75 and healthy["teacher: Healthy"] == 1
    # 4 in logits is what the model is ahead; the teacher gives 6 to Sooty Mold, 9 less 2 to Healthy.
    assert (sooty["recall, share 0.0"], sooty["recall, share 1.0"]) == (0.5, 0.75)
    assert (sooty["healthy, share 0.0"], sooty["healthy, share 1.0"]) == (0.25, 0.25)
    assert (healthy["recall, share 0.0"], healthy["recall, share 1.0"], healthy["healthy, share 1.0"]) == (0.5, 1, "")
    assert mean["pictures"] == 6 and mean["recall, share 1.0"] == 0.875 and mean["healthy, share 1.0"] == 0.25
