"""An array that is made once, in the order of its rows."""

import numpy as np
import pytest

from train import cached
from train.tests.drawn import InOneProcess


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


def stops(job):
    rows, times = job
    if rows[0] == 4:
        raise KeyboardInterrupt
    return shares(job)


def test_a_stopped_array_goes_on_with_the_pieces_that_are_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(cached, "PIECE", 2)
    monkeypatch.setattr(cached.mp, "get_context", lambda how: InOneProcess)
    path, rows = tmp_path / "numbers.npy", list(range(7))
    with pytest.raises(KeyboardInterrupt):
        cached.once(path, rows, stops, 10)
    assert not path.exists()
    asked = []
    made = cached.once(path, rows, lambda job: asked.extend(job[0]) or shares(job), 10)
    assert asked == [4, 5, 6] and np.array_equal(made, [[10 * r, r] for r in rows])
    assert [p.name for p in tmp_path.iterdir()] == ["numbers.npy"]


def test_a_file_is_written_beside_and_renamed(tmp_path, monkeypatch):
    path = tmp_path / "a.tflite"
    cached.written(path, b"former")
    monkeypatch.setattr(cached.os, "replace", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cached.written(path, b"new")
    assert path.read_bytes() == b"former"


def test_a_mark_is_of_the_content(tmp_path):
    a, b, c = (tmp_path / name for name in "abc")
    a.write_bytes(b"one")
    b.write_bytes(b"one")
    c.write_bytes(b"two")
    assert cached.mark(a) == cached.mark(b) != cached.mark(c)
