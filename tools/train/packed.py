"""A data set in one folder of some fifty megabytes: small pictures, cut-outs and start weights.

For training on a machine that has neither the photographs nor TensorFlow.
The pictures are packed with loss: what is asked of them there is close to
what is asked of the photographs, and not the same.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from .pictures import Row
from .shelf import Shelf

# Grades of WebP: what is to be told apart is packed with more care than what is only not to be taken for it.
GRADES = {"leaf": 82, "fruit": 90, "other": 60}
MASK_GRADE = 60


def write(folder: Path, root: Path, rows: list[Row], shelf: Shelf, weights: dict[str, list[np.ndarray]]) -> None:
    """Packs a shelf's pictures and cut-outs, the table and start weights (layer name → [kernel, bias])."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "manifest.csv", folder / "manifest.csv")
    starts, masked = [0], []
    with open(folder / "pictures.bin", "wb") as pictures, open(folder / "masks.bin", "wb") as masks:
        mask_starts = [0]
        for i, row in enumerate(rows):
            pictures.write(_webp(cv2.cvtColor(shelf.picture(i), cv2.COLOR_RGB2BGR), GRADES[row.kind]))
            starts.append(pictures.tell())
            mask = shelf.mask(i)
            masked.append(mask is not None)
            if mask is not None:
                half = cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
                masks.write(_webp(half, MASK_GRADE))
            mask_starts.append(masks.tell())
    np.savez(folder / "places.npz", pictures=starts, masks=mask_starts, masked=masked)
    save_weights(folder / "start.npz", weights)


def _webp(picture: np.ndarray, grade: int) -> bytes:
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, grade])[1].tobytes()


class Stock:
    """A packed data set, decoded: pictures and masks by row number, as a Shelf gives them. 1.6 GB."""

    def __init__(self, folder: Path, threads: int = 8):
        places = np.load(folder / "places.npz")
        self.trusted = places["masked"]
        pictures, masks = (folder / "pictures.bin").read_bytes(), (folder / "masks.bin").read_bytes()

        def one(i):
            a, b = places_of["pictures"][i:i + 2]
            picture = cv2.cvtColor(cv2.imdecode(np.frombuffer(pictures[a:b], np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
            if not self.trusted[i]:
                return picture, None
            a, b = places_of["masks"][i:i + 2]
            half = cv2.imdecode(np.frombuffer(masks[a:b], np.uint8), cv2.IMREAD_GRAYSCALE)
            return picture, cv2.resize(half, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)

        places_of = {name: places[name].tolist() for name in ("pictures", "masks")}
        with ThreadPoolExecutor(threads) as pool:
            self._all = list(pool.map(one, range(len(self.trusted))))

    def picture(self, i: int) -> np.ndarray:
        """RGB bytes."""
        return self._all[i][0]

    def mask(self, i: int) -> np.ndarray | None:
        """0..255 of the picture's size, or None."""
        return self._all[i][1]


def save_weights(path: Path, weights: dict[str, list[np.ndarray]]) -> None:
    """Layer name → [kernel, bias], in Keras's own order of axes."""
    np.savez(path, **{f"{name}/{k}": np.asarray(array, np.float32) for name, pair in weights.items() for k, array in enumerate(pair)})


def load_weights(path: Path) -> dict[str, list[np.ndarray]]:
    """What save_weights wrote."""
    out: dict[str, list[np.ndarray]] = {}
    arrays = np.load(path)
    for key in sorted(arrays.files):
        out.setdefault(key.rsplit("/", 1)[0], []).append(arrays[key])
    return out
