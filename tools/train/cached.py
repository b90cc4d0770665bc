"""What is made once of each picture by several processes and kept on disk; a stopped run goes on with the pieces that are missing."""

import hashlib
import multiprocessing as mp
import os
import shutil
from pathlib import Path

import numpy as np

from .pictures import Row

# Rows of one piece: what a stopped run loses at most, for each process.
PIECE = 200


class Pieces:
    """The pieces of a folder, in the order of their rows; each a dictionary of arrays, read when asked for."""

    def __init__(self, folder: Path, count: int):
        self.folder, self.count = folder, count

    def path(self, number: int) -> Path:
        return self.folder / f"{number}.npz"

    def __iter__(self):
        for number in range(self.count):
            with np.load(self.path(number)) as piece:
                yield piece

    def remove(self) -> None:
        """Once they are joined."""
        shutil.rmtree(self.folder)


def pieces(folder: Path, rows: list[Row], make, *how, parts: int = 2, say=print) -> Pieces:
    """make((rows, *how)) answers arrays for some rows; its answers for PIECE rows each, those that are in the folder already not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Pieces(folder, -(-len(rows) // PIECE))
    missing = [n for n in range(found.count) if not found.path(n).exists()]
    if missing:
        jobs = [(found.path(n), make, (rows[n * PIECE:(n + 1) * PIECE], *how)) for n in missing]
        with mp.get_context("spawn").Pool(parts) as pool:
            for n, _ in enumerate(pool.imap_unordered(_piece, jobs)):
                if n % 8 == 7:
                    say(f"{folder.name}: {len(missing) - n - 1} of {found.count} pieces left", flush=True)
    return found


def _piece(job):
    path, make, share = job
    beside = path.with_name(f"{path.stem}.{os.getpid()}.npz")
    np.savez(beside, **make(share))
    os.replace(beside, path)


def once(path: Path, rows: list[Row], make, *how, parts: int = 2) -> np.ndarray:
    """The array at path, a row for each of rows, made where there is none: make((rows, *how)) answers some rows' share, in their order."""
    if not path.exists():
        found = pieces(path.with_suffix(""), rows, _named, make, *how, parts=parts)
        whole = np.concatenate([piece["rows"] for piece in found])
        np.save(found.folder / "whole.npy", whole)
        os.replace(found.folder / "whole.npy", path)
        found.remove()
    return np.load(path, mmap_mode="r")


def _named(job):
    rows, make, *how = job
    return {"rows": make((rows, *how))}


def written(path: Path, content: bytes) -> None:
    """Writes a file beside and renames it: a stopped run leaves the former file or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    os.replace(beside, path)


def digest(*settings) -> str:
    """A short name for settings."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]


def mark(path) -> str:
    """A short name for a file's content: what was made with other weights is not found."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:8]
