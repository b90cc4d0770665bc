"""PyTorch files read without PyTorch: those of the format before 1.6, and the zip archives since.

Only tensors are read: whatever else such a file could ask Python for is refused.
"""

import collections
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

# How a file of the old format begins, and its only version.
MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001


class _Reader(pickle.Unpickler):
    """Tensors come out as (storage, first place, shape, steps); kinds says of what each storage is."""

    KNOWN = {("collections", "OrderedDict"): collections.OrderedDict,
             ("torch", "FloatStorage"): "<f4", ("torch", "LongStorage"): "<i8",
             ("torch._utils", "_rebuild_tensor_v2"): lambda storage, first, shape, steps, *_: (storage, first, shape, steps)}

    def __init__(self, file):
        super().__init__(file)
        self.kinds = {}

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self.KNOWN[module, name]

    def persistent_load(self, token):
        _, kind, storage, *_ = token
        self.kinds[storage] = kind
        return storage


def tensors(path: Path) -> dict[str, np.ndarray]:
    """Name → array of a PyTorch file; ValueError where it is none."""
    try:
        named, kept = _archived(path) if zipfile.is_zipfile(path) else _old(path)
    except (pickle.UnpicklingError, EOFError, KeyError, ValueError, struct.error, zipfile.BadZipFile) as reason:
        raise ValueError(f"cannot read {path.name} as a PyTorch file: {reason}") from reason
    return {name: _laid(kept[storage][first:], shape, steps) for name, (storage, first, shape, steps) in named.items()}


def _old(path: Path):
    """(name → tensor, storage → values) of a file of pickles, one after the other."""
    with open(path, "rb") as file:
        for wanted in (MAGIC, VERSION):
            if _Reader(file).load() != wanted:
                raise pickle.UnpicklingError("it does not begin like one")
        _Reader(file).load()  # the writer's machine
        reader = _Reader(file)
        named = reader.load()
        kept = {}
        for storage in _Reader(file).load():
            (size,) = struct.unpack("<q", file.read(8))
            kept[storage] = np.fromfile(file, reader.kinds[storage], size)
    return named, kept


def _archived(path: Path):
    """The same of an archive: one pickle, and a file for each storage."""
    with zipfile.ZipFile(path) as archive:
        told = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(told) != 1:
            raise pickle.UnpicklingError("it holds no tensors")
        top = told[0].removesuffix("data.pkl")
        # Values are read as little-endian ones, which a file says since 2.1.
        if f"{top}byteorder" in archive.namelist() and archive.read(f"{top}byteorder") != b"little":
            raise pickle.UnpicklingError("its values are big-endian")
        with archive.open(told[0]) as file:
            reader = _Reader(file)
            named = reader.load()
        return named, {storage: np.frombuffer(archive.read(f"{top}data/{storage}"), kind) for storage, kind in reader.kinds.items()}


def _laid(values, shape, steps) -> np.ndarray:
    """The array whose axes take these steps through the values: published kernels lie turned."""
    if min((0, *shape, *steps)) < 0 or values.size <= sum((n - 1) * step for n, step in zip(shape, steps)):
        raise ValueError(f"cannot take {shape} by steps of {steps} from {values.size} values")
    return np.lib.stride_tricks.as_strided(values, shape, [step * values.itemsize for step in steps])


def turned(kernel: np.ndarray, depthwise: bool = False) -> np.ndarray:
    """A convolution's kernel in Keras's order of axes."""
    return kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))


def folded(found: dict[str, np.ndarray], convolution: str, normalisation: str, epsilon: float, depthwise: bool = False) -> list[np.ndarray]:
    """[kernel, bias] in Keras's order of axes of a convolution without bias and the normalisation after it, made one."""
    gain, bias, mean, variance = (found[f"{normalisation}.{k}"].astype(np.float64) for k in ("weight", "bias", "running_mean", "running_var"))
    gain = gain / np.sqrt(variance + epsilon)
    kernel = turned(found[f"{convolution}.weight"] * gain[:, None, None, None], depthwise)
    return [kernel.astype(np.float32), (bias - mean * gain).astype(np.float32)]
