"""python -m train.pack FOLDER: packs photographs and start weights for python -m train.card on another machine."""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from . import imagenet, network, packed, pictures, shelf  # noqa: E402


def main():
    """Writes the folder; some minutes where no shelf of cut-outs is at hand."""
    p = argparse.ArgumentParser(prog="python -m train.pack", description=__doc__)
    p.add_argument("folder", type=Path)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--weights", help="ImageNet start (default: weights/ beside the data)")
    p.add_argument("--start", type=Path, help="folder with both .keras files of an earlier run to go on from")
    p.add_argument("--work", default=str(Path(tempfile.gettempdir()) / "mangosense-train"), help="where the shelf is or will be")
    o = p.parse_args()
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    weights = network.started(o.weights or imagenet.file(root), o.start)
    packed.write(o.folder, root, rows, shelf.build(Path(o.work) / "shelf", root, rows), weights)
    print(f"{sum(f.stat().st_size for f in o.folder.iterdir()) / 2 ** 20:.0f} MiB in {o.folder}")


if __name__ == "__main__":
    main()
