"""Several banks read as one."""

import numpy as np

from train import bank


def test_joined_banks_read_as_one():
    a, b = np.arange(10.0).reshape(5, 2), np.arange(100.0, 106).reshape(3, 2)
    maps, order, tidy, told = bank.joined([bank.Bank(a, np.arange(5), np.zeros(5, bool)), bank.Bank(b, np.arange(3), np.ones(3, bool))])
    at = np.array([0, 4, 5, 7])
    assert len(maps) == 8
    assert np.array_equal(maps[at], np.concatenate([a, b])[at])
    assert np.array_equal(maps[np.array([6])], b[1:2])
    assert order.tolist() == [0, 1, 2, 3, 4, 0, 1, 2] and tidy.sum() == 3 and told is None
