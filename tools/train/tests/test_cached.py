"""An array that is made once, in the order of its rows."""

import numpy as np

from train import cached


def shares(job):
    rows, times = job
    return np.array([[times * r, r] for r in rows], np.float32)


def never(job):
    raise AssertionError("made again")


def test_rows_are_in_their_order_and_made_once(tmp_path):
    path = tmp_path / "folder" / "numbers.npy"
    rows = list(range(7))
    made = cached.once(path, rows, shares, 10)
    assert made.dtype == np.float32 and np.array_equal(made, [[10 * r, r] for r in rows])
    assert np.array_equal(cached.once(path, rows, never), made)
    assert [p.name for p in path.parent.iterdir()] == ["numbers.npy"]


def test_a_mark_is_of_the_content(tmp_path):
    a, b, c = (tmp_path / name for name in "abc")
    a.write_bytes(b"one")
    b.write_bytes(b"one")
    c.write_bytes(b"two")
    assert cached.mark(a) == cached.mark(b) != cached.mark(c)
