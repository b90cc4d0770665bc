"""Pictures and weights made by code."""

import cv2
import numpy as np

from train import blocks


def leaf(seed=0, colour=(60, 120, 40), side=240):
    """A leaf-like ellipse on uneven paper: (picture, true mask 0/1)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    paper = (np.array([215, 210, 205])[None, None] * (0.8 + 0.25 * x + 0.1 * y)[..., None]).astype(np.float32)
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (side // 2, side // 2), (int(side * 0.36), int(side * 0.13)), float(rng.uniform(0, 180)), 0, 360, 1, -1)
    out = np.where(mask[..., None] > 0, np.array(colour, np.float32), paper)
    out = out + rng.normal(0, 4, out.shape)
    return np.clip(out, 0, 255).astype(np.uint8), mask


def veined(seed=0, side=224, width=0.22):
    """A pointed leaf with a midrib and veins, side×side; width is its half width by its half length."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    along, across = x * np.cos(angle) + y * np.sin(angle), np.abs(y * np.cos(angle) - x * np.sin(angle))
    inside = across < 0.4 * width * (1 - (along / 0.4) ** 2)
    vein = np.abs((14 * (along - across)) % 1 - 0.5) < 0.06
    out = np.array((215, 210, 205)) * (0.85 + 0.2 * x + 0.1 * y)[..., None]
    for where, colour in ((inside, (60, 120, 40)), (inside & vein, (85, 140, 60)), (inside & (across < 0.006), (150, 170, 90))):
        out[where] = colour
    return np.clip(out + rng.normal(0, 4, out.shape), 0, 255).astype(np.uint8)


def start():
    """Layer name → [kernel, bias] of the blocks, drawn large enough to keep a signal alive."""
    rng, out = np.random.default_rng(0), {}
    shapes = {"conv_first": (3, 3, 3, blocks.FIRST)}
    for i, channels, expansion, width, _, kernel in blocks.each():
        if expansion > 1:
            shapes[f"b{i}_expand"] = (1, 1, channels, channels * expansion)
        shapes[f"b{i}_depth"] = (kernel, kernel, channels * expansion, 1)
        shapes[f"b{i}_project"] = (1, 1, channels * expansion, width)
    shapes["conv_last"] = (1, 1, width, blocks.FEATURES)
    for name, shape in shapes.items():
        across = shape[0] * shape[1] * (1 if name.endswith("_depth") else shape[2])
        out[name] = [rng.normal(0, (2 / across) ** 0.5, shape).astype(np.float32),
                     np.zeros(shape[2] if name.endswith("_depth") else shape[3], np.float32)]
    return out


class InOneProcess:
    """A pool without processes, which stops after so many jobs."""

    most = 99

    def __init__(self, parts, start=None, how=()):
        if start:
            start(*how)

    Pool = classmethod(lambda cls, *how: cls(*how))

    def __enter__(self):
        return self

    def __exit__(self, *how):
        return False

    def imap_unordered(self, make, jobs):
        for n, job in enumerate(jobs):
            if n == self.most:
                raise KeyboardInterrupt
            yield make(job)

    def map(self, make, jobs, chunksize=1):
        return [make(job) for job in jobs]
