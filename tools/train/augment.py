"""Augmented samples of a picture: other background, other geometry, other light.

The session in which a leaf was photographed gives its class away by its background, white balance and zoom, so the
learner must not rely on any of the three.
"""

import cv2
import numpy as np

from . import background, cutout
from .recipe import Augmentation


# The longest frame of a phone, upright or across.
LONGEST = 20 / 9


def _warp(picture, mask, side, centre, extent, angle, flip, aspect, border):
    """side×side pixels of the picture round centre; extent = source pixels across the output."""
    step = extent / side
    if step > 1.15:
        # Shrink by area first: warping alone would alias what the real resize smooths.
        h, w = picture.shape[:2]
        size = (max(4, round(w / step)), max(4, round(h / step)))
        fx, fy = size[0] / w, size[1] / h
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        mask = None if mask is None else cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        centre, step = (centre[0] * fx, centre[1] * fy), 1.0
    c, s = np.cos(angle) * step, np.sin(angle) * step
    m = np.array([[c, -s], [s, c]]) @ np.diag([flip * np.sqrt(aspect), 1 / np.sqrt(aspect)])
    half = (side - 1) / 2
    shift = np.array(centre) - m @ np.array([half, half])
    m = np.hstack([m, shift[:, None]]).astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(picture, m, (side, side), flags=flags, borderMode=border)
    if mask is not None:
        mask = cv2.warpAffine(mask, m, (side, side), flags=flags, borderMode=cv2.BORDER_CONSTANT)
    return out, mask


def _aspect(rng, recipe, spread):
    """Width by height of the frame that is pressed to a square: any phone's, or nearly square."""
    if rng.random() < recipe.stretch:
        return np.exp(rng.uniform(-np.log(LONGEST), np.log(LONGEST)))
    return np.exp(rng.normal(0, spread))


def _light(rng, picture, strength):
    """White balance, exposure, contrast and saturation of another phone on another day."""
    x = picture.astype(np.float32) / 255
    x = x * np.exp(rng.normal(0, 0.1 * strength, 3)).astype(np.float32)
    x = np.clip(x, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.25 * strength)))
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * np.float32(np.exp(rng.normal(0, 0.25 * strength)))
    mid = x.mean()
    x = mid + (x - mid) * np.float32(np.exp(rng.normal(0, 0.18 * strength)))
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def _corrupted(rng, picture, share, strength=1.0):
    """What a cheap lens, a dark room and a messenger do to a photo; strong faults are rarer than weak ones."""
    side = picture.shape[0] / 224
    if rng.random() < share:
        sigma = np.exp(rng.uniform(np.log(0.4), np.log(2.2 * strength ** 0.5))) * side
        if rng.random() < 0.5:
            picture = cv2.GaussianBlur(picture, (0, 0), max(0.3, sigma))
        else:
            radius = max(1, round(1.8 * sigma))
            disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
            picture = cv2.filter2D(picture, -1, disk / disk.sum())
    if rng.random() < share:
        noise = rng.normal(0, np.exp(rng.uniform(np.log(2), np.log(16 * strength))), picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < share * 0.8 * (strength > 1):
        picture = np.clip(picture.astype(np.float32) + rng.uniform(-80, 80), 0, 255).astype(np.uint8)
    if rng.random() < share:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 90))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    return picture


def crowd(rng, company, behind, side, recipe):
    """The background with one to four others of the class on it, cut off by the frame as often as not."""
    for picture, mask in company:
        x0, y0, x1, y1 = cutout.box(mask)
        extent = max(x1 - x0, y1 - y0) / np.exp(rng.uniform(np.log(0.4), np.log(1.2)))
        centre = ((x0 + x1) / 2 + rng.uniform(-0.6, 0.6) * extent, (y0 + y1) / 2 + rng.uniform(-0.6, 0.6) * extent)
        front, alpha = _warp(picture, mask, side, centre, extent, rng.uniform(0, 2 * np.pi), rng.choice([-1, 1]),
                             _aspect(rng, recipe, 0.14), cv2.BORDER_REFLECT_101)
        a = alpha[..., None].astype(np.float32) / 255
        behind = (_light(rng, front, 0.5 * recipe.colour) * a + behind * (1 - a)).astype(np.uint8)
    return behind


