#!/usr/bin/env python3
"""Golden tensors: what Pillow makes of photos, for the Go tests to compare with.

    python3 golden.py            writes golden/ anew: photos, tensors.gz, golden.json
    python3 golden.py --check    makes the tensors anew of the photos that are
                                 there and compares; exit 1 when they differ
    python3 golden.py --tensor W H FILE...   writes W·H·3 bytes a file to stdout
    python3 golden.py --enlarge MEGAPIXELS FOLDER FILE...   writes JPEGs of that
                                 size, each turned by another orientation

The rule, the same in training: open, exif_transpose, convert("RGB"),
resize((w, h), BILINEAR). Needs Pillow and numpy.
"""

import argparse
import gzip
import json
import pathlib
import sys

import numpy
import PIL
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent / "golden"
INPUT = (64, 48)
Image.MAX_IMAGE_PIXELS = 100_000_000


def tensor(path, size):
    """The rule. Returns height × width × 3 levels."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image).convert("RGB")
        return numpy.asarray(image.resize(size, Image.Resampling.BILINEAR))


def picture(w, h, seed=1):
    """A picture with edges, texture and no symmetry."""
    rng = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:h, 0:w] / max(w, h)
    a = numpy.empty((h, w, 3))
    a[..., 0] = 40 + 180 * x + 20 * numpy.sin(40 * y)
    a[..., 1] = 60 + 150 * y + 25 * numpy.sin(60 * x * y)
    a[..., 2] = 80 + 60 * numpy.cos(25 * (x - y))
    disc = (x - 0.3) ** 2 + (y - 0.2) ** 2 < 0.02
    a[disc] = (30, 120, 230)
    a[int(h * 0.6) : int(h * 0.7), int(w * 0.1) : int(w * 0.8)] = (245, 250, 20)
    a += rng.normal(0, 4, (h, w, 1))
    return Image.fromarray(a.clip(0, 255).astype(numpy.uint8))


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e


def photos():
    """Name, picture and how to save it."""
    for o in range(1, 9):
        yield f"jpeg-turned-{o}.jpg", picture(150, 110), dict(quality=90, subsampling=0, exif=exif(o))
    for o in (3, 6):
        yield f"png-turned-{o}.png", picture(100, 70), dict(exif=exif(o))
        yield f"webp-turned-{o}.webp", picture(150, 110), dict(quality=90, exif=exif(o))
        yield f"jpeg-half-turned-{o}.jpg", picture(300, 220), dict(quality=85, exif=exif(o))
    yield "jpeg-smaller-than-input.jpg", picture(20, 15), dict(quality=95, subsampling=0)
    yield "jpeg-whole.jpg", picture(127, 95), dict(quality=90)
    yield "jpeg-half.jpg", picture(257, 193), dict(quality=90)
    yield "jpeg-half-422.jpg", picture(257, 193), dict(quality=90, subsampling=1)
    yield "jpeg-half-444.jpg", picture(257, 193), dict(quality=90, subsampling=0)
    yield "jpeg-quarter.jpg", picture(601, 449), dict(quality=85)
    yield "jpeg-eighth.jpg", picture(1100, 821), dict(quality=80)
    yield "jpeg-eighth-progressive.jpg", picture(1100, 821), dict(quality=70, progressive=True)
    yield "jpeg-flat.jpg", picture(900, 60), dict(quality=85)
    yield "jpeg-grey.jpg", picture(150, 110).convert("L"), dict(quality=90)
    yield "jpeg-cmyk.jpg", picture(150, 110).convert("CMYK"), dict(quality=90)
    yield "png-rgb.png", picture(100, 70), {}
    yield "png-grey.png", picture(100, 70).convert("L"), {}
    yield "png-bits.png", picture(100, 70).convert("1"), {}
    yield "png-palette.png", picture(100, 70).quantize(40), {}
    alpha = picture(100, 70).convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize((100, 70)))
    yield "png-alpha.png", alpha, {}
    yield "png-grey-alpha.png", alpha.convert("LA"), {}
    yield "webp-lossy.webp", picture(301, 221), dict(quality=90)
    yield "webp-lossy-by-planes.webp", picture(1217, 897), dict(quality=60)
    yield "webp-lossy-alpha.webp", alpha.resize((150, 110)), dict(quality=90, exact=True)
    yield "webp-lossless.webp", picture(100, 70), dict(lossless=True)
    yield "webp-lossless-alpha.webp", alpha, dict(lossless=True, exact=True)


def write():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    cases, raw = [], b""
    for name, image, options in photos():
        image.save(HERE / name, **options)
        cases.append(name)
        raw += tensor(HERE / name, INPUT).tobytes()
    (HERE / "tensors.gz").write_bytes(gzip.compress(raw, 9, mtime=0))
    about = {"width": INPUT[0], "height": INPUT[1], "pillow": PIL.__version__, "photos": cases}
    (HERE / "golden.json").write_text(json.dumps(about, indent=1) + "\n")


def check():
    about = json.loads((HERE / "golden.json").read_text())
    size = (about["width"], about["height"])
    raw = gzip.decompress((HERE / "tensors.gz").read_bytes())
    want = numpy.frombuffer(raw, numpy.uint8).reshape(-1, size[1], size[0], 3)
    if len(want) != len(about["photos"]):
        print("golden.json and tensors.gz do not belong together", file=sys.stderr)
        return 1
    worst = 0
    for name, golden in zip(about["photos"], want):
        difference = numpy.abs(tensor(HERE / name, size).astype(int) - golden).mean()
        worst = max(worst, difference)
        if difference > 0.05:  # another libjpeg may round otherwise
            print(f"{name}: mean difference {difference:.3f}", file=sys.stderr)
    print(f"{len(want)} tensors, worst mean difference {worst:.3f} "
          f"(Pillow {PIL.__version__}, made by {about['pillow']})")
    return 1 if worst > 0.05 else 0


def enlarge(megapixels, folder, paths):
    for i, path in enumerate(paths):
        with Image.open(path) as image:
            image = ImageOps.exif_transpose(image).convert("RGB")
        factor = (float(megapixels) * 1e6 / (image.width * image.height)) ** 0.5
        size = (round(image.width * factor), round(image.height * factor))
        image = image.resize(size, Image.Resampling.BICUBIC)
        image.save(pathlib.Path(folder) / f"{i}.jpg", quality=90, exif=exif(i % 8 + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--tensor", nargs=2, type=int, metavar=("W", "H"))
    parser.add_argument("--enlarge", nargs=2, metavar=("MEGAPIXELS", "FOLDER"))
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    if args.tensor:
        for path in args.files:
            sys.stdout.buffer.write(tensor(path, tuple(args.tensor)).tobytes())
        return 0
    if args.enlarge:
        enlarge(*args.enlarge, args.files)
        return 0
    if args.check:
        return check()
    write()
    return check()


if __name__ == "__main__":
    sys.exit(main())
