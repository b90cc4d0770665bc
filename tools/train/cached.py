"""Arrays with a row for each picture: made once by several processes, kept on disk, mapped from there."""

import hashlib
import multiprocessing as mp
import os
from pathlib import Path

import numpy as np

from .pictures import Row


def once(path: Path, rows: list[Row], make, *how, parts: int = 2) -> np.ndarray:
    """The array at path, made where there is none: make((rows, *how)) answers some rows' share, in their order."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with mp.get_context("spawn").Pool(parts) as pool:
            shares = pool.map(make, [(rows[p::parts], *how) for p in range(parts)], chunksize=1)
        out = np.empty((len(rows), *shares[0].shape[1:]), shares[0].dtype)
        for part, share in enumerate(shares):
            out[part::parts] = share
        partial = path.with_suffix(f".{os.getpid()}.npy")
        np.save(partial, out)
        os.replace(partial, path)
    return np.load(path, mmap_mode="r")


def digest(*settings) -> str:
    """A short name for settings."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]


def mark(path) -> str:
    """A short name for a file's content: what was made with other weights is not found."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]
