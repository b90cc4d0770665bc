"""Photographs corrupted as phones corrupt them, at the third of the usual five severities."""

import cv2
import numpy as np


def noise(rng, x):
    return np.clip(x + rng.normal(0, 0.18 * 255, x.shape), 0, 255).astype(np.uint8)


def blur(rng, x):
    disk = np.zeros((13, 13), np.float32)
    cv2.circle(disk, (6, 6), 6, 1.0, -1)
    return cv2.filter2D(x, -1, disk / disk.sum())


def jpeg(rng, x):
    packed = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


def _value(x, shift):
    hsv = cv2.cvtColor(x, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 2] = np.clip(hsv[..., 2] + shift * 255, 0, 255)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)


def bright(rng, x):
    return _value(x, 0.3)


def dark(rng, x):
    return _value(x, -0.3)


KINDS = {"noise": noise, "blur": blur, "JPEG 30": jpeg, "bright": bright, "dark": dark}
