"""The pictures that fix the int8 ranges and those that check them, from any folder."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from train import folds
from train import pictures as table

from .source import Refusal

ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def found(folder: Path, limit: int, seed: int = 5) -> list[Path]:
    """At most limit pictures below the folder, evenly over its sub-folders."""
    by: dict[Path, list[Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith("._")):  # a Mac's remarks
        by.setdefault(path.parent, []).append(path)
    if not by:
        raise Refusal(f"{folder} holds no JPEG, PNG or WebP pictures to measure with.")
    rng = np.random.default_rng(seed)
    lines = [[by[k][i] for i in rng.permutation(len(by[k]))] for k in sorted(by)]
    out = [line[n] for n in range(max(map(len, lines))) for line in lines if n < len(line)]
    return out[:limit]


def learnt(paths: list[Path], folder: Path) -> list[Path]:
    """Those that no held-out group of the folder's table has; all where there is no table."""
    if not (folder / "manifest.csv").is_file():
        return paths
    rows = table.read_table(folder)
    held = {folder / row.path for row, out in zip(rows, folds.held_groups(rows)) if out}
    return [path for path in paths if path not in held]


def oriented(shown: np.ndarray, way: int) -> np.ndarray:
    """Pictures (n, side, side, 3) in one of the eight orientations and flips of a square; 0 leaves them."""
    out = np.rot90(shown, way // 2, (1, 2))
    return np.ascontiguousarray(out[:, :, ::-1] if way % 2 else out)


def as_bytes(paths: list[Path], side: int) -> np.ndarray:
    """Upright RGB, stretched to the square by the antialiased triangle."""
    out = np.empty((len(paths), side, side, 3), np.uint8)
    for i, path in enumerate(paths):
        with Image.open(path) as photo:
            photo = ImageOps.exif_transpose(photo).convert("RGB")
            out[i] = np.asarray(photo.resize((side, side), Image.BILINEAR))
    return out
