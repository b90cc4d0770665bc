"""The networks as numbers: what both learners are built from, whichever library runs them.

Both are of one kind (inverted residual blocks, ReLU6, no attention). A process
builds one of them, named by the environment's MANGO_NETWORK, since processes
that it starts must build the same.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """blocks: (expansion, channels, repeats, stride, kernel), as published.

    last is the width of a convolution after them, 0 where the heads stand on the last block. A learner on two cores begins
    at block split: those before cost most of a step and say least about mangoes. The means of layer setting tell how a
    photo was taken (setting.py).
    """

    blocks: tuple[tuple[int, int, int, int, int], ...]
    last: int
    split: int
    setting: str


NETWORKS = {
    # The delivered files.
    "mobilenetv2": Network(((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 32, 3, 2, 3), (6, 64, 4, 2, 3), (6, 96, 3, 1, 3), (6, 160, 3, 2, 3),
                            (6, 320, 1, 1, 3)), 1280, 6, "b5_expand_relu"),
    # Its published last convolution would not fit the limit of a file, and tells no more (docs/models.md, Another network).
    "efficientnet-lite0": Network(((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
                                   (6, 320, 1, 1, 3)), 0, 5, "b4_expand_relu"),
}
NAME = os.environ.get("MANGO_NETWORK") or "mobilenetv2"
if NAME not in NETWORKS:
    raise SystemExit(f"MANGO_NETWORK is {NAME}; known are {', '.join(NETWORKS)}.")
CHOSEN = NETWORKS[NAME]
FIRST = 32
LAST, SPLIT, SETTING = CHOSEN.last, CHOSEN.split, CHOSEN.setting
# Channels of the map that the heads stand on.
FEATURES = LAST or CHOSEN.blocks[-1][1]


def each():
    """(number, channels in, expansion, channels out, stride, kernel) of every block."""
    channels, number = FIRST, 0
    for expansion, out, repeats, stride, kernel in CHOSEN.blocks:
        for k in range(repeats):
            yield number, channels, expansion, out, stride if k == 0 else 1, kernel
            channels, number = out, number + 1


def number(layer: str) -> int:
    """The block that a layer's name belongs to: -1 for the convolution before all, a large one for what comes after."""
    head = layer.split("_")[0]
    if head[0] == "b" and head[1:].isdigit():
        return int(head[1:])
    return -1 if layer.startswith("conv_first") else 1000
