"""MobileNetV2 1.0 as numbers: what both learners are built from, whichever library runs them."""

# (expansion, channels, repeats, stride), as published.
PLAN = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
FIRST = 32
FEATURES = 1280
# Where a learner on two cores begins: the blocks before cost most of a step and say least about mangoes.
SPLIT = 6
# Its means tell how a photo was taken (setting.py).
SETTING = "b5_expand_relu"


def each():
    """(number, channels in, expansion, channels out, stride) of every block."""
    channels, number = FIRST, 0
    for expansion, out, repeats, stride in PLAN:
        for k in range(repeats):
            yield number, channels, expansion, out, stride if k == 0 else 1
            channels, number = out, number + 1


def number(layer: str) -> int:
    """The block that a layer's name belongs to: -1 for the convolution before all, a large one for what comes after."""
    head = layer.split("_")[0]
    if head[0] == "b" and head[1:].isdigit():
        return int(head[1:])
    return -1 if layer.startswith("conv_first") else 1000
