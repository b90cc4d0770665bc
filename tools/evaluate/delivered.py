"""Logits of the delivered files, int8 and float, over pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convert import quantise, source
from train import pictures, setting


@dataclass
class Delivered:
    """One manifest entry with its files at hand."""

    entry: dict
    folder: Path

    @property
    def kind(self) -> str:
        return self.entry["kind"]

    @property
    def side(self) -> int:
        return self.entry["input"]["width"]

    def int8(self, shown: np.ndarray) -> dict[str, np.ndarray]:
        """Dequantised outputs of the .tflite."""
        content = (self.folder / self.entry["files"]["tflite"]["name"]).read_bytes()
        return compared(quantise.Runner(content)(shown))

    def float32(self, shown: np.ndarray) -> dict[str, np.ndarray]:
        """Outputs of the .keras."""
        src = source.read(self.folder / self.entry["files"]["keras"]["name"])
        return compared(quantise.float_answers(src, shown, self.entry["input"]["scaling"]))


def compared(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Answers with the cosine to the nearest prototype of the said class in place of the two outputs it is made of."""
    if "near" in found:
        found["cosine"] = setting.nearest(found.pop("setting"), found.pop("near"), found["classes"].argmax(-1))
    return found


def shown(root: Path, rows, at, side: int) -> np.ndarray:
    """The rows' pictures as the models see them."""
    out = np.empty((len(at), side, side, 3), np.uint8)
    for k, i in enumerate(at):
        out[k] = pictures.as_input(root / rows[i].path, side)
    return out
