"""Both learners walk the same road: the rate by hand is Keras's."""

import pytest

from train import fit
from train.plan import Plan, changed, rate


@pytest.mark.parametrize("total", [30, 5000])
def test_the_rate_is_the_same_in_both_learners(total):
    plan = Plan(rate=6e-4)
    theirs = fit._rate(plan, total)
    for step in (0, 1, 2, total // 20, total // 3, total - 1):
        assert rate(plan, step, total) == pytest.approx(float(theirs(step)), rel=1e-4), step


def test_settings_change_by_name_and_keep_their_type():
    plan = changed(Plan(), ["first=0", "rate=1e-3", "soften=0.6"])
    assert plan.first == 0 and isinstance(plan.first, int) and plan.rate == 1e-3
