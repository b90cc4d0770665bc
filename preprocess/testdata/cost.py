"""Writes testdata/cost/*.webp, lossy pictures full of detail and of none, for the test
of what photos cost:

    tools/.venv/bin/python preprocess/testdata/cost.py
"""

import random
from pathlib import Path

from PIL import Image, ImageFilter

WIDTH, HEIGHT = 800, 600


def main() -> None:
    noise = random.Random(28)
    grain = Image.frombytes("RGB", (WIDTH, HEIGHT), noise.randbytes(WIDTH * HEIGHT * 3))
    folder = Path(__file__).parent / "cost"
    grain.filter(ImageFilter.GaussianBlur(1.2)).save(folder / "detail.webp", quality=80)
    Image.new("RGB", (2000, 1500), (90, 120, 60)).save(folder / "even.webp", quality=80)


if __name__ == "__main__":
    main()