def placed(rng, picture, mask, behind, side, recipe, squeeze=False, far=0.45):
    """The cut-out object, rotated and scaled, on another background."""
    x0, y0, x1, y1 = cutout.box(mask)
    long = max(x1 - x0, y1 - y0)
    fill = np.exp(rng.uniform(np.log(far), np.log(1.7)))
    extent = long / fill
    room = max(0.0, 1 - fill) * 0.5 + 0.08
    centre = ((x0 + x1) / 2 + rng.uniform(-room, room) * extent, (y0 + y1) / 2 + rng.uniform(-room, room) * extent)
    aspect = _aspect(rng, recipe, 0.14)
    if squeeze:
        aspect = np.exp(rng.normal(0, 0.14)) * rng.choice([0.45, 0.6, 1.6, 2.2])
    front, alpha = _warp(picture, mask, side, centre, extent, rng.uniform(0, 2 * np.pi),
                         rng.choice([-1, 1]), aspect, cv2.BORDER_REFLECT_101)
    front = _light(rng, front, 0.6 * recipe.colour)
    behind = behind.astype(np.float32)
    if rng.random() < 0.5:
        shift = rng.uniform(-10, 10, 2)
        m = np.float32([[1, 0, shift[0]], [0, 1, shift[1]]])
        shade = cv2.GaussianBlur(cv2.warpAffine(alpha, m, (side, side)), (0, 0), rng.uniform(2, 9))
        behind = behind * (1 - rng.uniform(0.15, 0.6) * shade[..., None] / 255)
    a = alpha[..., None].astype(np.float32) / 255
    return (front * a + behind * (1 - a)).astype(np.uint8)


def whole(rng, picture, side, recipe):
    """The whole photo, stretched to the square as at prediction, then rotated and scaled."""
    h, w = picture.shape[:2]
    aspect = _aspect(rng, recipe, 0.12)
    if rng.random() < 0.75:
        # A long photo is pressed already.
        aspect = np.clip(aspect * w / h, 1 / LONGEST, LONGEST) * h / w
        square = max(side, min(h, w))
        picture = cv2.resize(picture, (square, square), interpolation=cv2.INTER_AREA)
        h = w = square
    extent = min(h, w) * np.exp(rng.uniform(np.log(0.68), np.log(1.15)))
    play = max(0.0, 1 - extent / min(h, w)) * 0.5 + 0.05
    centre = (w / 2 + rng.uniform(-play, play) * w, h / 2 + rng.uniform(-play, play) * h)
    angle = rng.choice([0, 1, 2, 3]) * np.pi / 2 + rng.normal(0, 0.3)
    out, _ = _warp(picture, None, side, centre, extent, angle, rng.choice([-1, 1]),
                   aspect, cv2.BORDER_REFLECT_101)
    return out


def clean(rng, picture, side):
    """As at prediction but for quarter rotations, flips and a hint of zoom and light."""
    square = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    extent = side * rng.uniform(0.9, 1.0)
    play = (side - extent) / 2
    centre = side / 2 + rng.uniform(-play, play, 2)
    out, _ = _warp(square, None, side, centre, extent, int(rng.integers(4)) * np.pi / 2, rng.choice([-1, 1]), 1.0,
                   cv2.BORDER_REFLECT_101)
    return _light(rng, out, 0.12)


def sample(rng, row, picture, mask, scenes, side, recipe: Augmentation, company=None):
    """One augmented sample of a row's picture, RGB bytes side×side, and whether it was left clean.

    company(n) gives up to n (picture, mask) of others of the row's class.
    """
    if rng.random() < recipe.clean:
        return clean(rng, picture, side), True
    share = {"leaf": recipe.replace_leaf, "fruit": recipe.replace_fruit}.get(row.kind, recipe.replace_other)
    if mask is not None and rng.random() < share:
        if rng.random() < recipe.scene and scenes:
            behind = background.scene(rng, scenes[int(rng.integers(len(scenes)))], side)
        else:
            behind = background.plain(rng, side)
        if company and rng.random() < recipe.clutter:
            behind = crowd(rng, company(int(rng.integers(1, 5))), behind, side, recipe)
        squeeze = row.kind == "other" and rng.random() < recipe.squeeze_other
        out = placed(rng, picture, mask, behind, side, recipe, squeeze, recipe.far)
    else:
        out = whole(rng, picture, side, recipe)
    return _corrupted(rng, _light(rng, out, recipe.colour), recipe.corrupted, recipe.corruption), False
