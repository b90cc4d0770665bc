"""The recipe is changed by name, wherever the name stands in it."""

import pytest

from train.recipe import Recipe, changed


def test_a_setting_is_found_wherever_it_stands():
    found = changed(Recipe(), ["samples=100", "far=0.5", "rate=1e-3", "seed=7"])
    assert (found.samples, found.augmentation.far, found.plan.rate, found.plan.seed) == (100, 0.5, 1e-3, 7)
    assert Recipe().samples != 100


@pytest.mark.parametrize("wrong", ["nothing=1", "shares=1", "=3"])
def test_what_is_no_number_of_the_recipe_is_refused(wrong):
    with pytest.raises(ValueError, match="cannot set"):
        changed(Recipe(), [wrong])
