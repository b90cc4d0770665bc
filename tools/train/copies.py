"""python -m train.copies: pictures that show one and the same leaf, fruit or thing, whatever groups the table puts them in.

The table joins what was shot within seconds of each other, and near copies by a hash of the whole picture. A copy that was
moved, rotated, cut out or shot again escapes both. Here features of the object itself are compared, not of its table: SIFT
within the cut-out, and one rotation, shift and zoom (mirrored or not) that carries many of them from one picture to the other.
Slow (minutes); its findings are kept in copies.csv beside this file, by which read_table names what several pictures show.
What it does not find: an object without marks, its other side, and pictures of different sessions or, among other things, of
different labels.
"""

import argparse
import csv
import itertools
import multiprocessing as mp
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from . import joined, pictures, cutouts

# Agreeing marks of a copy, chosen by eye: pairs just below are mostly other leaves. A fruit has fewer marks.
LEAST = {"leaf": 15, "fruit": 10, "other": 15}
SIZE = 320
MARKS = 300


@dataclass(frozen=True)
class Seen:
    """Where the marks of an object are (n, 2) and how they look (n, 128); again as a mirror shows them."""

    at: np.ndarray
    look: np.ndarray
    mirrored: np.ndarray


def seen(picture: np.ndarray, mask: np.ndarray | None) -> Seen:
    """The marks of a picture's object by its cut-out; without a mask those of the middle."""
    scale = SIZE / max(picture.shape[:2])
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    h, w = grey.shape
    if mask is None:
        where = np.zeros_like(grey)
        cv2.ellipse(where, (w // 2, h // 2), (round(0.34 * w), round(0.34 * h)), 0, 0, 360, 255, -1)
    else:
        # The outline is the mask's, not the object's.
        where = cv2.erode(cv2.resize(mask, (w, h)), np.ones((5, 5), np.uint8))
        where = np.where(where > 127, np.uint8(255), np.uint8(0))
    # Asked for so many, SIFT would take the best of the whole picture first and look into the mask afterwards.
    finder = cv2.SIFT_create(0, contrastThreshold=0.02)
    points = sorted(finder.detect(grey, where), key=lambda p: -p.response)[:MARKS]
    if not points:
        return Seen(np.zeros((0, 2), np.float32), *np.zeros((2, 0, 128), np.float32))
    points, look = finder.compute(grey, points)
    # A mirrored picture's marks at the same places: described anew, found once.
    oriented = [cv2.KeyPoint(w - 1 - p.pt[0], p.pt[1], p.size, (180 - p.angle) % 360, p.response, p.octave) for p in points]
    mirrored = finder.compute(np.ascontiguousarray(grey[:, ::-1]), oriented)[1]
    return Seen(np.array([p.pt for p in points], np.float32), look, mirrored)


def agreeing(a: Seen, b: Seen, least: int) -> int:
    """Marks of a that one angle, shift and zoom, mirrored or not, puts on like marks of b; 0 where there can't be as many as least."""
    flip = np.float32([-1, 1])
    return max(_agreeing(a.at, a.look, b.at, b.look, least), _agreeing(a.at * flip, a.mirrored, b.at, b.look, least))


def _agreeing(a_at, a_look, b_at, b_look, least) -> int:
    if len(a_look) < least or len(b_look) < least:
        return 0
    pairs = [p[0] for p in cv2.BFMatcher().knnMatch(a_look, b_look, k=2) if p[0].distance < 0.75 * p[1].distance]
    if len(pairs) < least:
        return 0
    here, there = a_at[[p.queryIdx for p in pairs]], b_at[[p.trainIdx for p in pairs]]
    cv2.setRNGSeed(1)
    move, fits = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=4)
    if move is None or not 0.4 < np.hypot(*move[:, 0]) < 2.5:
        return 0
    fits = np.flatnonzero(fits.ravel())
    # Many marks on one, or all in one spot, are a chance.
    if here[fits].std(0).min() < 8:
        return 0
    return min(len({pairs[k].queryIdx for k in fits}), len({pairs[k].trainIdx for k in fits}))


def realm(row) -> str:
    """Pictures are compared within this."""
    return f"{row.kind}/{row.session}" if row.kind != "other" else f"{row.kind}/{row.label}"


def _marks(job):
    """(place, what is seen) of some pictures of a kind."""
    folder, kind, places = job
    cv2.setNumThreads(1)
    stock = cutouts.Cutouts(folder)
    # Fruits lie in boxes whose print agrees only too well; they fill the middle.
    return [(i, seen(stock.picture(i), None if kind == "fruit" else stock.mask(i))) for i in places]


def _pairs(job):
    """(place, place, agreeing marks) of the copies among a part of all pairs."""
    marks, least, part, parts = job
    cv2.setNumThreads(1)
    return [(i, j, count) for i, j in itertools.islice(itertools.combinations(marks, 2), part, None, parts)
            if (count := agreeing(marks[i], marks[j], least)) >= least]


def search(folder: Path, rows, parts: int = 2, say=print) -> list[tuple[int, int, int]]:
    """(place, place, agreeing marks) of every pair that shows one object; folder holds the cutouts of these rows."""
    realms: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        realms.setdefault(realm(row), []).append(i)
    found = []
    with mp.get_context("spawn").Pool(parts) as pool:
        for name, places in sorted(realms.items()):
            kind = rows[places[0]].kind
            shares = pool.map(_marks, [(folder, kind, places[k::parts]) for k in range(parts)])
            # In the order of the rows: a against b is not quite b against a.
            marks = dict(sorted((x for share in shares for x in share), key=lambda x: x[0]))
            mine = sorted(x for share in pool.map(_pairs, [(marks, LEAST[kind], k, parts) for k in range(parts)]) for x in share)
            odd = sum(rows[i].label != rows[j].label for i, j, _ in mine)
            say(f"{name}: {len(mine)} pairs among {len(places)}" + f", {odd} of them under two labels" * bool(odd))
            found += mine
    return found


def write(rows, found, path: Path = joined.FOUND) -> None:
    """The pairs that tie what belongs together, the surest first: a thing of n pictures takes n - 1 lines."""
    whole = joined.Sets()
    surest = sorted(found, key=lambda x: (-x[2], x[:2]))
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["path", "copy", "marks"])
        for i, j, count in surest:
            if whole.tie(rows[i].path, rows[j].path):
                out.writerow([rows[i].path, rows[j].path, count])


def main():
    """Searches all pictures and writes copies.csv."""
    p = argparse.ArgumentParser(prog="python -m train.copies", description=__doc__)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--work", type=Path, required=True, help="folder for the decoded pictures and cut-outs")
    o = p.parse_args()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    cutouts.build(o.work / "cutouts", root, rows)
    write(rows, search(o.work / "cutouts", rows, say=lambda text: print(text, flush=True)))


if __name__ == "__main__":
    main()
